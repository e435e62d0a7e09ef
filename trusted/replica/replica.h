/* One worker's ABD replica and coordinator [DESIGN 8], sans-IO: step(state, event) -> effects.
 *
 * It names no socket, clock, thread or allocator. The same object code runs in the enclave, the simulator, fuzzers and unit tests.
 */
#ifndef AVO_REPLICA_H
#define AVO_REPLICA_H

#include "base/blob.h"
#include "trusted/replica/effects.h"
#include "trusted/replica/event.h"
#include "trusted/store/store.h"

struct avo_replica; /* lives in the arena */

struct avo_replica_config {
    uint8_t slot;
    uint8_t worker;
    struct avo_store *store;  /* borrowed: this worker's */
    struct avo_blobs *blobs;  /* borrowed: values of writes and write-backs under way */
    uint32_t operation_count; /* operations at one time; beyond: AVO_EBUSY */
    uint64_t hedge_us;        /* a get that waited so long asks the rest (default AVO_HEDGE_US) */
    uint64_t resend_us;       /* unanswered messages are sent again (default AVO_RESEND_US) */
    uint32_t scrub_per_tick;  /* values verified a tick when idle; 0: none */
};

#define AVO_HEDGE_US 5000
#define AVO_RESEND_US 30000

/* NULL when the arena is too small. Serves nothing (AVO_EBUSY) until the first AVO_EVENT_VIEW in which its slot is a member. */
struct avo_replica *avo_replica_create(struct avo_arena *arena, const struct avo_replica_config *config);

/* Handles one event. `effects` is overwritten. */
void avo_replica_step(struct avo_replica *replica, const struct avo_event *event, struct avo_effects *effects);

/* Operations under way: the caller is idle when there are none. */
uint32_t avo_replica_busy_count(const struct avo_replica *replica);

/* The replica's part of a worker's figures; the others are 0. */
void avo_replica_stats(const struct avo_replica *replica, struct avo_figures *stats);

#endif
