/* What this CAS wants to follow the newest view: one slot a view, and never fewer voting members than a quorum [V4, V6]. */
#include "cas/state.h"
#include "protocol/view/successor.h"

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
    if (cas->view.epoch == UINT32_MAX || !avo_cas_resize_is_synced(cas)) {
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
