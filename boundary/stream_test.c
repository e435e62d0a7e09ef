/* Byte streams between two ends, the other of which may lie. */
#include "base/random.h"
#include "base/testing.h"
#include "boundary/shared.h"
#include "boundary/stream.h"

#define CAPACITY 64
#define CONSUMED 64

static _Alignas(64) uint8_t memory[AVO_STREAM_HEADER_BYTES + CAPACITY];
static struct avo_stream_end producer, consumer;

static int fresh_stream(void **state) {
    (void)state;
    memset(memory, 0, sizeof memory);
    producer = avo_stream_end(memory, CAPACITY);
    consumer = avo_stream_end(memory, CAPACITY);
    return 0;
}

static void test_bytes_arrive_in_order_whatever_the_pieces(void **state) {
    (void)state;
    struct avo_prng prng = avo_prng(1);
    uint8_t piece[2 * CAPACITY];
    uint64_t written = 0, read = 0;
    while (read < 100000) {
        size_t length = avo_prng_below(&prng, sizeof piece);
        for (size_t i = 0; i < length; i++) {
            piece[i] = (uint8_t)((written + i) * 7);
        }
        size_t room = CAPACITY - (size_t)(written - read);
        size_t count = avo_stream_write(&producer, avo_slice(piece, length));
        assert_int_equal(count, length < room ? length : room);
        written += count;
        size_t wanted = avo_prng_below(&prng, sizeof piece);
        size_t waiting = (size_t)(written - read);
        count = avo_stream_read(&consumer, piece, wanted);
        assert_int_equal(count, wanted < waiting ? wanted : waiting);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(piece[i], (uint8_t)((read + i) * 7));
        }
        read += count;
    }
    assert_int_equal(producer.lies + consumer.lies, 0);
}

static void test_an_impossible_produced_index_reads_nothing(void **state) {
    (void)state;
    uint8_t bytes[CAPACITY] = {0};
    assert_int_equal(avo_stream_write(&producer, avo_slice(bytes, 10)), 10);
    assert_int_equal(avo_stream_read(&consumer, bytes, 10), 10);
    static const uint64_t lies[] = {9, 0, 10 + CAPACITY + 1, UINT64_MAX, 1ULL << 63};
    for (size_t i = 0; i < AVO_COUNT(lies); i++) {
        avo_shared_store(memory, lies[i]);
        assert_int_equal(avo_stream_read(&consumer, bytes, sizeof bytes), 0);
        assert_int_equal(consumer.lies, i + 1);
    }
    avo_shared_store(memory, 10 + CAPACITY); /* possible: believed, and bounded by the capacity */
    assert_int_equal(avo_stream_read(&consumer, bytes, sizeof bytes), CAPACITY);
}

static void test_an_impossible_consumed_index_writes_nothing(void **state) {
    (void)state;
    uint8_t bytes[CAPACITY] = {0};
    assert_int_equal(avo_stream_write(&producer, avo_slice(bytes, 10)), 10);
    static const uint64_t lies[] = {11, UINT64_MAX, 1ULL << 63};
    for (size_t i = 0; i < AVO_COUNT(lies); i++) {
        avo_shared_store(memory + CONSUMED, lies[i]);
        assert_int_equal(avo_stream_write(&producer, avo_slice(bytes, 10)), 0);
        assert_int_equal(producer.lies, i + 1);
    }
    avo_shared_store(memory + CONSUMED, 0);
    assert_int_equal(avo_stream_write(&producer, avo_slice(bytes, CAPACITY)), CAPACITY - 10);
}

static void test_what_was_read_no_longer_depends_on_the_region(void **state) {
    (void)state;
    uint8_t bytes[8] = "control";
    assert_int_equal(avo_stream_write(&producer, AVO_SLICE_OF(bytes)), 8);
    uint8_t got[8];
    assert_int_equal(avo_stream_read(&consumer, got, sizeof got), 8);
    memset(memory, 0xff, sizeof memory);
    assert_memory_equal(got, "control", 8);
}

static void test_a_capacity_that_is_none_breaks_a_promise(void **state) {
    (void)state;
    assert_panics(avo_stream_end(memory, 0));
    assert_panics(avo_stream_end(memory, 48));
    assert_panics(avo_stream_end(memory + 8, CAPACITY));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_bytes_arrive_in_order_whatever_the_pieces, fresh_stream),
        cmocka_unit_test_setup(test_a_capacity_that_is_none_breaks_a_promise, fresh_stream),
        cmocka_unit_test_setup(test_an_impossible_produced_index_reads_nothing, fresh_stream),
        cmocka_unit_test_setup(test_an_impossible_consumed_index_writes_nothing, fresh_stream),
        cmocka_unit_test_setup(test_what_was_read_no_longer_depends_on_the_region, fresh_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
