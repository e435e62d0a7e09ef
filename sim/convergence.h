/* Catching up, seen from outside: do all replicas hold what any of them does? */
#ifndef AVO_SIM_CONVERGENCE_H
#define AVO_SIM_CONVERGENCE_H

#include "sim/node.h"

/* Every replica that lives and has memory holds, of each key, the newest version of which a replica that lives has an intact copy,
 * or a newer one. A copy counts as intact until its enclave has seen that it is not. */
bool avo_sim_converged(const struct avo_node *nodes, const struct avo_plan *plan);

#endif
