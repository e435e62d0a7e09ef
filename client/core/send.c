/* What goes out: handshakes, transfers, and all requests of one session in as few packets as fit [DESIGN 5, 8]. */
#include "base/assert.h"
#include "client/core/state.h"
#include <string.h>

#define PATIENCE_WIRE_MAX_US 3600000000
#define IDLE_US 10000000 /* a session unused for so long is opened again before it is trusted with a write */

/* What is too large for a path goes as a transfer; where there is none to be had, as one packet, for what it may be worth. */
static size_t batch_capacity(const struct avo_client_core *core, const struct avo_client_session *session) {
    size_t packet_bytes = core->transfers == NULL ? core->packet_bytes : session->path.packet_bytes;
    return packet_bytes - AVO_PACKET_HEADER_BYTES - AVO_TAG_BYTES;
}

/* What is delivered is not sent again: the node is asked how it ended. */
static struct avo_message message_of(const struct avo_client_request *request, bool delivered) {
    if (request->call == AVO_CLIENT_STATS) {
        return (struct avo_message){.type = AVO_MESSAGE_STATS_REQUEST};
    }
    struct avo_message message = {.type = AVO_MESSAGE_REQUEST};
    message.request.operation = delivered ? AVO_OPERATION_OUTCOME : (enum avo_operation)request->call;
    message.request.patience_ms = 1;
    message.request.key = request->key;
    message.request.value = request->call == AVO_CLIENT_PUT && !delivered ? request->value : AVO_SLICE_EMPTY;
    return message;
}

static bool exceeds(const struct avo_message *message, size_t batch_bytes) {
    return avo_message_bytes(message) + AVO_FRAME_HEADER_BYTES > batch_bytes;
}

bool avo_client_is_large(const struct avo_client_core *core, const struct avo_client_request *request) {
    struct avo_message message = message_of(request, false);
    return exceeds(&message, core->packet_bytes - AVO_PACKET_HEADER_BYTES - AVO_TAG_BYTES);
}

void avo_client_transfer_ended(struct avo_client_core *core) {
    if (core->transfers_full) {
        core->transfers_full = false;
        core->cursor = core->transfer_turn;
    }
}

/* A coordinator gives up before we do, so that its "no quorum" reaches us, and some time is left to ask another. */
static uint32_t patience_ms(const struct avo_client_core *core, const struct avo_client_operation *operation) {
    uint64_t left = operation->request.deadline_us > core->now_us ? operation->request.deadline_us - core->now_us : 0;
    bool bound = avo_operation_writes(operation) && !operation->request.at_least_once;
    uint64_t patience = bound ? left - left / 4 : left / 2;
    uint64_t most = bound ? PATIENCE_WIRE_MAX_US : avo_client_patience_us(core, operation);
    uint64_t ms = (patience < most ? patience : most) / 1000;
    return ms == 0 ? 1 : (uint32_t)ms;
}

static void mark_sent(struct avo_client_core *core, struct avo_client_session *session, uint32_t index) {
    struct avo_client_operation *operation = avo_operation_at(&core->operations, index);
    avo_operation_remove(&session->queue, &core->operations, index);
    avo_operation_append(&session->sent, &core->operations, index);
    operation->state = AVO_OPERATION_SENT;
    operation->exposed = avo_operation_writes(operation);
    operation->slot = session->slot;
    uint64_t timeout_us = avo_client_session_timeout_us(session);
    operation->resend_us = core->now_us + (timeout_us > operation->resend_after_us ? timeout_us : operation->resend_after_us);
    uint64_t doubled = operation->resend_after_us * 2;
    operation->resend_after_us = doubled < AVO_CLIENT_RESEND_MAX_US ? doubled : AVO_CLIENT_RESEND_MAX_US;
    if (session->silent_since_us == AVO_TIME_NEVER) {
        session->silent_since_us = core->now_us;
    }
}

enum placed { PLACED, PLACED_AS_TRANSFER, PASSED_BY, NOT_THIS_PACKET };

static enum placed place_transfer(struct avo_client_core *core, struct avo_client_session *session, uint32_t index,
                                  const struct avo_message *message) {
    struct avo_client_operation *operation = avo_operation_at(&core->operations, index);
    if (avo_transfers_send(core->transfers, session->index, operation->id, message,
                           avo_transfer_segment_bytes(session->path.packet_bytes), core->now_us) == AVO_OK) {
        mark_sent(core, session, index);
        core->transfer_turn = (session->index + 1U) % core->session_count;
        return PLACED_AS_TRANSFER;
    }
    core->transfers_full = true;
    if (operation->exposed) { /* the transfer under way forgot it: again when its timer says so */
        mark_sent(core, session, index);
        return PLACED;
    }
    return PASSED_BY;
}

static enum placed place(struct avo_client_core *core, struct avo_client_session *session, uint32_t index, struct avo_writer *batch,
                         bool with_large) {
    struct avo_client_operation *operation = avo_operation_at(&core->operations, index);
    struct avo_message message = message_of(&operation->request, operation->id != 0 && operation->delivered);
    if (message.type == AVO_MESSAGE_REQUEST) {
        bool large = exceeds(&message, batch_capacity(core, session));
        if (large && (!with_large || (core->transfers_full && !operation->exposed))) {
            return PASSED_BY; /* smaller ones behind it need not wait */
        }
        if (operation->id == 0) {
            if (!avo_client_session_ask(session, index, &operation->id)) {
                return NOT_THIS_PACKET; /* no id is free: replies will free one */
            }
            operation->asked_us = core->now_us;
            operation->resent = false;
            operation->delivered = false;
            operation->ticket = session->shown_ticket;
        }
        message.request.id = operation->id;
        message.request.answered_below = session->answered_below;
        message.request.patience_ms = patience_ms(core, operation);
        if (large) {
            return place_transfer(core, session, index, &message);
        }
    }
    if (!avo_frame_write(batch, &message)) {
        return NOT_THIS_PACKET;
    }
    mark_sent(core, session, index);
    return PLACED;
}

/* Small ones only, or transfers too: then true when one was started. */
static bool fill(struct avo_client_core *core, struct avo_client_session *session, struct avo_writer *batch, bool large) {
    uint32_t before_count = core->transfers == NULL ? 0 : avo_transfers_sending_count(core->transfers, session->index);
    uint32_t count = before_count; /* of transfers: they have a flow control of their own */
    uint32_t next;
    for (uint32_t index = session->queue.first; index != AVO_POOL_NONE; index = next) {
        if (session->sent.count >= session->window + count) {
            break;
        }
        next = avo_operation_at(&core->operations, index)->next;
        enum placed placed = place(core, session, index, batch, large);
        count += placed == PLACED_AS_TRANSFER;
        if (placed == NOT_THIS_PACKET) {
            break;
        }
    }
    return count > before_count;
}

static struct avo_writer batch_begin(const struct avo_client_core *core, const struct avo_client_session *session,
                                     struct avo_buffer *packet) {
    AVO_ASSERT(packet->capacity >= core->packet_bytes);
    return avo_writer(packet->data + AVO_PACKET_HEADER_BYTES, batch_capacity(core, session));
}

static bool batch_seal(struct avo_client_core *core, struct avo_client_session *session, const struct avo_writer *batch,
                       struct avo_buffer *packet) {
    struct avo_packet_header header = {.wire_version = session->wire_version,
                                       .kind = AVO_PACKET_UP,
                                       .source = AVO_SLOT_CLIENT,
                                       .destination = session->slot,
                                       .worker = session->worker,
                                       .session = session->node_number,
                                       .epoch = core->view.epoch};
    memcpy(header.view_hash, core->view_hash, sizeof header.view_hash);
    if (avo_channel_seal(&session->channel, header, packet->data, batch->length, &packet->length) != AVO_OK) {
        avo_client_session_lost(core, session); /* its key is used up */
        return false;
    }
    avo_path_sent(&session->path, packet->length);
    return true;
}

/* A node that was not heard for a while may be gone, or have evicted us: a write that it gets then may have an unknown outcome. One
 * that waits for a sign of life first can still go to another node. A sign that came since the write was submitted is enough: over
 * a long way it comes when the write has moved on, and a write that asked each node for another one would go round for ever. */
static bool doubtful(const struct avo_client_core *core, const struct avo_client_session *session) {
    bool doubted = false;
    bool hinted = session->open && session->greeting && !session->renewing; /* that it forgot us */
    if (!hinted && core->now_us < session->heard_us + AVO_CLIENT_DOUBT_US) {
        return false;
    }
    for (uint32_t index = session->queue.first; index != AVO_POOL_NONE && !doubted;) {
        const struct avo_client_operation *operation = avo_operation_at(&core->operations, index);
        bool bound = avo_operation_writes(operation) && !operation->request.at_least_once && !operation->exposed;
        doubted = bound && (hinted || session->heard_us < operation->begun_us);
        index = operation->next;
    }
    return doubted;
}

static bool next_of_transfers(struct avo_client_core *core, struct avo_client_session **session, struct avo_buffer *packet) {
    uint32_t channel;
    struct avo_message message;
    while (core->transfers != NULL && avo_transfers_next(core->transfers, &channel, &message)) {
        AVO_ASSERT(channel < core->session_count);
        *session = &core->sessions[channel];
        if (!(*session)->open) {
            continue;
        }
        struct avo_writer batch = batch_begin(core, *session, packet);
        if (!avo_frame_write(&batch, &message)) {
            continue; /* of a path that has just turned narrow: it is cut again */
        }
        if (!doubtful(core, *session)) {
            (void)fill(core, *session, &batch, false);
        }
        if (batch_seal(core, *session, &batch, packet)) {
            return true;
        }
    }
    return false;
}

static bool hello_due(const struct avo_client_core *core, const struct avo_client_session *session) {
    bool awaited = session->queue.count > 0 || session->sent.count > 0 || (!core->secret_known && core->waiting.count > 0);
    return session->greeting && awaited && session->hello_due_us <= core->now_us;
}

/* Asks for figures, which any node that lives and knows us answers; everything else waits. False: asked a moment ago. */
static bool probe(const struct avo_client_core *core, struct avo_client_session *session, struct avo_writer *batch) {
    struct avo_message message = {.type = AVO_MESSAGE_STATS_REQUEST};
    if (core->now_us < session->probe_due_us) {
        return false;
    }
    session->probe_due_us = core->now_us + AVO_CLIENT_RESEND_MIN_US;
    session->probed = true;
    if (session->silent_since_us == AVO_TIME_NEVER) {
        session->silent_since_us = core->now_us;
    }
    return avo_frame_write(batch, &message);
}

/* Acknowledges the probe that came, if one did. */
static void probe_answer(struct avo_client_session *session, struct avo_writer *batch) {
    struct avo_message message = {.type = AVO_MESSAGE_PROBED, .probe = session->came};
    if (session->came.packet_bytes > 0 && avo_frame_write(batch, &message)) {
        session->came.packet_bytes = 0;
    }
}

/* While something is asked: a packet of padding, where one is due. */
static bool path_probe(struct avo_client_core *core, struct avo_client_session *session, struct avo_buffer *packet) {
    size_t before_bytes = session->path.packet_bytes;
    bool asking = session->queue.count > 0 || session->sent.count > 0;
    size_t probe_bytes = asking ? avo_path_probe(&session->path, core->now_us) : 0;
    if (session->path.packet_bytes < before_bytes && core->transfers != NULL) {
        avo_transfers_recut(core->transfers, session->index, avo_transfer_segment_bytes(session->path.packet_bytes), core->now_us);
    }
    if (probe_bytes == 0) {
        return false;
    }
    struct avo_message message = {.type = AVO_MESSAGE_PROBE, .probe = {(uint32_t)probe_bytes}};
    struct avo_writer batch =
        avo_writer(packet->data + AVO_PACKET_HEADER_BYTES, core->packet_bytes - AVO_PACKET_HEADER_BYTES - AVO_TAG_BYTES);
    return avo_frame_write(&batch, &message) && batch_seal(core, session, &batch, packet);
}

static bool next_of_session(struct avo_client_core *core, struct avo_client_session *session, struct avo_buffer *packet,
                            bool *transfers) {
    if (hello_due(core, session)) {
        avo_client_greet(core, session, packet);
        return packet->length > 0;
    }
    if (!session->open) {
        return false;
    }
    if (path_probe(core, session, packet)) {
        return true;
    }
    if (session->queue.count == 0 || session->renewing) {
        struct avo_writer answer = batch_begin(core, session, packet);
        probe_answer(session, &answer);
        return (answer.length > 0 || avo_channel_ack_due(&session->channel)) && batch_seal(core, session, &answer, packet);
    }
    bool asked = session->sent.count > 0 || session->answered_below < session->next_id; /* an id lives and dies with its session */
    bool idle = !asked && core->now_us >= session->heard_us + IDLE_US;
    if (idle) { /* the node may have evicted it: a write sent into the void would have an unknown outcome */
        session->open = false;
        session->hello_bytes = 0; /* it may name this one */
        session->greeting = true;
        return next_of_session(core, session, packet, transfers);
    }
    struct avo_writer batch = batch_begin(core, session, packet);
    if (doubtful(core, session)) {
        return probe(core, session, &batch) && batch_seal(core, session, &batch, packet);
    }
    probe_answer(session, &batch);
    *transfers = fill(core, session, &batch, true) || *transfers;
    return (batch.length > 0 || avo_channel_ack_due(&session->channel)) && batch_seal(core, session, &batch, packet);
}

/* Session by session, going on where the last datagram came from. */
static bool next_of_sessions(struct avo_client_core *core, struct avo_client_session **session, struct avo_buffer *packet,
                             bool *transfers) {
    for (uint32_t i = 0; i < core->session_count; i++) {
        *session = &core->sessions[core->cursor];
        if (next_of_session(core, *session, packet, transfers)) {
            return true;
        }
        core->cursor = (core->cursor + 1) % core->session_count;
    }
    return false;
}

bool avo_client_core_next_datagram(struct avo_client_core *core, struct avo_address *to, struct avo_buffer *packet,
                                   uint64_t now_us) {
    struct avo_client_session *session = NULL;
    bool transfers = false;
    core->now_us = now_us;
    packet->length = 0;
    bool found = next_of_transfers(core, &session, packet) || next_of_sessions(core, &session, packet, &transfers) ||
                 (transfers && next_of_transfers(core, &session, packet));
    if (!found) {
        return false;
    }
    *to = avo_member_address(session->member, session->worker);
    core->stats.datagrams_sent++;
    return true;
}
