/* Write-back: before a get answers a version that a quorum is not known to hold, it makes a quorum hold it [DESIGN 8]. */
#ifndef AVO_REPLICA_WRITE_BACK_H
#define AVO_REPLICA_WRITE_BACK_H

#include "trusted/replica/task.h"

/* Writes the task's version, in hand, to our own store and to the voters not known to hold it; answers the client when a quorum
 * holds it, or says why none can: too many replicas are full. */
extern const struct avo_phase avo_phase_write_back;

#endif
