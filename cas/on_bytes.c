/* Bytes of a peer: handshake, then one request at a time. Garbage ends the connection and touches nothing else. */
#include "base/assert.h"
#include "cas/state.h"

static void user_message(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message) {
    cas->connections[event->connection].peer = AVO_CAS_PEER_USER;
    cas->connections[event->connection].nonce_live = false;
    switch (avo_control_type(message)) {
    case AVO_CONTROL_EVIDENCE_REQUEST:
        avo_cas_on_evidence_request(cas, event->connection, message);
        break;
    case AVO_CONTROL_POLICY:
        avo_cas_on_policy(cas, event, message);
        break;
    case AVO_CONTROL_STATUS_REQUEST:
        avo_cas_on_status(cas, event->connection, message);
        break;
    case AVO_CONTROL_APPROVE:
        avo_cas_on_approve(cas, event->connection, message);
        break;
    case AVO_CONTROL_VIEW_REQUEST:
        avo_cas_on_view(cas, event->connection, message);
        break;
    case AVO_CONTROL_ENDS_REQUEST:
        avo_cas_on_ends(cas, event, message);
        break;
    case AVO_CONTROL_TICKET_REQUEST:
        avo_cas_on_ticket(cas, event, message);
        break;
    default:
        avo_cas_close(cas, event->connection, "not a request the CAS knows");
    }
}

/* What a peer's first message made of the connection decides what may follow. */
static bool in_turn(const struct avo_cas_connection *peer, enum avo_control_type type) {
    switch (peer->peer) {
    case AVO_CAS_PEER_OPEN:
        return true;
    case AVO_CAS_PEER_USER:
        return type != AVO_CONTROL_JOIN && type != AVO_CONTROL_LAS && !peer->evidence_wanted;
    case AVO_CAS_PEER_WAITING:
    case AVO_CAS_PEER_ENCLAVE:
        return type == AVO_CONTROL_JOIN;
    case AVO_CAS_PEER_LAS_WAITING:
    case AVO_CAS_PEER_LAS:
        return type == AVO_CONTROL_LAS;
    case AVO_CAS_PEER_CLOSED:
        break;
    }
    return false;
}

static void on_message(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message) {
    struct avo_cas_connection *peer = &cas->connections[event->connection];
    enum avo_control_type type = (enum avo_control_type)avo_control_type(message);
    peer->deadline_us = event->now_us + AVO_CAS_IDLE_TIMEOUT_US;
    if (!in_turn(peer, type)) {
        avo_cas_close(cas, event->connection, "a request out of turn");
    } else if (type == AVO_CONTROL_JOIN) {
        avo_cas_on_join(cas, event, message);
    } else if (type == AVO_CONTROL_LAS) {
        avo_cas_on_las(cas, event, message);
    } else {
        user_message(cas, event, message);
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
            if (messages++ > 0) { /* a peer waits for the reply: this is what bounds the effects of a step */
                avo_cas_close(cas, event->connection, "a request before the reply to the last one");
                return;
            }
            on_message(cas, event, message);
        }
    }
}
