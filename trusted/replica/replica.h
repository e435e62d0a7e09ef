/* One worker's ABD replica and coordinator [DESIGN 8], sans-IO: step(state, event) -> effects.
 *
 * It names no socket, clock, thread or allocator. The same object code runs in the enclave, the simulator, fuzzers and unit tests.
 */
#ifndef AVO_REPLICA_H
#define AVO_REPLICA_H

#include "trusted/replica/config.h"
#include "trusted/replica/effects.h"
#include "trusted/replica/event.h"

struct avo_replica; /* lives in the arena */

/* NULL when the arena is too small. Serves nothing (AVO_EBUSY) until an AVO_EVENT_VIEW in which it votes. */
struct avo_replica *avo_replica_create(struct avo_arena *arena, const struct avo_replica_config *config);

/* Handles one event. `effects` is overwritten. */
void avo_replica_step(struct avo_replica *replica, const struct avo_event *event, struct avo_effects *effects);

/* Operations under way: the caller is idle when there are none. */
uint32_t avo_replica_busy_count(const struct avo_replica *replica);

/* The epoch for which its sync is complete [V5, V6]; 0: none was wanted, or it is under way. */
uint32_t avo_replica_synced_epoch(const struct avo_replica *replica);
bool avo_replica_is_syncing(const struct avo_replica *replica);

/* Did the digest that `slot` told last equal ours as it is now? Then it held, when it told it, what we hold: the same keys in the
 * same versions. False of a slot that has told none in this view. */
bool avo_replica_equals(const struct avo_replica *replica, uint8_t slot);
/* Is that so of all other voting members? */
bool avo_replica_equals_all(const struct avo_replica *replica);

/* The replica's part of a worker's figures; the others are 0. */
void avo_replica_stats(const struct avo_replica *replica, struct avo_figures *stats);

#endif
