/* Replies of a dialog: nothing is believed because it came. */
#include "base/secret.h"
#include "client/dialog/dialog.h"
#include "protocol/control/evidence.h"
#include <string.h>

static enum avo_error say(struct avo_text *reason, enum avo_error error, const char *text) {
    avo_text_clear(reason);
    avo_text_add_string(reason, text);
    return error;
}

/* AVO_OK unless the CAS refused: then its error and its text. */
static enum avo_error refusal_of(struct avo_slice reply, struct avo_text *reason) {
    enum avo_error error;
    avo_text_clear(reason);
    if (avo_control_type(reply) != AVO_CONTROL_REFUSED) {
        return AVO_OK;
    }
    if (avo_control_refused_read(reply, &error, reason) != AVO_OK) {
        return say(reason, AVO_EFORMAT, "CAS: its refusal is malformed: look at the log of avocado-cas");
    }
    return error;
}

static enum avo_error malformed(struct avo_text *reason) {
    return say(reason, AVO_EFORMAT, "CAS: its reply is malformed: install the same version on both");
}

enum avo_error avo_dialog_evidence_check(struct avo_dialog *dialog, struct avo_slice reply, const struct avo_verifier *verifier,
                                         struct avo_slice policy, uint64_t now_s, struct avo_attested *attested,
                                         struct avo_text *reason) {
    struct avo_binding binding = {.role = AVO_ATTESTED_ROLE_CAS};
    struct avo_evidence_reply told;
    enum avo_error error = refusal_of(reply, reason);
    if (error != AVO_OK) {
        return error;
    }
    if (!dialog->nonce_live || avo_evidence_reply_read(reply, &told) != AVO_OK) {
        return malformed(reason);
    }
    dialog->nonce_live = false; /* single use */
    binding.tee = told.tee;
    memcpy(dialog->recovery_public, told.recovery_public, sizeof dialog->recovery_public);
    memcpy(binding.nonce, dialog->nonce, sizeof binding.nonce);
    memcpy(binding.channel_key, dialog->cas_public_key, sizeof binding.channel_key);
    memcpy(binding.cas_key, dialog->cas_public_key, sizeof binding.cas_key);
    memcpy(binding.handshake_hash, dialog->stream.handshake_hash, sizeof binding.handshake_hash);
    avo_cas_configuration_hash(dialog->cas_sign_public, told.recovery_public, binding.configuration_hash);
    uint8_t report_data[AVO_BINDING_BYTES];
    avo_binding_report_data(&binding, report_data);
    error = verifier->verify(verifier->context, policy, AVO_ATTESTED_ROLE_CAS, told.evidence, report_data, now_s, attested, reason);
    if (error == AVO_OK && attested->tee != binding.tee) {
        return say(reason, AVO_EDENIED, "CAS: its evidence is of another kind of TEE than it says: do not trust it");
    }
    dialog->attested = error == AVO_OK;
    return error;
}

enum avo_error avo_dialog_done_check(struct avo_slice reply, struct avo_text *reason) {
    enum avo_error error = refusal_of(reply, reason);
    if (error == AVO_OK && avo_control_empty_read(reply, AVO_CONTROL_DONE) != AVO_OK) {
        return malformed(reason);
    }
    return error;
}

enum avo_error avo_dialog_status_check(struct avo_slice reply, struct avo_genesis_status *status, struct avo_text *reason) {
    enum avo_error error = refusal_of(reply, reason);
    if (error == AVO_OK && avo_genesis_status_read(reply, status) != AVO_OK) {
        return malformed(reason);
    }
    return error;
}

enum avo_error avo_dialog_ends_check(struct avo_slice reply, struct avo_cas_ends *ends, struct avo_text *reason) {
    enum avo_error error = refusal_of(reply, reason);
    if (error == AVO_OK && avo_cas_ends_read(reply, ends) != AVO_OK) {
        return malformed(reason);
    }
    return error;
}

enum avo_error avo_dialog_view_check(const struct avo_dialog *dialog, struct avo_slice reply,
                                     const uint8_t approved[AVO_HASH_BYTES], const uint8_t cluster_id[AVO_CLUSTER_ID_BYTES],
                                     struct avo_signed_view *signed_view, struct avo_view *view, struct avo_text *reason) {
    struct avo_slice bytes;
    uint8_t hash[AVO_HASH_BYTES];
    enum avo_error error = refusal_of(reply, reason);
    if (error != AVO_OK) {
        return error;
    }
    if (avo_control_bytes_read(reply, AVO_CONTROL_VIEW, AVO_VIEW_MAX_BYTES, &bytes) != AVO_OK) {
        return malformed(reason);
    }
    error = avo_view_verify(bytes, dialog->cas_sign_public, view);
    if (error != AVO_OK) {
        return say(reason, error, "view: it does not verify under the CAS's signing key: do not trust this CAS");
    }
    avo_view_hash(view, hash);
    if (approved != NULL && memcmp(hash, approved, sizeof hash) != 0) {
        return say(reason, AVO_EDENIED, "view: the CAS signed another view than the one approved: do not use this cluster");
    }
    if (cluster_id != NULL && memcmp(cluster_id, view->cluster_id, AVO_CLUSTER_ID_BYTES) != 0) {
        return say(reason, AVO_EDENIED, "view: it is of another cluster than the pinned one: use the right profile");
    }
    avo_copy(signed_view->bytes, sizeof signed_view->bytes, bytes);
    signed_view->length = bytes.length;
    return AVO_OK;
}

enum avo_error avo_dialog_ticket_check(const struct avo_dialog *dialog, struct avo_slice reply,
                                       const struct avo_ticket_request *request, struct avo_slice *signed_ticket,
                                       struct avo_ticket *ticket, struct avo_text *reason) {
    enum avo_error error = refusal_of(reply, reason);
    if (error != AVO_OK) {
        return error;
    }
    if (avo_control_bytes_read(reply, AVO_CONTROL_TICKET, AVO_TICKET_MAX_BYTES, signed_ticket) != AVO_OK) {
        return malformed(reason);
    }
    error = avo_ticket_verify(*signed_ticket, dialog->cas_sign_public, ticket);
    if (error != AVO_OK) {
        return say(reason, error, "ticket: it does not verify under the CAS's signing key: do not trust this CAS");
    }
    bool fits =
        memcmp(ticket->public_key, request->public_key, sizeof ticket->public_key) == 0 && (ticket->rights & ~request->rights) == 0;
    return fits ? AVO_OK : say(reason, AVO_EDENIED, "ticket: it is not what was asked for: do not trust this CAS");
}
