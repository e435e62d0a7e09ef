/* Frames of the control channel through a stream smaller than they are. */
#include "base/random.h"
#include "boundary/relay.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define STREAM_BYTES 256

struct world {
    _Alignas(64) uint8_t memory[AVO_STREAM_HEADER_BYTES + STREAM_BYTES];
    struct avo_stream_end producer, consumer;
    struct avo_relay_writer writer;
    struct avo_relay_reader reader;
};

static struct world the_world;

static struct world *world_create(void) {
    struct world *world = &the_world;
    memset(world, 0, sizeof *world);
    world->producer = avo_stream_end(world->memory, STREAM_BYTES);
    world->consumer = avo_stream_end(world->memory, STREAM_BYTES);
    return world;
}

static void frames_arrive_in_order(void **state) {
    (void)state;
    struct world *world = world_create();
    struct avo_relay_frame frame;
    assert_int_equal(avo_relay_read(&world->reader, &world->consumer, &frame), AVO_EBUSY);
    assert_true(avo_relay_write(&world->writer, &world->producer, AVO_RELAY_OPENED, AVO_SLICE_EMPTY));
    assert_true(avo_relay_write(&world->writer, &world->producer, AVO_RELAY_BYTES, avo_slice_string("hello")));
    assert_true(avo_relay_write(&world->writer, &world->producer, AVO_RELAY_LAS, avo_slice_string("a question")));
    assert_true(avo_relay_write(&world->writer, &world->producer, AVO_RELAY_CLOSED, AVO_SLICE_EMPTY));
    assert_int_equal(avo_relay_read(&world->reader, &world->consumer, &frame), AVO_OK);
    assert_int_equal(frame.kind, AVO_RELAY_OPENED);
    assert_int_equal(avo_relay_read(&world->reader, &world->consumer, &frame), AVO_OK);
    assert_int_equal(frame.kind, AVO_RELAY_BYTES);
    assert_true(avo_slice_equal(frame.bytes, avo_slice_string("hello")));
    assert_int_equal(avo_relay_read(&world->reader, &world->consumer, &frame), AVO_OK);
    assert_int_equal(frame.kind, AVO_RELAY_LAS);
    assert_true(avo_slice_equal(frame.bytes, avo_slice_string("a question")));
    assert_int_equal(avo_relay_read(&world->reader, &world->consumer, &frame), AVO_OK);
    assert_int_equal(frame.kind, AVO_RELAY_CLOSED);
    assert_int_equal(avo_relay_read(&world->reader, &world->consumer, &frame), AVO_EBUSY);
}

/* A frame many times the stream passes piecewise, and the next waits for it. */
static void a_large_frame_passes_a_small_stream(void **state) {
    (void)state;
    struct world *world = world_create();
    struct avo_prng prng = avo_prng(5);
    uint8_t bytes[AVO_RELAY_CHUNK_MAX_BYTES];
    struct avo_relay_frame frame;
    avo_random_fill(&prng.random, bytes, sizeof bytes);
    assert_true(avo_relay_write(&world->writer, &world->producer, AVO_RELAY_BYTES, AVO_SLICE_OF(bytes)));
    assert_false(avo_relay_write(&world->writer, &world->producer, AVO_RELAY_CLOSED, AVO_SLICE_EMPTY));
    int turns = 0;
    while (avo_relay_read(&world->reader, &world->consumer, &frame) == AVO_EBUSY) {
        avo_relay_flush(&world->writer, &world->producer);
        assert_true(++turns < 1000);
    }
    assert_int_equal(frame.kind, AVO_RELAY_BYTES);
    assert_true(avo_slice_equal(frame.bytes, AVO_SLICE_OF(bytes)));
    assert_true(turns >= AVO_RELAY_CHUNK_MAX_BYTES / STREAM_BYTES);
}

static void a_broken_frame_is_refused(void **state) {
    (void)state;
    static const uint8_t headers[][AVO_RELAY_HEADER_BYTES] = {
        {0, 0, 0, 0},    {6, 0, 0, 0}, {5, 0, 0, 0}, {5, 0, 1, 0x10},    {2, 1, 1, 0},
        {2, 0, 1, 0x10}, {2, 0, 0, 0}, {1, 0, 1, 0}, {3, 0, 0xff, 0xff},
    };
    for (size_t i = 0; i < AVO_COUNT(headers); i++) {
        struct world *world = world_create();
        struct avo_relay_frame frame;
        assert_int_equal(avo_stream_write(&world->producer, AVO_SLICE_OF(headers[i])), AVO_RELAY_HEADER_BYTES);
        assert_int_equal(avo_relay_read(&world->reader, &world->consumer, &frame), AVO_EFORMAT);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_arrive_in_order),
        cmocka_unit_test(a_large_frame_passes_a_small_stream),
        cmocka_unit_test(a_broken_frame_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
