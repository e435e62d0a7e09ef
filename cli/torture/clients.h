/* The clients of a torture: each on a thread of its own, with a session of its own, on the same few keys. */
#ifndef AVO_CLI_TORTURE_CLIENTS_H
#define AVO_CLI_TORTURE_CLIENTS_H

#include "base/random.h"
#include "cli/torture/recorder.h"
#include "client/io/client.h"
#include <stdatomic.h>

#define AVO_TORTURE_CLIENTS_MAX 128
#define AVO_TORTURE_KEYS_MAX 1000
#define AVO_TORTURE_WINDOW_NS 100000000ULL /* all clients begin together, so that operations meet, and so do faults */

/* What all of them share. */
struct avo_torture_load {
    uint64_t keys;
    uint64_t window_ops; /* that a client runs in each window, one after the other */
    uint32_t timeout_ms;
    uint64_t run;   /* random: no two runs share a key */
    uint64_t start; /* clock of the first window, ns */
    struct avo_recorder *recorder;
    atomic_bool ended;
};

struct avo_torture_client {
    struct avo_torture_load *load;
    uint32_t number;
    struct avo_client *client;
    struct avo_prng prng;
    uint64_t writes;
    enum avo_error last_error; /* AVO_OK: none but "absent" */
    pthread_t thread;
    bool runs;
};

/* "torture-RUN-NUMBER". */
#define AVO_TORTURE_KEY_BYTES 48
struct avo_slice avo_torture_key(const struct avo_torture_load *load, uint64_t number, char to[AVO_TORTURE_KEY_BYTES]);

AVO_MUST_USE bool avo_torture_client_open(struct avo_torture_client *client, struct avo_torture_load *load, uint32_t number,
                                          uint64_t seed, const struct avo_profile *profile, struct avo_why *why);
/* Runs operations until load->ended. False: no thread. */
AVO_MUST_USE bool avo_torture_client_start(struct avo_torture_client *client);
void avo_torture_client_join(struct avo_torture_client *client);
/* One recorded get; its error. */
enum avo_error avo_torture_client_get(struct avo_torture_client *client, struct avo_slice key, uint32_t timeout_ms);
void avo_torture_client_close(struct avo_torture_client *client);

#endif
