#include "base/blob.h"
#include "base/random.h"
#include "base/testing.h"

static _Alignas(64) uint8_t memory[65536];
static const struct avo_blobs_config config = {{4, 3, 2}, {100, 1000, 5000}};

static void smallest_class_that_fits(void **state) {
    (void)state;
    struct avo_arena arena = avo_arena(memory, sizeof memory);
    struct avo_blobs blobs;
    assert_true(avo_blobs_create(&blobs, &arena, &config));
    const size_t asked[] = {0, 1, 100, 101, 1000, 1001, 5000};
    const size_t given[] = {100, 100, 100, 1000, 1000, 5000, 5000};
    for (size_t i = 0; i < AVO_COUNT(asked); i++) {
        uint32_t blob = avo_blob_take(&blobs, asked[i]);
        assert_int_not_equal(blob, AVO_BLOB_NONE);
        assert_int_equal(avo_blob_buffer(&blobs, blob).capacity, given[i]);
        assert_int_equal(avo_blob_buffer(&blobs, blob).length, 0);
        avo_blob_give(&blobs, blob);
    }
    assert_int_equal(avo_blob_take(&blobs, 5001), AVO_BLOB_NONE);
    avo_blob_give(&blobs, AVO_BLOB_NONE);
}

/* A small request takes a larger blob when the small ones are gone; nine blobs are nine blobs. */
static void larger_classes_help_out(void **state) {
    (void)state;
    struct avo_arena arena = avo_arena(memory, sizeof memory);
    struct avo_blobs blobs;
    uint32_t taken[9];
    assert_true(avo_blobs_create(&blobs, &arena, &config));
    for (size_t i = 0; i < 9; i++) {
        taken[i] = avo_blob_take(&blobs, 50);
        assert_int_not_equal(taken[i], AVO_BLOB_NONE);
        struct avo_buffer buffer = avo_blob_buffer(&blobs, taken[i]);
        assert_int_equal(buffer.capacity, i < 4 ? 100 : i < 7 ? 1000 : 5000);
        memset(buffer.data, (int)i, buffer.capacity);
    }
    assert_int_equal(avo_blob_take(&blobs, 1), AVO_BLOB_NONE);
    for (size_t i = 0; i < 9; i++) {
        struct avo_buffer buffer = avo_blob_buffer(&blobs, taken[i]);
        assert_true(buffer.data[0] == i && buffer.data[buffer.capacity - 1] == i);
        avo_blob_give(&blobs, taken[i]);
    }
    assert_panics((avo_blob_give(&blobs, taken[0]), 0));
}

static void small_arena_is_left_alone(void **state) {
    (void)state;
    struct avo_blobs blobs;
    bool made = false;
    for (size_t bytes = 0; !made; bytes += 64) {
        struct avo_arena arena = avo_arena(memory, bytes);
        made = avo_blobs_create(&blobs, &arena, &config);
        assert_true(made || arena.used_bytes == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smallest_class_that_fits),
        cmocka_unit_test(larger_classes_help_out),
        cmocka_unit_test(small_arena_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
