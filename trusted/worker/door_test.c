/* A worker against what the host may do at the door at any moment: its clock, its indices, its packets [B1, B3]. */
#include "boundary/shared.h"
#include "protocol/channel/prologue.h"
#include "trusted/worker/testing_scene.h"
#include <sodium.h>

#define SLOTS SCENE_RING_SLOTS
#define TRUE_TIME_US SCENE_TIME_US

static int world_open(void **state) {
    struct worker_scene *world = calloc(1, sizeof *world);
    worker_scene_open(world, 1);
    *state = world;
    return 0;
}

static int world_close(void **state) {
    worker_scene_close(*state);
    free(*state);
    return 0;
}

/* One packet of a client nobody knows: it is answered by a refusal, so it shows that both rings run. */
static bool answers(struct worker_scene *world, uint64_t host_us) {
    uint8_t packet[AVO_PACKET_HEADER_BYTES + AVO_TAG_BYTES] = {0};
    struct avo_packet_header header = {
        .wire_version = AVO_WIRE_VERSION, .kind = AVO_PACKET_UP, .source = AVO_SLOT_CLIENT, .session = 77};
    struct avo_address client = {.port = 9}, to;
    struct avo_slice datagram;
    bool answered = false;
    avo_packet_header_write(packet, &header);
    (void)!avo_ring_push(&world->host.inbound, &client, AVO_SLICE_OF(packet));
    avo_ring_publish(&world->host.inbound);
    for (int turn = 0; turn < 4; turn++) {
        avo_worker_poll(world->worker, host_us);
        while (avo_ring_peek(&world->host.outbound, 0, &to, &datagram)) {
            answered |=
                datagram.length == AVO_PACKET_HEADER_BYTES + 1 && datagram.data[1] == AVO_PACKET_REFUSAL && to.port == client.port;
            avo_ring_release(&world->host.outbound, 1);
        }
    }
    return answered;
}

/* Sessions, operations and transfers end by this time: where it stands still for good, nothing is ever sent again. */
static void time_runs_on_after_any_lie_about_it(void **state) {
    struct worker_scene *world = *state;
    static const uint64_t lies_us[] = {
        0, 1, UINT64_MAX, UINT64_MAX / 2, (1ULL << 62) - 1, TRUE_TIME_US + (1ULL << 50), TRUE_TIME_US / 2};
    uint64_t true_us = TRUE_TIME_US;
    for (size_t i = 0; i < AVO_COUNT(lies_us); i++) {
        avo_worker_poll(world->worker, true_us);
        uint64_t before_us = world->worker->now_us;
        avo_worker_poll(world->worker, lies_us[i]);
        assert_in_range(world->worker->now_us - before_us, 0, 10000000);
        true_us += 1000;
        avo_worker_poll(world->worker, true_us);
        uint64_t lied_us = world->worker->now_us;
        true_us += 500000;
        avo_worker_poll(world->worker, true_us);
        assert_int_equal(world->worker->now_us - lied_us, 500000);
        assert_int_equal(world->worker->ticked_us, world->worker->now_us);
    }
}

/* However often it leaps: deadlines are times ahead, and must not wrap. */
static void leaps_of_the_clock_add_little(void **state) {
    struct worker_scene *world = *state;
    for (uint32_t i = 0; i < 10000; i++) {
        avo_worker_poll(world->worker, i % 2 == 0 ? 0 : UINT64_MAX);
    }
    assert_in_range(world->worker->now_us, 1, 10000ULL * 10000000);
}

/* A stranger writes over all four indices, in every state of the rings, and goes away. */
static void rings_run_on_after_their_indices_were_overwritten(void **state) {
    struct worker_scene *world = *state;
    uint64_t now_us = TRUE_TIME_US;
    assert_true(answers(world, now_us));
    for (uint32_t round = 0; round < 300; round++) {
        uint8_t *const rings[] = {world->host.inbound.memory, world->host.outbound.memory};
        for (uint32_t lie = 0; lie < 20; lie++) {
            uint8_t *at =
                rings[avo_prng_below(&world->prng, 2)] + (avo_prng_below(&world->prng, 2) == 0 ? 0 : AVO_RING_CONSUMED_OFFSET);
            uint64_t told = avo_shared_load(at);
            uint64_t off = avo_prng_next(&world->prng) >> avo_prng_below(&world->prng, 64);
            avo_shared_store(at, avo_prng_below(&world->prng, 2) == 0 ? told + off : told - off);
            (void)avo_worker_poll(world->worker, now_us += 1000);
        }
        bool answered = false;
        for (uint32_t turn = 0; turn < 3 * SLOTS && !answered; turn++) { /* what lies may have skipped passes first */
            answered = answers(world, now_us += 1000);
            avo_ring_produced_retell(&world->host.inbound);
            avo_ring_consumed_retell(&world->host.outbound);
        }
        assert_true(answered);
    }
}

/* Slots of noise, lengths and addresses included, as fast as the ring goes. */
static void garbage_at_full_speed_is_counted_and_answered_by_little(void **state) {
    struct worker_scene *world = *state;
    uint64_t refused_before = world->worker->outbox.packets_sent;
    for (uint32_t turn = 0; turn < 200; turn++) {
        uint8_t noise[1472];
        uint32_t pushed = 0;
        for (;; pushed++) {
            avo_random_fill(&world->prng.random, noise, sizeof noise);
            noise[0] = AVO_WIRE_VERSION;
            noise[1] = (uint8_t)avo_prng_below(&world->prng, 8);
            noise[2] = avo_prng_below(&world->prng, 2) == 0 ? AVO_SLOT_CLIENT : 0;
            noise[3] = noise[4] = noise[5] = 0;
            struct avo_address from;
            avo_random_fill(&world->prng.random, (uint8_t *)&from, sizeof from);
            if (!avo_ring_push(&world->host.inbound, &from, avo_slice(noise, 1 + avo_prng_below(&world->prng, sizeof noise)))) {
                break;
            }
        }
        avo_ring_publish(&world->host.inbound);
        (void)avo_worker_poll(world->worker, TRUE_TIME_US + turn);
        (void)worker_scene_drain(world);
    }
    struct avo_figures stats;
    avo_worker_stats(world->worker, &stats);
    assert_true(stats.bad_packets + stats.dropped + stats.tampered > 10000);
    assert_int_equal(stats.sessions, 0);
    assert_true(world->worker->outbox.packets_sent - refused_before <= 200 * 32);
    assert_true(answers(world, TRUE_TIME_US + 1000000) || answers(world, TRUE_TIME_US + 2000000));
}

/* Delivers one packet of `packet_bytes`; the stranger's figures before and after tell what became of it. */
static void deliver(struct worker_scene *world, const uint8_t *packet, size_t packet_bytes) {
    struct avo_address client = {.port = 9};
    assert_true(avo_ring_push(&world->host.inbound, &client, avo_slice(packet, packet_bytes)));
    avo_ring_publish(&world->host.inbound);
    avo_worker_poll(world->worker, TRUE_TIME_US);
    (void)worker_scene_drain(world);
}

/* Of lengths at which a HELLO may and may not be one: the last of both, and the first. */
static void a_hello_has_a_least_and_a_greatest_length(void **state) {
    static const size_t overhead_bytes = AVO_HASH_BYTES + AVO_NOISE_FIRST_OVERHEAD_BYTES;
    static const struct {
        size_t body_bytes;
        bool tried; /* a handshake is */
    } cases[] = {
        {overhead_bytes + AVO_SIGNATURE_BYTES - 1, false},
        {overhead_bytes + AVO_SIGNATURE_BYTES, true},
        {overhead_bytes + AVO_GREETING_MAX_BYTES, true},
        {overhead_bytes + AVO_GREETING_MAX_BYTES + 1, false},
    };
    struct worker_scene *world = *state;
    for (size_t i = 0; i < AVO_COUNT(cases); i++) {
        uint8_t packet[1472] = {0};
        struct avo_packet_header header = avo_worker_header(world->worker, AVO_PACKET_HELLO, 0, 5);
        struct avo_figures before, after;
        header.source = AVO_SLOT_CLIENT;
        avo_random_fill(&world->prng.random, packet, sizeof packet);
        avo_packet_header_write(packet, &header);
        avo_worker_stats(world->worker, &before);
        deliver(world, packet, AVO_PACKET_HEADER_BYTES + cases[i].body_bytes);
        avo_worker_stats(world->worker, &after);
        assert_int_equal(after.tampered - before.tampered, cases[i].tried);
        assert_int_equal(after.bad_packets - before.bad_packets, !cases[i].tried);
    }
}

/* Handshakes and refusals cost: so many a turn, and no more. */
static void a_turn_has_a_bound_on_handshakes_and_refusals(void **state) {
    struct worker_scene *world = *state;
    struct avo_address client = {.port = 9};
    struct avo_figures before, after;
    for (uint32_t i = 0; i < 50; i++) {
        uint8_t packet[AVO_PACKET_HEADER_BYTES + 300];
        struct avo_packet_header header = avo_worker_header(world->worker, AVO_PACKET_HELLO, 0, i + 1);
        header.source = AVO_SLOT_CLIENT;
        avo_random_fill(&world->prng.random, packet, sizeof packet);
        avo_packet_header_write(packet, &header);
        assert_true(avo_ring_push(&world->host.inbound, &client, AVO_SLICE_OF(packet)));
    }
    avo_ring_publish(&world->host.inbound);
    avo_worker_stats(world->worker, &before);
    avo_worker_poll(world->worker, TRUE_TIME_US);
    avo_worker_stats(world->worker, &after);
    assert_int_equal(after.tampered - before.tampered, 8);
    assert_int_equal(after.dropped - before.dropped, 42);
    for (uint32_t i = 0; i < 50; i++) {
        uint8_t packet[AVO_PACKET_HEADER_BYTES + AVO_TAG_BYTES] = {0};
        struct avo_packet_header header = avo_worker_header(world->worker, AVO_PACKET_UP, 0, i + 1);
        header.source = AVO_SLOT_CLIENT;
        avo_packet_header_write(packet, &header);
        assert_true(avo_ring_push(&world->host.inbound, &client, AVO_SLICE_OF(packet)));
    }
    avo_ring_publish(&world->host.inbound);
    uint64_t sent = world->worker->outbox.packets_sent;
    avo_worker_poll(world->worker, TRUE_TIME_US);
    assert_int_equal(world->worker->outbox.packets_sent - sent, 32);
}

/* What is addressed to another slot or worker, or of a kind that only clients get, is dropped; each is counted once. */
static void packets_for_others_are_dropped_and_counted(void **state) {
    struct worker_scene *world = *state;
    static const struct {
        enum avo_packet_kind kind;
        uint8_t source;
        uint8_t destination;
        uint8_t worker;
        uint32_t session;
    } cases[] = {
        {AVO_PACKET_UP, AVO_SLOT_CLIENT, 1, 0, 1},
        {AVO_PACKET_UP, AVO_SLOT_CLIENT, 0, 1, 1},
        {AVO_PACKET_UP, 0, 0, 0, 1},
        {AVO_PACKET_DOWN, AVO_SLOT_CLIENT, 0, 0, 1},
        {AVO_PACKET_WELCOME, AVO_SLOT_CLIENT, 0, 0, 1},
        {AVO_PACKET_REFUSAL, AVO_SLOT_CLIENT, 0, 0, 1},
        {AVO_PACKET_PEER, 1, 0, 0, 0},
        {AVO_PACKET_PEER, AVO_SLOT_MAX_COUNT, 0, 0, 0},
        {AVO_PACKET_PEER, 0, 0, 0, 0},
        {AVO_PACKET_PEER, 0, 0, 0, 7},
    };
    for (size_t i = 0; i < AVO_COUNT(cases); i++) {
        uint8_t packet[AVO_PACKET_HEADER_BYTES + AVO_TAG_BYTES] = {0};
        struct avo_figures before, after;
        struct avo_packet_header header = avo_worker_header(world->worker, cases[i].kind, cases[i].destination, cases[i].session);
        header.source = cases[i].source;
        header.worker = cases[i].worker;
        avo_packet_header_write(packet, &header);
        avo_worker_stats(world->worker, &before);
        deliver(world, packet, sizeof packet);
        avo_worker_stats(world->worker, &after);
        assert_int_equal(after.dropped + after.bad_packets - before.dropped - before.bad_packets, 1);
        assert_int_equal(after.packets_received - before.packets_received, 1);
    }
}

/* A session and its client's end of it. */
static struct avo_session *session_open(struct worker_scene *world, struct avo_channel *client) {
    struct avo_sessions *sessions = &world->worker->sessions;
    uint8_t up[AVO_AEAD_KEY_BYTES] = {1};
    uint8_t down[AVO_AEAD_KEY_BYTES] = {2};
    struct avo_session *session = avo_session_victim(sessions, world->identity.channel_key.public);
    avo_session_begin(sessions, session);
    session->wire_version = AVO_WIRE_VERSION;
    avo_channel_open_keys(&session->channel, world->worker->aead, NULL, down, up);
    avo_channel_open_keys(client, world->worker->aead, NULL, up, down);
    return session;
}

/* A user's packet full of questions of three bytes must not become fifty packets, to wherever it seems to come from. */
static void a_packet_full_of_questions_gets_one_answer(void **state) {
    struct worker_scene *world = *state;
    static struct avo_channel client;
    uint8_t packet[AVO_MTU_DEFAULT_BYTES - AVO_UDP_OVERHEAD_BYTES];
    size_t packet_bytes = 0;
    uint32_t asked_count = 0;
    struct avo_address from = {.port = 9}, to;
    struct avo_slice datagram;
    struct avo_message question = {.type = AVO_MESSAGE_STATS_REQUEST};
    struct avo_session *session = session_open(world, &client);
    struct avo_packet_header header = avo_worker_header(world->worker, AVO_PACKET_UP, 0, session->number);
    session->ticket = (struct avo_ticket){.expires_s = UINT64_MAX, .policy_version = 1};
    header.source = AVO_SLOT_CLIENT;
    struct avo_writer batch = avo_writer(packet + AVO_PACKET_HEADER_BYTES, sizeof packet - AVO_PACKET_HEADER_BYTES - AVO_TAG_BYTES);
    while (avo_frame_write(&batch, &question)) {
        asked_count++;
    }
    assert_int_equal(avo_channel_seal(&client, header, packet, batch.length, &packet_bytes), AVO_OK);
    assert_true(avo_ring_push(&world->host.inbound, &from, avo_slice(packet, packet_bytes)));
    avo_ring_publish(&world->host.inbound);
    avo_worker_poll(world->worker, TRUE_TIME_US);
    assert_true(asked_count > 400 && session->confirmed);
    assert_true(avo_ring_peek(&world->host.outbound, 0, &to, &datagram));
    assert_int_equal(datagram.length,
                     AVO_PACKET_HEADER_BYTES + AVO_FRAME_HEADER_BYTES + sizeof(struct avo_figures) + AVO_TAG_BYTES);
    assert_false(avo_ring_peek(&world->host.outbound, 1, &to, &datagram));
}

/* A packet that was held back on its way is good, but tells where the client was and not where it is. */
static void only_the_newest_packet_moves_a_session(void **state) {
    struct worker_scene *world = *state;
    static struct avo_channel client;
    uint8_t packets[3][AVO_PACKET_HEADER_BYTES + AVO_TAG_BYTES];
    static const uint16_t ports[] = {11, 12, 13};
    static const struct {
        unsigned packet;
        uint16_t session_port;
    } arrivals[] = {{0, 11}, {2, 13}, {1, 13}};
    struct avo_session *session = session_open(world, &client);
    struct avo_packet_header header = avo_worker_header(world->worker, AVO_PACKET_UP, 0, session->number);
    struct avo_figures stats;
    size_t packet_bytes = 0;
    header.source = AVO_SLOT_CLIENT;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(avo_channel_seal(&client, header, packets[i], 0, &packet_bytes), AVO_OK);
    }
    for (size_t i = 0; i < AVO_COUNT(arrivals); i++) {
        struct avo_address from = {.port = ports[arrivals[i].packet]};
        assert_true(avo_ring_push(&world->host.inbound, &from, AVO_SLICE_OF(packets[arrivals[i].packet])));
        avo_ring_publish(&world->host.inbound);
        avo_worker_poll(world->worker, TRUE_TIME_US);
        assert_int_equal(session->address.port, arrivals[i].session_port);
    }
    avo_worker_stats(world->worker, &stats);
    assert_int_equal(stats.replayed + stats.tampered + stats.dropped, 0);
}

/* What hangs on a session ends with it: a batch that is open, and what its transfers would still send. */
static void nothing_is_sent_for_a_session_that_ended(void **state) {
    struct worker_scene *world = *state;
    static struct avo_channel client;
    static const uint8_t value[4000];
    struct avo_address to;
    struct avo_slice datagram;
    struct avo_message reply = {.type = AVO_MESSAGE_REPLY, .reply = {.id = 1}};
    for (int large = 0; large < 2; large++) {
        struct avo_session *session = session_open(world, &client);
        reply.reply.value = avo_slice(value, large * sizeof value);
        avo_worker_send_client(world->worker, session, 1, &reply);
        avo_worker_end_session(world->worker, session);
        for (int turn = 0; turn < 8; turn++) {
            avo_worker_poll(world->worker, TRUE_TIME_US + (uint64_t)turn * 200000);
        }
        assert_false(avo_ring_peek(&world->host.outbound, 0, &to, &datagram));
        session = session_open(world, &client); /* in the same place */
        assert_int_equal(session->batch, AVO_POOL_NONE);
        avo_worker_poll(world->worker, TRUE_TIME_US + 2000000);
        assert_false(avo_ring_peek(&world->host.outbound, 0, &to, &datagram));
        avo_worker_end_session(world->worker, session);
        avo_worker_end_session(world->worker, session); /* nothing more */
        assert_int_equal(world->worker->sessions.used_count, 0);
        assert_int_equal(world->worker->outbox.dropped, 0);
    }
}

/* Of another wire version: counted; a client hears of it, a peer does not. */
static void another_version_is_counted_and_told_to_clients(void **state) {
    struct worker_scene *world = *state;
    for (uint8_t kind = AVO_PACKET_PEER; kind <= AVO_PACKET_HELLO; kind++) {
        uint8_t packet[AVO_PACKET_HEADER_BYTES] = {AVO_WIRE_VERSION + 2, kind, AVO_SLOT_CLIENT};
        uint64_t sent = world->worker->outbox.packets_sent;
        deliver(world, packet, sizeof packet);
        bool told = kind == AVO_PACKET_HELLO || kind == AVO_PACKET_UP;
        assert_int_equal(world->worker->outbox.packets_sent - sent, told);
        assert_int_equal(world->worker->stats.other_version, kind);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(another_version_is_counted_and_told_to_clients, world_open, world_close),
        cmocka_unit_test_setup_teardown(only_the_newest_packet_moves_a_session, world_open, world_close),
        cmocka_unit_test_setup_teardown(nothing_is_sent_for_a_session_that_ended, world_open, world_close),
        cmocka_unit_test_setup_teardown(a_hello_has_a_least_and_a_greatest_length, world_open, world_close),
        cmocka_unit_test_setup_teardown(a_turn_has_a_bound_on_handshakes_and_refusals, world_open, world_close),
        cmocka_unit_test_setup_teardown(packets_for_others_are_dropped_and_counted, world_open, world_close),
        cmocka_unit_test_setup_teardown(time_runs_on_after_any_lie_about_it, world_open, world_close),
        cmocka_unit_test_setup_teardown(a_packet_full_of_questions_gets_one_answer, world_open, world_close),
        cmocka_unit_test_setup_teardown(leaps_of_the_clock_add_little, world_open, world_close),
        cmocka_unit_test_setup_teardown(rings_run_on_after_their_indices_were_overwritten, world_open, world_close),
        cmocka_unit_test_setup_teardown(garbage_at_full_speed_is_counted_and_answered_by_little, world_open, world_close),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests_name("enclave/door", tests, NULL, NULL);
}
