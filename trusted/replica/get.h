/* get [DESIGN 8]: one round when a quorum holds the version pinned here, else the newest is written back first. */
#ifndef AVO_REPLICA_GET_H
#define AVO_REPLICA_GET_H

#include "trusted/replica/task.h"

extern const struct avo_phase avo_phase_get;

#endif
