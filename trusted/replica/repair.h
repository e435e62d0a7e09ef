/* Repairs: tasks without a client that replace a damaged copy by an intact one [DESIGN 8]. */
#ifndef AVO_REPLICA_REPAIR_H
#define AVO_REPLICA_REPAIR_H

#include "trusted/replica/replica_state.h"

/* Starts a repair of `key`, whose entry is `entry`, unless that is not damaged, one is under way already, or too many are. */
void avo_repair_start(struct avo_replica *replica, struct avo_slice key, struct avo_entry entry);
/* Looks, a few entries at a time, for damage that an earlier repair could not mend, and tries again. */
void avo_repair_search(struct avo_replica *replica);

#endif
