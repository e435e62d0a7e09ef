/* What the CAS says: a nonce, wait, registered, or no. The stream is authentic, so it is the CAS's own word. */
#include "las/state.h"
#include "protocol/control/binding.h"
#include "protocol/control/hello.h"

/* The first greeting, one after a wait, or one that asks for evidence again [DESIGN 11.3]. */
static void on_hello(struct avo_las *las, struct avo_slice message) {
    struct avo_hello hello;
    enum avo_error error = avo_hello_read(message, &hello);
    if (error != AVO_OK) {
        avo_las_end_string(las, error == AVO_EVERSION
                                    ? "CAS: it speaks another version of the protocol: install the same version on both"
                                    : "CAS: its greeting is malformed: look at the log of avocado-cas");
        return;
    }
    struct avo_binding binding = {.tee = las->config.tee, .role = AVO_EVIDENCE_LAS};
    uint8_t report_data[AVO_BINDING_BYTES];
    avo_copy(binding.nonce, sizeof binding.nonce, AVO_SLICE_OF(hello.nonce));
    avo_copy(binding.channel_key, sizeof binding.channel_key, AVO_SLICE_OF(las->channel_key.public));
    avo_copy(binding.cas_key, sizeof binding.cas_key, AVO_SLICE_OF(las->config.cas_public_key));
    avo_copy(binding.handshake_hash, sizeof binding.handshake_hash, AVO_SLICE_OF(las->stream.handshake_hash));
    avo_las_configuration_hash(las->sign_public, binding.configuration_hash);
    avo_binding_report_data(&binding, report_data);
    las->phase = AVO_LAS_PROVES;
    avo_las_effect(las, AVO_LAS_NEED_EVIDENCE, 0, AVO_SLICE_OF(report_data));
}

static void on_registered(struct avo_las *las) {
    struct avo_text text = {0};
    las->phase = AVO_LAS_IDLE;
    avo_text_add_string(&text, las->registered ? "registered anew: the CAS verified its vendor's evidence again"
                                               : "registered: the CAS verified its vendor's evidence");
    las->registered = true;
    las->proven = true;
    las->refused_count = 0;
    avo_las_log(las, &text);
    for (uint32_t i = 0; i < las->config.local_max_count; i++) {
        if (las->locals[i].held) {
            avo_las_check(las, i);
        }
    }
}

/* What was good once and is refused now failed by what the CAS judges with, such as collateral that ran out or is being replaced:
 * it will be good again. Until then its vouchers do not count. */
static void try_again(struct avo_las *las, struct avo_text *line) {
    avo_las_leave(las);
    las->refused_count++;
    if ((las->refused_count & (las->refused_count - 1)) == 0) {
        avo_text_add_string(line, "; trying again (");
        avo_text_add_number(line, las->refused_count);
        avo_text_add_string(line, " times so far)");
        avo_las_warn(las, line);
    }
    avo_las_effect(las, AVO_LAS_RECONNECT, 0, AVO_SLICE_EMPTY);
}

static void on_refused(struct avo_las *las, struct avo_slice message) {
    enum avo_error error;
    struct avo_text text, line = {0};
    if (avo_control_refused_read(message, &error, &text) != AVO_OK) {
        avo_las_end_string(las, "CAS: its refusal is malformed: look at the log of avocado-cas");
        return;
    }
    avo_text_add_string(&line, "CAS refused it: ");
    avo_text_add(&line, avo_slice(text.bytes, text.length));
    if (las->proven && error != AVO_ESTALE) { /* ESTALE: another start of this machine's LAS took its place, which ends this one */
        try_again(las, &line);
    } else {
        avo_las_end(las, &line);
    }
}

static void on_message(struct avo_las *las, struct avo_slice message) {
    enum avo_control_type type = (enum avo_control_type)avo_control_type(message);
    if (type == AVO_CONTROL_HELLO && (las->phase == AVO_LAS_MUTE || las->phase == AVO_LAS_IDLE)) {
        on_hello(las, message);
    } else if (type == AVO_CONTROL_REFUSED) {
        on_refused(las, message);
    } else if (type == AVO_CONTROL_LAS_REGISTERED && las->phase == AVO_LAS_ASKED &&
               avo_control_empty_read(message, type) == AVO_OK) {
        on_registered(las);
    } else if (type == AVO_CONTROL_WAIT && las->phase == AVO_LAS_ASKED && avo_control_empty_read(message, type) == AVO_OK) {
        las->phase = AVO_LAS_IDLE;
    } else {
        avo_las_end_string(las, "CAS: it said something out of turn: install the same version on both");
    }
}

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
            avo_las_on_closed(las);
            avo_las_effect(las, AVO_LAS_RECONNECT, 0, AVO_SLICE_EMPTY);
            return;
        }
        if (message.length > 0) {
            on_message(las, message);
        }
        listens = las->phase != AVO_LAS_AWAY && las->phase != AVO_LAS_ENDED;
    }
}
