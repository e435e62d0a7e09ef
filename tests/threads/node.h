/* One whole node in this process: the host's loops and the enclave's workers on threads of their own, over a real region and real
 * UDP sockets, so that ThreadSanitizer sees both sides of every shared byte. */
#ifndef AVO_TESTS_NODE_H
#define AVO_TESTS_NODE_H

#include "base/drbg.h"
#include "host/loop.h"
#include "host/region.h"
#include "trusted/process/serve.h"
#include <pthread.h>

#define AVO_NODE_WORKERS 2
#define AVO_NODE_WHY_BYTES 512

struct avo_node_worker {
    struct avo_transport *transport;
    struct avo_loop loop;
    struct avo_clock clock;
    struct avo_serve serve;
    struct avo_drbg drbg;
    uint8_t *memory;
    int doorbell[2]; /* the host's end, the enclave's */
    pthread_t host_thread;
    pthread_t enclave_thread;
};

struct avo_node {
    uint8_t slot;
    struct avo_address address;          /* of worker 0 */
    const struct avo_identity *identity; /* borrowed, read by all its workers */
    struct avo_host_region region;
    struct avo_node_worker workers[AVO_NODE_WORKERS];
    char why[AVO_NODE_WHY_BYTES]; /* empty once it serves */
};

/* A thread's body: starts everything and returns the node. `slot`, `address` and `identity` are set, the rest is zero. */
void *avo_node_start(void *node);
/* Closes the doorbells as an end of the process would, and waits for every thread. */
void avo_node_stop(struct avo_node *node);

#endif
