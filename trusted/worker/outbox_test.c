/* Batches: what fits a packet to the byte, what does not, and what leaves when. */
#include "base/testing.h"
#include "trusted/worker/outbox.h"

#define PACKET_BYTES 300
#define BATCHES 2
#define SLOTS 8
#define RING_DATAGRAM_BYTES (512 - AVO_RING_SLOT_HEADER_BYTES)

struct scene {
    _Alignas(AVO_CACHE_LINE_BYTES) uint8_t memory[256 << 10];
    _Alignas(AVO_CACHE_LINE_BYTES) uint8_t ring[AVO_RING_HEADER_BYTES + SLOTS * 512];
    _Alignas(AVO_CACHE_LINE_BYTES) struct avo_channel channels[3];
    struct avo_path paths[3];
    struct avo_ring_end inside, outside;
    struct avo_outbox outbox;
    uint32_t owners[3];
};

static int setup(void **state) {
    struct scene *scene = aligned_alloc(AVO_CACHE_LINE_BYTES, sizeof *scene);
    struct avo_ring_shape shape = {SLOTS, RING_DATAGRAM_BYTES};
    const uint8_t key[AVO_AEAD_KEY_BYTES] = {1};
    memset(scene, 0, sizeof *scene);
    struct avo_arena arena = avo_arena(scene->memory, sizeof scene->memory);
    const struct avo_aead *aead = avo_aead_create(&arena, AVO_AEAD_BEST);
    scene->inside = avo_ring_end(scene->ring, shape);
    scene->outside = avo_ring_end(scene->ring, shape);
    assert_true(avo_outbox_create(&scene->outbox, &arena, &scene->inside, BATCHES, PACKET_BYTES));
    for (int i = 0; i < 3; i++) {
        avo_channel_open_keys(&scene->channels[i], aead, NULL, key, key);
        scene->paths[i].packet_bytes = PACKET_BYTES;
        scene->owners[i] = AVO_POOL_NONE;
    }
    *state = scene;
    return 0;
}

static int teardown(void **state) {
    free(*state);
    return 0;
}

/* Adds a request whose frame takes `frame_bytes`. */
static bool add(struct scene *scene, int to, size_t frame_bytes) {
    static const uint8_t bytes[1024];
    struct avo_message message = {.type = AVO_MESSAGE_REQUEST};
    message.request = (struct avo_request){
        .id = 1, .answered_below = 1, .operation = AVO_OPERATION_PUT, .patience_ms = 1, .key = avo_slice(bytes, 1)};
    size_t least_bytes = AVO_FRAME_HEADER_BYTES - 1 + avo_message_bytes(&message);
    message.request.value = avo_slice(bytes, frame_bytes - least_bytes);
    struct avo_route route = {.channel = &scene->channels[to],
                              .path = &scene->paths[to],
                              .address = {.port = (uint16_t)(1 + to)},
                              .header = {.wire_version = AVO_WIRE_VERSION, .kind = AVO_PACKET_PEER}};
    return avo_outbox_add(&scene->outbox, &scene->owners[to], &route, &message);
}

/* The length of the next packet, and whose it is; 0: none. */
static size_t next(struct scene *scene, uint16_t *port) {
    struct avo_address to;
    struct avo_slice datagram;
    if (!avo_ring_peek(&scene->outside, 0, &to, &datagram)) {
        return 0;
    }
    *port = to.port;
    avo_ring_release(&scene->outside, 1);
    return datagram.length;
}

static void what_fills_a_packet_to_the_byte_fits_it(void **state) {
    struct scene *scene = *state;
    size_t room = PACKET_BYTES - AVO_PACKET_HEADER_BYTES - AVO_TAG_BYTES;
    uint16_t port;
    assert_false(add(scene, 0, room + 1)); /* it is a transfer's */
    assert_int_equal(scene->owners[0], AVO_POOL_NONE);
    assert_true(add(scene, 0, room));
    avo_outbox_flush(&scene->outbox);
    assert_int_equal(next(scene, &port), PACKET_BYTES);
    assert_int_equal(next(scene, &port), 0);
    assert_true(add(scene, 0, room / 2));
    assert_true(add(scene, 0, room - room / 2)); /* the two together do, too */
    avo_outbox_flush(&scene->outbox);
    assert_int_equal(next(scene, &port), PACKET_BYTES);
    assert_int_equal(next(scene, &port), 0);
    assert_int_equal(scene->outbox.packets_sent, 2);
}

static void a_batch_that_is_full_leaves_and_the_next_begins(void **state) {
    struct scene *scene = *state;
    size_t room = PACKET_BYTES - AVO_PACKET_HEADER_BYTES - AVO_TAG_BYTES;
    uint16_t port;
    assert_true(add(scene, 0, room / 2 + 1));
    assert_true(add(scene, 0, room - room / 2));
    avo_outbox_flush(&scene->outbox);
    assert_int_equal(next(scene, &port), AVO_PACKET_HEADER_BYTES + AVO_TAG_BYTES + room / 2 + 1);
    assert_int_equal(next(scene, &port), AVO_PACKET_HEADER_BYTES + AVO_TAG_BYTES + room - room / 2);
    assert_int_equal(scene->owners[0], AVO_POOL_NONE);
    assert_true(add(scene, 0, 60));
    assert_false(add(scene, 0, room + 1)); /* what fits no packet sends none off */
    assert_true(add(scene, 0, room));
    avo_outbox_flush(&scene->outbox);
    assert_int_equal(next(scene, &port), AVO_PACKET_HEADER_BYTES + AVO_TAG_BYTES + 60);
    assert_int_equal(next(scene, &port), PACKET_BYTES);
    assert_int_equal(next(scene, &port), 0);
}

/* One open batch a destination; more destinations than batches make room for one another. */
static void each_destination_has_its_batch(void **state) {
    struct scene *scene = *state;
    uint16_t port;
    assert_true(add(scene, 0, 60) && add(scene, 1, 60) && add(scene, 0, 60));
    assert_int_equal(scene->outbox.open_count, 2);
    assert_true(add(scene, 2, 60)); /* no batch is left: the two leave */
    assert_int_equal(scene->outbox.open_count, 1);
    assert_int_equal(next(scene, &port), AVO_PACKET_HEADER_BYTES + AVO_TAG_BYTES + 120);
    assert_int_equal(port, 1);
    assert_int_equal(next(scene, &port), AVO_PACKET_HEADER_BYTES + AVO_TAG_BYTES + 60);
    assert_int_equal(port, 2);
    assert_int_equal(next(scene, &port), 0);
    avo_outbox_forget(&scene->outbox, &scene->owners[2]); /* its destination ended */
    assert_int_equal(scene->owners[2], AVO_POOL_NONE);
    avo_outbox_flush(&scene->outbox);
    assert_int_equal(next(scene, &port), 0);
    struct avo_route route = {.channel = &scene->channels[1],
                              .path = &scene->paths[1],
                              .header = {.wire_version = AVO_WIRE_VERSION, .kind = AVO_PACKET_PEER}};
    avo_outbox_touch(&scene->outbox, &scene->owners[1], &route);
    avo_outbox_touch(&scene->outbox, &scene->owners[1], &route);
    avo_outbox_flush(&scene->outbox);
    assert_int_equal(next(scene, &port), AVO_PACKET_HEADER_BYTES + AVO_TAG_BYTES); /* an empty batch, once */
    assert_int_equal(next(scene, &port), 0);
}

static void what_finds_the_ring_full_is_counted(void **state) {
    struct scene *scene = *state;
    struct avo_address to = {.port = 1};
    for (int i = 0; i < SLOTS + 3; i++) {
        avo_outbox_push(&scene->outbox, &to, avo_slice_string("x"));
    }
    assert_int_equal(scene->outbox.packets_sent, SLOTS);
    assert_int_equal(scene->outbox.dropped, 3);
    avo_channel_wipe(&scene->channels[0]); /* its key is at its end */
    assert_true(add(scene, 0, 60));
    avo_outbox_flush(&scene->outbox);
    assert_int_equal(scene->outbox.dropped, 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_fills_a_packet_to_the_byte_fits_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_batch_that_is_full_leaves_and_the_next_begins, setup, teardown),
        cmocka_unit_test_setup_teardown(each_destination_has_its_batch, setup, teardown),
        cmocka_unit_test_setup_teardown(what_finds_the_ring_full_is_counted, setup, teardown),
    };
    return cmocka_run_group_tests_name("worker/outbox", tests, NULL, NULL);
}
