/* Sessions open with Noise IK; the ticket travels sealed to the node's static key, its hash in the prologue [DESIGN 7]. */
#include "base/assert.h"
#include "base/wire.h"
#include "protocol/channel/prologue.h"
#include "protocol/wire/greeting.h"
#include "protocol/wire/welcome.h"
#include "trusted/worker/worker_state.h"
#include <sodium.h>
#include <string.h>

#define HELLO_MIN_BYTES (AVO_HASH_BYTES + AVO_NOISE_FIRST_OVERHEAD_BYTES + AVO_SIGNATURE_BYTES)
#define HELLO_MAX_BYTES (AVO_HASH_BYTES + AVO_NOISE_FIRST_OVERHEAD_BYTES + AVO_GREETING_MAX_BYTES)

/* The one that is being answered. */
struct hello {
    const struct avo_address *from;
    uint32_t number;      /* the client's, of the session to come */
    uint8_t wire_version; /* that both speak */
    struct avo_noise noise;
};

/* The ticket is what its hash promised, the CAS signed it, and its key is the one the handshake proved. */
static enum avo_error ticket_check(const struct avo_worker *worker, struct avo_slice signed_ticket, const uint8_t *ticket_hash,
                                   const uint8_t *proven_key, struct avo_ticket *ticket) {
    const struct avo_identity *identity = worker->config.identity;
    uint8_t hash[AVO_HASH_BYTES];
    crypto_hash_sha256(hash, signed_ticket.data, signed_ticket.length);
    if (memcmp(hash, ticket_hash, sizeof hash) != 0) {
        return AVO_EAUTH;
    }
    enum avo_error error = avo_ticket_verify(signed_ticket, identity->cas_sign_public, ticket);
    if (error != AVO_OK) {
        return error;
    }
    return avo_ticket_admits(ticket, worker->view.cluster_id, worker->view.policy_version, worker->host_us / 1000000, proven_key);
}

/* `number` 0: no session was opened. */
static enum avo_error welcome_write(struct avo_worker *worker, struct hello *hello, uint32_t number, uint64_t admitted_below,
                                    struct avo_buffer *packet, struct avo_noise_keys *keys) {
    struct avo_welcome welcome = {
        .number = number,
        .worker_count = worker->view.worker_count,
        .mtu_bytes = worker->view.mtu_bytes,
        .value_max_bytes = worker->view.value_max_bytes,
        .epoch = worker->view.epoch,
        .admitted_below = admitted_below,
        .wire_version = hello->wire_version,
    };
    memcpy(welcome.key_secret, worker->key_secret, sizeof welcome.key_secret);
    uint8_t payload[AVO_WELCOME_BYTES];
    struct avo_writer payload_writer = avo_writer(payload, sizeof payload);
    avo_welcome_write(&payload_writer, &welcome);

    struct avo_packet_header header = avo_worker_header(worker, AVO_PACKET_WELCOME, AVO_SLOT_CLIENT, hello->number);
    header.wire_version = hello->wire_version;
    avo_packet_header_write(packet->data, &header);
    struct avo_writer body = avo_writer(packet->data + AVO_PACKET_HEADER_BYTES, packet->capacity - AVO_PACKET_HEADER_BYTES);
    enum avo_error error =
        avo_noise_second_write(&hello->noise, worker->config.random, avo_writer_slice(&payload_writer), &body, keys);
    packet->length = AVO_PACKET_HEADER_BYTES + body.length;
    sodium_memzero(payload, sizeof payload);
    sodium_memzero(&welcome, sizeof welcome);
    return error;
}

/* Whose key is proven gets the reason under the handshake's keys: a REFUSAL anybody could have made up. */
static void deny(struct avo_worker *worker, struct hello *hello, enum avo_error why) {
    const uint8_t reason[] = {(uint8_t)why};
    uint8_t packet[AVO_PACKET_HEADER_BYTES + AVO_NOISE_SECOND_OVERHEAD_BYTES + sizeof reason];
    struct avo_noise_keys keys;
    struct avo_packet_header header = avo_worker_header(worker, AVO_PACKET_DENIAL, AVO_SLOT_CLIENT, hello->number);
    header.wire_version = hello->wire_version;
    avo_packet_header_write(packet, &header);
    struct avo_writer body = avo_writer(packet + AVO_PACKET_HEADER_BYTES, sizeof packet - AVO_PACKET_HEADER_BYTES);
    if (avo_noise_second_write(&hello->noise, worker->config.random, AVO_SLICE_OF(reason), &body, &keys) == AVO_OK) {
        avo_outbox_push(&worker->outbox, hello->from, avo_slice(packet, AVO_PACKET_HEADER_BYTES + body.length));
    }
    sodium_memzero(&keys, sizeof keys);
}

/* Its client renews the session's ticket; or a refusal that it got was wrong, or made up. The answer is kept: a HELLO that is
 * repeated must not cost a handshake. The session goes on in its own wire version. */
static enum avo_error former_lives(struct avo_worker *worker, struct hello *hello, struct avo_session *former,
                                   const struct avo_ticket *ticket) {
    struct avo_buffer welcome = {former->asked_welcome, 0, sizeof former->asked_welcome};
    struct avo_noise_keys keys;
    avo_session_renew(former, ticket);
    memcpy(former->asked_ephemeral, hello->noise.remote_ephemeral, sizeof former->asked_ephemeral);
    enum avo_error error = welcome_write(worker, hello, 0, 0, &welcome, &keys);
    former->asked_welcome_bytes = error == AVO_OK ? welcome.length : 0;
    if (error == AVO_OK) {
        avo_outbox_push(&worker->outbox, hello->from, avo_buffer_slice(&welcome));
    }
    sodium_memzero(&keys, sizeof keys);
    return error;
}

static enum avo_error session_open(struct avo_worker *worker, struct hello *hello, const struct avo_greeting *greeting,
                                   const struct avo_ticket *ticket) {
    uint64_t admitted_below = avo_session_admitted_below(&worker->sessions, greeting->former, ticket->public_key);
    struct avo_session *session = avo_session_victim(&worker->sessions, ticket->public_key);
    avo_worker_end_session(worker, session);
    avo_session_begin(&worker->sessions, session);
    session->client_number = hello->number;
    session->wire_version = hello->wire_version;
    session->address = *hello->from;
    session->ticket = *ticket;
    session->used_us = worker->now_us;
    memcpy(session->hello_ephemeral, hello->noise.remote_ephemeral, sizeof session->hello_ephemeral);
    struct avo_buffer welcome = {session->welcome, 0, sizeof session->welcome};
    struct avo_noise_keys keys;
    enum avo_error error = welcome_write(worker, hello, session->number, admitted_below, &welcome, &keys);
    if (error == AVO_OK) {
        session->welcome_bytes = welcome.length;
        avo_path_init(&session->path, worker->outbox.packet_bytes, worker->now_us);
        avo_channel_open_keys(&session->channel, worker->aead, worker->config.limits, keys.send, keys.receive);
        avo_outbox_push(&worker->outbox, hello->from, avo_buffer_slice(&welcome));
    } else {
        avo_worker_end_session(worker, session);
    }
    sodium_memzero(&keys, sizeof keys);
    return error;
}

/* What it says once its client's key is proven. */
static enum avo_error greeting_answer(struct avo_worker *worker, struct hello *hello, struct avo_slice payload,
                                      const uint8_t *ticket_hash) {
    struct avo_greeting greeting;
    struct avo_ticket ticket;
    enum avo_error error = avo_greeting_read(payload, &greeting);
    if (error != AVO_OK) {
        return error;
    }
    hello->number = greeting.number;
    error = ticket_check(worker, greeting.signed_ticket, ticket_hash, hello->noise.remote_static, &ticket);
    if (error != AVO_OK) {
        deny(worker, hello, error == AVO_EEXPIRED ? AVO_EEXPIRED : AVO_EDENIED);
        return error;
    }
    struct avo_session *former = avo_session_find_former(&worker->sessions, greeting.former, ticket.public_key);
    return former != NULL ? former_lives(worker, hello, former, &ticket) : session_open(worker, hello, &greeting, &ticket);
}

static enum avo_error hello_answer(struct avo_worker *worker, const struct avo_address *from,
                                   const struct avo_packet_header *header, struct avo_slice body) {
    const struct avo_identity *identity = worker->config.identity;
    const uint8_t *ticket_hash = body.data;
    uint8_t prologue[AVO_PROLOGUE_BYTES];
    avo_session_prologue(prologue, worker->view.cluster_id, ticket_hash, worker->config.slot, worker->config.index,
                         header->wire_version);
    struct hello hello = {.from = from, .wire_version = avo_wire_common(header->wire_version)};
    avo_noise_respond(&hello.noise, worker->aead, &identity->channel_key, AVO_SLICE_OF(prologue));
    uint8_t payload[AVO_GREETING_MAX_BYTES];
    struct avo_buffer opened = {payload, 0, sizeof payload};
    enum avo_error error =
        avo_noise_first_read(&hello.noise, avo_slice_part(body, AVO_HASH_BYTES, body.length - AVO_HASH_BYTES), &opened);
    if (error == AVO_OK) {
        error = greeting_answer(worker, &hello, avo_buffer_slice(&opened), ticket_hash);
    } else { /* of another cluster, or altered on its way: there are no keys to say so under */
        avo_worker_refuse(worker, from, header->session, AVO_EDENIED);
    }
    avo_noise_wipe(&hello.noise);
    return error;
}

void avo_worker_on_hello(struct avo_worker *worker, const struct avo_address *from, const struct avo_packet_header *header,
                         struct avo_slice body) {
    if (body.length < HELLO_MIN_BYTES || body.length > HELLO_MAX_BYTES) {
        worker->stats.bad_packets++;
        return;
    }
    if (worker->hellos_left == 0) { /* before the search: that, too, is dear when garbage comes at full speed */
        worker->stats.dropped++;
        return;
    }
    worker->hellos_left--;
    const uint8_t *ephemeral = body.data + AVO_HASH_BYTES;
    struct avo_session *known = avo_session_find_hello(&worker->sessions, ephemeral);
    if (known != NULL && avo_session_was_asked(known, ephemeral)) {
        avo_outbox_push(&worker->outbox, from, avo_slice(known->asked_welcome, known->asked_welcome_bytes));
        return;
    }
    if (known != NULL && known->confirmed) { /* its client has had the WELCOME: somebody else repeats it */
        worker->stats.replayed++;
        return;
    }
    if (known != NULL) {
        avo_outbox_push(&worker->outbox, from, avo_slice(known->welcome, known->welcome_bytes));
        return;
    }
    enum avo_error error = hello_answer(worker, from, header, body);
    if (error == AVO_EAUTH && header->epoch < worker->view.epoch) { /* made for the incarnation before us: no forgery */
        worker->stats.dropped++;
        avo_worker_stranger_show_view(worker, from); /* our view proves itself */
        return;
    }
    if (error != AVO_OK) {
        worker->stats.tampered += error == AVO_EAUTH;
        worker->stats.bad_packets += error == AVO_EFORMAT;
        worker->stats.dropped += error != AVO_EAUTH && error != AVO_EFORMAT; /* the ticket does not admit */
    }
}
