/* A session's ticket as a worker judges it: to the second, request by request, and renewed by a HELLO that names the session. */
#include "base/wire_testing.h"
#include "protocol/channel/prologue.h"
#include "protocol/wire/welcome.h"
#include "trusted/worker/testing_scene.h"
#include <sodium.h>

#define NOW_S 1700000000ULL
#define CLIENT_NUMBER 5

static const struct avo_address client_address = {.port = 9};

struct world {
    struct worker_scene scene;
    struct avo_key_pair user;
    struct avo_noise noise;
    struct avo_channel channel; /* the client's end of its session */
    struct avo_session_name session;
    uint64_t id;
    uint8_t offered; /* the highest version that the client speaks */
    uint8_t shown;   /* what stands in its HELLO's header */
    uint8_t wire_version;
    uint8_t answer[AVO_PACKET_MAX_BYTES]; /* the last packet that came */
    size_t answer_bytes;
};

static int world_open(void **state) {
    struct world *world = calloc(1, sizeof *world);
    worker_scene_open(&world->scene, 1);
    avo_key_pair_make(&world->user, &world->scene.prng.random);
    world->scene.identity.view.policy_version = 2;
    world->scene.worker = worker_scene_worker(&world->scene);
    assert_non_null(world->scene.worker);
    world->offered = world->shown = AVO_WIRE_VERSION;
    *state = world;
    return 0;
}

static int world_close(void **state) {
    struct world *world = *state;
    worker_scene_close(&world->scene);
    free(world);
    return 0;
}

static struct avo_ticket ticket_make(const struct world *world, uint64_t expires_s) {
    struct avo_ticket ticket = {.rights = AVO_RIGHT_READ, .expires_s = expires_s, .policy_version = 2};
    memcpy(ticket.cluster_id, world->scene.identity.view.cluster_id, sizeof ticket.cluster_id);
    memcpy(ticket.public_key, world->user.public, sizeof ticket.public_key);
    return ticket;
}

/* Delivers a packet at that second and takes the last packet that comes back; its header. */
static struct avo_packet_header exchange(struct world *world, struct avo_slice packet, uint64_t now_s) {
    struct avo_packet_header header = {0};
    struct avo_address to;
    struct avo_slice datagram;
    world->answer_bytes = 0;
    assert_true(avo_ring_push(&world->scene.host.inbound, &client_address, packet));
    avo_ring_publish(&world->scene.host.inbound);
    for (int turn = 0; turn < 8; turn++) {
        avo_worker_poll(world->scene.worker, now_s * 1000000);
        while (avo_ring_peek(&world->scene.host.outbound, 0, &to, &datagram)) {
            avo_copy(world->answer, sizeof world->answer, datagram);
            world->answer_bytes = datagram.length;
            avo_ring_release(&world->scene.host.outbound, 1);
        }
    }
    assert_true(world->answer_bytes > AVO_PACKET_HEADER_BYTES);
    assert_int_equal(avo_packet_header_read(avo_slice(world->answer, world->answer_bytes), &header), AVO_OK);
    return header;
}

static struct avo_packet_header header_of(const struct world *world, enum avo_packet_kind kind, uint32_t session) {
    struct avo_packet_header header = avo_worker_header(world->scene.worker, kind, 0, session);
    header.source = AVO_SLOT_CLIENT;
    return header;
}

static size_t hello_make(struct world *world, const struct avo_ticket *ticket, uint8_t packet[AVO_PACKET_MAX_BYTES]) {
    uint8_t signed_ticket[AVO_TICKET_MAX_BYTES], hash[AVO_HASH_BYTES], prologue[AVO_PROLOGUE_BYTES];
    uint8_t payload[AVO_GREETING_MAX_BYTES];
    size_t length = avo_ticket_sign(ticket, world->scene.sign_secret, signed_ticket);
    crypto_hash_sha256(hash, signed_ticket, length);
    avo_session_prologue(prologue, world->scene.identity.view.cluster_id, hash, 0, 0, world->offered);
    struct avo_packet_header header = header_of(world, AVO_PACKET_HELLO, CLIENT_NUMBER);
    header.wire_version = world->shown;
    avo_packet_header_write(packet, &header);
    struct avo_greeting greeting = {
        .number = CLIENT_NUMBER, .former = world->session, .signed_ticket = avo_slice(signed_ticket, length)};
    struct avo_writer inner = avo_writer(payload, sizeof payload);
    struct avo_writer body = avo_writer(packet + AVO_PACKET_HEADER_BYTES, AVO_PACKET_MAX_BYTES - AVO_PACKET_HEADER_BYTES);
    avo_greeting_write(&inner, &greeting);
    avo_write_bytes(&body, hash, sizeof hash);
    avo_noise_initiate(&world->noise, world->scene.worker->aead, &world->user, world->scene.identity.channel_key.public,
                       AVO_SLICE_OF(prologue));
    assert_int_equal(avo_noise_first_write(&world->noise, &world->scene.prng.random, avo_writer_slice(&inner), &body), AVO_OK);
    return AVO_PACKET_HEADER_BYTES + body.length;
}

/* AVO_OK, or why it was refused; opens a session, or shows another ticket for the one that is open. */
static enum avo_error hello(struct world *world, const struct avo_ticket *ticket, uint64_t now_s) {
    uint8_t packet[AVO_PACKET_MAX_BYTES];
    uint8_t payload[AVO_WELCOME_BYTES];
    struct avo_buffer opened = {payload, 0, sizeof payload};
    struct avo_noise_keys keys;
    struct avo_welcome welcome;
    struct avo_packet_header header = exchange(world, avo_slice(packet, hello_make(world, ticket, packet)), now_s);
    struct avo_slice body = avo_slice(world->answer + AVO_PACKET_HEADER_BYTES, world->answer_bytes - AVO_PACKET_HEADER_BYTES);
    if (header.kind == AVO_PACKET_DENIAL) {
        assert_int_equal(avo_noise_second_read(&world->noise, body, &opened, &keys), AVO_OK);
        assert_int_equal(opened.length, 1);
        return (enum avo_error)payload[0];
    }
    if (header.kind == AVO_PACKET_REFUSAL) {
        return (enum avo_error)body.data[0];
    }
    assert_int_equal(header.kind, AVO_PACKET_WELCOME);
    assert_int_equal(avo_noise_second_read(&world->noise, body, &opened, &keys), AVO_OK);
    assert_int_equal(avo_welcome_read(avo_buffer_slice(&opened), &welcome), AVO_OK);
    assert_int_equal(header.wire_version, welcome.wire_version);
    if (welcome.number != 0) {
        assert_int_equal(world->session.node_number, 0);
        world->wire_version = welcome.wire_version;
        world->session = (struct avo_session_name){welcome.number, CLIENT_NUMBER};
        avo_channel_open_keys(&world->channel, world->scene.worker->aead, NULL, keys.send, keys.receive);
    }
    return AVO_OK;
}

/* What a request in the open session is answered. */
static enum avo_error ask(struct world *world, enum avo_operation operation, uint64_t now_s) {
    uint8_t packet[AVO_PACKET_MAX_BYTES];
    size_t packet_bytes = 0;
    struct avo_slice batch;
    struct avo_message message = {.type = AVO_MESSAGE_REQUEST};
    uint64_t id = ++world->id;
    message.request = (struct avo_request){
        .id = id, .answered_below = id, .operation = operation, .patience_ms = 1000, .key = avo_slice_string("k")};
    struct avo_writer writer =
        avo_writer(packet + AVO_PACKET_HEADER_BYTES, sizeof packet - AVO_PACKET_HEADER_BYTES - AVO_TAG_BYTES);
    assert_true(avo_frame_write(&writer, &message));
    struct avo_packet_header header = header_of(world, AVO_PACKET_UP, world->session.node_number);
    header.wire_version = world->wire_version;
    assert_int_equal(avo_channel_seal(&world->channel, header, packet, writer.length, &packet_bytes), AVO_OK);
    header = exchange(world, avo_slice(packet, packet_bytes), now_s);
    assert_int_equal(header.kind, AVO_PACKET_DOWN);
    assert_int_equal(header.wire_version, world->wire_version);
    assert_int_equal(avo_channel_open(&world->channel, &header, world->answer, world->answer_bytes, &batch), AVO_OK);
    struct avo_reader reader = avo_reader(batch);
    assert_int_equal(avo_frame_read(&reader, &message), AVO_OK);
    assert_int_equal(message.type, AVO_MESSAGE_REPLY);
    assert_int_equal(message.reply.id, id);
    return message.reply.status;
}

static void one_rule_for_sessions_and_for_requests(void **state) {
    struct world *world = *state;
    struct avo_ticket ticket = ticket_make(world, NOW_S + 100);
    assert_int_equal(hello(world, &ticket, NOW_S + 100), AVO_EEXPIRED);
    assert_int_equal(hello(world, &ticket, NOW_S + 99), AVO_OK);
    assert_int_equal(ask(world, AVO_OPERATION_GET, NOW_S + 99), AVO_ENOTFOUND);
    assert_int_equal(ask(world, AVO_OPERATION_DELETE, NOW_S + 99), AVO_EDENIED); /* forbidden is another thing */
    assert_int_equal(ask(world, AVO_OPERATION_GET, NOW_S + 100), AVO_EEXPIRED);
    assert_int_equal(ask(world, AVO_OPERATION_DELETE, NOW_S + 100), AVO_EEXPIRED);
    assert_int_equal(ask(world, AVO_OPERATION_GET, NOW_S), AVO_ENOTFOUND); /* a clock that was wrong does no lasting harm */
}

/* Client and node speak the lower of their highest versions, and no host can make that an older one. */
static void a_session_speaks_the_lower_version_of_both(void **state) {
    struct world *world = *state;
    const uint8_t own = AVO_WIRE_VERSION + 5;
    struct avo_ticket ticket = ticket_make(world, NOW_S + 100);
    avo_wire_testing_speak(own);
    world->offered = own + 1;
    world->shown = own;
    assert_int_equal(hello(world, &ticket, NOW_S), AVO_EDENIED); /* it does not open */
    world->offered = own;
    world->shown = own - 1;
    assert_int_equal(hello(world, &ticket, NOW_S), AVO_EDENIED);
    static const int offers[] = {-1, 0, 1};
    for (size_t i = 0; i < AVO_COUNT(offers); i++) {
        world->offered = world->shown = (uint8_t)(own + offers[i]);
        world->session = (struct avo_session_name){0, 0};
        assert_int_equal(hello(world, &ticket, NOW_S), AVO_OK);
        assert_int_equal(world->wire_version, offers[i] < 0 ? own - 1 : own);
        assert_int_equal(ask(world, AVO_OPERATION_GET, NOW_S), AVO_ENOTFOUND);
        world->id = 0;
    }
    avo_wire_testing_speak(AVO_WIRE_VERSION);
}

/* A packet of a session that is in another version than the session's says nothing. */
static void a_packet_of_another_version_is_not_of_the_session(void **state) {
    struct world *world = *state;
    uint8_t packet[AVO_PACKET_HEADER_BYTES + AVO_TAG_BYTES];
    size_t packet_bytes = 0;
    struct avo_ticket ticket = ticket_make(world, NOW_S + 100);
    avo_wire_testing_speak(AVO_WIRE_VERSION + 1);
    assert_int_equal(hello(world, &ticket, NOW_S), AVO_OK); /* offers one less */
    struct avo_packet_header header = header_of(world, AVO_PACKET_UP, world->session.node_number);
    header.wire_version = AVO_WIRE_VERSION + 1;
    assert_int_equal(avo_channel_seal(&world->channel, header, packet, 0, &packet_bytes), AVO_OK);
    uint64_t bad_before = world->scene.worker->stats.bad_packets;
    worker_scene_push(&world->scene, packet, packet_bytes);
    assert_int_equal(world->scene.worker->stats.bad_packets, bad_before + 1);
    assert_int_equal(ask(world, AVO_OPERATION_GET, NOW_S), AVO_ENOTFOUND);
    avo_wire_testing_speak(AVO_WIRE_VERSION);
}

/* A resent request is answered as it was: a write from memory, a get by running again. Out of the window nothing is. */
static void a_resent_request_is_answered_again(void **state) {
    struct world *world = *state;
    struct avo_ticket ticket = ticket_make(world, NOW_S + 100);
    struct avo_figures before, after;
    ticket.rights |= AVO_RIGHT_WRITE;
    assert_int_equal(hello(world, &ticket, NOW_S), AVO_OK);
    assert_int_equal(ask(world, AVO_OPERATION_DELETE, NOW_S), AVO_OK);
    avo_worker_stats(world->scene.worker, &before);
    world->id--;
    assert_int_equal(ask(world, AVO_OPERATION_DELETE, NOW_S), AVO_OK);
    avo_worker_stats(world->scene.worker, &after);
    assert_int_equal(after.operations, before.operations); /* it did not run */
    assert_int_equal(ask(world, AVO_OPERATION_GET, NOW_S), AVO_ENOTFOUND);
    world->id--;
    assert_int_equal(ask(world, AVO_OPERATION_GET, NOW_S), AVO_ENOTFOUND);
    avo_worker_stats(world->scene.worker, &after);
    assert_int_equal(after.operations, before.operations + 2);
}

/* Revocation works by view: what a session was opened with counts for no longer than its policy. */
static void a_newer_view_ends_the_tickets_of_the_policy_before(void **state) {
    struct world *world = *state;
    struct avo_ticket ticket = ticket_make(world, NOW_S + 100);
    struct avo_letter letter = {.kind = AVO_LETTER_VIEW};
    struct avo_view view = world->scene.identity.view;
    assert_int_equal(hello(world, &ticket, NOW_S), AVO_OK);
    view.epoch = 2;
    avo_view_sign(&view, world->scene.sign_secret, &letter.signed_view);
    avo_worker_on_letter(world->scene.worker, &letter);
    assert_int_equal(ask(world, AVO_OPERATION_GET, NOW_S), AVO_ENOTFOUND);
    view.epoch = 3;
    view.policy_version = 3;
    avo_view_sign(&view, world->scene.sign_secret, &letter.signed_view);
    avo_worker_on_letter(world->scene.worker, &letter);
    assert_int_equal(ask(world, AVO_OPERATION_GET, NOW_S), AVO_EEXPIRED);
    assert_int_equal(hello(world, &ticket, NOW_S), AVO_EEXPIRED);
    ticket.policy_version = 3;
    assert_int_equal(hello(world, &ticket, NOW_S), AVO_OK);
    assert_int_equal(ask(world, AVO_OPERATION_GET, NOW_S), AVO_ENOTFOUND);
}

static void an_older_policy_ends_a_ticket_as_its_date_does(void **state) {
    struct world *world = *state;
    struct avo_ticket ticket = ticket_make(world, NOW_S + 100);
    struct avo_figures figures;
    ticket.policy_version = 1;
    assert_int_equal(hello(world, &ticket, NOW_S), AVO_EEXPIRED);
    avo_worker_stats(world->scene.worker, &figures);
    assert_int_equal(figures.dropped, 1);
    assert_int_equal(figures.bad_packets + figures.tampered + figures.sessions, 0);
    ticket.policy_version = 2;
    assert_int_equal(hello(world, &ticket, NOW_S), AVO_OK);
    avo_worker_stats(world->scene.worker, &figures);
    assert_int_equal(figures.sessions, 1);
}

static void a_newer_ticket_renews_the_open_session(void **state) {
    struct world *world = *state;
    struct avo_ticket first = ticket_make(world, NOW_S + 100), second = ticket_make(world, NOW_S + 200);
    assert_int_equal(hello(world, &first, NOW_S), AVO_OK);
    struct avo_session_name name = world->session;
    assert_int_equal(ask(world, AVO_OPERATION_GET, NOW_S + 150), AVO_EEXPIRED);
    assert_int_equal(hello(world, &second, NOW_S + 150), AVO_OK);
    assert_int_equal(world->session.node_number, name.node_number);
    assert_int_equal(world->scene.worker->sessions.begun_count, 1);
    assert_int_equal(ask(world, AVO_OPERATION_GET, NOW_S + 150), AVO_ENOTFOUND); /* in the same session, under the same keys */
    assert_int_equal(ask(world, AVO_OPERATION_GET, NOW_S + 200), AVO_EEXPIRED);
}

/* Anybody may repeat a HELLO that was good once. */
static void an_older_ticket_takes_nothing_back(void **state) {
    struct world *world = *state;
    struct avo_ticket older = ticket_make(world, NOW_S + 100), newer = ticket_make(world, NOW_S + 200);
    newer.rights = AVO_RIGHT_READ | AVO_RIGHT_WRITE;
    assert_int_equal(hello(world, &newer, NOW_S), AVO_OK);
    assert_int_equal(hello(world, &older, NOW_S), AVO_OK);
    assert_int_equal(ask(world, AVO_OPERATION_DELETE, NOW_S + 150), AVO_OK);
}

/* A stolen ticket: another key opens the handshake. Another's session: it is named by who has a good ticket of its own. */
static void neither_a_stolen_ticket_nor_another_users_renews_a_session(void **state) {
    struct world *world = *state;
    struct avo_ticket own = ticket_make(world, NOW_S + 100), stolen = ticket_make(world, NOW_S + 200);
    assert_int_equal(hello(world, &own, NOW_S), AVO_OK);
    struct avo_session_name name = world->session;
    avo_key_pair_make(&world->user, &world->scene.prng.random);
    assert_int_equal(hello(world, &stolen, NOW_S), AVO_EDENIED);
    struct avo_ticket others = ticket_make(world, NOW_S + 200);
    world->session = (struct avo_session_name){0};
    assert_int_equal(hello(world, &others, NOW_S), AVO_OK);
    struct avo_session *session = avo_session_find(&world->scene.worker->sessions, name.node_number);
    assert_non_null(session);
    assert_int_equal(session->ticket.expires_s, NOW_S + 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_session_speaks_the_lower_version_of_both, world_open, world_close),
        cmocka_unit_test_setup_teardown(a_packet_of_another_version_is_not_of_the_session, world_open, world_close),
        cmocka_unit_test_setup_teardown(one_rule_for_sessions_and_for_requests, world_open, world_close),
        cmocka_unit_test_setup_teardown(a_resent_request_is_answered_again, world_open, world_close),
        cmocka_unit_test_setup_teardown(a_newer_view_ends_the_tickets_of_the_policy_before, world_open, world_close),
        cmocka_unit_test_setup_teardown(an_older_policy_ends_a_ticket_as_its_date_does, world_open, world_close),
        cmocka_unit_test_setup_teardown(a_newer_ticket_renews_the_open_session, world_open, world_close),
        cmocka_unit_test_setup_teardown(an_older_ticket_takes_nothing_back, world_open, world_close),
        cmocka_unit_test_setup_teardown(neither_a_stolen_ticket_nor_another_users_renews_a_session, world_open, world_close),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
