/* A host that changes the sealed values it keeps [B4]. */
#ifndef AVO_SIM_SLAB_ATTACK_H
#define AVO_SIM_SLAB_ATTACK_H

#include "sim/node.h"

/* What the value memory of one worker looked like once. */
struct avo_slab_past {
    uint8_t *bytes; /* NULL: nothing kept */
    uint64_t length;
    uint8_t slot;
    uint32_t worker;
};

/* Flips a bit of, or destroys, a random block that holds something, in the values of a random worker; sometimes destroys them all.
 */
void avo_slab_flip(struct avo_node *node);
void avo_slab_wipe(struct avo_node *node);
/* Keeps a copy, or, when one of this node is kept, puts it back: every value that changed since is an older one again. */
void avo_slab_rollback(struct avo_node *node, struct avo_slab_past *past);
void avo_slab_past_destroy(struct avo_slab_past *past);

#endif
