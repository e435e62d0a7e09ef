/* put and delete [DESIGN 8]: round 1 reads versions, round 2 writes a newer one to all; a delete writes a tombstone. */
#ifndef AVO_REPLICA_PUT_H
#define AVO_REPLICA_PUT_H

#include "trusted/replica/replica_state.h"

/* A put's value is in the task's blob. */
void avo_put_start(struct avo_replica *replica, struct avo_task *task);
void avo_put_on_answer(struct avo_replica *replica, struct avo_task *task, uint8_t slot, const struct avo_answer *answer);
/* Ends the task if a quorum holds its version by now. */
void avo_put_advance(struct avo_replica *replica, struct avo_task *task);
/* Begins its unfinished round again in a newer view [V3]. */
void avo_put_restart(struct avo_replica *replica, struct avo_task *task);
/* The deadline passed: what can be said of the outcome. */
void avo_put_expire(struct avo_replica *replica, struct avo_task *task);

#endif
