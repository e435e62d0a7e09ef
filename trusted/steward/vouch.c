#include "trusted/steward/vouch.h"

void avo_vouch_start(struct avo_vouch *vouch, struct avo_writer *out) {
    vouch->id++;
    vouch->state = AVO_VOUCH_ASKED_TARGET;
    avo_local_write(out, AVO_LOCAL_TARGET_REQUEST, vouch->id, AVO_SLICE_EMPTY);
}

static enum avo_vouch_state fail(struct avo_vouch *vouch, const char *reason) {
    avo_text_clear(&vouch->reason);
    avo_text_add_string(&vouch->reason, reason);
    vouch->state = AVO_VOUCH_FAILED;
    return vouch->state;
}

static void on_answer(struct avo_vouch *vouch, const struct avo_local_message *message) {
    if (message->type == AVO_LOCAL_REFUSED) {
        avo_local_refused_text(message, &vouch->reason);
        vouch->state = AVO_VOUCH_FAILED;
    } else if (message->type == AVO_LOCAL_TARGET && vouch->state == AVO_VOUCH_ASKED_TARGET) {
        avo_copy(vouch->target, sizeof vouch->target, message->body);
        vouch->state = AVO_VOUCH_NEED_REPORT;
    } else if (message->type == AVO_LOCAL_VOUCHER && vouch->state == AVO_VOUCH_ASKED_VOUCHER) {
        avo_copy(vouch->voucher, sizeof vouch->voucher, message->body);
        vouch->state = AVO_VOUCH_DONE;
    }
}

enum avo_vouch_state avo_vouch_read(struct avo_vouch *vouch, struct avo_slice bytes) {
    struct avo_local_message message;
    bool asked = vouch->state == AVO_VOUCH_ASKED_TARGET || vouch->state == AVO_VOUCH_ASKED_VOUCHER;
    enum avo_error error = avo_local_read(bytes, &message);
    if (!asked) {
        return vouch->state;
    }
    if (error == AVO_ESTALE) {
        return fail(vouch, "LAS: it speaks another version of the protocol: install the same version on both");
    }
    if (error == AVO_OK && message.id == vouch->id) {
        on_answer(vouch, &message);
    }
    return vouch->state;
}

enum avo_vouch_state avo_vouch_report(struct avo_vouch *vouch, const uint8_t report[AVO_LOCAL_REPORT_MESSAGE_BYTES],
                                      struct avo_writer *out) {
    if (vouch->state == AVO_VOUCH_NEED_REPORT) {
        avo_local_write(out, AVO_LOCAL_REPORT, vouch->id, avo_slice(report, AVO_LOCAL_REPORT_MESSAGE_BYTES));
        vouch->state = AVO_VOUCH_ASKED_VOUCHER;
    }
    return vouch->state;
}
