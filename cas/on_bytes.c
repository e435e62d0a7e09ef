/* Bytes of a peer: handshake, then one request at a time (message.c). Garbage ends the connection and touches nothing else. */
#include "cas/state.h"

static void take_message(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message) {
    struct avo_cas_connection *peer = &cas->connections[event->connection];
    peer->deadline_us = event->now_us + AVO_CAS_IDLE_TIMEOUT_US;
    if (avo_cas_take_turn(peer, (enum avo_control_type)avo_control_type(message))) {
        avo_cas_on_message(cas, event, message);
    } else {
        avo_cas_close(cas, event->connection, "a request out of turn");
    }
    if (peer->peer == AVO_CAS_PEER_MEMBER) {
        peer->deadline_us = event->now_us + AVO_CAS_MEMBER_TIMEOUT_US;
    }
}

/* Why a stream broke, in words that last for as long as the step's effects. */
static const char *why_broken(struct avo_cas *cas, const struct avo_secure_stream *stream, enum avo_error error) {
    if (error != AVO_EVERSION) {
        return "bytes that are not of this protocol, or for another CAS key";
    }
    struct avo_text *text = &cas->close_reason;
    avo_text_clear(text);
    avo_text_add_string(text, "it ");
    avo_text_add_version(text, stream->remote_version);
    return text->bytes;
}

/* One read of the stream: a handshake step or a message. False when the connection is closed. */
static bool read_once(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice *in, struct avo_slice *message) {
    struct avo_cas_connection *peer = &cas->connections[event->connection];
    struct avo_buffer *out = &cas->effect_bytes;
    size_t before = out->length;
    bool was_ready = peer->stream.ready, was_proven = peer->stream.proven;
    enum avo_error error = avo_secure_stream_read(&peer->stream, cas->config.random, in, out, message);
    if (out->length > before) {
        avo_cas_effect(cas, AVO_CAS_SEND, event->connection, avo_slice(out->data + before, out->length - before));
    }
    if (error != AVO_OK) {
        avo_cas_close(cas, event->connection, why_broken(cas, &peer->stream, error));
        return false;
    }
    if (!was_proven && peer->stream.proven) { /* before, it may be a replay of somebody's first message */
        peer->deadline_us = event->now_us + AVO_CAS_IDLE_TIMEOUT_US;
        avo_cas_bound_share(cas, event->connection);
    }
    if (!was_ready && peer->stream.ready) {
        avo_cas_send_hello(cas, event->connection);
    }
    return true;
}

void avo_cas_on_bytes(struct avo_cas *cas, const struct avo_cas_event *event) {
    const struct avo_cas_connection *peer = &cas->connections[event->connection];
    struct avo_slice in = event->bytes;
    uint32_t messages = 0;
    while (peer->peer != AVO_CAS_PEER_CLOSED && in.length > 0) {
        struct avo_slice message = AVO_SLICE_EMPTY;
        if (!read_once(cas, event, &in, &message)) {
            return;
        }
        if (message.length > 0) {
            bool member = peer->peer == AVO_CAS_PEER_MEMBER; /* what it says is noted, and answered once (pursue.c) */
            if (messages++ > 0 && !member) { /* a peer waits for the reply: this is what bounds the effects of a step */
                avo_cas_close(cas, event->connection, "a request before the reply to the last one");
                return;
            }
            take_message(cas, event, message);
        }
    }
}
