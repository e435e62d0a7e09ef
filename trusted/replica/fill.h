/* Fills: tasks without a client that fetch, from one replica, the newer version of a key that it holds. */
#ifndef AVO_REPLICA_FILL_H
#define AVO_REPLICA_FILL_H

#include "trusted/replica/replica_state.h"

/* Begins to fetch `version` of `key`, or a newer one, from `slot`; the comparison hears of its end. False when there is no memory
 * for it. */
AVO_MUST_USE bool avo_fill_begin(struct avo_replica *replica, uint8_t slot, struct avo_slice key, struct avo_version version);

#endif
