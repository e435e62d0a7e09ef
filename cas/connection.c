/* What a connection is, from its first message to its end. */
#include "cas/state.h"

/* A member speaks at any time. */
static bool is_member_message(enum avo_control_type type) {
    switch (type) {
    case AVO_CONTROL_MEMBER:
    case AVO_CONTROL_ADOPTED:
    case AVO_CONTROL_SYNCED:
    case AVO_CONTROL_PONG:
    case AVO_CONTROL_PROMISE:
    case AVO_CONTROL_ACCEPTED:
    case AVO_CONTROL_NACK:
        return true;
    default:
        return false;
    }
}

static bool in_turn(const struct avo_cas_connection *peer, enum avo_control_type type) {
    switch (peer->peer) {
    case AVO_CAS_PEER_OPEN:
        return true;
    case AVO_CAS_PEER_USER:
        return type != AVO_CONTROL_JOIN && type != AVO_CONTROL_LAS && type != AVO_CONTROL_MEMBER && !peer->evidence_wanted;
    case AVO_CAS_PEER_WAITING:
        return type == AVO_CONTROL_JOIN;
    case AVO_CAS_PEER_ENCLAVE:
        return type == AVO_CONTROL_JOIN || type == AVO_CONTROL_MEMBER;
    case AVO_CAS_PEER_MEMBER:
        return is_member_message(type);
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
    bool is_open = peer->peer == AVO_CAS_PEER_OPEN;
    if (is_open && type != AVO_CONTROL_JOIN && type != AVO_CONTROL_LAS && type != AVO_CONTROL_MEMBER) {
        peer->peer = AVO_CAS_PEER_USER;
    }
    return true;
}

static void free_slots(struct avo_cas *cas, uint32_t connection) {
    for (uint8_t i = 0; i < AVO_SLOT_MAX_COUNT; i++) {
        if (cas->slots[i].connection == connection) {
            cas->slots[i].connection = AVO_CAS_NOBODY;
            struct avo_text line = {0};
            avo_text_add_count(&line, "slot ", i, ": its enclave left before view 1 was approved; the slot is free again");
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

uint8_t avo_cas_slot_of(const struct avo_cas *cas, uint32_t connection) {
    uint8_t slot = 0;
    while (slot < AVO_SLOT_MAX_COUNT && cas->members[slot].connection != connection) {
        slot++;
    }
    return slot < AVO_SLOT_MAX_COUNT ? slot : AVO_CAS_NO_SLOT;
}

static void forget_member(struct avo_cas *cas, uint32_t connection) {
    uint8_t slot = avo_cas_slot_of(cas, connection);
    if (slot != AVO_CAS_NO_SLOT) {
        cas->members[slot].connection = AVO_CAS_NOBODY;
    }
    if (cas->joiner.connection == connection) {
        cas->joiner.connection = AVO_CAS_NOBODY;
    }
}

/* A LAS's vouchers no longer count. Before view 1 is approved, the slot of an enclave that left is free again: an enclave that lost
 * its CAS never learnt a view, so nothing is lost. Afterwards the view stands, and a member without a connection is still one. */
void avo_cas_forget(struct avo_cas *cas, uint32_t connection) {
    struct avo_cas_connection *peer = &cas->connections[connection];
    if (cas->phase == AVO_CAS_GATHERING) {
        free_slots(cas, connection);
    }
    avo_cas_las_forget(cas, connection);
    forget_member(cas, connection);
    if (cas->recoverer == connection) {
        cas->recoverer = AVO_CAS_NOBODY;
    }
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
