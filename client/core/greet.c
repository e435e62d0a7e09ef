/* Opening a session: HELLO, WELCOME, REFUSAL [DESIGN 7]. */
#include "base/secret.h"
#include "base/wire.h"
#include "client/core/state.h"
#include "protocol/channel/prologue.h"
#include <string.h>

static void hello_make(struct avo_client_core *core, struct avo_client_session *session) {
    uint8_t prologue[AVO_PROLOGUE_BYTES];
    avo_session_prologue(prologue, core->view.cluster_id, core->ticket_hash, session->slot, session->worker, avo_wire_highest());
    avo_random_fill(core->random, &session->new_number, sizeof session->new_number);
    session->ticket = core->ticket_number;
    struct avo_packet_header header = {.wire_version = avo_wire_highest(),
                                       .kind = AVO_PACKET_HELLO,
                                       .source = AVO_SLOT_CLIENT,
                                       .destination = session->slot,
                                       .worker = session->worker,
                                       .session = session->new_number,
                                       .epoch = core->view.epoch};
    memcpy(header.view_hash, core->view_hash, sizeof header.view_hash);
    avo_packet_header_write(session->hello, &header);
    struct avo_writer body = avo_writer(session->hello + AVO_PACKET_HEADER_BYTES, sizeof session->hello - AVO_PACKET_HEADER_BYTES);
    avo_write_bytes(&body, core->ticket_hash, AVO_HASH_BYTES);
    avo_noise_initiate(&session->noise, core->aead, &core->key, session->member->channel_public_key, AVO_SLICE_OF(prologue));
    uint8_t payload[AVO_GREETING_MAX_BYTES];
    struct avo_writer inner = avo_writer(payload, sizeof payload);
    struct avo_session_name former = {.node_number = session->node_number, .client_number = session->number};
    struct avo_greeting greeting = {.number = session->new_number,
                                    .former = session->open ? former : (struct avo_session_name){0},
                                    .signed_ticket = avo_slice(core->ticket, core->ticket_bytes)};
    avo_greeting_write(&inner, &greeting);
    enum avo_error error = avo_noise_first_write(&session->noise, core->random, avo_writer_slice(&inner), &body);
    if (error == AVO_OK && !body.failed) {
        session->hello_bytes = AVO_PACKET_HEADER_BYTES + body.length;
        session->hello_us = core->now_us;
    }
}

void avo_client_greet(struct avo_client_core *core, struct avo_client_session *session, struct avo_buffer *packet) {
    if (session->hello_bytes == 0) {
        hello_make(core, session);
    }
    session->hello_due_us = core->now_us + AVO_CLIENT_HELLO_RETRY_US;
    if (session->silent_since_us == AVO_TIME_NEVER) {
        session->silent_since_us = core->now_us;
    }
    avo_copy(packet->data, packet->capacity, avo_slice(session->hello, session->hello_bytes));
    packet->length = session->hello_bytes; /* 0: a member whose key is no key; the next node will be tried */
}

static void session_opened(struct avo_client_core *core, struct avo_client_session *session, const struct avo_noise_keys *keys,
                           const struct avo_welcome *welcome) {
    if (session->open) {
        avo_client_session_replaced(core, session, welcome->admitted_below);
    }
    if (core->transfers != NULL) { /* ids begin again: what was sent under the old ones must not pass for the new */
        avo_transfers_close(core->transfers, session->index);
    }
    avo_channel_open_keys(&session->channel, core->aead, core->limits, keys->send, keys->receive);
    avo_path_init(&session->path, core->packet_bytes, core->now_us);
    avo_rtt_guess(&session->path.rtt, core->now_us - session->hello_us); /* too long where it was sent twice */
    session->answers = (struct avo_rtt){0};
    session->came = (struct avo_probe){0};
    session->open = true;
    session->greeting = false;
    session->renewing = false;
    avo_client_window_init(session);
    session->number = session->new_number;
    session->node_number = welcome->number;
    session->wire_version = welcome->wire_version;
    session->next_id = 1;
    session->answered_below = 1;
    memset(session->asked, 0xff, sizeof session->asked);
    session->heard_us = core->now_us;
    session->unreachable = false;
    session->probed = false;
    session->probe_due_us = 0;
    session->silent_since_us = AVO_TIME_NEVER;
    core->denied_by = 0;
    core->hinted_count = 0;
    core->stats.sessions_opened++;
    memcpy(core->key_secret, welcome->key_secret, sizeof core->key_secret);
    core->secret_known = true;
    avo_client_route(core);
}

/* It takes the newer ticket; or the refusal was wrong or made up, and so might the next be: that the session works only its own
 * packets prove. One that was lost here meanwhile is of no use: the next HELLO names none. */
static void former_lives(struct avo_client_core *core, struct avo_client_session *session) {
    if (session->open) {
        session->greeting = false;
        session->renewing = false;
        session->probed = false;
    } else {
        session->hello_due_us = core->now_us;
    }
}

void avo_client_on_welcome(struct avo_client_core *core, struct avo_client_session *session, struct avo_slice body) {
    uint8_t payload[AVO_WELCOME_BYTES + AVO_NOISE_SECOND_OVERHEAD_BYTES];
    struct avo_buffer opened = {.data = payload, .capacity = sizeof payload};
    struct avo_noise_keys keys;
    struct avo_welcome welcome;
    struct avo_noise noise = session->noise; /* a forged answer must not spoil the handshake */
    bool good = body.length == AVO_WELCOME_BYTES + AVO_NOISE_SECOND_OVERHEAD_BYTES &&
                avo_noise_second_read(&noise, body, &opened, &keys) == AVO_OK &&
                avo_welcome_read(avo_buffer_slice(&opened), &welcome) == AVO_OK && welcome.worker_count == core->view.worker_count;
    if (good) {
        avo_noise_wipe(&session->noise);
        session->hello_bytes = 0;
        session->shown_ticket = session->ticket;
    }
    if (good && welcome.number != 0) {
        session_opened(core, session, &keys, &welcome);
    } else if (good) {
        former_lives(core, session);
    } else {
        core->stats.datagrams_dropped++;
    }
    avo_noise_wipe(&noise);
    avo_secret_wipe(&keys, sizeof keys);
    avo_secret_wipe(&welcome, sizeof welcome);
    avo_secret_wipe(payload, sizeof payload);
}

/* It would go no better elsewhere: no need to wait for the deadline, unless a newer ticket may come. */
static void end_all(struct avo_client_core *core, enum avo_error status) {
    core->ticket_ended = core->renews && status == AVO_EEXPIRED;
    for (uint32_t index = 0; index < core->operations.count; index++) {
        if (!avo_pool_is_taken(&core->operations, index)) {
            continue;
        }
        struct avo_client_operation *operation = avo_operation_at(&core->operations, index);
        if (operation->state != AVO_OPERATION_DONE && !operation->exposed) {
            avo_client_release(core, index);
            if (core->ticket_ended) {
                operation->status = status;
                avo_client_retry(core, index, 0);
            } else {
                avo_client_finish(core, index, status);
            }
        }
    }
    core->denied_by = 0;
    core->hinted_count = 0;
}

/* What waits for this node: figures end, since no other can tell them, unless a newer ticket may come; the rest moves, and
 * remembers what was said. */
static void denied(struct avo_client_core *core, struct avo_client_session *session, enum avo_error why) {
    uint32_t next;
    for (uint32_t index = session->queue.first; index != AVO_POOL_NONE; index = next) {
        struct avo_client_operation *operation = avo_operation_at(&core->operations, index);
        next = operation->next;
        operation->status = why;
        operation->slot = session->slot;
        if (operation->request.call == AVO_CLIENT_STATS && !(core->renews && why == AVO_EEXPIRED)) {
            avo_client_release(core, index);
            avo_client_finish(core, index, why);
        }
    }
    session->greeting = session->queue.count > 0;
    if (avo_client_denied(core, session)) {
        end_all(core, why);
    } else {
        avo_client_fail_over(core, session, true);
    }
}

void avo_client_on_denial(struct avo_client_core *core, struct avo_client_session *session, struct avo_slice body) {
    uint8_t why = 0;
    struct avo_buffer opened = {.data = &why, .capacity = sizeof why};
    struct avo_noise_keys keys;
    struct avo_noise noise = session->noise; /* a forged answer must not spoil the handshake */
    bool good = body.length == sizeof why + AVO_NOISE_SECOND_OVERHEAD_BYTES &&
                avo_noise_second_read(&noise, body, &opened, &keys) == AVO_OK && (why == AVO_EDENIED || why == AVO_EEXPIRED);
    if (good) {
        avo_noise_wipe(&session->noise);
        session->hello_bytes = 0;
        denied(core, session, (enum avo_error)why);
    } else {
        core->stats.datagrams_dropped++;
    }
    avo_noise_wipe(&noise);
    avo_secret_wipe(&keys, sizeof keys);
}

/* Anybody on the way can make up a refusal, but not keep what the nodes say themselves from us: only where nothing of theirs came
 * for so long, and every one seems to refuse us for its version, calls end before their deadline. */
static void greeting_refused(struct avo_client_core *core, struct avo_client_session *session, enum avo_error error) {
    if (error == AVO_EDENIED || error == AVO_EVERSION) {
        core->hinted_since_us = core->hinted_count == 0 ? core->now_us : core->hinted_since_us;
        core->hinted_count++;
        core->hint = error;
    }
    avo_client_fail_over(core, session, true);
    bool all = core->hinted_count >= 2U * core->voting_count;
    if (all && core->hint == AVO_EVERSION && core->now_us >= core->hinted_since_us + AVO_CLIENT_LOST_US) {
        end_all(core, AVO_EVERSION);
    }
}

void avo_client_on_refusal(struct avo_client_core *core, const struct avo_packet_header *header, struct avo_slice body) {
    struct avo_reader reader = avo_reader(body);
    enum avo_error error = (enum avo_error)avo_read_u8(&reader);
    if (avo_wire_common(header->wire_version) == 0) {
        error = AVO_EVERSION; /* whatever its number is there */
        core->other_version = header->wire_version;
    }
    for (uint32_t i = 0; avo_reader_done(&reader) && i < core->session_count; i++) {
        struct avo_client_session *session = &core->sessions[i];
        if (session->slot != header->source || session->worker != header->worker) {
            continue;
        }
        if (session->greeting && session->hello_bytes > 0 && session->new_number == header->session) {
            greeting_refused(core, session, error);
            return;
        }
        /* Who sees nothing of what we send cannot name it, and so not even cost us a handshake. */
        bool named = session->open && session->node_number == header->session;
        if (named && (error == AVO_ESTALE || error == AVO_EVERSION) && (session->sent.count > 0 || session->probed)) {
            session->greeting = true; /* beside the old session, which serves until the node says itself that it is dead */
            return;
        }
        break;
    }
    core->stats.datagrams_dropped++;
}
