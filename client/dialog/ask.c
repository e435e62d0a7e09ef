/* Requests of a dialog. */
#include "base/secret.h"
#include "client/dialog/dialog.h"
#include "protocol/control/evidence.h"

#define SMALL_REQUEST_BYTES 64

static enum avo_error ask(struct avo_dialog *dialog, const struct avo_writer *request, struct avo_buffer *out) {
    if (!dialog->greeted || request->failed) {
        return AVO_EINVAL;
    }
    return avo_secure_stream_write(&dialog->stream, avo_writer_slice(request), out);
}

enum avo_error avo_dialog_ask_evidence(struct avo_dialog *dialog, struct avo_buffer *out) {
    uint8_t bytes[SMALL_REQUEST_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_random_fill(dialog->random, dialog->nonce, sizeof dialog->nonce);
    dialog->nonce_live = true;
    avo_evidence_request_write(&writer, dialog->nonce);
    return ask(dialog, &writer, out);
}

enum avo_error avo_dialog_ask_policy(struct avo_dialog *dialog, struct avo_slice policy, struct avo_buffer *out) {
    uint8_t bytes[1 + AVO_POLICY_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    if (!dialog->attested) {
        return AVO_EDENIED;
    }
    if (policy.length == 0 || policy.length > AVO_POLICY_MAX_BYTES) {
        return AVO_ETOOBIG;
    }
    avo_control_bytes_write(&writer, AVO_CONTROL_POLICY, policy);
    return ask(dialog, &writer, out);
}

enum avo_error avo_dialog_ask_approve(struct avo_dialog *dialog, const uint8_t view_hash[AVO_HASH_BYTES], struct avo_buffer *out) {
    uint8_t bytes[SMALL_REQUEST_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    if (!dialog->attested) {
        return AVO_EDENIED;
    }
    avo_control_bytes_write(&writer, AVO_CONTROL_APPROVE, avo_slice(view_hash, AVO_HASH_BYTES));
    return ask(dialog, &writer, out);
}

enum avo_error avo_dialog_ask_recover(struct avo_dialog *dialog, const struct avo_recover *recover, struct avo_buffer *out) {
    uint8_t bytes[AVO_RECOVER_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    if (!dialog->attested) {
        return AVO_EDENIED;
    }
    if (recover->wrapped.length == 0 || recover->wrapped.length > AVO_RECOVERY_MAX_BYTES) {
        return AVO_ETOOBIG;
    }
    avo_recover_write(&writer, recover);
    enum avo_error error = ask(dialog, &writer, out);
    avo_secret_wipe(bytes, sizeof bytes);
    return error;
}

enum avo_error avo_dialog_ask_reset(struct avo_dialog *dialog, const uint8_t cluster_id[AVO_CLUSTER_ID_BYTES],
                                    struct avo_buffer *out) {
    uint8_t bytes[SMALL_REQUEST_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    if (!dialog->attested) {
        return AVO_EDENIED;
    }
    avo_control_bytes_write(&writer, AVO_CONTROL_RESET, avo_slice(cluster_id, AVO_CLUSTER_ID_BYTES));
    return ask(dialog, &writer, out);
}

enum avo_error avo_dialog_ask_resize(struct avo_dialog *dialog, const struct avo_resize_request *request, struct avo_buffer *out) {
    uint8_t bytes[SMALL_REQUEST_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    if (!dialog->attested) {
        return AVO_EDENIED;
    }
    avo_resize_request_write(&writer, request);
    return ask(dialog, &writer, out);
}

static enum avo_error ask_empty(struct avo_dialog *dialog, enum avo_control_type type, struct avo_buffer *out) {
    uint8_t bytes[SMALL_REQUEST_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_control_empty_write(&writer, type);
    return ask(dialog, &writer, out);
}

enum avo_error avo_dialog_ask_status(struct avo_dialog *dialog, struct avo_buffer *out) {
    return ask_empty(dialog, AVO_CONTROL_STATUS_REQUEST, out);
}

enum avo_error avo_dialog_ask_view(struct avo_dialog *dialog, struct avo_buffer *out) {
    return ask_empty(dialog, AVO_CONTROL_VIEW_REQUEST, out);
}

enum avo_error avo_dialog_ask_ends(struct avo_dialog *dialog, struct avo_buffer *out) {
    return ask_empty(dialog, AVO_CONTROL_ENDS_REQUEST, out);
}

enum avo_error avo_dialog_ask_ticket(struct avo_dialog *dialog, const struct avo_ticket_request *request, struct avo_buffer *out) {
    uint8_t bytes[SMALL_REQUEST_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_ticket_request_write(&writer, request);
    return ask(dialog, &writer, out);
}
