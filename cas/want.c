/* What this CAS wants to follow the newest view: one slot a view, and never fewer voting members than a quorum [V4, V6]. */
#include "cas/state.h"
#include "protocol/view/successor.h"

/* [V6] Where the newest view made the group smaller or larger, its voters must have pulled: what the smaller quorum would miss, or
 * what has only as many copies as the smaller group asked for, before the group is small again. That a quorum adopted the view need
 * not be asked: only members that adopted it promise and accept. */
static bool resize_is_synced(const struct avo_cas *cas) {
    unsigned synced = 0;
    for (uint8_t i = 0; i < cas->view.member_count; i++) {
        const struct avo_member *member = &cas->view.members[i];
        synced += member->role == AVO_ROLE_VOTING && cas->members[member->slot].synced_epoch >= cas->view.epoch;
    }
    return cas->view.resize_epoch != cas->view.epoch || synced >= avo_view_quorum(&cas->view);
}

/* [V5, V6] A joining member that has pulled all keys in an epoch that lists it, and after n changed last: what was read while a
 * removed slot could still hold a write alone is not enough. */
static uint8_t find_synced(const struct avo_cas *cas) {
    for (uint8_t i = 0; i < cas->view.member_count; i++) {
        const struct avo_member *member = &cas->view.members[i];
        uint32_t enough = member->incarnation > cas->view.resize_epoch ? member->incarnation : cas->view.resize_epoch;
        if (member->role == AVO_ROLE_JOINING && cas->members[member->slot].synced_epoch >= enough) {
            return member->slot;
        }
    }
    return AVO_CAS_NO_SLOT;
}

static struct avo_view begin(const struct avo_cas *cas) {
    return avo_view_successor(&cas->view, cas->proposer.configuration.generation);
}

/* The view that admits a joiner for `slot` keeps a quorum of voters [V4]. */
static bool admission_keeps_quorum(const struct avo_cas *cas, uint8_t slot) {
    struct avo_view next = begin(cas);
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
                           ": its owner uploads it again");
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
    if (!resize_is_synced(cas)) {
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

/* One that cannot be now waits, and is in nobody's way: a new slot that ended must be able to start again. One that can no longer
 * be, since another CAS made the group as small as it may be, is given up. */
static bool want_removal(struct avo_cas *cas, struct avo_view *next) {
    struct avo_text reason = {0};
    if (cas->removal == AVO_CAS_NO_SLOT) {
        return false;
    }
    enum avo_error error = avo_cas_check_smaller(cas, cas->removal, &reason);
    if (error == AVO_OK) {
        avo_view_remove(next, cas->removal);
    } else if (error == AVO_EDENIED) {
        cas->removal = AVO_CAS_NO_SLOT;
    }
    return error == AVO_OK;
}

/* Since it was let wait, its slot's member may have come back, or another view may have taken the quorum's last spare. */
static bool want_admission(struct avo_cas *cas, struct avo_view *next) {
    const struct avo_cas_joiner joiner = cas->joiner;
    struct avo_text reason = {0};
    if (joiner.connection == AVO_CAS_NOBODY) {
        return false;
    }
    cas->joiner.connection = AVO_CAS_NOBODY; /* it is not in its own way */
    if (avo_cas_check_rejoin(cas, joiner.member.slot, &reason) == AVO_OK &&
        avo_cas_check_wire(cas, joiner.member.slot, joiner.member.wire_highest, &reason) == AVO_OK) {
        cas->joiner = joiner;
        avo_view_admit(next, &joiner.member);
        return true;
    }
    avo_cas_refuse(cas, joiner.connection, AVO_EBUSY, &reason);
    avo_cas_close(cas, joiner.connection, "what it wanted to join changed");
    return false;
}

bool avo_cas_want(struct avo_cas *cas, struct avo_view *next) {
    if (cas->view.epoch == UINT32_MAX || !resize_is_synced(cas)) {
        return false;
    }
    *next = begin(cas);
    uint8_t synced = find_synced(cas);
    if (synced != AVO_CAS_NO_SLOT) {
        avo_view_promote(next, synced);
        return true;
    }
    if (want_removal(cas, next)) {
        return true;
    }
    return want_admission(cas, next);
}
