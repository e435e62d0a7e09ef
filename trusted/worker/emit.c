/* Effects to packets: into the destination's open batch, or as a transfer when too large for one packet. */
#include "trusted/worker/worker_state.h"

/* Something leaves for a destination: with it a probe of the path there, if one is due. */
static void path_tend(struct avo_worker *worker, uint32_t channel, const struct avo_route *route) {
    struct avo_path *path = route->path;
    if (!avo_worker_has_room(worker)) {
        return; /* what must leave comes first */
    }
    size_t before_bytes = path->packet_bytes;
    size_t probe_bytes = avo_path_probe(path, worker->now_us);
    if (path->packet_bytes < before_bytes) {
        avo_transfers_recut(worker->transfers, channel, avo_transfer_segment_bytes(path->packet_bytes), worker->now_us);
    }
    if (probe_bytes > 0) {
        avo_outbox_probe(&worker->outbox, route, probe_bytes);
    }
}

/* Into a batch, or as a transfer; false when there is no memory for that now. */
static bool send(struct avo_worker *worker, uint32_t channel, uint32_t *owner, const struct avo_route *route, uint64_t key,
                 const struct avo_message *message) {
    path_tend(worker, channel, route);
    if (avo_outbox_add(&worker->outbox, owner, route, message)) {
        return true;
    }
    bool cut = message->type == AVO_MESSAGE_SEGMENT; /* for a path that has just turned narrow: it is cut again */
    return !cut && avo_transfers_send(worker->transfers, channel, key, message,
                                      avo_transfer_segment_bytes(route->path->packet_bytes), worker->now_us) == AVO_OK;
}

void avo_worker_send_peer(struct avo_worker *worker, uint8_t slot, uint64_t key, const struct avo_message *message) {
    struct avo_peer *peer = &worker->peers[slot];
    bool sent = peer->present && send(worker, slot, &peer->batch, &peer->route, key, message);
    worker->stats.dropped += !sent; /* no memory for it now: the operation resends */
}

static struct avo_route session_route(const struct avo_worker *worker, struct avo_session *session) {
    struct avo_route route = {
        .channel = &session->channel,
        .path = &session->path,
        .address = session->address,
        .header = avo_worker_header(worker, AVO_PACKET_DOWN, AVO_SLOT_CLIENT, session->client_number),
    };
    route.header.wire_version = session->wire_version;
    return route;
}

static bool send_client(struct avo_worker *worker, struct avo_session *session, uint64_t key, const struct avo_message *message) {
    struct avo_route route = session_route(worker, session);
    uint32_t channel = AVO_TRANSFER_CHANNEL_SESSION + avo_session_index(&worker->sessions, session);
    return send(worker, channel, &session->batch, &route, key, message);
}

void avo_worker_send_client(struct avo_worker *worker, struct avo_session *session, uint64_t key,
                            const struct avo_message *message) {
    worker->stats.dropped += !send_client(worker, session, key, message); /* the client resends its request */
}

/* A write's reply is remembered, so that a resent request is answered and not run again. */
static void reply(struct avo_worker *worker, const struct avo_effect *effect) {
    struct avo_session *session = avo_session_find_origin(&worker->sessions, effect->origin);
    if (session == NULL) {
        return; /* it ended meanwhile */
    }
    const struct avo_reply *message = &effect->message.reply;
    avo_session_finish(session, message->id, message->status);
    if (!send_client(worker, session, message->id,
                     &effect->message)) { /* no memory for a large value: a busy node says so at once */
        struct avo_message busy = {.type = AVO_MESSAGE_REPLY, .reply = {.id = message->id, .status = AVO_EBUSY}};
        avo_worker_send_client(worker, session, message->id, &busy);
    }
}

/* What may be larger than a packet: answers, writes, listings, pieces of a sync, and replies (keyed by their request). */
static uint64_t transfer_key(const struct avo_message *message) {
    switch (message->type) {
    case AVO_MESSAGE_ANSWER:
        return message->answer.round;
    case AVO_MESSAGE_SYNC_PIECE:
        return message->sync_piece.round;
    case AVO_MESSAGE_WRITE:
        return message->write.round;
    case AVO_MESSAGE_LISTING:
        return message->listing.round;
    default:
        return 0; /* it fits */
    }
}

/* Sent again, for want of an answer: the path may have turned narrow. */
static bool is_repeated(const struct avo_event *event, const struct avo_message *message) {
    return event->type == AVO_EVENT_TICK && (message->type == AVO_MESSAGE_QUERY || message->type == AVO_MESSAGE_WRITE);
}

void avo_worker_step(struct avo_worker *worker, const struct avo_event *event) {
    avo_replica_step(worker->replica, event, &worker->effects);
    for (uint32_t i = 0; i < worker->effects.count; i++) {
        const struct avo_effect *effect = &worker->effects.effects[i];
        if (effect->type == AVO_EFFECT_REPLY) {
            reply(worker, effect);
        } else {
            if (is_repeated(event, &effect->message)) {
                avo_path_suspect(&worker->peers[effect->slot].path, worker->now_us);
            }
            avo_worker_send_peer(worker, effect->slot, transfer_key(&effect->message), &effect->message);
        }
    }
}

/* Segments and pulls that are due. A full way out leaves the rest for the next turn. */
void avo_worker_emit_transfers(struct avo_worker *worker) {
    uint32_t channel;
    struct avo_message message;
    while (avo_ring_room(worker->outbox.ring) > worker->outbox.batches.count &&
           avo_transfers_next(worker->transfers, &channel, &message)) {
        if (channel < AVO_TRANSFER_CHANNEL_SESSION) {
            avo_worker_send_peer(worker, (uint8_t)channel, 0, &message);
            continue;
        }
        struct avo_session *session = &worker->sessions.sessions[channel - AVO_TRANSFER_CHANNEL_SESSION];
        if (session->number != 0) {
            avo_worker_send_client(worker, session, 0, &message);
        }
    }
}

bool avo_worker_reassemble(struct avo_worker *worker, uint32_t channel, uint64_t user, const struct avo_segment *segment,
                           struct avo_message *whole) {
    bool complete = false;
    enum avo_error error = avo_transfers_on_segment(worker->transfers, channel, user, segment, worker->now_us, &complete, whole);
    worker->stats.bad_packets += error == AVO_EFORMAT;
    return error == AVO_OK && complete;
}

static void acknowledge(struct avo_worker *worker, uint32_t *owner, const struct avo_route *route) {
    if (avo_channel_ack_due(route->channel)) {
        avo_outbox_touch(&worker->outbox, owner, route);
    }
}

void avo_worker_acknowledge_peer(struct avo_worker *worker, struct avo_peer *peer) {
    acknowledge(worker, &peer->batch, &peer->route);
}

void avo_worker_acknowledge_client(struct avo_worker *worker, struct avo_session *session) {
    struct avo_route route = session_route(worker, session);
    acknowledge(worker, &session->batch, &route);
}
