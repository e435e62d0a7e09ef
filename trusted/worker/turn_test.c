/* What a worker does in one turn: what it takes in, what it answers to whom, what it counts, and what time alone makes it do. */
#include "trusted/worker/turn_testing.h"

#define TURN_PACKETS 256
#define RECENT_US 300000000
#define STEP_US 10000000

static void a_turn_takes_in_so_many_packets(void **state) {
    struct scene *scene = *state;
    const uint8_t garbage[100] = {0xff};
    for (uint32_t i = 0; i < TURN_PACKETS + 2; i++) {
        turn_deliver(scene, garbage, sizeof garbage);
    }
    uint64_t before = scene->worker->stats.packets_received;
    assert_int_equal(avo_worker_poll(scene->worker, scene->host_us), TURN_PACKETS);
    assert_int_equal(scene->worker->stats.packets_received - before, TURN_PACKETS);
    assert_int_equal(avo_worker_poll(scene->worker, scene->host_us), 2);
}

/* What the host wrote over is put right, once there is nothing else to do. */
static void an_idle_turn_tells_its_indices_again(void **state) {
    struct scene *scene = *state;
    const uint8_t garbage[100] = {0xff};
    turn_deliver(scene, garbage, sizeof garbage);
    turn_poll_after(scene, 10);
    uint8_t *consumed = scene->host.inbound.memory + AVO_RING_CONSUMED_OFFSET;
    uint8_t *produced = scene->host.outbound.memory + AVO_RING_PRODUCED_OFFSET;
    uint64_t was_consumed = avo_shared_load(consumed), was_produced = avo_shared_load(produced);
    avo_shared_store(consumed, was_consumed + 1000);
    avo_shared_store(produced, was_produced + 1000);
    turn_poll_after(scene, 10);
    assert_int_equal(avo_shared_load(consumed), was_consumed);
    assert_int_equal(avo_shared_load(produced), was_produced);
}

/* Keys that were replaced die at the second look, and looks are AVO_CHANNEL_AGE_US apart. */
static void keys_age_with_time_alone(void **state) {
    struct scene *scene = *state;
    struct avo_worker *worker = scene->worker;
    worker->aged_us = worker->ticked_us = worker->now_us;
    worker->peers[1].channel.previous = scene->session->channel.previous = true;
    turn_poll_after(scene, AVO_CHANNEL_AGE_US - 1);
    assert_false(worker->peers[1].channel.previous_aged || scene->session->channel.previous_aged);
    worker->ticked_us -= 1000; /* a tick is due at once */
    turn_poll_after(scene, 1);
    assert_int_equal(worker->aged_us, worker->now_us);
    assert_true(worker->peers[1].channel.previous_aged && scene->session->channel.previous_aged);
    turn_poll_after(scene, AVO_CHANNEL_AGE_US - 1);
    assert_true(worker->peers[1].channel.previous && scene->session->channel.previous);
    turn_poll_after(scene, 1000);
    assert_false(worker->peers[1].channel.previous || scene->session->channel.previous);
}

static uint64_t tampered_recently(struct scene *scene, uint64_t us) {
    struct avo_figures figures;
    for (uint64_t passed_us = 0; passed_us < us; passed_us += STEP_US) {
        turn_poll_after(scene, STEP_US);
    }
    avo_worker_stats(scene->worker, &figures);
    return figures.tampered_recently;
}

static void what_was_tampered_with_is_recent_for_a_while(void **state) {
    struct scene *scene = *state;
    (void)tampered_recently(scene, 2 * RECENT_US);
    scene->worker->stats.tampered += 5;
    assert_int_equal(tampered_recently(scene, RECENT_US), 5);
    scene->worker->stats.tampered += 2;
    assert_int_equal(tampered_recently(scene, RECENT_US), 2);
    assert_int_equal(tampered_recently(scene, 2 * RECENT_US), 0);
}

static void the_narrowest_path_is_told(void **state) {
    struct scene *scene = *state;
    struct avo_figures figures;
    struct avo_path *path = &scene->worker->peers[1].path;
    path->failed_bytes = 1401;
    path->passed_bytes = path->packet_bytes = 1400;
    uint32_t narrow = avo_path_mtu(path);
    avo_worker_stats(scene->worker, &figures);
    assert_int_equal(figures.mtu_to_nodes, narrow);
    assert_int_equal(figures.mtu_to_clients, scene->worker->outbox.packet_bytes + AVO_UDP_OVERHEAD_BYTES);
    scene->session->path = *path;
    avo_worker_stats(scene->worker, &figures);
    assert_int_equal(figures.mtu_to_clients, narrow);
}

/* A probe is acknowledged to its sender, and an acknowledgement widens the path that it came by. */
static void probes_are_answered_and_believed(void **state) {
    struct scene *scene = *state;
    const struct avo_message probe = {.type = AVO_MESSAGE_PROBE, .probe = {900}};
    const struct avo_message probed = {.type = AVO_MESSAGE_PROBED, .probe = {1400}};
    for (int as_client = 0; as_client < 2; as_client++) {
        struct avo_path *path = as_client ? &scene->session->path : &scene->worker->peers[1].path;
        turn_say(scene, as_client, &probe);
        assert_int_equal(scene->heard.type, AVO_MESSAGE_PROBED);
        assert_int_equal(scene->heard.probe.packet_bytes, 900);
        assert_int_equal(scene->longest_bytes, scene->worker->outbox.packet_bytes); /* its own probe goes with the answer */
        assert_int_equal(path->passed_bytes, AVO_PATH_FLOOR_BYTES);
        turn_say(scene, as_client, &probed);
        assert_int_equal(path->passed_bytes, 1400);
    }
}

static void assert_counts(struct scene *scene, bool as_client, struct avo_slice batch, uint64_t bad) {
    uint64_t before = scene->worker->stats.bad_packets;
    turn_say_bytes(scene, as_client, batch);
    assert_int_equal(scene->worker->stats.bad_packets - before, bad);
}

/* What the other kind of sender says, and ids that no window has. */
static void messages_out_of_place_are_counted(void **state) {
    struct scene *scene = *state;
    const struct avo_message messages[] = {
        {.type = AVO_MESSAGE_ACK},
        {.type = AVO_MESSAGE_REQUEST,
         .request = {.id = UINT64_MAX,
                     .answered_below = UINT64_MAX,
                     .operation = AVO_OPERATION_GET,
                     .patience_ms = 1,
                     .key = avo_slice_string("k")}},
        {.type = AVO_MESSAGE_STATS_REQUEST},
    };
    for (size_t i = 0; i < AVO_COUNT(messages); i++) {
        uint8_t bytes[100];
        struct avo_writer batch = avo_writer(bytes, sizeof bytes);
        assert_true(avo_frame_write(&batch, &messages[i]));
        assert_counts(scene, true, avo_writer_slice(&batch), i < 2);
        assert_counts(scene, false, avo_writer_slice(&batch), i > 0);
    }
    assert_counts(scene, true, avo_slice_string("\xff\xff\xff"), 1);
    assert_counts(scene, false, avo_slice_string("\xff\xff\xff"), 1);
}

/* Packets of a session or a peer that were changed on their way, each counted once. */
static void a_changed_packet_is_counted(void **state) {
    struct scene *scene = *state;
    for (int as_client = 0; as_client < 2; as_client++) {
        uint8_t packet[AVO_PACKET_HEADER_BYTES + 40 + AVO_TAG_BYTES] = {0};
        struct avo_packet_header header = avo_worker_header(scene->worker, as_client ? AVO_PACKET_UP : AVO_PACKET_PEER, 0,
                                                            as_client ? scene->session->number : 0);
        header.source = as_client ? AVO_SLOT_CLIENT : 1;
        header.counter = 7;
        avo_packet_header_write(packet, &header);
        uint64_t before = scene->worker->stats.tampered;
        turn_deliver(scene, packet, sizeof packet);
        turn_poll_after(scene, 10);
        assert_int_equal(scene->worker->stats.tampered - before, 1);
    }
}

/* A sender whose packets are not answered gets an empty one, so that it learns that its key arrived. */
static void a_sender_is_acknowledged_when_it_must_be(void **state) {
    struct scene *scene = *state;
    const struct avo_message probed = {.type = AVO_MESSAGE_PROBED, .probe = {900}};
    for (int as_client = 0; as_client < 2; as_client++) {
        struct avo_channel *own = as_client ? &scene->session->channel : &scene->worker->peers[1].channel;
        own->unanswered_count = own->limits.rekey_packets;
        assert_true(avo_channel_ack_due(own));
        turn_say(scene, as_client, &probed);
        assert_true(scene->packets > 0);
        assert_int_equal(own->unanswered_count, 0);
        turn_say(scene, as_client, &probed);
        assert_int_equal(scene->packets, 0);
    }
}

/* Too short to be sealed. */
static void a_cut_packet_is_counted(void **state) {
    struct scene *scene = *state;
    uint8_t packet[AVO_PACKET_HEADER_BYTES + AVO_TAG_BYTES - 1] = {0};
    struct avo_packet_header header = avo_worker_header(scene->worker, AVO_PACKET_UP, 0, scene->session->number);
    header.source = AVO_SLOT_CLIENT;
    header.counter = 7;
    avo_packet_header_write(packet, &header);
    uint64_t before = scene->worker->stats.bad_packets;
    turn_deliver(scene, packet, sizeof packet);
    turn_poll_after(scene, 10);
    assert_int_equal(scene->worker->stats.bad_packets - before, 1);
}

/* What is asked of the other replicas is asked again in time, though nothing comes. */
static void time_alone_asks_again(void **state) {
    struct scene *scene = *state;
    const struct avo_message get = {
        .type = AVO_MESSAGE_REQUEST,
        .request = {
            .id = 1, .answered_below = 1, .operation = AVO_OPERATION_GET, .patience_ms = 60000, .key = avo_slice_string("k")}};
    scene->session->ticket =
        (struct avo_ticket){.rights = AVO_RIGHT_READ, .policy_version = 1, .expires_s = UINT64_MAX, .name_length = 0};
    turn_say(scene, true, &get);
    assert_true((scene->heard_types & 1ULL << AVO_MESSAGE_QUERY) != 0);
    bool again = false;
    for (int turn = 0; turn < 10 && !again; turn++) {
        turn_poll_after(scene, 200000);
        turn_drain(scene);
        again = (scene->heard_types & 1ULL << AVO_MESSAGE_QUERY) != 0;
    }
    assert_true(again);
}

/* A message larger than a packet leaves in segments, of a peer and of a client alike. */
static void a_large_message_leaves_in_segments(void **state) {
    struct scene *scene = *state;
    static const uint8_t value[4000];
    const struct avo_message write = {.type = AVO_MESSAGE_WRITE,
                                      .write = {.round = 1, .key = avo_slice_string("k"), .value = {value, sizeof value}}};
    const struct avo_message reply = {.type = AVO_MESSAGE_REPLY, .reply = {.id = 1, .value = {value, sizeof value}}};
    for (int to_client = 0; to_client < 2; to_client++) {
        if (to_client) {
            avo_worker_send_client(scene->worker, scene->session, 1, &reply);
        } else {
            avo_worker_send_peer(scene->worker, 1, 1, &write);
        }
        turn_poll_after(scene, 2000);
        turn_drain(scene);
        assert_int_equal(scene->heard.type, AVO_MESSAGE_SEGMENT);
        assert_int_equal(scene->heard.segment.total_bytes, avo_message_bytes(to_client ? &reply : &write));
        assert_true(scene->packets >= 3);
    }
}

/* And arrives so: of segments the last makes it whole, and no sooner is it anything. */
static void a_large_message_arrives_in_segments(void **state) {
    struct scene *scene = *state;
    uint8_t bytes[700] = {0};
    struct avo_message query = {.type = AVO_MESSAGE_QUERY, .query = {.round = 3, .want = AVO_WANT_VERSION}};
    uint8_t key[AVO_KEY_MAX_BYTES] = {7};
    query.query.key = AVO_SLICE_OF(key);
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_message_write(&writer, &query);
    assert_true(writer.length > AVO_SEGMENT_MIN_BYTES);
    for (uint32_t at = 0; at < writer.length; at += AVO_SEGMENT_MIN_BYTES) {
        uint32_t left = (uint32_t)writer.length - at;
        const struct avo_message segment = {
            .type = AVO_MESSAGE_SEGMENT,
            .segment = {.transfer = 1,
                        .total_bytes = (uint32_t)writer.length,
                        .offset = at,
                        .bytes = {bytes + at, left < AVO_SEGMENT_MIN_BYTES ? left : AVO_SEGMENT_MIN_BYTES},
                        .segment_bytes = AVO_SEGMENT_MIN_BYTES}};
        turn_say(scene, false, &segment);
        assert_int_equal((scene->heard_types & 1ULL << AVO_MESSAGE_ANSWER) != 0, at > 0);
    }
}

static uint8_t hello[AVO_PACKET_HEADER_BYTES + AVO_HASH_BYTES + AVO_NOISE_FIRST_OVERHEAD_BYTES + AVO_SIGNATURE_BYTES];

static void on_hello(void *context) {
    struct scene *scene = context;
    const struct avo_address from = {.port = 9};
    struct avo_packet_header header = avo_worker_header(scene->worker, AVO_PACKET_HELLO, 0, 5);
    avo_worker_on_hello(scene->worker, &from, &header,
                        avo_slice(hello + AVO_PACKET_HEADER_BYTES, sizeof hello - AVO_PACKET_HEADER_BYTES));
}

/* One that was made for nobody: its sender hears that it is not admitted, and the node's key is left nowhere. */
static void an_altered_hello_is_refused_and_leaves_no_key(void **state) {
    struct scene *scene = *state;
    struct avo_address to;
    struct avo_slice datagram;
    avo_random_fill(&scene->prng.random, hello, sizeof hello);
    testing_stack_run(on_hello, scene);
    assert_false(testing_stack_has(scene->identity.channel_key.secret, AVO_SECRET_KEY_BYTES));
    turn_poll_after(scene, 10);
    assert_true(avo_ring_peek(&scene->host.outbound, 0, &to, &datagram));
    assert_int_equal(datagram.length, AVO_PACKET_HEADER_BYTES + 1);
    assert_int_equal(datagram.data[1], AVO_PACKET_REFUSAL);
    assert_int_equal(datagram.data[AVO_PACKET_HEADER_BYTES], AVO_EDENIED);
    assert_int_equal(to.port, 9);
}

/* The HELLO that opened a session is answered by the same WELCOME, until the client has shown that it has it. */
static void a_repeated_hello_gets_the_same_welcome(void **state) {
    struct scene *scene = *state;
    struct avo_session *session = scene->session;
    struct avo_address to;
    struct avo_slice datagram;
    struct avo_packet_header header = avo_worker_header(scene->worker, AVO_PACKET_HELLO, 0, 5);
    header.source = AVO_SLOT_CLIENT;
    avo_random_fill(&scene->prng.random, hello, sizeof hello);
    avo_packet_header_write(hello, &header);
    memcpy(session->hello_ephemeral, hello + AVO_PACKET_HEADER_BYTES + AVO_HASH_BYTES, sizeof session->hello_ephemeral);
    session->welcome_bytes = 100;
    memset(session->welcome, 0x77, session->welcome_bytes);
    turn_deliver(scene, hello, sizeof hello);
    turn_poll_after(scene, 10);
    assert_true(avo_ring_peek(&scene->host.outbound, 0, &to, &datagram));
    assert_true(avo_slice_equal(datagram, avo_slice(session->welcome, session->welcome_bytes)));
    avo_ring_release(&scene->host.outbound, 1);
    session->confirmed = true;
    turn_deliver(scene, hello, sizeof hello);
    turn_poll_after(scene, 10);
    assert_false(avo_ring_peek(&scene->host.outbound, 0, &to, &datagram));
    assert_int_equal(scene->worker->stats.replayed, 1);
}

/* A fourth class of blobs only where values are larger than the third's. */
static void blobs_of_the_largest_class_are_for_larger_values(void **state) {
    (void)state;
    struct avo_budget at = avo_budget(1ULL << 30, 128 * 1024, 1472);
    assert_int_equal(at.operation_blobs.count[3], 0);
    assert_int_equal(at.operation_blobs.bytes[3], 0);
    struct avo_budget beyond = avo_budget(1ULL << 30, 128 * 1024 + 1, 1472);
    assert_true(beyond.operation_blobs.count[3] > 0);
    assert_int_equal(beyond.operation_blobs.bytes[3], at.operation_blobs.bytes[2] + 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_turn_takes_in_so_many_packets, turn_setup, turn_teardown),
        cmocka_unit_test_setup_teardown(an_idle_turn_tells_its_indices_again, turn_setup, turn_teardown),
        cmocka_unit_test_setup_teardown(keys_age_with_time_alone, turn_setup, turn_teardown),
        cmocka_unit_test_setup_teardown(what_was_tampered_with_is_recent_for_a_while, turn_setup, turn_teardown),
        cmocka_unit_test_setup_teardown(the_narrowest_path_is_told, turn_setup, turn_teardown),
        cmocka_unit_test_setup_teardown(probes_are_answered_and_believed, turn_setup, turn_teardown),
        cmocka_unit_test_setup_teardown(messages_out_of_place_are_counted, turn_setup, turn_teardown),
        cmocka_unit_test_setup_teardown(a_changed_packet_is_counted, turn_setup, turn_teardown),
        cmocka_unit_test_setup_teardown(a_sender_is_acknowledged_when_it_must_be, turn_setup, turn_teardown),
        cmocka_unit_test_setup_teardown(a_cut_packet_is_counted, turn_setup, turn_teardown),
        cmocka_unit_test_setup_teardown(an_altered_hello_is_refused_and_leaves_no_key, turn_setup, turn_teardown),
        cmocka_unit_test_setup_teardown(time_alone_asks_again, turn_setup, turn_teardown),
        cmocka_unit_test_setup_teardown(a_large_message_leaves_in_segments, turn_setup, turn_teardown),
        cmocka_unit_test_setup_teardown(a_large_message_arrives_in_segments, turn_setup, turn_teardown),
        cmocka_unit_test_setup_teardown(a_repeated_hello_gets_the_same_welcome, turn_setup, turn_teardown),
        cmocka_unit_test(blobs_of_the_largest_class_are_for_larger_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
