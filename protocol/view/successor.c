#include "protocol/view/successor.h"
#include "base/assert.h"
#include <string.h>

static unsigned voting_count(const struct avo_view *view) {
    unsigned count = 0;
    for (uint8_t i = 0; i < view->member_count; i++) {
        count += view->members[i].role == AVO_ROLE_VOTING;
    }
    return count;
}

bool avo_view_quorum_votes(const struct avo_view *view) {
    return voting_count(view) >= avo_view_quorum(view);
}

struct avo_view avo_view_successor(const struct avo_view *view, uint64_t generation) {
    struct avo_view next = *view;
    AVO_ASSERT(view->epoch < UINT32_MAX);
    next.epoch++;
    next.generation = generation;
    return next;
}

static uint8_t place_of(const struct avo_view *view, uint8_t slot) {
    uint8_t place = 0;
    while (place < view->member_count && view->members[place].slot < slot) {
        place++;
    }
    return place;
}

void avo_view_admit(struct avo_view *next, const struct avo_member *member) {
    uint8_t place = place_of(next, member->slot);
    if (avo_view_member(next, member->slot) == NULL) {
        AVO_ASSERT(next->member_count < AVO_SLOT_MAX_COUNT);
        memmove(&next->members[place + 1], &next->members[place], (size_t)(next->member_count - place) * sizeof *member);
        next->member_count++;
    }
    next->members[place] = *member;
    next->members[place].role = AVO_ROLE_JOINING;
    next->members[place].incarnation = next->epoch;
}

void avo_view_promote(struct avo_view *next, uint8_t slot) {
    AVO_ASSERT(avo_view_member(next, slot) != NULL);
    next->members[place_of(next, slot)].role = AVO_ROLE_VOTING;
    unsigned voting = voting_count(next);
    if (voting > next->slot_count) { /* [V4] a new slot counts from here on */
        next->slot_count = (uint8_t)voting;
        next->resize_epoch = next->epoch;
    }
}

void avo_view_remove(struct avo_view *next, uint8_t slot) {
    uint8_t place = place_of(next, slot);
    AVO_ASSERT(avo_view_member(next, slot) != NULL);
    next->member_count--;
    memmove(&next->members[place], &next->members[place + 1], (size_t)(next->member_count - place) * sizeof next->members[place]);
    memset(&next->members[next->member_count], 0, sizeof next->members[place]);
    if (next->member_count < next->slot_count) {
        next->slot_count = next->member_count;
        next->resize_epoch = next->epoch;
    }
}

static bool same_bytes(const struct avo_view *a, const struct avo_view *b) {
    uint8_t hash_a[AVO_HASH_BYTES], hash_b[AVO_HASH_BYTES];
    avo_view_hash(a, hash_a);
    avo_view_hash(b, hash_b);
    return memcmp(hash_a, hash_b, sizeof hash_a) == 0;
}

static bool same_member(const struct avo_member *a, const struct avo_member *b) {
    return a->slot == b->slot && a->role == b->role && a->incarnation == b->incarnation;
}

/* The slot at which they differ first; AVO_SLOT_MAX_COUNT: none. */
static uint8_t first_change(const struct avo_view *view, const struct avo_view *next) {
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        const struct avo_member *before = avo_view_member(view, slot), *after = avo_view_member(next, slot);
        if ((before == NULL) != (after == NULL) || (before != NULL && !same_member(before, after))) {
            return slot;
        }
    }
    return AVO_SLOT_MAX_COUNT;
}

static bool lists_key(const struct avo_view *view, const uint8_t key[AVO_PUBLIC_KEY_BYTES]) {
    bool listed = false;
    for (uint8_t i = 0; i < view->member_count; i++) {
        listed |= memcmp(view->members[i].channel_public_key, key, AVO_PUBLIC_KEY_BYTES) == 0;
    }
    return listed;
}

/* While a new slot joins, no voter leaves and none starts again: what the joiner pulled would not be enough when it turns voting,
 * since n did not grow in between. */
static bool voter_may_leave(const struct avo_view *view, const struct avo_member *before, const struct avo_member *after) {
    bool leaves = before != NULL && before->role == AVO_ROLE_VOTING && (after == NULL || after->role != AVO_ROLE_VOTING);
    return !leaves || view->member_count <= view->slot_count;
}

bool avo_view_follows(const struct avo_view *view, uint64_t generation, const struct avo_view *next) {
    if (view->epoch == UINT32_MAX || next->epoch != view->epoch + 1) {
        return false;
    }
    struct avo_view expected = avo_view_successor(view, generation);
    uint8_t slot = first_change(view, next);
    if (slot == AVO_SLOT_MAX_COUNT) { /* another policy */
        expected.policy_version = next->policy_version;
        memcpy(expected.policy_hash, next->policy_hash, sizeof expected.policy_hash);
        return next->policy_version > view->policy_version && same_bytes(&expected, next);
    }
    if (avo_view_wire(next) < avo_view_wire(view)) { /* who speaks the present version is not made to speak an older one again */
        return false;
    }
    const struct avo_member *before = avo_view_member(view, slot), *after = avo_view_member(next, slot);
    if (after == NULL) {
        avo_view_remove(&expected, slot);
    } else if (after->incarnation == next->epoch && after->role == AVO_ROLE_JOINING &&
               (before != NULL || view->member_count < AVO_SLOT_MAX_COUNT) && !lists_key(view, after->channel_public_key)) {
        avo_view_admit(&expected, after);
    } else if (before != NULL && before->role == AVO_ROLE_JOINING) {
        avo_view_promote(&expected, slot);
    }
    return voter_may_leave(view, before, after) && same_bytes(&expected, next) && avo_view_quorum_votes(next);
}
