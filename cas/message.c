/* The dispatcher of messages only dispatches. */
#include "cas/state.h"

static void on_member_message(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message) {
    switch (avo_control_type(message)) {
    case AVO_CONTROL_MEMBER:
        avo_cas_on_member(cas, event, message);
        break;
    case AVO_CONTROL_ADOPTED:
        avo_cas_on_adopted(cas, event->connection, message);
        break;
    case AVO_CONTROL_SYNCED:
        avo_cas_on_synced(cas, event->connection, message);
        break;
    case AVO_CONTROL_PONG:
        break; /* it was heard: that is all */
    default:
        avo_cas_on_choice(cas, event, message);
    }
}

static void on_peer_message(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message) {
    switch (avo_control_type(message)) {
    case AVO_CONTROL_JOIN:
        avo_cas_on_join(cas, event, message);
        break;
    case AVO_CONTROL_MEMBER:
        avo_cas_on_member(cas, event, message);
        break;
    case AVO_CONTROL_LAS:
        avo_cas_on_las(cas, event, message);
        break;
    case AVO_CONTROL_EVIDENCE_REQUEST:
        avo_cas_on_evidence_request(cas, event->connection, message);
        break;
    case AVO_CONTROL_POLICY:
        avo_cas_on_policy(cas, event, message);
        break;
    case AVO_CONTROL_STATUS_REQUEST:
        avo_cas_on_status(cas, event->connection, message);
        break;
    case AVO_CONTROL_APPROVE:
        avo_cas_on_approve(cas, event->connection, message);
        break;
    case AVO_CONTROL_VIEW_REQUEST:
        avo_cas_on_view(cas, event->connection, message);
        break;
    case AVO_CONTROL_RESIZE:
        avo_cas_on_resize(cas, event->connection, message);
        break;
    case AVO_CONTROL_ENDS_REQUEST:
        avo_cas_on_ends(cas, event, message);
        break;
    case AVO_CONTROL_RECOVER:
        avo_cas_on_recover(cas, event->connection, message);
        break;
    case AVO_CONTROL_RESET:
        avo_cas_on_reset(cas, event->connection, message);
        break;
    case AVO_CONTROL_TICKET_REQUEST:
        avo_cas_on_ticket(cas, event, message);
        break;
    default:
        avo_cas_close(cas, event->connection, "not a request the CAS knows");
    }
}

void avo_cas_on_message(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message) {
    if (cas->connections[event->connection].peer == AVO_CAS_PEER_MEMBER) {
        on_member_message(cas, event, message);
    } else {
        on_peer_message(cas, event, message);
    }
}
