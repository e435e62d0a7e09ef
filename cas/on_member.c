/* A member speaks: on a connection under the channel key that the newest view lists, or the newer view that it shows [V7]. */
#include "cas/state.h"

/* Its host can have a member come again without end: of that a line a second is said. */
static void say_connected(struct avo_cas *cas, uint8_t slot) {
    struct avo_text line = {0};
    avo_text_add_count(&line, "slot ", slot, ": its member is connected");
    avo_cas_log(cas, &line);
    cas->effects[cas->effect_count - 1].log_kind = cas->members[slot].was_connected ? "a member connected again" : NULL;
    cas->members[slot].was_connected = true;
}

/* One connection a member: the one before is dead, and not known to be yet. */
static void take_connection(struct avo_cas *cas, uint32_t connection, uint8_t slot) {
    struct avo_cas_member *member = &cas->members[slot];
    uint32_t earlier = member->connection;
    if (earlier == connection) {
        return;
    }
    if (earlier != AVO_CAS_NOBODY) {
        avo_cas_close(cas, earlier, "its member opened another connection");
    }
    member->connection = connection;
    member->told_epoch = 0;
    member->asked_in_phase = AVO_PROPOSER_IDLE;
    cas->connections[connection].peer = AVO_CAS_PEER_MEMBER;
    say_connected(cas, slot);
}

static void note(struct avo_cas_member *member, const struct avo_member_report *report, uint32_t view_epoch) {
    member->told_epoch = view_epoch > member->told_epoch ? view_epoch : member->told_epoch;
    member->adopted_epoch = report->adopted_epoch > member->adopted_epoch ? report->adopted_epoch : member->adopted_epoch;
    member->synced_epoch = report->synced_epoch > member->synced_epoch ? report->synced_epoch : member->synced_epoch;
}

/* A CAS that was restored from before genesis has the keys of its cluster and nothing else of it [V0]. */
static void refuse_unknown(struct avo_cas *cas, uint32_t connection) {
    struct avo_text line = {0};
    avo_text_add_string(&line, "a member of a cluster came that this CAS does not know: its state file is older than the cluster; "
                               "restore the newest one, and approve no new view here");
    avo_cas_warn_seldom(cas, &line, "a member of an unknown cluster");
    avo_cas_close(cas, connection, "a member of a cluster that this CAS does not know");
}

void avo_cas_on_member(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message) {
    struct avo_member_report report;
    struct avo_view view;
    uint32_t connection = event->connection;
    if (cas->phase != AVO_CAS_FORMED) {
        refuse_unknown(cas, connection);
        return;
    }
    if (avo_member_report_read(message, &report) != AVO_OK || !avo_cas_learn(cas, report.signed_view, &view)) {
        avo_cas_close(cas, connection, "a member that shows no view of this cluster");
        return;
    }
    if (cas->connections[connection].peer == AVO_CAS_PEER_CLOSED) {
        return; /* it left the very view that it shows */
    }
    uint8_t slot = avo_cas_slot_of_key(cas, avo_cas_proven_key(cas, connection));
    if (slot == AVO_CAS_NO_SLOT) {
        avo_cas_let_go(cas, connection);
    } else if (report.adopted_epoch > view.epoch || report.synced_epoch > view.epoch) {
        avo_cas_close(cas, connection, "a member that is in a view it does not show");
    } else {
        take_connection(cas, connection, slot);
        note(&cas->members[slot], &report, view.epoch);
    }
}
