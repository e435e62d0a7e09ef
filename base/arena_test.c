#include "base/arena.h"
#include "base/random.h"
#include "base/testing.h"

static _Alignas(64) uint8_t memory[4096];

static void blocks_are_aligned_and_apart(void **state) {
    (void)state;
    struct avo_prng prng = avo_prng(testing_seed());
    for (int round = 0; round < 200; round++) {
        struct avo_arena arena = avo_arena(memory, avo_prng_below(&prng, sizeof memory + 1));
        const uint8_t *free_from = memory;
        for (;;) {
            size_t count = 1 + avo_prng_below(&prng, 9), size = 1 + avo_prng_below(&prng, 40);
            size_t left = avo_arena_left_bytes(&arena);
            const uint8_t *block = avo_arena_take(&arena, count, size);
            assert_int_equal(block != NULL, count * size <= left);
            if (block == NULL) {
                assert_int_equal(avo_arena_left_bytes(&arena), left);
                break;
            }
            assert_int_equal((uintptr_t)block % AVO_CACHE_LINE_BYTES, 0);
            assert_true(block >= free_from && block + count * size <= memory + arena.capacity_bytes);
            free_from = block + count * size;
        }
    }
}

static void exactly_full(void **state) {
    (void)state;
    struct avo_arena arena = avo_arena(memory, 100);
    assert_non_null(avo_arena_take(&arena, 1, 100));
    assert_int_equal(avo_arena_left_bytes(&arena), 0);
    assert_null(avo_arena_take(&arena, 1, 1));
}

static void products_do_not_wrap(void **state) {
    (void)state;
    struct avo_arena arena = avo_arena(memory, sizeof memory);
    assert_null(avo_arena_take(&arena, SIZE_MAX, SIZE_MAX));
    assert_null(avo_arena_take(&arena, SIZE_MAX / 2 + 1, 2));
    assert_null(avo_arena_take(&arena, 1, SIZE_MAX));
    assert_int_equal(arena.used_bytes, 0);
}

static void promises(void **state) {
    (void)state;
    struct avo_arena arena = avo_arena(memory, sizeof memory);
    assert_panics(avo_arena_take(&arena, 1, 0));
    assert_panics(avo_arena(memory + 1, 64).used_bytes);
}

#if AVO_ARENA_RED_ZONE_BYTES > 0
#include <sanitizer/asan_interface.h>
#endif

/* Under AddressSanitizer, and nowhere else, a block ends where it ends. */
static void a_step_beyond_a_block_is_seen(void **state) {
    (void)state;
    struct avo_arena arena = avo_arena(memory, sizeof memory);
    uint8_t *first = avo_arena_take(&arena, 1, 64), *second = avo_arena_take(&arena, 1, 10);
    assert_int_equal(second - first, 64 + AVO_ARENA_RED_ZONE_BYTES);
#if AVO_ARENA_RED_ZONE_BYTES > 0
    assert_false(__asan_address_is_poisoned(first + 63));
    assert_true(__asan_address_is_poisoned(first + 64));
    assert_false(__asan_address_is_poisoned(second + 9));
    assert_true(__asan_address_is_poisoned(second + 10));
    assert_true(__asan_address_is_poisoned(memory + sizeof memory - 1)); /* handed out to nobody */
#endif
    avo_arena_end(memory, sizeof memory);
    memset(memory, 0, sizeof memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_aligned_and_apart),  cmocka_unit_test(exactly_full),
        cmocka_unit_test(products_do_not_wrap),          cmocka_unit_test(promises),
        cmocka_unit_test(a_step_beyond_a_block_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
