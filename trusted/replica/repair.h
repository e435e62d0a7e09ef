/* Repairs: tasks without a client that replace a damaged copy by an intact one [DESIGN 8]. */
#ifndef AVO_REPLICA_REPAIR_H
#define AVO_REPLICA_REPAIR_H

#include "trusted/replica/replica_state.h"

/* Starts a repair of `key` unless its copy is not damaged, one is under way already, or too many are. */
void avo_repair_start(struct avo_replica *replica, struct avo_slice key);
void avo_repair_on_answer(struct avo_replica *replica, struct avo_task *task, uint8_t slot, const struct avo_answer *answer);
/* Begins again in a newer view [V3]. */
void avo_repair_restart(struct avo_replica *replica, struct avo_task *task);
/* Looks, a few entries at a time, for damage that an earlier repair could not mend, and tries again. */
void avo_repair_search(struct avo_replica *replica);
/* Ends it: mended, or nobody could give an intact copy. */
void avo_repair_end(struct avo_replica *replica, struct avo_task *task);

#endif
