/* A running LAS between sockets, for tests of its shell. A listener stands for the CAS; enclaves' hosts are the test's own sockets.
 */
#ifndef AVO_LAS_SERVER_TESTING_H
#define AVO_LAS_SERVER_TESTING_H

#include "las/server.h"
#include "protocol/channel/noise.h"
#include "protocol/control/local.h"
#include <pthread.h>
#include <sys/types.h>

#define WORLD_MEMORY_BYTES (2U << 20)
#define WORLD_WAIT_MS 10000

struct world {
    uint8_t *memory;
    struct avo_prng random;
    struct avo_aead *aead;
    struct avo_key_pair cas_key;
    struct avo_las *las;
    struct avo_las_server *server;
    char path[64], log[64];
    int cas_listener;
    int cpu[2], outside[2];
    pthread_t thread;
    enum avo_watch_ending ending;
};

/* How it is made: what its randomness begins with, what the outside answers, and what its thread runs with the world as argument.
 */
struct world_config {
    uint64_t seed;
    void (*evidence)(void *context, const uint8_t *report_data, struct avo_buffer *evidence);
    void (*report_key)(void *context, const uint8_t *key_id, struct avo_buffer *key);
    void *(*thread)(void *world);
};

/* Returns when it runs. world_close takes one that has ended. */
struct world *world_open(const struct world_config *config);
void world_close(struct world *world);
/* True when `fd` has bytes, a connection or its end to read within `wait_ms`. */
bool world_readable(int fd, int wait_ms);
/* Sends one message; what the LAS answers, or 0 when it closed the connection. */
ssize_t world_ask(int fd, struct avo_slice message, uint8_t answer[AVO_LOCAL_MAX_BYTES]);
/* Asks for the LAS's own target, under id 5. */
ssize_t world_ask_target(int fd, uint8_t answer[AVO_LOCAL_MAX_BYTES]);

#endif
