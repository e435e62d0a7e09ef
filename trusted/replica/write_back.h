/* Write-back: before a get answers a version that a quorum is not known to hold, it makes a quorum hold it [DESIGN 8]. */
#ifndef AVO_REPLICA_WRITE_BACK_H
#define AVO_REPLICA_WRITE_BACK_H

#include "trusted/replica/replica_state.h"

/* Writes the task's version, in hand, to our own store and to the voters not known to hold it. */
void avo_write_back_begin(struct avo_replica *replica, struct avo_task *task);
/* Answers the client if a quorum holds the version by now, or says why none can: too many replicas are full. */
void avo_write_back_advance(struct avo_replica *replica, struct avo_task *task);

#endif
