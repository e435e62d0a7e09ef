/* put and delete [DESIGN 8]: round 1 reads versions, round 2 writes a newer one to all; a delete writes a tombstone. */
#ifndef AVO_REPLICA_PUT_H
#define AVO_REPLICA_PUT_H

#include "trusted/replica/task.h"

/* A put's value is in the task's blob. */
extern const struct avo_phase avo_phase_put;
extern const struct avo_phase avo_phase_delete;

#endif
