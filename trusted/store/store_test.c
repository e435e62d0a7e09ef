/* The store against its naive twin, under random writes of many shapes, small budgets, deletes and pins. */
#include "trusted/store/world.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define PINS 8

struct held_pin {
    uint32_t pin;
    struct avo_entry entry;
    size_t key_bytes, value_bytes;
    uint8_t key[AVO_KEY_MAX_BYTES];
    uint8_t *value;
};

struct run {
    struct world world;
    uint64_t clock;
    uint32_t value_max;
    uint32_t key_space; /* distinct key numbers */
    struct held_pin pins[PINS];
    uint32_t pin_count;
    uint64_t admitted;
    uint64_t refused;
};

static uint64_t below(struct run *run, uint64_t bound) {
    return avo_prng_below(&run->world.prng, bound);
}

/* Key number n in one of several shapes: 1 byte, short, one the beginning of another, 16 random bytes, 512 bytes. */
static size_t key_make(struct run *run, uint8_t *to) {
    uint64_t number = below(run, run->key_space);
    struct avo_prng shape = avo_prng(number);
    switch (number % 5) {
    case 0:
        to[0] = (uint8_t)number;
        return 1;
    case 1:
        memset(to, 'k', AVO_KEY_MAX_BYTES);
        return 2 + number % (AVO_KEY_MAX_BYTES - 1);
    case 2:
        memset(to, 'z', AVO_KEY_MAX_BYTES);
        memcpy(to + AVO_KEY_MAX_BYTES - 8, &number, sizeof number);
        return AVO_KEY_MAX_BYTES;
    default:
        avo_random_fill(&shape.random, to, 16);
        return 16;
    }
}

static struct avo_version version_make(struct run *run) {
    struct avo_version version = {.clock = ++run->clock};
    version.writer.incarnation = (uint32_t)(1 + below(run, 12));
    version.writer.slot = (uint8_t)below(run, 3);
    version.rmw = below(run, 40) == 0 ? (uint32_t)below(run, 1000) : 0;
    return version;
}

static size_t value_make(struct run *run, uint8_t *to) {
    size_t limit = 1U << below(run, 21);
    size_t length = below(run, (limit < run->value_max ? limit : run->value_max) + 1);
    memset(to, (int)below(run, 256), length);
    avo_random_fill(&run->world.prng.random, to, length < 16 ? length : 16);
    return length;
}

/* What is admitted must then be applied. */
static void step_write(struct run *run, struct avo_slice key) {
    static uint8_t bytes[AVO_VALUE_MAX_BYTES];
    struct avo_slice value = avo_slice(bytes, value_make(run, bytes));
    bool delete = below(run, 6) == 0;
    enum avo_error admitted = world_admits(&run->world, key, delete ? UINT32_MAX : (uint32_t)value.length);
    enum avo_error error = world_apply(&run->world, key, version_make(run), delete ? NULL : &value);
    if (admitted == AVO_OK) {
        assert_int_equal(error, AVO_OK);
        run->admitted++;
    } else {
        run->refused++;
    }
}

static void step_stale_write(struct run *run, struct avo_slice key) {
    struct twin_entry *entry = world_find(&run->world, key);
    if (entry != NULL) {
        struct avo_version version = entry->entry.version;
        version.clock -= version.clock > 1 ? below(run, 2) : 0;
        struct avo_slice value = avo_slice_string("stale");
        assert_int_equal(world_apply(&run->world, key, version, below(run, 2) == 0 ? NULL : &value), AVO_OK);
    }
}

static void step_pin(struct run *run, struct avo_slice key) {
    struct held_pin held = {.key_bytes = key.length};
    memcpy(held.key, key.data, key.length);
    enum avo_error error = avo_store_pin(run->world.store, key, &held.entry, &held.pin);
    const struct twin_entry *entry = world_find(&run->world, key);
    bool valued = entry != NULL && entry->entry.state == AVO_ENTRY_VALUE;
    if (run->pin_count == PINS && valued) {
        assert_int_equal(error, AVO_EBUSY);
        return;
    }
    assert_int_equal(error, AVO_OK);
    assert_int_equal(held.pin != AVO_PIN_NONE, valued);
    if (valued) {
        held.value_bytes = entry->value.length;
        held.value = malloc(held.value_bytes + 1);
        memcpy(held.value, entry->value.bytes, held.value_bytes);
        run->pins[run->pin_count++] = held;
    }
}

static void pin_check(struct run *run, const struct held_pin *held) {
    struct avo_buffer to = {run->world.value, 0, AVO_VALUE_MAX_BYTES};
    struct avo_slice key = avo_slice(held->key, held->key_bytes);
    assert_int_equal(avo_store_pin_open(run->world.store, key, held->pin, &to), AVO_OK);
    assert_int_equal(to.length, held->value_bytes);
    assert_memory_equal(to.data, held->value, to.length);
}

static void step_unpin(struct run *run) {
    if (run->pin_count > 0) {
        struct held_pin held = run->pins[run->pin_count - 1];
        pin_check(run, &held);
        avo_store_unpin(run->world.store, held.pin);
        free(held.value);
        run->pin_count--;
    }
}

static void no_damage(void *context, struct avo_slice key, struct avo_entry entry) {
    (void)entry;
    (void)context;
    (void)key;
    fail_msg("nothing was damaged");
}

static void run_steps(struct run *run, uint32_t steps) {
    for (uint32_t step = 0; step < steps; step++) {
        uint8_t bytes[AVO_KEY_MAX_BYTES];
        struct avo_slice key = avo_slice(bytes, key_make(run, bytes));
        uint64_t dice = below(run, 20);
        if (dice < 12) {
            step_write(run, key);
        } else if (dice < 14) {
            step_stale_write(run, key);
        } else if (dice < 16) {
            step_pin(run, key);
        } else if (dice < 18) {
            step_unpin(run);
        } else if (dice < 19) {
            world_open(&run->world, key);
        } else {
            avo_store_scrub(run->world.store, 3, no_damage, NULL);
        }
        if (step % 500 == 0) {
            world_compare(&run->world);
        }
    }
    world_compare(&run->world);
    while (run->pin_count > 0) {
        step_unpin(run);
    }
}

/* Deletes every value there is; with no pin left, no host memory is in use then. */
static void delete_all(struct run *run) {
    for (size_t i = 0; i < run->world.entry_count; i++) {
        const struct twin_entry *entry = run->world.entries[i];
        assert_int_equal(world_apply(&run->world, avo_slice(entry->key, entry->key_bytes), version_make(run), NULL), AVO_OK);
    }
    struct avo_figures stats;
    avo_store_stats(run->world.store, &stats);
    assert_int_equal(stats.host_bytes, 0);
    assert_int_equal(run->world.store->slab.extent_free_count, run->world.store->slab.extent_count);
}

static struct run run_new(uint64_t seed, uint64_t enclave_bytes, uint64_t slab_bytes, uint32_t tombstone_percent) {
    struct world_config config = {seed, enclave_bytes, slab_bytes, tombstone_percent, PINS};
    return (struct run){.world = world_new(&config)};
}

static void test_random_operations_against_the_twin(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        print_message("seed %d\n", (int)seed);
        struct run run = run_new(seed, 8 << 20, 256 << 20, 100);
        run.value_max = AVO_VALUE_MAX_BYTES;
        run.key_space = 600;
        run_steps(&run, 3000);
        assert_int_equal(run.world.full + run.world.quota + run.refused, 0);
        delete_all(&run);
        world_free(&run.world);
    }
}

static void test_many_small_values_against_the_twin(void **state) {
    (void)state;
    for (uint64_t seed = 11; seed <= 13; seed++) {
        print_message("seed %d\n", (int)seed);
        struct run run = run_new(seed, 8 << 20, 16 << 20, 100);
        run.value_max = 300;
        run.key_space = 20000;
        run_steps(&run, 12000);
        delete_all(&run);
        world_free(&run.world);
    }
}

static void test_small_budgets_fill_up_and_reads_go_on(void **state) {
    (void)state;
    for (uint64_t seed = 21; seed <= 32; seed++) {
        struct run run = run_new(seed, 100000 + (seed - 21) * 10000, (seed % 2 == 0 ? 64 : 1) << 20, 30);
        run.value_max = seed % 2 == 0 ? 200 : 4000;
        run.key_space = 100000;
        run_steps(&run, 8000);
        print_message("seed %d: %d keys, admitted %d, refused %d, full %d\n", (int)seed, (int)run.world.entry_count,
                      (int)run.admitted, (int)run.refused, (int)run.world.full);
        assert_true(run.world.full > 0 && run.refused > 0 && run.admitted > 20);
        world_free(&run.world);
    }
}

static void test_tombstones_have_a_quota(void **state) {
    (void)state;
    struct run run = run_new(41, 200000, 1 << 20, 10);
    uint64_t tombstones = 0;
    for (uint32_t i = 0; i < 2000; i++) {
        enum avo_error admitted = world_admits(&run.world, avo_slice(&i, sizeof i), UINT32_MAX);
        enum avo_error error = world_apply(&run.world, avo_slice(&i, sizeof i), version_make(&run), NULL);
        tombstones += error == AVO_OK;
        assert_true(admitted != AVO_OK || error == AVO_OK);
    }
    assert_int_equal(tombstones, run.world.store->tombstone_max);
    assert_int_equal(run.world.quota, 2000 - tombstones);
    uint32_t first = 0;
    struct avo_slice key = avo_slice(&first, sizeof first), value = avo_slice_string("back");
    assert_int_equal(world_apply(&run.world, key, version_make(&run), NULL), AVO_OK); /* one over another costs nothing */
    assert_int_equal(world_apply(&run.world, key, version_make(&run), &value), AVO_OK);
    assert_int_equal(world_apply(&run.world, key, version_make(&run), NULL), AVO_OK);
    world_compare(&run.world);
    world_free(&run.world);
}

/* Of the quota a 64th is kept for deletes that were admitted and are still under way; those may reach into it. New ones are
 * admitted again from where it begins. */
static void test_deletes_admitted_together_reach_into_what_is_kept_for_them(void **state) {
    (void)state;
    struct run run = run_new(42, 1 << 20, 1 << 20, 100);
    uint64_t max = run.world.store->tombstone_max, kept = max / 64, together = kept / 2;
    struct avo_slice value = avo_slice_string("back");
    assert_true(together > 10);
    for (uint32_t i = 0; i < max - kept - 1; i++) {
        assert_int_equal(world_admits(&run.world, avo_slice(&i, sizeof i), UINT32_MAX), AVO_OK);
        assert_int_equal(world_apply(&run.world, avo_slice(&i, sizeof i), version_make(&run), NULL), AVO_OK);
    }
    for (uint32_t i = 0; i < together; i++) { /* round 1 of all, then round 2 of all */
        uint32_t number = (uint32_t)max + i;
        assert_int_equal(world_admits(&run.world, avo_slice(&number, sizeof number), UINT32_MAX), AVO_OK);
    }
    for (uint32_t i = 0; i < together; i++) {
        uint32_t number = (uint32_t)max + i;
        assert_int_equal(world_apply(&run.world, avo_slice(&number, sizeof number), version_make(&run), NULL), AVO_OK);
    }
    uint32_t one_more = UINT32_MAX, freed = 0;
    while (world_admits(&run.world, avo_slice(&one_more, sizeof one_more), UINT32_MAX) == AVO_EQUOTA) {
        assert_int_equal(world_apply(&run.world, avo_slice(&freed, sizeof freed), version_make(&run), &value), AVO_OK);
        freed++;
    }
    assert_int_equal(freed, together);
    world_free(&run.world);
}

/* A value of so many bytes, written with so many blocks left to the key, and what it leaves. */
static void write_with_left(struct run *run, size_t value_bytes, uint64_t left, enum avo_error expected, uint64_t left_after) {
    static const uint8_t bytes[64];
    struct avo_slice value = avo_slice(bytes, value_bytes);
    struct avo_sealer *sealer = &run->world.store->sealer;
    sealer->block_count = AVO_SEAL_BLOCK_MAX_COUNT - left;
    assert_int_equal(avo_store_apply(run->world.store, avo_slice_string("k"), version_make(run), &value, NULL), expected);
    assert_true(AVO_SEAL_BLOCK_MAX_COUNT - sealer->block_count == left_after);
}

static void test_the_sealing_key_encrypts_so_many_blocks_and_no_more(void **state) {
    (void)state;
    struct run run = run_new(53, 1 << 20, 4 << 20, 10);
    write_with_left(&run, 0, 1, AVO_OK, 0); /* its tag */
    write_with_left(&run, 0, 0, AVO_ELIMIT, 0);
    write_with_left(&run, 1, 2, AVO_OK, 0);
    write_with_left(&run, 1, 1, AVO_ELIMIT, 1);
    write_with_left(&run, 16, 2, AVO_OK, 0);
    write_with_left(&run, 17, 2, AVO_ELIMIT, 2);
    write_with_left(&run, 17, 3, AVO_OK, 0);
    write_with_left(&run, 64, 4, AVO_ELIMIT, 4);
    write_with_left(&run, 64, 6, AVO_OK, 1);
    world_free(&run.world);
}

static void expect(const struct run *run, const char *key, enum avo_entry_state state, uint64_t clock, uint64_t damaged_now) {
    struct avo_figures stats;
    struct avo_entry entry = world_look(&run->world, avo_slice_string(key));
    assert_int_equal(entry.state, state);
    assert_int_equal(entry.version.clock, clock);
    avo_store_stats(run->world.store, &stats);
    assert_int_equal(stats.damaged_now, damaged_now);
}

/* [B4] A version without a value: known like any other, and only mended by that value or a newer one. */
static void test_a_version_whose_value_is_lost(void **state) {
    (void)state;
    struct run run = run_new(57, 1 << 20, 4 << 20, 10);
    struct avo_store *store = run.world.store;
    struct avo_slice key = avo_slice_string("k"), value = avo_slice_string("v"), other = avo_slice_string("other");
    struct avo_version one = version_make(&run), two = version_make(&run), three = version_make(&run), four = version_make(&run);
    assert_int_equal(avo_store_apply_damaged(store, key, two), AVO_OK);
    expect(&run, "k", AVO_ENTRY_DAMAGED, two.clock, 1);
    assert_int_equal(avo_store_apply(store, key, one, &value, NULL), AVO_OK); /* an older value does not help */
    expect(&run, "k", AVO_ENTRY_DAMAGED, two.clock, 1);
    assert_int_equal(avo_store_apply(store, key, two, &value, NULL), AVO_OK);
    expect(&run, "k", AVO_ENTRY_VALUE, two.clock, 0);
    assert_int_equal(avo_store_apply_damaged(store, key, two), AVO_OK); /* what is intact stays so */
    expect(&run, "k", AVO_ENTRY_VALUE, two.clock, 0);
    assert_int_equal(avo_store_apply_damaged(store, key, three), AVO_OK);
    expect(&run, "k", AVO_ENTRY_DAMAGED, three.clock, 1);
    assert_int_equal(avo_store_apply(store, key, four, NULL, NULL), AVO_OK);
    expect(&run, "k", AVO_ENTRY_TOMBSTONE, four.clock, 0);
    assert_int_equal(avo_store_apply_damaged(store, key, four), AVO_OK);
    expect(&run, "k", AVO_ENTRY_TOMBSTONE, four.clock, 0);
    assert_int_equal(avo_store_apply_damaged(store, other, version_make(&run)), AVO_OK);
    assert_int_equal(avo_store_apply_damaged(store, AVO_SLICE_EMPTY, four), AVO_EINVAL);
    struct avo_figures stats;
    avo_store_stats(store, &stats);
    assert_int_equal(stats.tombstones, 1);
    assert_int_equal(stats.keys, 1);
    assert_int_equal(stats.host_bytes, 0); /* the values' memory came back */
    world_free(&run.world);
}

static void test_bad_arguments_are_refused(void **state) {
    (void)state;
    struct run run = run_new(51, 1 << 20, 4 << 20, 10);
    static uint8_t bytes[AVO_VALUE_MAX_BYTES + 1];
    struct avo_slice value = AVO_SLICE_OF(bytes), none = AVO_SLICE_EMPTY;
    struct avo_version version = version_make(&run);
    assert_int_equal(avo_store_apply(run.world.store, none, version, &none, NULL), AVO_EINVAL);
    assert_int_equal(avo_store_apply(run.world.store, avo_slice(bytes, AVO_KEY_MAX_BYTES + 1), version, &none, NULL), AVO_EINVAL);
    assert_int_equal(avo_store_apply(run.world.store, avo_slice(bytes, 1), version, &value, NULL), AVO_ETOOBIG);
    assert_int_equal(world_apply(&run.world, avo_slice(bytes, 1), AVO_VERSION_NONE, &none), AVO_OK); /* not newer than nothing */
    uint8_t small[4];
    struct avo_buffer to = {small, 0, sizeof small};
    value = avo_slice_string("longer than four");
    assert_int_equal(world_apply(&run.world, avo_slice(bytes, 1), version, &value), AVO_OK);
    assert_int_equal(world_open_to(&run.world, avo_slice(bytes, 1), &to), AVO_ESPACE);
    world_compare(&run.world);
    world_free(&run.world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_operations_against_the_twin),
        cmocka_unit_test(test_many_small_values_against_the_twin),
        cmocka_unit_test(test_small_budgets_fill_up_and_reads_go_on),
        cmocka_unit_test(test_tombstones_have_a_quota),
        cmocka_unit_test(test_deletes_admitted_together_reach_into_what_is_kept_for_them),
        cmocka_unit_test(test_the_sealing_key_encrypts_so_many_blocks_and_no_more),
        cmocka_unit_test(test_a_version_whose_value_is_lost),
        cmocka_unit_test(test_bad_arguments_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
