/* A client of the simulated world: the production client core, work for it to do, and a careful record of the answers. */
#ifndef AVO_SIM_CLIENT_H
#define AVO_SIM_CLIENT_H

#include "checker/history.h"
#include "client/core/core.h"
#include "sim/cluster.h"
#include "sim/values.h"

/* What all clients write down together. */
struct avo_sim_record {
    struct avo_world *world;
    struct avo_history history;
    uint64_t moment;                 /* counts calls and returns: finer than virtual time, and as true */
    uint64_t next_value;             /* name of the next value */
    bool rewritten[AVO_SIM_KEY_MAX]; /* since the healing */
    uint32_t busy[AVO_SIM_KEY_MAX];  /* operations under way on each key */
};

enum avo_sim_phase {
    AVO_PHASE_SAFETY,   /* random operations under faults */
    AVO_PHASE_DRAIN,    /* nothing new */
    AVO_PHASE_RECLAIM,  /* where memory is short: read every key, delete them all; reads and deletes go on, and make room */
    AVO_PHASE_LIVENESS, /* on a healed quorum: read every key, write some, read every key; all must succeed */
};

struct avo_sim_operation {
    bool busy;
    bool must_succeed;
    bool may_be_lost; /* all copies may have been destroyed, and it was not written again when this began */
    uint64_t started_us;
    uint32_t key;
    uint32_t entry; /* in the history */
    uint64_t deadline_us;
    uint8_t key_bytes[AVO_SIM_KEY_BYTES_MAX];
    uint8_t *value;
};

struct avo_sim_client {
    struct avo_sim_record *record;
    uint32_t index;
    enum avo_sim_phase phase;
    struct avo_client_core *core;
    uint8_t *memory;
    size_t memory_bytes;
    uint32_t epoch; /* of the view that it knows */
    const struct avo_aead *aead;
    struct avo_prng random;
    struct avo_sim_operation operations[AVO_SIM_PIPELINE_MAX];
    uint32_t issued;   /* in this phase */
    uint64_t issue_us; /* not before */
    uint64_t turn_us;
};

/* False when the core refuses to start. `aead` and `cluster` are borrowed for the client's life. */
AVO_MUST_USE bool avo_sim_client_create(struct avo_sim_client *client, struct avo_sim_record *record, uint32_t index,
                                        const struct avo_cluster *cluster, const struct avo_aead *aead);
/* It begins again, as another process with another ticket, in the view that `cluster` has now: the outcome of what it had under way
 * is unknown. */
void avo_sim_client_renew(struct avo_sim_client *client, const struct avo_cluster *cluster);
void avo_sim_client_destroy(struct avo_sim_client *client);
/* A datagram arrived. */
void avo_sim_client_deliver(struct avo_sim_client *client, const struct avo_flight *packet);
/* Starts what is to be started, sends what is to be sent, and makes its next turn due. */
void avo_sim_client_turn(struct avo_sim_client *client);
void avo_sim_client_enter(struct avo_sim_client *client, enum avo_sim_phase phase);
/* Nothing of its phase is left to do (SAFETY, LIVENESS) or under way (all). */
bool avo_sim_client_is_done(const struct avo_sim_client *client);

#endif
