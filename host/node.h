/* A node's host side, whichever way its enclave half runs: folder, ports, region, pid files, and the main thread's watch over
 * signals, the control channel and the enclave's end. */
#ifndef AVO_HOST_NODE_H
#define AVO_HOST_NODE_H

#include "daemon/log_relay.h"
#include "host/clock.h"
#include "host/enclave.h"
#include "host/notices.h"
#include "host/options.h"
#include "host/region.h"
#include "host/relay.h"
#include <limits.h>

struct avo_node {
    struct avo_options options; /* set by the caller */
    char name[32];              /* in every line of the log */
    char dir[PATH_MAX];         /* D/node-S */
    int signal_fd;
    int outside_fd; /* of an inline node: the end of what had it started ends it; -1: nothing */
    struct avo_host_region region;
    struct avo_enclave enclave; /* set by the caller between avo_node_begin and avo_node_watch */
    struct avo_transport *transports[AVO_WORKER_MAX_COUNT];
    struct avo_host_relay relay;
    struct avo_clock clock; /* followed by the main thread, read by the workers' */
    struct avo_notices notices;
    struct avo_log_relay log; /* of an enclave in a process of its own */
};

/* Blocks the signals that end it, makes folder, sockets, region and host.pid. False after a line in the log. On the main thread,
 * before any other starts. */
AVO_MUST_USE bool avo_node_begin(struct avo_node *node);
/* What its enclave is to be told. */
struct avo_launch avo_node_launch(const struct avo_node *node);
/* Says what runs, and writes enclave.pid. False after a line in the log. */
AVO_MUST_USE bool avo_node_enclave_note(const struct avo_node *node);
/* How it ended, as the exit status of avocado-node. */
enum avo_node_ending {
    AVO_NODE_TOLD = 0,    /* by a signal, or by the end of what had it started */
    AVO_NODE_GONE = 1,    /* the enclave ended, or its simulated CPU */
    AVO_NODE_REFUSED = 2, /* the enclave could not start, or the CAS refused it: another start changes nothing */
};

/* Relays the control channel until one of these. Either channel of the enclave may be -1: there is nothing to watch. */
enum avo_node_ending avo_node_watch(struct avo_node *node);
/* Removes what avo_node_begin and avo_node_enclave_note wrote. */
void avo_node_end(const struct avo_node *node);

#endif
