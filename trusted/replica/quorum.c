#include "trusted/replica/quorum.h"

uint16_t avo_quorum_slot(uint8_t slot) {
    return (uint16_t)(slot < AVO_SLOT_MAX_COUNT ? 1U << slot : 0);
}

bool avo_quorum_adopt(struct avo_quorum *quorum, const struct avo_view *view) {
    if (view->epoch <= quorum->epoch) {
        return false;
    }
    quorum->epoch = view->epoch;
    quorum->value_max_bytes = view->value_max_bytes;
    quorum->slot_count = view->slot_count;
    quorum->needed_count = avo_view_quorum(view);
    quorum->members = 0;
    quorum->voters = 0;
    quorum->own = 0;
    for (uint8_t i = 0; i < view->member_count && i < AVO_SLOT_MAX_COUNT; i++) {
        const struct avo_member *member = &view->members[i];
        uint16_t slot = avo_quorum_slot(member->slot);
        quorum->voters |= member->role == AVO_ROLE_VOTING ? slot : 0;
        if (member->slot != quorum->slot) {
            quorum->members |= slot;
            continue;
        }
        if (quorum->incarnation == 0) {
            quorum->incarnation = member->incarnation;
        }
        /* Another incarnation in our slot: we left the view and never return [DESIGN 6]. */
        quorum->own = member->incarnation == quorum->incarnation ? slot : 0;
    }
    return true;
}

static uint8_t count(uint16_t slots) {
    uint8_t counted = 0;
    for (; slots != 0; slots &= (uint16_t)(slots - 1)) {
        counted++;
    }
    return counted;
}

/* [V4] Only voting members count, our own replica by the same rule. */
uint8_t avo_quorum_count(const struct avo_quorum *quorum, uint16_t slots) {
    return count(slots & quorum->voters);
}

/* [V4] A majority of all n slots, not of those that happen to vote. */
bool avo_quorum_reached(const struct avo_quorum *quorum, uint16_t slots) {
    return quorum->needed_count > 0 && avo_quorum_count(quorum, slots) >= quorum->needed_count;
}

uint8_t avo_quorum_member_count(const struct avo_quorum *quorum) {
    return count(quorum->members);
}

uint16_t avo_quorum_peers(const struct avo_quorum *quorum) {
    return quorum->voters & quorum->members;
}
