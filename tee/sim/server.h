/* The simulated CPU at work: starts programs for those who connect, executes the instructions of those it started, reaps them. */
#ifndef AVO_TEE_SIM_SERVER_H
#define AVO_TEE_SIM_SERVER_H

#include "tee/sim/child.h"
#include "tee/sim/platform.h"

#define AVO_SERVER_CONNECTION_MAX_COUNT 64
#define AVO_SERVER_CHILD_MAX_COUNT 64

struct avo_server_connection {
    int fd; /* -1: free */
};

struct avo_server_child {
    struct avo_child child; /* process 0: free */
    char name[32];
    int connection; /* index of who started it; -1: gone */
};

struct avo_server {
    struct avo_platform *platform; /* borrowed */
    bool refresh_failed;           /* of its collateral: said once */
    int listen_fd;                 /* borrowed */
    int signal_fd;                 /* borrowed: SIGCHLD, SIGTERM, SIGINT, all blocked */
    struct avo_server_connection connections[AVO_SERVER_CONNECTION_MAX_COUNT];
    struct avo_server_child children[AVO_SERVER_CHILD_MAX_COUNT];
};

void avo_server_init(struct avo_server *server, struct avo_platform *platform, int listen_fd, int signal_fd);
/* Serves until SIGTERM or SIGINT, then ends every child: politely, and after two seconds by force. */
void avo_server_run(struct avo_server *server);

/* server_start.c: handles one packet from connection `index`; false when the connection is over. */
AVO_MUST_USE bool avo_server_handle(struct avo_server *server, int index);
/* Reaps every child that ended and tells its starter. Returns how many are left. */
size_t avo_server_reap(struct avo_server *server);

#endif
