/* What a connection is, from its first message to its end. */
#include "cas/state.h"

static bool in_turn(const struct avo_cas_connection *peer, enum avo_control_type type) {
    switch (peer->peer) {
    case AVO_CAS_PEER_OPEN:
        return true;
    case AVO_CAS_PEER_USER:
        return type != AVO_CONTROL_JOIN && type != AVO_CONTROL_LAS && !peer->evidence_wanted;
    case AVO_CAS_PEER_WAITING:
    case AVO_CAS_PEER_ENCLAVE:
        return type == AVO_CONTROL_JOIN;
    case AVO_CAS_PEER_LAS_WAITING:
    case AVO_CAS_PEER_LAS:
        return type == AVO_CONTROL_LAS;
    case AVO_CAS_PEER_CLOSED:
        break;
    }
    return false;
}

bool avo_cas_take_turn(struct avo_cas_connection *peer, enum avo_control_type type) {
    if (!in_turn(peer, type)) {
        return false;
    }
    if (type != AVO_CONTROL_JOIN && type != AVO_CONTROL_LAS) {
        peer->peer = AVO_CAS_PEER_USER;
    }
    return true;
}

static void free_slots(struct avo_cas *cas, uint32_t connection) {
    for (uint8_t i = 0; i < AVO_SLOT_MAX_COUNT; i++) {
        if (cas->slots[i].connection == connection) {
            cas->slots[i].connection = AVO_CAS_NOBODY;
            struct avo_text line = {0};
            avo_text_add_string(&line, "slot ");
            avo_text_add_number(&line, i);
            avo_text_add_string(&line, ": its enclave left before view 1 was approved; the slot is free again");
            avo_cas_warn(cas, &line);
        }
    }
}

void avo_cas_las_forget(struct avo_cas *cas, uint32_t connection) {
    for (uint8_t i = 0; i < cas->policy.machine_count; i++) {
        if (cas->las[i].connection == connection) {
            cas->las[i].connection = AVO_CAS_NOBODY;
        }
    }
}

/* A LAS's vouchers no longer count. Before view 1 is approved, the slot of an enclave that left is free again: an enclave that lost
 * its CAS never learnt a view, so nothing is lost. Afterwards the view stands. */
void avo_cas_forget(struct avo_cas *cas, uint32_t connection) {
    struct avo_cas_connection *peer = &cas->connections[connection];
    if (cas->phase == AVO_CAS_GATHERING) {
        free_slots(cas, connection);
    }
    avo_cas_las_forget(cas, connection);
    if (cas->approver == connection) {
        cas->approver = AVO_CAS_NOBODY;
    }
    avo_secure_stream_wipe(&peer->stream);
    peer->peer = AVO_CAS_PEER_CLOSED;
    peer->evidence_wanted = false;
}

void avo_cas_close(struct avo_cas *cas, uint32_t connection, const char *why) {
    avo_cas_effect(cas, AVO_CAS_CLOSE, connection, avo_slice_string(why));
    bool is_fixed = why != cas->close_reason.bytes; /* else there are as many as a stranger can think of */
    cas->effects[cas->effect_count - 1].log_kind = is_fixed ? why : "it speaks another version";
    avo_cas_forget(cas, connection);
}
