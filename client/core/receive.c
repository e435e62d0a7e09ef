/* What comes in. Every datagram is from anybody until its tag verified; completions are read off it one by one. */
#include "base/assert.h"
#include "client/core/state.h"

static struct avo_client_session *session_open(struct avo_client_core *core, uint32_t number) {
    for (uint32_t i = 0; i < core->session_count; i++) {
        if (core->sessions[i].open && core->sessions[i].number == number) {
            return &core->sessions[i];
        }
    }
    return NULL;
}

/* Whose HELLO went out, though nothing may wait for an answer any more. */
static struct avo_client_session *session_greeting(struct avo_client_core *core, uint32_t number) {
    for (uint32_t i = 0; i < core->session_count; i++) {
        struct avo_client_session *session = &core->sessions[i];
        if (session->hello_bytes > 0 && session->new_number == number) {
            return session;
        }
    }
    return NULL;
}

static void on_down(struct avo_client_core *core, const struct avo_packet_header *header, size_t length) {
    struct avo_slice batch;
    struct avo_client_session *session = session_open(core, header->session);
    if (session == NULL || header->wire_version != session->wire_version ||
        avo_channel_open(&session->channel, header, core->packet, length, &batch) != AVO_OK) {
        core->stats.datagrams_dropped++;
        return;
    }
    core->rekeyed = core->rekeyed || session->channel.previous;
    core->hinted_count = 0;
    session->heard_us = core->now_us;
    avo_path_heard(&session->path, core->now_us);
    session->unreachable = false;
    session->probed = false;
    session->greeting = session->renewing; /* the node knows us: a hint that said otherwise was wrong */
    if (session->silent_since_us != AVO_TIME_NEVER) {
        session->silent_since_us = core->now_us;
    }
    core->batch = avo_reader(batch);
    core->batch_session = session;
}

void avo_client_core_on_datagram(struct avo_client_core *core, struct avo_slice datagram, uint64_t now_us) {
    struct avo_packet_header header;
    AVO_ASSERT(core->batch_session == NULL); /* the last one's completions were drained */
    core->now_us = now_us;
    core->stats.datagrams_received++;
    if (datagram.length > core->packet_bytes) {
        core->stats.datagrams_dropped++;
        return;
    }
    avo_copy(core->packet, sizeof core->packet, datagram);
    struct avo_slice packet = avo_slice(core->packet, datagram.length);
    enum avo_error error = avo_packet_header_read(packet, &header);
    bool understood = error == AVO_OK || (error == AVO_EVERSION && header.kind == AVO_PACKET_REFUSAL);
    if (!understood || header.destination != AVO_SLOT_CLIENT) {
        core->stats.datagrams_dropped++;
        return;
    }
    struct avo_slice body = avo_slice_part(packet, AVO_PACKET_HEADER_BYTES, packet.length - AVO_PACKET_HEADER_BYTES);
    struct avo_client_session *greeting = session_greeting(core, header.session);
    if (header.kind == AVO_PACKET_DOWN) {
        on_down(core, &header, datagram.length);
    } else if (header.kind == AVO_PACKET_WELCOME && greeting != NULL) {
        avo_client_on_welcome(core, greeting, body);
    } else if (header.kind == AVO_PACKET_DENIAL && greeting != NULL) {
        avo_client_on_denial(core, greeting, body);
    } else if (header.kind == AVO_PACKET_REFUSAL) {
        avo_client_on_refusal(core, &header, body);
    } else if (header.kind == AVO_PACKET_VIEW && core->follows) {
        avo_client_on_view(core, &header, body);
    } else {
        core->stats.datagrams_dropped++;
    }
}

bool avo_client_core_next_completion(struct avo_client_core *core, struct avo_client_completion *completion) {
    struct avo_message message;
    if (avo_client_take_done(core, completion)) {
        return true;
    }
    while (core->batch_session != NULL) {
        struct avo_client_session *session = core->batch_session;
        enum avo_error error = avo_frame_read(&core->batch, &message);
        if (error != AVO_OK) { /* its end, or rubbish, from a node that we trust: dropped */
            core->batch_session = NULL;
        } else if (avo_client_on_message(core, session, &message, completion)) {
            return true;
        }
    }
    return avo_client_take_done(core, completion);
}

/* Now and then: hints that are made up, however many, leave an operation time to be answered. */
static void hint_follow(struct avo_client_core *core, struct avo_client_session *session) {
    if (core->now_us >= session->hinted_us + AVO_CLIENT_SILENCE_US) {
        session->hinted_us = core->now_us;
        avo_client_fail_over(core, session, true);
    }
}

void avo_client_core_on_unreachable(struct avo_client_core *core, const struct avo_address *address, uint64_t now_us) {
    core->now_us = now_us;
    for (uint32_t i = 0; i < core->session_count; i++) {
        struct avo_client_session *session = &core->sessions[i];
        struct avo_address own = avo_member_address(session->member, session->worker);
        bool same = own.port == address->port && avo_slice_equal(AVO_SLICE_OF(own.ip), AVO_SLICE_OF(address->ip));
        if (same && (session->open || session->hello_bytes > 0)) {
            session->unreachable = true;
            hint_follow(core, session);
        }
    }
}
