/* The CAS's shell over real sockets, in a thread. In place of the core stands one that does what its peers' first letters say, and
 * notes what it hears: "c..." is said back, and the peer closed; "p..." is persisted, and logged, and how that went is said to
 * connection 0; "q" wants evidence, which is said; "f..." is answered with more than a peer may leave unread; all else is said
 * back. */
#ifndef AVO_CAS_SERVER_TESTING_H
#define AVO_CAS_SERVER_TESTING_H

#include "cas/server.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the above. */
#include <cmocka.h>

#define SERVER_PEERS 3
#define SERVER_WAIT_MS 10000
#define SERVER_QUIET_MS 200
#define SERVER_MEMORY_BYTES (1U << 20)
#define SERVER_FLOOD_BYTES 16384
#define SERVER_EVIDENCE_BYTES 9000

struct server_world {
    /* What the core heard, by connection or in all. */
    _Atomic uint32_t opened[SERVER_PEERS], closed[SERVER_PEERS], ticks, crowds;
    _Atomic int victim; /* of the next crowd; -1: nobody can go */
    _Atomic bool disk_full;
    char kept[16]; /* on disk */
    /* Of the core. */
    uint64_t last_us;
    struct avo_cas_effect effects[4];
    uint32_t count;
    uint8_t flood[SERVER_FLOOD_BYTES];
    uint8_t bytes[SERVER_FLOOD_BYTES];
    /* Of the shell. */
    char log[64];
    uint8_t *memory;
    struct avo_server *server;
    struct avo_address address;
    int listener;
    int cpu[2], outside[2];
    pthread_t thread;
    enum avo_watch_ending ending;
};

/* Of cmocka: a shell that serves, and its end, where the test did not end it. */
int server_setup(void **state);
int server_teardown(void **state);
/* Closes one end of what it watches, and waits for its end. */
void server_end(struct server_world *world, int *fd, enum avo_watch_ending expected);
bool server_log_says(const struct server_world *world, const char *text);
/* The clock of the shell is so far ahead from here on. */
void server_clock_ahead(int64_t seconds);

int peer_connect(const struct server_world *world);
void peer_says(int fd, const char *text);
/* Reads so many bytes; returns how many there were before the other side's end. */
size_t peer_hear(int fd, void *to, size_t length);
void peer_expect(int fd, const char *text);
void peer_expect_end(int fd);
bool peer_readable(int fd, int wait_ms);
/* Until it is `expected`. */
void wait_for(const _Atomic uint32_t *count, uint32_t expected);

#endif
