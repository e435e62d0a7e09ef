#include "trusted/worker/turn_testing.h"

#define RING_SLOTS 512
#define HOST_US 1700000000000000ULL

static const struct avo_region_layout layout = {1, {RING_SLOTS, 1600 - AVO_RING_SLOT_HEADER_BYTES}, 4096, 256 << 10};

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
                                                  .wire_highest = AVO_WIRE_VERSION,
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
    scene->session->wire_version = AVO_WIRE_VERSION;
    avo_path_init(&scene->session->path, worker->outbox.packet_bytes, worker->now_us);
    avo_channel_open_keys(&scene->session->channel, worker->aead, NULL, down, up);
    avo_channel_open_keys(&scene->client, worker->aead, NULL, up, down);
}

int turn_setup(void **state) {
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
                                       .compare_us = 3600000000, /* never, in the time of a test */
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

int turn_teardown(void **state) {
    struct scene *scene = *state;
    avo_arena_end(scene->memory, AVO_BUDGET_WORKER_MIN_BYTES);
    free(scene->region);
    free(scene->memory);
    free(scene);
    return 0;
}

void turn_poll_after(struct scene *scene, uint64_t us) {
    scene->host_us += us;
    (void)avo_worker_poll(scene->worker, scene->host_us);
}

/* Everything that comes out; the last message that one of the far ends can open is kept. */
void turn_drain(struct scene *scene) {
    static uint8_t copy[2048];
    struct avo_address to;
    struct avo_slice datagram, batch;
    scene->packets = scene->longest_bytes = 0;
    scene->heard_types = 0;
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
                scene->heard_types |= 1ULL << message.type;
            }
        }
    }
}

void turn_deliver(struct scene *scene, const uint8_t *packet, size_t bytes) {
    const struct avo_address from = {.port = 9};
    assert_true(avo_ring_push(&scene->host.inbound, &from, avo_slice(packet, bytes)));
    avo_ring_publish(&scene->host.inbound);
}

/* A packet with these bytes as its batch, by the client or by slot 1. */
void turn_say_bytes(struct scene *scene, bool as_client, struct avo_slice batch) {
    uint8_t packet[AVO_MTU_DEFAULT_BYTES];
    size_t bytes = 0;
    struct avo_packet_header header =
        avo_worker_header(scene->worker, as_client ? AVO_PACKET_UP : AVO_PACKET_PEER, 0, as_client ? scene->session->number : 0);
    header.source = as_client ? AVO_SLOT_CLIENT : 1;
    avo_copy(packet + AVO_PACKET_HEADER_BYTES, sizeof packet - AVO_PACKET_HEADER_BYTES, batch);
    assert_int_equal(avo_channel_seal(as_client ? &scene->client : &scene->peer, header, packet, batch.length, &bytes), AVO_OK);
    turn_deliver(scene, packet, bytes);
    turn_poll_after(scene, 10);
    turn_drain(scene);
}

void turn_say(struct scene *scene, bool as_client, const struct avo_message *message) {
    uint8_t bytes[1200];
    struct avo_writer batch = avo_writer(bytes, sizeof bytes);
    assert_true(avo_frame_write(&batch, message));
    turn_say_bytes(scene, as_client, avo_writer_slice(&batch));
}
