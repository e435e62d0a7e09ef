/* A host that changes the sealed values it keeps [B4]. */
#ifndef AVO_SIM_SLAB_ATTACK_H
#define AVO_SIM_SLAB_ATTACK_H

#include "sim/node.h"

#define AVO_SLAB_IMAGES_MAX 16

/* What lay in one slot once. */
struct avo_slab_image {
    uint8_t *bytes; /* NULL: nothing kept */
    uint64_t at;    /* in the value memory of `worker` at the host in `slot` */
    uint32_t length;
    uint8_t slot;
    uint32_t worker;
};

/* What the value memory of one worker looked like once, and some slots. */
struct avo_slab_past {
    struct avo_slab_image images[AVO_SLAB_IMAGES_MAX];
    uint32_t image_next;
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
/* Exchanges two sealed values, of any sizes, of one worker or of two. */
void avo_slab_swap(struct avo_node *node);
/* Puts older ciphertexts back where others of their slots are now, with their nonces and lengths; and keeps some of today's. Values
 * are written over in place, so that an older one in a slot is mostly the same key's. */
void avo_slab_older(struct avo_node *node, struct avo_slab_past *past);
/* Destroys all values of the node. */
void avo_slab_destroy(struct avo_node *node);
void avo_slab_past_destroy(struct avo_slab_past *past);

#endif
