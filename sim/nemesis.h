/* The attacker and the bad luck beside the network: partitions, frozen and crashed machines, lying clocks, changed values. */
#ifndef AVO_SIM_NEMESIS_H
#define AVO_SIM_NEMESIS_H

#include "sim/authority.h"
#include "sim/node.h"
#include "sim/slab_attack.h"

struct avo_nemesis {
    struct avo_world *world;
    struct avo_node *nodes;
    struct avo_authority *authority;
    struct avo_slab_past past;
    bool crash_done;
    bool destroyed;
};

/* Makes the first strike due. `nodes`: plan.slot_count of them, borrowed, as is the authority. */
void avo_nemesis_start(struct avo_nemesis *nemesis, struct avo_world *world, struct avo_node *nodes,
                       struct avo_authority *authority);
/* Strikes once, in a way the plan allows, and makes the next strike due. */
void avo_nemesis_strike(struct avo_nemesis *nemesis);
/* Ends all faults that can end: what crashed stays down, what was changed stays changed. */
void avo_nemesis_heal(struct avo_nemesis *nemesis);

#endif
