/* Sets of slots, and when one of them is a quorum [V4]. */
#ifndef AVO_REPLICA_QUORUM_H
#define AVO_REPLICA_QUORUM_H

#include "protocol/view/view.h"

/* A set of slots is a uint16_t: bit s is slot s. */
_Static_assert(AVO_SLOT_MAX_COUNT <= 16, "a set of slots is 16 bits");

/* What a replica needs of the view it is in. All zero: no view yet. */
struct avo_quorum {
    uint32_t epoch;
    uint32_t incarnation; /* own: of the first view that lists our slot; never changes after [DESIGN 6] */
    uint32_t value_max_bytes;
    uint8_t slot;         /* own */
    uint8_t slot_count;   /* n */
    uint8_t needed_count; /* a majority of n */
    uint16_t members;     /* voting and joining, without ourselves */
    uint16_t voters;      /* voting, ourselves included when we vote */
    uint16_t own;         /* our slot's bit while this incarnation is a member, else empty: we then neither serve nor count */
};

/* Takes over a view; false, and nothing changed, unless its epoch is higher [V1]. `quorum->slot` is set before. */
bool avo_quorum_adopt(struct avo_quorum *quorum, const struct avo_view *view);

uint16_t avo_quorum_slot(uint8_t slot);
/* How many of `slots` vote. */
uint8_t avo_quorum_count(const struct avo_quorum *quorum, uint16_t slots);
/* Are the voting ones among `slots` a majority of all n? */
bool avo_quorum_reached(const struct avo_quorum *quorum, uint16_t slots);
/* All members without ourselves. */
uint8_t avo_quorum_member_count(const struct avo_quorum *quorum);
/* The voting members without ourselves. */
uint16_t avo_quorum_peers(const struct avo_quorum *quorum);

#endif
