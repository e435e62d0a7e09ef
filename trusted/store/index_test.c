/* The index against a naive twin: a sorted array. */
#include "trusted/store/index.h"
#include "trusted/store/index_check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define TWIN_MAX 20000

struct twin_entry {
    size_t length;
    uint8_t key[AVO_KEY_MAX_BYTES];
    struct avo_record record;
};

struct world {
    struct avo_prng prng;
    struct avo_index index;
    struct avo_scratch scratch;
    void *memory;
    struct twin_entry **twin; /* in key order */
    size_t twin_count;
};

static void *aligned_zeroed(size_t bytes) {
    bytes = (bytes + 63) / 64 * 64;
    void *memory = aligned_alloc(64, bytes);
    memset(memory, 0, bytes);
    return memory;
}

static struct world world_new(uint64_t seed, uint32_t block_bytes, size_t budget_bytes) {
    struct world world = {.prng = avo_prng(seed), .memory = aligned_zeroed(budget_bytes)};
    struct avo_arena arena = avo_arena(world.memory, budget_bytes);
    assert_true(avo_index_create(&world.index, &arena, block_bytes, &world.prng.random));
    world.scratch.length = avo_index_scratch_bytes(block_bytes);
    world.scratch.data = aligned_zeroed(world.scratch.length);
    world.twin = calloc(TWIN_MAX, sizeof *world.twin);
    return world;
}

static void world_free(struct world *world) {
    for (size_t i = 0; i < world->twin_count; i++) {
        free(world->twin[i]);
    }
    free(world->twin);
    free(world->scratch.data);
    free(world->memory);
}

/* The twin's first entry that is not before `key`. */
static size_t twin_bound(const struct world *world, struct avo_slice key) {
    size_t at = 0, end = world->twin_count;
    while (at < end) {
        size_t middle = (at + end) / 2;
        struct avo_slice there = avo_slice(world->twin[middle]->key, world->twin[middle]->length);
        if (avo_slice_compare(there, key) < 0) {
            at = middle + 1;
        } else {
            end = middle;
        }
    }
    return at;
}

static bool twin_has(const struct world *world, size_t at, struct avo_slice key) {
    return at < world->twin_count && avo_slice_equal(avo_slice(world->twin[at]->key, world->twin[at]->length), key);
}

static void twin_insert(struct world *world, size_t at, struct avo_slice key, const struct avo_record *record) {
    assert_true(world->twin_count < TWIN_MAX);
    memmove(world->twin + at + 1, world->twin + at, (world->twin_count - at) * sizeof *world->twin);
    world->twin[at] = calloc(1, sizeof **world->twin);
    world->twin[at]->length = key.length;
    world->twin[at]->record = *record;
    memcpy(world->twin[at]->key, key.data, key.length);
    world->twin_count++;
}

static bool records_equal(struct avo_record a, struct avo_record b) {
    return a.clock == b.clock && a.handle == b.handle && a.rmw == b.rmw && a.writer == b.writer &&
           memcmp(a.tag, b.tag, sizeof a.tag) == 0;
}

/* Writes `key` to both; returns what the index said. */
static enum avo_error put(struct world *world, struct avo_slice key, const struct avo_record *record) {
    struct avo_place place;
    size_t at = twin_bound(world, key);
    bool there = twin_has(world, at, key);
    assert_int_equal(avo_index_find(&world->index, key, avo_hash_of(&world->index.hash, key), &place), there);
    if (there) {
        enum avo_error error = avo_index_update(&world->index, place, key, record, world->scratch);
        world->twin[at]->record = error == AVO_OK ? *record : world->twin[at]->record;
        return error;
    }
    enum avo_error error = avo_index_insert(&world->index, key, record, world->scratch);
    if (error == AVO_OK) {
        twin_insert(world, at, key, record);
    }
    return error;
}

/* Everything the twin holds is in the index, in its order, and nothing else. */
static void assert_same(const struct world *world) {
    assert_int_equal(avo_index_check(&world->index), world->twin_count);
    struct avo_place place;
    uint8_t key[AVO_KEY_MAX_BYTES + 1] = {0};
    size_t length = 0;
    for (size_t i = 0; i < world->twin_count; i++) {
        assert_true(avo_index_seek(&world->index, avo_slice(key, length), &place));
        const struct avo_block *block = avo_index_block(&world->index, place);
        length = avo_block_key(block, place.slot, key);
        assert_int_equal(length, world->twin[i]->length);
        assert_memory_equal(key, world->twin[i]->key, length);
        assert_true(records_equal(avo_block_record(block, place.slot), world->twin[i]->record));
        key[length++] = 0; /* a key and a zero byte is the next */
    }
    assert_false(avo_index_seek(&world->index, avo_slice(key, length), &place));
}

static struct avo_record random_record(struct world *world) {
    static const uint64_t clock_spreads[] = {1, 200, 1 << 20, UINT64_MAX / 2};
    struct avo_record record = {.handle = (uint32_t)avo_prng_next(&world->prng)};
    record.clock = avo_prng_below(&world->prng, clock_spreads[avo_prng_below(&world->prng, 4)]);
    record.writer = (uint16_t)avo_prng_below(&world->prng, avo_prng_chance(&world->prng, 1, 50) ? 1000 : 5);
    record.rmw = avo_prng_chance(&world->prng, 1, 50) ? (uint32_t)avo_prng_next(&world->prng) : 0;
    avo_random_fill(&world->prng.random, record.tag, sizeof record.tag);
    return record;
}

enum shape { RANDOM_16, SHORT, LONG_SHARED, MIXED, SHAPE_COUNT };

/* A key from a space that gives repeats, shared prefixes, one key the beginning of another, and the longest. */
static size_t random_key(struct world *world, enum shape shape, uint8_t *to) {
    struct avo_prng *prng = &world->prng;
    if (shape == MIXED) {
        shape = (enum shape)avo_prng_below(prng, MIXED);
    }
    if (shape == RANDOM_16) {
        avo_random_fill(&prng->random, to, 16);
        return 16;
    }
    size_t length = 1 + avo_prng_below(prng, shape == SHORT ? 3 : AVO_KEY_MAX_BYTES);
    memset(to, 'a', length);
    size_t odd = avo_prng_below(prng, 4);
    for (size_t i = 0; i < odd; i++) {
        to[avo_prng_below(prng, length)] = (uint8_t)avo_prng_next(prng);
    }
    return length;
}

static void run_random(uint64_t seed, uint32_t block_bytes, size_t budget_bytes, enum shape shape, uint32_t steps) {
    struct world world = world_new(seed, block_bytes, budget_bytes);
    uint32_t full = 0;
    for (uint32_t step = 0; step < steps; step++) {
        uint8_t key[AVO_KEY_MAX_BYTES];
        size_t length = random_key(&world, shape, key);
        bool known = world.twin_count > 0 && avo_prng_chance(&world.prng, 1, 4);
        size_t at = known ? avo_prng_below(&world.prng, world.twin_count) : 0;
        struct avo_slice slice = known ? avo_slice(world.twin[at]->key, world.twin[at]->length) : avo_slice(key, length);
        struct avo_record record = random_record(&world);
        enum avo_error error = put(&world, slice, &record);
        assert_true(error == AVO_OK || error == AVO_EFULL);
        full += error == AVO_EFULL;
        if (step % 997 == 0 || step < 50) {
            assert_same(&world);
        }
    }
    assert_same(&world);
    assert_true(world.twin_count > 0 && (budget_bytes > 1 << 20 || full > 0));
    world_free(&world);
}

static void test_random_writes_against_the_twin(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        for (int shape = 0; shape < SHAPE_COUNT; shape++) {
            print_message("seed %d shape %d\n", (int)seed, shape);
            run_random(seed, 1024, 8 << 20, (enum shape)shape, 4000);
            run_random(seed, AVO_BLOCK_BYTES, 8 << 20, (enum shape)shape, 4000);
        }
    }
}

static void test_full_budgets_against_the_twin(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        run_random(seed, 1024, 8192 + seed * 1500, MIXED, 3000);
        run_random(seed, AVO_BLOCK_BYTES, 8192 + seed * 4000, MIXED, 3000);
        run_random(seed, 256, 8192 + seed * 500, SHORT, 3000);
    }
}

/* The next arrangement in lexical order; false after the last. */
static bool next_order(uint8_t *order, size_t count) {
    size_t i = count - 1;
    while (i > 0 && order[i - 1] >= order[i]) {
        i--;
    }
    if (i == 0) {
        return false;
    }
    size_t j = count - 1;
    while (order[j] <= order[i - 1]) {
        j--;
    }
    uint8_t swapped = order[i - 1];
    order[i - 1] = order[j];
    order[j] = swapped;
    for (size_t left = i, right = count - 1; left < right; left++, right--) {
        swapped = order[left];
        order[left] = order[right];
        order[right] = swapped;
    }
    return true;
}

static void test_all_orders_of_seven_keys_in_tiny_blocks(void **state) {
    (void)state;
    static const char *const keys[] = {"a", "aa", "aaa", "ab", "b", "ba", "bbbbbbbbb"};
    uint8_t order[] = {0, 1, 2, 3, 4, 5, 6};
    uint32_t orders = 0;
    do {
        struct world world = world_new(orders, 128, 4096); /* one to three keys a block */
        for (size_t i = 0; i < sizeof order; i++) {
            struct avo_record record = {.handle = order[i], .clock = (uint64_t)1 << order[i]};
            assert_int_equal(put(&world, avo_slice_string(keys[order[i]]), &record), AVO_OK);
            assert_same(&world);
        }
        assert_true(world.index.list.taken_count >= 3);
        world_free(&world);
        orders++;
    } while (next_order(order, sizeof order));
    assert_int_equal(orders, 5040);
}

static double fill_after(uint32_t count, int mode) {
    struct world world = world_new(7, AVO_BLOCK_BYTES, 4 << 20);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t key[16] = {0};
        uint32_t number = __builtin_bswap32(mode == 2 ? count - i : i);
        memcpy(key + 12, &number, sizeof number);
        if (mode == 0) {
            avo_random_fill(&world.prng.random, key, sizeof key);
        }
        struct avo_record record = {.handle = i, .clock = i};
        assert_int_equal(avo_index_insert(&world.index, AVO_SLICE_OF(key), &record, world.scratch), AVO_OK);
    }
    uint64_t room_bytes = (uint64_t)world.index.list.taken_count * avo_skiplist_body_bytes(&world.index.list);
    double fill = (double)world.index.blocks_used_bytes / (double)room_bytes;
    assert_int_equal(avo_index_check(&world.index), count);
    world_free(&world);
    return fill;
}

static void test_blocks_stay_at_least_80_percent_full(void **state) {
    (void)state;
    for (uint32_t count = 3000; count <= 30000; count += 3000) {
        for (int mode = 0; mode < 3; mode++) {
            double fill = fill_after(count, mode);
            print_message("%u keys, %s: blocks %.1f %% full\n", count, (const char *[]){"random", "up", "down"}[mode], 100 * fill);
            assert_true(fill >= 0.80);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_writes_against_the_twin),
        cmocka_unit_test(test_full_budgets_against_the_twin),
        cmocka_unit_test(test_all_orders_of_seven_keys_in_tiny_blocks),
        cmocka_unit_test(test_blocks_stay_at_least_80_percent_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
