/* What may follow the newest view now [V4, V6, V7], with the reason when it may not: asked of a JOIN and of the owner's wish, and
 * again when the view is proposed. */
#include "cas/state.h"
#include "protocol/view/successor.h"

#define GROUP_MIN_COUNT 3 /* what is smaller bears no loss, and does not come of a removal */

/* [V6] Where the newest view made the group smaller or larger, its voters must have pulled: what the smaller quorum would miss, or
 * what has only as many copies as the smaller group asked for, before the group is small again. That a quorum adopted the view need
 * not be asked: only members that adopted it promise and accept. */
bool avo_cas_resize_is_synced(const struct avo_cas *cas) {
    unsigned synced = 0;
    for (uint8_t i = 0; i < cas->view.member_count; i++) {
        const struct avo_member *member = &cas->view.members[i];
        synced += member->role == AVO_ROLE_VOTING && cas->members[member->slot].synced_epoch >= cas->view.epoch;
    }
    return cas->view.resize_epoch != cas->view.epoch || synced >= avo_view_quorum(&cas->view);
}

/* The view that admits a joiner for `slot` keeps a quorum of voters [V4]. */
static bool admission_keeps_quorum(const struct avo_cas *cas, uint8_t slot) {
    struct avo_view next = avo_view_successor(&cas->view, cas->proposer.configuration.generation);
    const struct avo_member member = {.slot = slot};
    avo_view_admit(&next, &member);
    return avo_view_quorum_votes(&next);
}

enum avo_error avo_cas_check_current(const struct avo_cas *cas, struct avo_text *reason) {
    if (!cas->current) {
        avo_text_add_count(
            reason, "the CAS cannot reach a majority of the members of view ", cas->view.epoch,
            ", so it does not know whether there is a newer one: wait, and see that the nodes run and reach the CAS");
        return AVO_EQUORUM;
    }
    if (!cas->policy_fits) {
        avo_text_add_count(reason, "this CAS lacks the text of policy version ", cas->view.policy_version,
                           ": its owner gives it again with avocado cluster form --policy");
        return AVO_ESTALE;
    }
    return AVO_OK;
}

/* All but the slot's own state may be another in a moment: AVO_EBUSY is tried again. */
enum avo_error avo_cas_check_rejoin(const struct avo_cas *cas, uint8_t slot, struct avo_text *reason) {
    if (avo_cas_check_current(cas, reason) != AVO_OK) {
        return AVO_EBUSY;
    }
    const struct avo_member *former = avo_view_member(&cas->view, slot);
    if (former == NULL && slot != cas->addition) {
        avo_text_add_count(reason, "the cluster has no slot ", slot, ": start one that it has, or have the owner add it");
        return AVO_EDENIED;
    }
    if (!avo_cas_resize_is_synced(cas)) {
        avo_text_add_count(reason, "the members still pull what the change of the group's size asks for, in view ", cas->view.epoch,
                           ": wait, and see in the status that a quorum of them runs and is not full");
    } else if (cas->members[slot].connection != AVO_CAS_NOBODY) {
        avo_text_add_string(reason, "it runs: stop that one first, or start another slot");
    } else if (cas->joiner.connection != AVO_CAS_NOBODY) {
        avo_text_add_count(reason, "slot ", cas->joiner.member.slot, " is being admitted: one after the other");
    } else if (avo_cas_new_slot_joins(cas) && (former == NULL || former->role == AVO_ROLE_VOTING)) {
        avo_text_add_string(reason, "another slot is new and joins: wait until that one votes, or remove it");
    } else if (cas->view.epoch == UINT32_MAX || !admission_keeps_quorum(cas, slot)) {
        avo_text_add_count(reason, "without it fewer than ", avo_view_quorum(&cas->view),
                           " members would vote, and what the cluster holds could be lost: wait until others vote again");
    } else {
        return AVO_OK;
    }
    return AVO_EBUSY;
}

enum avo_error avo_cas_wait_for_new_slot(const struct avo_cas *cas, struct avo_text *reason) {
    for (uint8_t i = 0; i < cas->view.member_count; i++) {
        if (cas->view.members[i].role == AVO_ROLE_JOINING) {
            avo_text_add_count(reason, "a slot is new and joins (look at slot ", cas->view.members[i].slot,
                               "): wait until it votes, or remove it first");
            return AVO_EBUSY;
        }
    }
    return AVO_EBUSY;
}

/* [V4, V6] As acceptors judge it. */
enum avo_error avo_cas_check_smaller(const struct avo_cas *cas, uint8_t slot, struct avo_text *reason) {
    struct avo_view next = avo_view_successor(&cas->view, cas->proposer.configuration.generation);
    avo_view_remove(&next, slot);
    if (next.slot_count < cas->view.slot_count && next.slot_count < GROUP_MIN_COUNT) {
        avo_text_add_count(reason, "the group has ", cas->view.slot_count,
                           " nodes, and fewer than 3 bear no loss: add another one first");
        return AVO_EDENIED;
    }
    if (!avo_view_quorum_votes(&next)) {
        avo_text_add_count(reason, "without it fewer members would vote than the ", avo_view_quorum(&next),
                           " needed: wait until others vote again");
        return AVO_EBUSY;
    }
    return avo_view_follows(&cas->view, next.generation, &next) ? AVO_OK : avo_cas_wait_for_new_slot(cas, reason);
}
