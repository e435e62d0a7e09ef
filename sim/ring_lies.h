/* A host that writes into the rings what cannot be: indices and lengths [B3]. */
#ifndef AVO_SIM_RING_LIES_H
#define AVO_SIM_RING_LIES_H

#include "sim/node.h"

/* Before a turn of the enclave at `clock_us`, as often as the plan says. A lied index is set right again after a poll of the
 * enclave, or some: a host that never does has only stopped its ring. */
void avo_ring_lies_tell(struct avo_node *node, uint32_t worker, uint64_t clock_us);

#endif
