/* get [DESIGN 8]: one round when a quorum holds the version pinned here, else the newest is written back first. */
#ifndef AVO_REPLICA_GET_H
#define AVO_REPLICA_GET_H

#include "trusted/replica/replica_state.h"

void avo_get_start(struct avo_replica *replica, struct avo_task *task);
/* An answer to its round of AVO_PHASE_QUERY or AVO_PHASE_FETCH. */
void avo_get_on_answer(struct avo_replica *replica, struct avo_task *task, uint8_t slot, const struct avo_answer *answer);
/* Begins its unfinished round again in a newer view [V3]. */
void avo_get_restart(struct avo_replica *replica, struct avo_task *task);

#endif
