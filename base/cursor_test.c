#include "base/cursor.h"
#include "base/random.h"
#include "base/testing.h"

static void integers_are_little_endian(void **state) {
    (void)state;
    static const uint8_t expected[15] = {1, 3, 2, 7, 6, 5, 4, 15, 14, 13, 12, 11, 10, 9, 8};
    uint8_t bytes[15];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_write_u8(&writer, 1);
    avo_write_u16(&writer, 0x0203);
    avo_write_u32(&writer, 0x04050607);
    avo_write_u64(&writer, 0x08090a0b0c0d0e0f);
    assert_false(writer.failed);
    assert_memory_equal(bytes, expected, sizeof bytes);
    struct avo_reader reader = avo_reader(AVO_SLICE_OF(bytes));
    assert_int_equal(avo_read_u8(&reader), 1);
    assert_int_equal(avo_read_u16(&reader), 0x0203);
    assert_int_equal(avo_read_u32(&reader), 0x04050607);
    assert_true(avo_read_u64(&reader) == 0x08090a0b0c0d0e0f);
    assert_true(avo_reader_done(&reader));
}

/* Every step beyond the end fails, gives zeros, and so does every step after it even if it would fit. */
static void reader_is_sticky(void **state) {
    (void)state;
    static const uint8_t bytes[7] = {1, 1, 1, 1, 1, 1, 1};
    uint8_t copy[8] = {9, 9, 9, 9, 9, 9, 9, 9};
    const uint8_t zeros[8] = {0};
    struct avo_reader reader = avo_reader(AVO_SLICE_OF(bytes));
    assert_true(avo_read_u64(&reader) == 0);
    assert_true(reader.failed);
    assert_int_equal(avo_read_u8(&reader), 0);
    assert_int_equal(avo_read_u16(&reader), 0);
    assert_int_equal(avo_read_u32(&reader), 0);
    assert_int_equal(avo_read_slice(&reader, 1).length, 0);
    avo_read_bytes(&reader, copy, sizeof copy);
    assert_memory_equal(copy, zeros, sizeof copy);
    assert_false(avo_reader_done(&reader));
    reader = avo_reader(AVO_SLICE_OF(bytes));
    assert_int_equal(avo_read_slice(&reader, SIZE_MAX).length, 0);
    assert_true(reader.failed);
}

static void done_means_all_and_nothing_failed(void **state) {
    (void)state;
    static const uint8_t bytes[2] = {1, 2};
    struct avo_reader reader = avo_reader(AVO_SLICE_OF(bytes));
    assert_false(avo_reader_done(&reader));
    struct avo_slice both = avo_read_slice(&reader, 2);
    assert_ptr_equal(both.data, bytes);
    assert_true(avo_reader_done(&reader));
    avo_read_fail(&reader);
    assert_false(avo_reader_done(&reader));
    reader = avo_reader(AVO_SLICE_EMPTY);
    assert_true(avo_reader_done(&reader));
    assert_int_equal(avo_read_slice(&reader, 0).length, 0);
    assert_true(avo_reader_done(&reader));
}

static void writer_is_sticky(void **state) {
    (void)state;
    uint8_t bytes[4] = {9, 9, 9, 9};
    struct avo_writer writer = avo_writer(bytes, 3);
    avo_write_u16(&writer, 0x0101);
    avo_write_u16(&writer, 0x0202);
    avo_write_u8(&writer, 3);
    assert_true(writer.failed);
    assert_int_equal(writer.length, 2);
    const uint8_t expected[4] = {1, 1, 9, 9};
    assert_memory_equal(bytes, expected, 4);
}

/* Random writes come back equal when read in the same order, at every capacity short of theirs the writer fails. */
static void random_sequences(void **state) {
    (void)state;
    struct avo_prng prng = avo_prng(testing_seed());
    for (int round = 0; round < 500; round++) {
        uint8_t bytes[256], widths[16];
        uint64_t values[16];
        size_t count = avo_prng_below(&prng, 17), total = 0;
        struct avo_writer writer = avo_writer(bytes, sizeof bytes);
        for (size_t i = 0; i < count; i++) {
            widths[i] = (uint8_t)(1U << avo_prng_below(&prng, 4));
            values[i] = avo_prng_next(&prng) >> (64 - 8 * widths[i]);
            total += widths[i];
            widths[i] == 1   ? avo_write_u8(&writer, (uint8_t)values[i])
            : widths[i] == 2 ? avo_write_u16(&writer, (uint16_t)values[i])
            : widths[i] == 4 ? avo_write_u32(&writer, (uint32_t)values[i])
                             : avo_write_u64(&writer, values[i]);
        }
        assert_int_equal(writer.length, total);
        struct avo_reader reader = avo_reader(avo_writer_slice(&writer));
        for (size_t i = 0; i < count; i++) {
            uint64_t got = widths[i] == 1   ? avo_read_u8(&reader)
                           : widths[i] == 2 ? avo_read_u16(&reader)
                           : widths[i] == 4 ? avo_read_u32(&reader)
                                            : avo_read_u64(&reader);
            assert_true(got == values[i]);
        }
        assert_true(avo_reader_done(&reader));
    }
}

static void a_measuring_writer_only_counts(void **state) {
    (void)state;
    struct avo_writer measure = avo_writer_measure();
    assert_int_equal(measure.length, 0);
    avo_write_slice(&measure, AVO_SLICE_EMPTY);
    assert_int_equal(measure.length, 0);
    avo_write_u8(&measure, 1);
    avo_write_u16(&measure, 2);
    avo_write_u32(&measure, 3);
    avo_write_u64(&measure, 4);
    assert_int_equal(measure.length, 15);
    avo_write_slice(&measure, avo_slice_string("abc"));
    avo_write_slice(&measure, AVO_SLICE_EMPTY);
    avo_write_bytes(&measure, "de", 2);
    assert_int_equal(measure.length, 20);
    assert_false(measure.failed);
    measure.failed = true;
    avo_write_u8(&measure, 1);
    assert_true(measure.failed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_little_endian),
        cmocka_unit_test(reader_is_sticky),
        cmocka_unit_test(done_means_all_and_nothing_failed),
        cmocka_unit_test(writer_is_sticky),
        cmocka_unit_test(random_sequences),
        cmocka_unit_test(a_measuring_writer_only_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
