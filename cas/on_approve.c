/* The owner approves hash(view 1) [V0]: the very view that the CAS proposes now. It is signed as chosen [V1] and written before
 * anybody sees it, so that a CAS that starts again knows what it signed. */
#include "cas/state.h"

static void refuse_hash(struct avo_cas *cas, uint32_t connection, const uint8_t proposed[AVO_HASH_BYTES]) {
    struct avo_text text = {0};
    avo_text_add_string(&text, "view 1: the hash you approve is not that of the proposed view, ");
    avo_text_add_hex(&text, avo_slice(proposed, AVO_HASH_BYTES));
    avo_text_add_string(&text, ": a member changed in between: look at the status and approve again");
    avo_cas_refuse(cas, connection, AVO_ESTALE, &text);
}

static void refuse_incomplete(struct avo_cas *cas, uint32_t connection) {
    struct avo_text text = {0};
    avo_text_add_string(&text, "view 1: members are missing:");
    for (uint8_t i = 0; i < cas->policy.slot_count; i++) {
        if (cas->slots[i].connection == AVO_CAS_NOBODY) {
            avo_text_add_string(&text, " slot ");
            avo_text_add_number(&text, i);
        }
    }
    avo_text_add_string(&text, ": start them, then approve");
    avo_cas_refuse(cas, connection, AVO_EDENIED, &text);
}

static void choose(struct avo_cas *cas, uint32_t connection, const struct avo_view *view) {
    cas->view = *view;
    avo_view_sign(view, cas->sign_secret, &cas->signed_view);
    cas->phase = AVO_CAS_SIGNING;
    cas->approver = connection;
    avo_cas_persist(cas, &cas->signed_view);
}

static void approve(struct avo_cas *cas, uint32_t connection, struct avo_slice approved) {
    struct avo_view view = cas->view;
    uint8_t hash[AVO_HASH_BYTES];
    if (cas->phase == AVO_CAS_GATHERING && !avo_cas_propose(cas, &view)) {
        refuse_incomplete(cas, connection);
        return;
    }
    avo_view_hash(&view, hash);
    if (!avo_slice_equal(approved, AVO_SLICE_OF(hash))) {
        refuse_hash(cas, connection, hash);
    } else if (cas->phase == AVO_CAS_FORMED) { /* the reply to an earlier approval was lost */
        avo_cas_send_view(cas, connection);
    } else if (cas->phase == AVO_CAS_GATHERING) {
        choose(cas, connection, &view);
    } else {
        avo_cas_refuse_string(cas, connection, AVO_EBUSY, "view 1: an approval is being written: ask for the status");
    }
}

void avo_cas_on_approve(struct avo_cas *cas, uint32_t connection, struct avo_slice message) {
    struct avo_slice approved;
    if (avo_control_bytes_read(message, AVO_CONTROL_APPROVE, AVO_HASH_BYTES, &approved) != AVO_OK) {
        avo_cas_close(cas, connection, "malformed approval");
    } else if (cas->phase == AVO_CAS_NO_POLICY) {
        avo_cas_refuse_string(cas, connection, AVO_EDENIED, "view 1: there is no policy yet: upload one first");
    } else if (!avo_cas_policy_is_owner(&cas->policy, avo_cas_proven_key(cas, connection))) {
        avo_cas_refuse_string(cas, connection, AVO_EDENIED, "view 1: only the policy's owner approves it: use the owner's key");
    } else {
        approve(cas, connection, approved);
    }
}
