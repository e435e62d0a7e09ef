/* What a worker does in one turn: what it takes in, what it answers to whom, what it counts, and what time alone makes it do. */
#include "base/testing_stack.h"
#include "boundary/shared.h"
#include "trusted/worker/budget.h"
#include "trusted/worker/worker_state.h"

#define MEMBERS 3
#define RING_SLOTS 512
#define HOST_US 1700000000000000ULL
#define TURN_PACKETS 256
#define RECENT_US 300000000
#define STEP_US 10000000

static const struct avo_region_layout layout = {1, {RING_SLOTS, 1600 - AVO_RING_SLOT_HEADER_BYTES}, 4096, 256 << 10};

struct scene {
    struct avo_prng prng;
    uint8_t *region, *memory;
    struct avo_key_pair keys[MEMBERS];
    struct avo_identity identity; /* of slot 0 */
    struct avo_region_worker host;
    struct avo_worker *worker;
    uint64_t host_us;
    struct avo_channel peer, client; /* the far ends: of slot 1, and of a client's session */
    struct avo_session *session;
    struct avo_message heard; /* the last one that came back */
    uint32_t packets, longest_bytes;
};

static void view_make(struct scene *scene, struct avo_view *view) {
    *view = (struct avo_view){.cluster_id = {4},
                              .epoch = 1,
                              .slot_count = MEMBERS,
                              .member_count = MEMBERS,
                              .policy_version = 1,
                              .worker_count = 1,
                              .mtu_bytes = AVO_MTU_DEFAULT_BYTES,
                              .value_max_bytes = 4096};
    for (uint8_t slot = 0; slot < MEMBERS; slot++) {
        avo_key_pair_make(&scene->keys[slot], &scene->prng.random);
        view->members[slot] = (struct avo_member){.slot = slot,
                                                  .role = AVO_ROLE_VOTING,
                                                  .incarnation = 1,
                                                  .address = {.port = (uint16_t)(7000 + slot)},
                                                  .tee = AVO_TEE_SGX,
                                                  .simulated = true};
        memcpy(view->members[slot].channel_public_key, scene->keys[slot].public, AVO_PUBLIC_KEY_BYTES);
    }
}

static void channels_open(struct scene *scene) {
    static const uint8_t up[AVO_AEAD_KEY_BYTES] = {1}, down[AVO_AEAD_KEY_BYTES] = {2};
    struct avo_worker *worker = scene->worker;
    const struct avo_view *view = &scene->identity.view;
    struct avo_channel_ends ends = {.own_secret = scene->keys[1].secret,
                                    .cluster_id = view->cluster_id,
                                    .own = avo_view_member(view, 1),
                                    .peer = avo_view_member(view, 0)};
    assert_int_equal(avo_channel_open_peer(&scene->peer, worker->aead, NULL, &ends), AVO_OK);
    scene->session = avo_session_victim(&worker->sessions, scene->keys[2].public);
    avo_session_begin(&worker->sessions, scene->session);
    avo_path_init(&scene->session->path, worker->outbox.packet_bytes, worker->now_us);
    avo_channel_open_keys(&scene->session->channel, worker->aead, NULL, down, up);
    avo_channel_open_keys(&scene->client, worker->aead, NULL, up, down);
}

static int setup(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    scene->prng = avo_prng(testing_seed());
    scene->host_us = HOST_US;
    scene->region = aligned_alloc(AVO_CACHE_LINE_BYTES, avo_region_bytes(&layout));
    scene->memory = aligned_alloc(AVO_CACHE_LINE_BYTES, AVO_BUDGET_WORKER_MIN_BYTES);
    memset(scene->region, 0, avo_region_bytes(&layout));
    memset(scene->memory, 0, AVO_BUDGET_WORKER_MIN_BYTES);
    avo_region_format(scene->region, &layout);
    view_make(scene, &scene->identity.view);
    scene->identity.channel_key = scene->keys[0];
    scene->host = avo_region_worker(scene->region, &layout, 0);
    struct avo_arena arena = avo_arena(scene->memory, AVO_BUDGET_WORKER_MIN_BYTES);
    struct avo_worker_config config = {.door = avo_region_worker(scene->region, &layout, 0),
                                       .identity = &scene->identity,
                                       .random = &scene->prng.random,
                                       .aead = AVO_AEAD_BEST};
    scene->worker = avo_worker_create(&arena, &config);
    assert_non_null(scene->worker);
    (void)avo_worker_poll(scene->worker, scene->host_us);
    channels_open(scene);
    *state = scene;
    return 0;
}

static int teardown(void **state) {
    struct scene *scene = *state;
    avo_arena_end(scene->memory, AVO_BUDGET_WORKER_MIN_BYTES);
    free(scene->region);
    free(scene->memory);
    free(scene);
    return 0;
}

static void poll_after(struct scene *scene, uint64_t us) {
    scene->host_us += us;
    (void)avo_worker_poll(scene->worker, scene->host_us);
}

/* Everything that comes out; the last message that one of the far ends can open is kept. */
static void drain(struct scene *scene) {
    static uint8_t copy[2048];
    struct avo_address to;
    struct avo_slice datagram, batch;
    scene->packets = scene->longest_bytes = 0;
    memset(&scene->heard, 0, sizeof scene->heard);
    for (; avo_ring_peek(&scene->host.outbound, 0, &to, &datagram); avo_ring_release(&scene->host.outbound, 1)) {
        struct avo_packet_header header;
        avo_copy(copy, sizeof copy, datagram);
        assert_int_equal(avo_packet_header_read(datagram, &header), AVO_OK);
        scene->packets++;
        scene->longest_bytes = datagram.length > scene->longest_bytes ? (uint32_t)datagram.length : scene->longest_bytes;
        struct avo_channel *channel = header.kind == AVO_PACKET_DOWN ? &scene->client : &scene->peer;
        if (header.kind != AVO_PACKET_REFUSAL && avo_channel_open(channel, &header, copy, datagram.length, &batch) == AVO_OK) {
            struct avo_reader reader = avo_reader(batch);
            struct avo_message message;
            while (avo_frame_read(&reader, &message) == AVO_OK) {
                scene->heard = message.type == AVO_MESSAGE_PROBE ? scene->heard : message;
            }
        }
    }
}

static void deliver(struct scene *scene, const uint8_t *packet, size_t bytes) {
    const struct avo_address from = {.port = 9};
    assert_true(avo_ring_push(&scene->host.inbound, &from, avo_slice(packet, bytes)));
    avo_ring_publish(&scene->host.inbound);
}

/* A packet with these bytes as its batch, by the client or by slot 1. */
static void say_bytes(struct scene *scene, bool as_client, struct avo_slice batch) {
    uint8_t packet[AVO_MTU_DEFAULT_BYTES];
    size_t bytes = 0;
    struct avo_packet_header header =
        avo_worker_header(scene->worker, as_client ? AVO_PACKET_UP : AVO_PACKET_PEER, 0, as_client ? scene->session->number : 0);
    header.source = as_client ? AVO_SLOT_CLIENT : 1;
    avo_copy(packet + AVO_PACKET_HEADER_BYTES, sizeof packet - AVO_PACKET_HEADER_BYTES, batch);
    assert_int_equal(avo_channel_seal(as_client ? &scene->client : &scene->peer, header, packet, batch.length, &bytes), AVO_OK);
    deliver(scene, packet, bytes);
    poll_after(scene, 10);
    drain(scene);
}

static void say(struct scene *scene, bool as_client, const struct avo_message *message) {
    uint8_t bytes[1200];
    struct avo_writer batch = avo_writer(bytes, sizeof bytes);
    assert_true(avo_frame_write(&batch, message));
    say_bytes(scene, as_client, avo_writer_slice(&batch));
}

static void a_turn_takes_in_so_many_packets(void **state) {
    struct scene *scene = *state;
    const uint8_t garbage[100] = {0xff};
    for (uint32_t i = 0; i < TURN_PACKETS + 2; i++) {
        deliver(scene, garbage, sizeof garbage);
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
    deliver(scene, garbage, sizeof garbage);
    poll_after(scene, 10);
    uint8_t *consumed = scene->host.inbound.memory + AVO_RING_CONSUMED_OFFSET;
    uint8_t *produced = scene->host.outbound.memory + AVO_RING_PRODUCED_OFFSET;
    uint64_t was_consumed = avo_shared_load(consumed), was_produced = avo_shared_load(produced);
    avo_shared_store(consumed, was_consumed + 1000);
    avo_shared_store(produced, was_produced + 1000);
    poll_after(scene, 10);
    assert_int_equal(avo_shared_load(consumed), was_consumed);
    assert_int_equal(avo_shared_load(produced), was_produced);
}

/* Keys that were replaced die at the second look, and looks are AVO_CHANNEL_AGE_US apart. */
static void keys_age_with_time_alone(void **state) {
    struct scene *scene = *state;
    struct avo_worker *worker = scene->worker;
    worker->aged_us = worker->ticked_us = worker->now_us;
    worker->peers[1].channel.previous = scene->session->channel.previous = true;
    poll_after(scene, AVO_CHANNEL_AGE_US - 1);
    assert_false(worker->peers[1].channel.previous_aged || scene->session->channel.previous_aged);
    worker->ticked_us -= 1000; /* a tick is due at once */
    poll_after(scene, 1);
    assert_int_equal(worker->aged_us, worker->now_us);
    assert_true(worker->peers[1].channel.previous_aged && scene->session->channel.previous_aged);
    poll_after(scene, AVO_CHANNEL_AGE_US - 1);
    assert_true(worker->peers[1].channel.previous && scene->session->channel.previous);
    poll_after(scene, 1000);
    assert_false(worker->peers[1].channel.previous || scene->session->channel.previous);
}

static uint64_t tampered_recently(struct scene *scene, uint64_t us) {
    struct avo_figures figures;
    for (uint64_t passed_us = 0; passed_us < us; passed_us += STEP_US) {
        poll_after(scene, STEP_US);
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
        say(scene, as_client, &probe);
        assert_int_equal(scene->heard.type, AVO_MESSAGE_PROBED);
        assert_int_equal(scene->heard.probe.packet_bytes, 900);
        assert_int_equal(scene->longest_bytes, scene->worker->outbox.packet_bytes); /* its own probe goes with the answer */
        assert_int_equal(path->passed_bytes, AVO_PATH_FLOOR_BYTES);
        say(scene, as_client, &probed);
        assert_int_equal(path->passed_bytes, 1400);
    }
}

static void assert_counts(struct scene *scene, bool as_client, struct avo_slice batch, uint64_t bad) {
    uint64_t before = scene->worker->stats.bad_packets;
    say_bytes(scene, as_client, batch);
    assert_int_equal(scene->worker->stats.bad_packets - before, bad);
}

/* What the other kind of sender says, and ids that no window has. */
static void messages_out_of_place_are_counted(void **state) {
    struct scene *scene = *state;
    const struct avo_message messages[] = {
        {.type = AVO_MESSAGE_ACK},
        {.type = AVO_MESSAGE_REQUEST,
         .request =
             {.id = 9, .answered_below = 10, .operation = AVO_OPERATION_GET, .patience_ms = 1, .key = avo_slice_string("k")}},
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
        deliver(scene, packet, sizeof packet);
        poll_after(scene, 10);
        assert_int_equal(scene->worker->stats.tampered - before, 1);
    }
}

/* A peer whose packets are not answered gets an empty one, so that it learns that its key arrived. */
static void a_peer_is_acknowledged_when_it_must_be(void **state) {
    struct scene *scene = *state;
    struct avo_channel *own = &scene->worker->peers[1].channel;
    own->unanswered_count = own->limits.rekey_packets;
    assert_true(avo_channel_ack_due(own));
    const struct avo_message probed = {.type = AVO_MESSAGE_PROBED, .probe = {900}};
    say(scene, false, &probed);
    assert_true(scene->packets > 0);
    assert_int_equal(own->unanswered_count, 0);
    say(scene, false, &probed);
    assert_int_equal(scene->packets, 0);
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
    poll_after(scene, 10);
    assert_true(avo_ring_peek(&scene->host.outbound, 0, &to, &datagram));
    assert_int_equal(datagram.length, AVO_PACKET_HEADER_BYTES + 1);
    assert_int_equal(datagram.data[1], AVO_PACKET_REFUSAL);
    assert_int_equal(datagram.data[AVO_PACKET_HEADER_BYTES], AVO_EDENIED);
    assert_int_equal(to.port, 9);
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
        cmocka_unit_test_setup_teardown(a_turn_takes_in_so_many_packets, setup, teardown),
        cmocka_unit_test_setup_teardown(an_idle_turn_tells_its_indices_again, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_age_with_time_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_tampered_with_is_recent_for_a_while, setup, teardown),
        cmocka_unit_test_setup_teardown(the_narrowest_path_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(probes_are_answered_and_believed, setup, teardown),
        cmocka_unit_test_setup_teardown(messages_out_of_place_are_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(a_changed_packet_is_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(a_peer_is_acknowledged_when_it_must_be, setup, teardown),
        cmocka_unit_test_setup_teardown(an_altered_hello_is_refused_and_leaves_no_key, setup, teardown),
        cmocka_unit_test(blobs_of_the_largest_class_are_for_larger_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
