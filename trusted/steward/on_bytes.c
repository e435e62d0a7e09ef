/* Bytes of the CAS: the stream makes messages of them. What does not open was changed on the way, or is of somebody else. */
#include "trusted/steward/steward_state.h"

static void break_off(struct avo_steward *steward, const char *reason, const struct avo_text *more) {
    if (steward->phase == AVO_STEWARD_MEMBER) {
        avo_steward_break_off(steward, reason);
    } else {
        avo_steward_lose(steward, reason, more);
    }
}

static void on_error(struct avo_steward *steward, enum avo_error error) {
    if (error == AVO_EVERSION) {
        struct avo_text version = {0};
        avo_text_add_version(&version, steward->stream.remote_version);
        break_off(steward, "CAS: it ", &version);
    } else {
        break_off(steward,
                  "CAS: what answers does not hold the pinned key, or bytes were changed on the way: compare with cas/public.key",
                  NULL);
    }
}

void avo_steward_on_bytes(struct avo_steward *steward, struct avo_slice bytes) {
    steward->answered |= steward->connected;
    while (steward->connected && !steward->ended && bytes.length > 0) {
        if (steward->phase == AVO_STEWARD_NEED_EVIDENCE) { /* it was asked, and has not answered: the CAS has nothing to say */
            avo_steward_lose(steward, "CAS: it, or what stands between, speaks out of turn", NULL);
            return;
        }
        struct avo_slice message = AVO_SLICE_EMPTY;
        enum avo_error error = avo_secure_stream_read(&steward->stream, steward->config.random, &bytes, &steward->out, &message);
        if (error != AVO_OK) {
            on_error(steward, error);
        } else if (message.length > 0) {
            avo_steward_message(steward, message);
        }
    }
}
