/* What a key costs in enclave memory: 16 random bytes of key, 64 bytes of value, everything counted [DESIGN 9]. */
#include "trusted/store/world.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define BYTES_PER_KEY_MAX 80
#define KEYS 200000

/* Key number i: 16 bytes that only look random, so that no twin is needed. */
static void key_make(uint64_t i, uint8_t key[16]) {
    struct avo_prng prng = avo_prng(i);
    avo_random_fill(&prng.random, key, 16);
}

static enum avo_error put(struct world *world, uint64_t i, uint64_t clock) {
    uint8_t key[16], value[64];
    key_make(i, key);
    memset(value, (int)(i & 0xff), sizeof value);
    struct avo_slice slice = AVO_SLICE_OF(value);
    struct avo_version version = {.clock = clock, .writer = {.incarnation = (uint32_t)(1 + i % 3), .slot = (uint8_t)(i % 3)}};
    return avo_store_apply(world->store, AVO_SLICE_OF(key), version, &slice, NULL);
}

static void test_a_budget_of_80_bytes_a_key_holds_the_keys(void **state) {
    (void)state;
    struct world_config config = {1, (uint64_t)KEYS * BYTES_PER_KEY_MAX, 64 << 20, 10, 1024};
    struct world world = world_new(&config);
    uint64_t count = 0;
    while (put(&world, count, count + 1) == AVO_OK) {
        count++;
    }
    struct avo_figures stats;
    avo_store_stats(world.store, &stats);
    print_message("%llu keys in %llu bytes: %.1f bytes a key; %.1f used\n", (unsigned long long)count,
                  (unsigned long long)config.enclave_bytes, (double)config.enclave_bytes / (double)count,
                  (double)stats.enclave_bytes_used / (double)count);
    assert_true(count >= KEYS);
    assert_int_equal(stats.keys, count);
    assert_true(stats.enclave_bytes_used <= config.enclave_bytes && stats.enclave_bytes_used * 10 >= config.enclave_bytes * 9);
    world_free(&world);
}

/* Key number i of a shape: 15 bytes that begin alike, 16 random bytes, 100 random bytes. */
static size_t shaped_key_make(uint32_t shape, uint64_t i, uint8_t key[100]) {
    struct avo_prng prng = avo_prng(i);
    static const size_t lengths[] = {15, 16, 100};
    avo_random_fill(&prng.random, key, lengths[shape]);
    if (shape == 0) {
        (void)snprintf((char *)key, 100, "key-%011llu", (unsigned long long)i);
    }
    return lengths[shape];
}

/* Who watches the figure sees the end come, whether keys run out of places or of blocks. */
static void test_a_store_that_refuses_keys_says_that_it_is_used_up(void **state) {
    (void)state;
    for (uint32_t shape = 0; shape < 3; shape++) {
        struct world_config config = {4 + shape, 4 << 20, 64 << 20, 10, 64};
        struct world world = world_new(&config);
        struct avo_figures stats;
        uint8_t bytes[100];
        uint64_t count = 0;
        struct avo_slice value = avo_slice_string("v"), key = avo_slice(bytes, shaped_key_make(shape, count, bytes));
        while (world_admits(&world, key, (uint32_t)value.length) == AVO_OK) {
            struct avo_version version = {.clock = count + 1, .writer = {.incarnation = 1}};
            assert_int_equal(avo_store_apply(world.store, key, version, &value, NULL), AVO_OK);
            key = avo_slice(bytes, shaped_key_make(shape, ++count, bytes));
        }
        avo_store_stats(world.store, &stats);
        print_message("shape %u: %llu keys, %llu of %llu bytes used\n", shape, (unsigned long long)count,
                      (unsigned long long)stats.enclave_bytes_used, (unsigned long long)stats.enclave_bytes_budget);
        assert_true(stats.enclave_bytes_used <= stats.enclave_bytes_budget);
        assert_true(stats.enclave_bytes_used * 100 >= stats.enclave_bytes_budget * 95);
        world_free(&world);
    }
}

static void test_use_grows_with_what_is_stored(void **state) {
    (void)state;
    struct world_config config = {2, 32 << 20, 64 << 20, 10, 1024};
    struct world world = world_new(&config);
    struct avo_figures stats;
    uint64_t used_bytes = 0;
    for (uint64_t i = 0; i < KEYS; i++) {
        if (i % 20000 == 0) {
            avo_store_stats(world.store, &stats);
            assert_true(stats.enclave_bytes_used > used_bytes);
            assert_true(stats.host_bytes == i * 128);
            used_bytes = stats.enclave_bytes_used;
        }
        assert_int_equal(put(&world, i, i + 1), AVO_OK);
    }
    avo_store_stats(world.store, &stats);
    assert_true(stats.enclave_bytes_used <= KEYS * BYTES_PER_KEY_MAX);
    for (uint64_t i = 0; i < KEYS; i++) { /* new versions of all do not cost more for long */
        assert_int_equal(put(&world, i * 7919 % KEYS, KEYS + 1 + i), AVO_OK);
    }
    avo_store_stats(world.store, &stats);
    print_message("all overwritten: %.1f bytes a key used\n", (double)stats.enclave_bytes_used / KEYS);
    assert_true(stats.enclave_bytes_used <= KEYS * BYTES_PER_KEY_MAX);
    world_free(&world);
}

static void test_a_store_too_small_is_refused(void **state) {
    (void)state;
    struct avo_prng prng = avo_prng(3);
    uint8_t *memory = aligned_alloc(64, 4 << 20), *slabs = aligned_alloc(64, 1 << 20);
    bool made_before = false;
    for (uint64_t enclave_bytes = 0; enclave_bytes < 40000; enclave_bytes += 512) {
        avo_arena_end(memory, 4 << 20);
        memset(memory, 0, 4 << 20);
        struct avo_arena arena = avo_arena(memory, 4 << 20);
        struct avo_aead *aead = avo_aead_create(&arena, AVO_AEAD_BEST);
        struct avo_store_config config = {slabs, 1 << 20, enclave_bytes, 10, 16, aead, &prng.random, NULL};
        size_t used_bytes = arena.used_bytes;
        struct avo_store *store = avo_store_create(&arena, &config);
        if (store == NULL) {
            assert_false(made_before);
            assert_int_equal(arena.used_bytes, used_bytes);
            continue;
        }
        made_before = true;
        struct avo_slice value = avo_slice_string("fits");
        struct avo_version version = {.clock = 1};
        assert_int_equal(avo_store_apply(store, avo_slice_string("one"), version, &value, NULL), AVO_OK);
    }
    assert_true(made_before);
    free(slabs);
    free(memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_budget_of_80_bytes_a_key_holds_the_keys),
        cmocka_unit_test(test_a_store_that_refuses_keys_says_that_it_is_used_up),
        cmocka_unit_test(test_use_grows_with_what_is_stored),
        cmocka_unit_test(test_a_store_too_small_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
