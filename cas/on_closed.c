/* A peer is gone. A LAS's vouchers no longer count. Before view 1 is approved, the slot of an enclave that left is free again: an
 * enclave that lost its CAS never learnt a view, so nothing is lost. Afterwards the view stands. */
#include "cas/state.h"

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

void avo_cas_on_closed(struct avo_cas *cas, uint32_t connection) {
    struct avo_cas_connection *peer = &cas->connections[connection];
    if (peer->peer == AVO_CAS_PEER_CLOSED) {
        return;
    }
    if (cas->phase == AVO_CAS_GATHERING) {
        free_slots(cas, connection);
    }
    avo_cas_las_forget(cas, connection);
    if (cas->approver == connection) {
        cas->approver = AVO_CAS_NOBODY;
    }
    avo_secure_stream_wipe(&peer->stream);
    peer->peer = AVO_CAS_PEER_CLOSED;
    peer->nonce_live = false;
    peer->evidence_wanted = false;
}
