/* Bytes of the CAS, or of what sits between. A message that comes out of the stream is authentic: the CAS's own word (message.c).
 */
#include "las/state.h"

/* None of this is authentic: it is no reason to end. */
static void say_broken(struct avo_las *las, enum avo_error error) {
    struct avo_text text = {0};
    if (error == AVO_EVERSION) {
        avo_text_add_string(&text, "CAS: it ");
        avo_text_add_version(&text, las->stream.remote_version);
    } else {
        avo_text_add_string(&text,
                            "CAS: what answers does not hold the pinned key, or bytes were changed on the way; trying again");
    }
    avo_las_warn(las, &text);
}

/* One read of the stream: a handshake step, whose answer is sent, or a message. */
static enum avo_error read_once(struct avo_las *las, struct avo_slice *bytes, struct avo_slice *message) {
    uint8_t memory[256];
    struct avo_buffer out = {memory, 0, sizeof memory};
    enum avo_error error = avo_secure_stream_read(&las->stream, las->config.random, bytes, &out, message);
    if (out.length > 0) {
        avo_las_effect(las, AVO_LAS_SEND, 0, avo_buffer_slice(&out));
    }
    return error;
}

void avo_las_on_bytes(struct avo_las *las, struct avo_slice bytes) {
    bool listens = las->phase != AVO_LAS_AWAY;
    las->heard = listens;
    while (listens && bytes.length > 0) {
        struct avo_slice message = AVO_SLICE_EMPTY;
        enum avo_error error = read_once(las, &bytes, &message);
        if (error != AVO_OK) {
            say_broken(las, error);
            las->heard = false;
            avo_las_lose(las);
            avo_las_effect(las, AVO_LAS_RECONNECT, 0, AVO_SLICE_EMPTY);
            return;
        }
        if (message.length > 0) {
            avo_las_on_message(las, message);
        }
        listens = las->phase != AVO_LAS_AWAY && las->phase != AVO_LAS_ENDED;
    }
}
