/* Host memory at its end [DESIGN 8, 9]: refused clearly and before anything changed, reads go on, and what is given back is of use.
 */
#include "trusted/store/world.h"
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define SLAB_BYTES (2 << 20)
#define SMALL_BYTES 64
#define LARGE_BYTES (25 << 10)
#define SEAL_HEADER_USED_BYTES 12 /* a change of what follows in the header is no damage */

static struct world world;
static uint64_t clock_now;
static uint8_t bytes[1 << 20];

static int world_open_fresh(void **state) {
    (void)state;
    uint64_t seed = (uint64_t)time(NULL);
    print_message("seed %" PRIu64 "\n", seed);
    struct world_config config = {seed, 4 << 20, SLAB_BYTES, 100, 16};
    world = world_new(&config);
    clock_now = 0;
    return 0;
}

static int world_close(void **state) {
    (void)state;
    world_compare(&world);
    world_free(&world);
    return 0;
}

/* A write as replicas do it: asked for in round 1, made in round 2. What was admitted must fit. */
static enum avo_error write_value(uint32_t i, const struct avo_slice *value) {
    struct avo_slice key = avo_slice(&i, sizeof i);
    struct avo_version version = {.clock = ++clock_now, .writer = {.incarnation = 1}};
    enum avo_error error = world_admits(&world, key, value == NULL ? UINT32_MAX : (uint32_t)value->length);
    if (error == AVO_OK) {
        assert_int_equal(world_apply(&world, key, version, value), AVO_OK);
    }
    return error;
}

static enum avo_error put(uint32_t i, size_t length) {
    avo_random_fill(&world.prng.random, bytes, length < 256 ? length : 256);
    struct avo_slice value = avo_slice(bytes, length);
    return write_value(i, &value);
}

/* New keys of `length` bytes until they are refused; returns how many there are. */
static uint32_t fill(uint32_t first, size_t length) {
    uint32_t count = 0;
    while (put(first + count, length) == AVO_OK) {
        count++;
    }
    assert_int_equal(put(first + count, length), AVO_EHOSTFULL);
    return count;
}

static void delete_all(uint32_t first, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(write_value(first + i, NULL), AVO_OK);
    }
}

/* Where nothing is left, a value that fills its slot to the byte is still written over; one byte more has no room anywhere. */
static void test_a_value_that_fills_its_slot_is_overwritten_in_it(void **state) {
    (void)state;
    const struct avo_slab *slab = &world.store->slab;
    size_t slot_bytes = 0;
    for (uint32_t class = 0; slot_bytes < 1000; class ++) {
        slot_bytes = slab->classes[class].slot_bytes;
    }
    size_t exact_bytes = slot_bytes - AVO_SEAL_HEADER_BYTES;
    uint32_t i = 0;
    struct avo_slice value = avo_slice(bytes, exact_bytes);
    struct avo_version version = {.clock = 1, .writer = {.incarnation = 1}};
    while (world_apply(&world, avo_slice(&i, sizeof i), version, &value) == AVO_OK) {
        i++;
    }
    assert_true(i > 8);
    for (uint32_t k = 0; k < i; k++) {
        version.clock = 2;
        assert_int_equal(world_admits(&world, avo_slice(&k, sizeof k), (uint32_t)exact_bytes), AVO_OK);
        assert_int_equal(world_apply(&world, avo_slice(&k, sizeof k), version, &value), AVO_OK);
    }
    value.length = exact_bytes + 1;
    version.clock = 3;
    uint32_t k = 0;
    assert_int_equal(world_admits(&world, avo_slice(&k, sizeof k), (uint32_t)value.length), AVO_EHOSTFULL);
    assert_int_equal(world_apply(&world, avo_slice(&k, sizeof k), version, &value), AVO_EHOSTFULL);
}

/* Ticks of a worker, until the store has packed itself together. */
static void let_pack(void) {
    for (uint32_t turn = 0; turn < 100000 && avo_store_pack(world.store, 32) > 0; turn++) {
    }
}

static void test_overwrites_of_a_full_store_go_on(void **state) {
    (void)state;
    uint32_t count = fill(0, SMALL_BYTES);
    assert_true(count * (SMALL_BYTES + 16) > SLAB_BYTES / 2);
    for (uint32_t i = 0; i < 3 * count; i++) {
        assert_int_equal(put(i * 7919U % count, SMALL_BYTES), AVO_OK);
    }
    for (uint32_t i = 0; i < 500; i++) { /* and shorter ones, too */
        assert_int_equal(put(i * 7919U % count, i % SMALL_BYTES), AVO_OK);
    }
    assert_int_equal(put(0, LARGE_BYTES), AVO_EHOSTFULL);
    for (uint32_t i = 0; i < count; i += 13) {
        world_open(&world, avo_slice(&i, sizeof i));
    }
}

static void test_what_is_overwritten_in_place_stays_readable_where_it_is_pinned(void **state) {
    (void)state;
    uint8_t first[SMALL_BYTES], got[SMALL_BYTES];
    uint32_t key = 7, pin;
    struct avo_entry entry;
    assert_int_equal(put(key, SMALL_BYTES), AVO_OK);
    memcpy(first, bytes, sizeof first);
    assert_int_equal(avo_store_pin(world.store, avo_slice(&key, sizeof key), &entry, &pin), AVO_OK);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(put(key, SMALL_BYTES), AVO_OK);
        struct avo_buffer to = {got, 0, sizeof got};
        assert_int_equal(avo_store_pin_open(world.store, avo_slice(&key, sizeof key), pin, &to), AVO_OK);
        assert_memory_equal(got, first, sizeof first);
        world_open(&world, avo_slice(&key, sizeof key));
    }
    avo_store_unpin(world.store, pin);
}

/* All small values give way to large ones, some at a time and from anywhere, and the other way round. */
static void test_small_and_large_values_take_turns(void **state) {
    (void)state;
    uint32_t small = fill(0, SMALL_BYTES);
    for (uint32_t round = 0; round < 2; round++) {
        uint32_t large = 0;
        for (uint32_t i = 0; i < small; i++) {
            uint32_t key = (uint32_t)(i * 7919ULL % small);
            assert_int_equal(write_value(key, NULL), AVO_OK);
            if (i % (small / 8) == 0) {
                let_pack();
                large += fill(small + large, LARGE_BYTES);
            }
        }
        let_pack();
        large += fill(small + large, LARGE_BYTES);
        assert_true((uint64_t)large * LARGE_BYTES > SLAB_BYTES * 6ULL / 10);
        delete_all(small, large);
        uint32_t again = 0;
        for (uint32_t i = 0; i < small; i++) {
            again += put(i, SMALL_BYTES) == AVO_OK;
        }
        assert_true(again * 100ULL >= small * 95ULL);
    }
}

/* Nine of ten small values are deleted at random, so that hardly a run is empty: large ones find room after packing, and not
 * before. */
static void test_fragmented_memory_is_packed_when_it_is_asked_for(void **state) {
    (void)state;
    uint32_t small = fill(0, SMALL_BYTES), deleted = 0;
    for (uint32_t i = 0; i < small; i++) {
        if (avo_prng_below(&world.prng, 10) > 0) {
            assert_int_equal(write_value(i, NULL), AVO_OK);
            deleted++;
        }
    }
    uint32_t before = fill(small, LARGE_BYTES);
    assert_true((uint64_t)before * LARGE_BYTES < SLAB_BYTES / 10);
    let_pack();
    uint32_t after = before + fill(small + before, LARGE_BYTES);
    print_message("%" PRIu32 " of %" PRIu32 " deleted: %" PRIu32 " large values before, %" PRIu32 " after\n", deleted, small,
                  before, after);
    assert_true((uint64_t)after * LARGE_BYTES > SLAB_BYTES * 6ULL / 10);
    let_pack();
    assert_int_equal(avo_store_pack(world.store, 32), 0); /* it ends */
}

static void test_packing_leaves_pinned_values_where_they_are(void **state) {
    (void)state;
    uint32_t small = fill(0, SMALL_BYTES), pins[16], keys[16];
    struct avo_entry entry;
    for (uint32_t i = 0; i < small; i++) {
        if (i % 10 != 3) {
            assert_int_equal(write_value(i, NULL), AVO_OK);
        }
    }
    for (uint32_t i = 0; i < AVO_COUNT(pins); i++) {
        keys[i] = (small / 20 - i) * 10 + 3;
        assert_int_equal(avo_store_pin(world.store, avo_slice(&keys[i], sizeof keys[i]), &entry, &pins[i]), AVO_OK);
    }
    (void)fill(small, LARGE_BYTES);
    let_pack();
    for (uint32_t i = 0; i < AVO_COUNT(pins); i++) {
        uint8_t got[SMALL_BYTES];
        struct avo_buffer to = {got, 0, sizeof got};
        assert_int_equal(avo_store_pin_open(world.store, avo_slice(&keys[i], sizeof keys[i]), pins[i], &to), AVO_OK);
        avo_store_unpin(world.store, pins[i]);
    }
}

/* The host spoils values, also while they are moved: damage is damage, wherever the value lies. */
static void test_packing_moves_damage_unseen(void **state) {
    (void)state;
    uint32_t small = fill(0, SMALL_BYTES);
    for (uint32_t i = 0; i < small; i++) {
        if (i % 10 != 3) {
            assert_int_equal(write_value(i, NULL), AVO_OK);
        }
    }
    uint32_t key = small / 20 * 10 + 3;
    struct twin_entry *entry = world_find(&world, avo_slice(&key, sizeof key));
    uint64_t bit = avo_prng_below(&world.prng, (SEAL_HEADER_USED_BYTES + SMALL_BYTES) * 8);
    bit += bit < SEAL_HEADER_USED_BYTES * 8 ? 0 : (AVO_SEAL_HEADER_BYTES - SEAL_HEADER_USED_BYTES) * 8;
    assert_true(world_flip(&world, entry, bit));
    (void)fill(small, LARGE_BYTES);
    let_pack();
    struct avo_buffer to = {bytes, 0, sizeof bytes};
    assert_int_equal(world_open_to(&world, avo_slice(&key, sizeof key), &to), AVO_EDAMAGED);
    world_expect_damage(&world, entry);
}

static void test_mixed_sizes_to_the_end_and_back(void **state) {
    (void)state;
    for (uint32_t round = 0; round < 6; round++) {
        uint32_t count = 0, refused = 0;
        while (refused < 200) {
            size_t limit = (size_t)16 << avo_prng_below(&world.prng, 15);
            enum avo_error error = put(count % 2000, avo_prng_below(&world.prng, limit));
            assert_true(error == AVO_OK || error == AVO_EHOSTFULL);
            refused += error == AVO_EHOSTFULL;
            count++;
            (void)avo_store_pack(world.store, 32);
        }
        world_compare(&world);
        delete_all(0, count < 2000 ? count : 2000);
        assert_int_equal(world.store->slab.used_bytes, 0);
        assert_int_equal(world.store->slab.extent_free_count, world.store->slab.extent_count);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_value_that_fills_its_slot_is_overwritten_in_it, world_open_fresh, world_close),
        cmocka_unit_test_setup_teardown(test_overwrites_of_a_full_store_go_on, world_open_fresh, world_close),
        cmocka_unit_test_setup_teardown(test_what_is_overwritten_in_place_stays_readable_where_it_is_pinned, world_open_fresh,
                                        world_close),
        cmocka_unit_test_setup_teardown(test_small_and_large_values_take_turns, world_open_fresh, world_close),
        cmocka_unit_test_setup_teardown(test_fragmented_memory_is_packed_when_it_is_asked_for, world_open_fresh, world_close),
        cmocka_unit_test_setup_teardown(test_packing_leaves_pinned_values_where_they_are, world_open_fresh, world_close),
        cmocka_unit_test_setup_teardown(test_packing_moves_damage_unseen, world_open_fresh, world_close),
        cmocka_unit_test_setup_teardown(test_mixed_sizes_to_the_end_and_back, world_open_fresh, world_close),
    };
    return cmocka_run_group_tests_name("store/exhaustion", tests, NULL, NULL);
}
