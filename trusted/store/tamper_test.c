/* The host against the store: whatever it does to the slabs, at rest or while they are read, a value opens as it was written, or is
 * DAMAGED with its version [B2, B4]. */
#include "trusted/store/world.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define KEYS 200

static struct world world;
static uint64_t clock_now;

static struct avo_version version_next(void) {
    return (struct avo_version){.clock = ++clock_now, .writer = {.incarnation = 1}};
}

static struct avo_slice key_of(const struct twin_entry *entry) {
    return avo_slice(entry->key, entry->key_bytes);
}

/* KEYS keys with values of `length` bytes (SIZE_MAX: of any length to 5000). */
static void fill(size_t length) {
    static uint8_t bytes[5000];
    for (uint32_t i = 0; i < KEYS; i++) {
        avo_random_fill(&world.prng.random, bytes, sizeof bytes);
        size_t value_bytes = length == SIZE_MAX ? avo_prng_below(&world.prng, sizeof bytes) : length;
        struct avo_slice value = avo_slice(bytes, value_bytes);
        assert_int_equal(world_apply(&world, avo_slice(&i, sizeof i), version_next(), &value), AVO_OK);
    }
}

static int world_open_fresh(void **state) {
    (void)state;
    struct world_config config = {1, 2 << 20, 8 << 20, 20, 16};
    world = world_new(&config);
    clock_now = 0;
    return 0;
}

static int world_close(void **state) {
    (void)state;
    world_free(&world);
    return 0;
}

/* Opens the entry, which is damaged: never its value, never "not found", and its version stays. */
static void assert_damaged(struct twin_entry *entry) {
    uint8_t got[8192];
    memset(got, 0xee, sizeof got);
    struct avo_buffer to = {got, 0, sizeof got};
    assert_int_equal(world_open_to(&world, key_of(entry), &to), AVO_EDAMAGED);
    assert_int_equal(to.length, 0);
    for (size_t i = 0; i + 8 <= entry->value.length; i += 8) {
        assert_memory_not_equal(got + i, entry->value.bytes + i, 8); /* no plaintext, not even a part */
    }
    world_expect_damage(&world, entry);
    struct avo_entry look = world_look(&world, key_of(entry));
    assert_int_equal(look.state, AVO_ENTRY_DAMAGED);
    assert_int_equal(avo_version_compare(look.version, entry->entry.version), 0);
}

/* The same version with its value, as it comes from another replica. */
static void repair(struct twin_entry *entry) {
    uint8_t *copy = malloc(entry->value.length + 1);
    struct avo_slice value = avo_slice(memcpy(copy, entry->value.bytes, entry->value.length), entry->value.length);
    assert_int_equal(world_apply(&world, key_of(entry), entry->entry.version, &value), AVO_OK);
    assert_int_equal(entry->entry.state, AVO_ENTRY_VALUE);
    free(copy);
}

static void test_a_flipped_bit_in_every_value_is_found_and_repaired(void **state) {
    (void)state;
    fill(SIZE_MAX);
    for (size_t i = 0; i < world.entry_count; i++) {
        assert_true(world_flip(&world, world.entries[i], avo_prng_next(&world.prng)));
    }
    uint32_t unharmed = 0;
    for (size_t i = 0; i < world.entry_count; i++) {
        struct twin_entry *entry = world.entries[i];
        struct avo_buffer to = {world.value, 0, AVO_VALUE_MAX_BYTES};
        if (world_open_to(&world, key_of(entry), &to) == AVO_OK) {
            world_open(&world, key_of(entry)); /* the bit was one of the header's unused ones */
            unharmed++;
        } else {
            world_expect_damage(&world, entry);
        }
    }
    assert_true(unharmed < KEYS / 20);
    world_compare(&world);
    for (size_t i = 0; i < world.entry_count; i++) {
        if (world.entries[i]->entry.state == AVO_ENTRY_DAMAGED) {
            repair(world.entries[i]);
        }
    }
    world_compare(&world);
    assert_int_equal(world.repaired, KEYS - unharmed);
}

static void test_no_value_and_no_key_stands_in_host_memory(void **state) {
    (void)state;
    static const char canary[] = "a-canary-of-32-bytes-to-look-for";
    struct avo_slice value = avo_slice_string(canary);
    for (uint32_t i = 0; i < KEYS; i++) {
        uint8_t key[64] = "a-key-that-nobody-else-may-see";
        memcpy(key + 40, &i, sizeof i);
        assert_int_equal(world_apply(&world, AVO_SLICE_OF(key), version_next(), &value), AVO_OK);
    }
    assert_null(memmem(world.slabs, world.slab_bytes, canary, 8));
    assert_null(memmem(world.slabs, world.slab_bytes, "a-key-th", 8));
    world_compare(&world);
}

static void test_every_bit_of_one_slot_matters(void **state) {
    (void)state;
    fill(40);
    struct twin_entry *entry = world.entries[0];
    for (uint64_t bit = 0; bit < (AVO_SEAL_HEADER_BYTES + 40) * 8; bit++) {
        if (bit >= 96 && bit < 128) {
            continue; /* unused */
        }
        assert_true(world_flip(&world, entry, bit));
        assert_damaged(entry);
        repair(entry);
        world_open(&world, key_of(entry));
    }
    world_compare(&world);
}

static void test_swapped_slots_do_not_open(void **state) {
    (void)state;
    fill(100);
    for (size_t i = 0; i + 1 < world.entry_count; i += 2) {
        size_t bytes;
        uint8_t *a = world_slot(&world, world.entries[i], &bytes), *b = world_slot(&world, world.entries[i + 1], &bytes);
        uint8_t kept[1024];
        memcpy(kept, a, bytes);
        memcpy(a, b, bytes);
        memcpy(b, kept, bytes);
        assert_damaged(world.entries[i]);
        assert_damaged(world.entries[i + 1]);
    }
    world_compare(&world);
}

static void test_an_older_value_of_the_same_key_does_not_come_back(void **state) {
    (void)state;
    fill(100);
    for (size_t i = 0; i < world.entry_count; i++) {
        struct twin_entry *entry = world.entries[i];
        size_t bytes;
        uint8_t old[1024];
        const uint8_t *old_slot = world_slot(&world, entry, &bytes);
        memcpy(old, old_slot, bytes);
        struct avo_slice value = avo_slice(world.value, 100);
        avo_random_fill(&world.prng.random, world.value, 100);
        assert_int_equal(world_apply(&world, key_of(entry), version_next(), &value), AVO_OK);
        uint8_t *new_slot = world_slot(&world, entry, &bytes);
        memcpy(new_slot, old, bytes);
        assert_damaged(entry);
    }
    world_compare(&world);
}

static void test_lengths_that_lie(void **state) {
    (void)state;
    fill(100);
    static const uint32_t lengths[] = {0, 1, 99, 101, 112, 113, 4096, 1 << 20, (1 << 20) + 1, 1U << 31, UINT32_MAX};
    for (size_t i = 0; i < AVO_COUNT(lengths); i++) {
        size_t bytes;
        uint8_t *slot = world_slot(&world, world.entries[i], &bytes);
        memcpy(slot + 8, &lengths[i], sizeof lengths[i]);
        uint8_t small[50]; /* a lie must not pass for a buffer that is too small */
        struct avo_buffer to = {small, 0, sizeof small};
        assert_int_equal(world_open_to(&world, key_of(world.entries[i]), &to), AVO_EDAMAGED);
        world_expect_damage(&world, world.entries[i]);
    }
    world_compare(&world);
}

static void test_a_damaged_entry_takes_newer_writes_only_or_its_own_value(void **state) {
    (void)state;
    fill(30);
    struct twin_entry *entry = world.entries[0];
    struct avo_slice value = avo_slice_string("newer");
    struct avo_version old = entry->entry.version, older = old;
    assert_true(world_flip(&world, entry, 200));
    assert_damaged(entry);
    older.clock = 0;
    older.rmw = 1;
    assert_int_equal(world_apply(&world, key_of(entry), older, &value), AVO_OK); /* ignored: world_apply checks it */
    assert_int_equal(world_apply(&world, key_of(entry), old, NULL), AVO_OK);
    assert_int_equal(entry->entry.state, AVO_ENTRY_DAMAGED);
    assert_int_equal(world_apply(&world, key_of(entry), version_next(), &value), AVO_OK);
    assert_int_equal(world.repaired, 0);
    world_open(&world, key_of(entry));
    assert_true(world_flip(&world, entry, 200));
    assert_damaged(entry);
    assert_int_equal(world_apply(&world, key_of(entry), version_next(), NULL), AVO_OK);
    world_compare(&world);
}

static void test_a_pinned_value_that_is_damaged(void **state) {
    (void)state;
    fill(30);
    struct twin_entry *entry = world.entries[5];
    struct avo_entry pinned;
    struct avo_buffer to = {world.value, 0, AVO_VALUE_MAX_BYTES};
    uint32_t first, second;
    assert_int_equal(avo_store_pin(world.store, key_of(entry), &pinned, &first), AVO_OK);
    assert_int_equal(avo_store_pin(world.store, key_of(entry), &pinned, &second), AVO_OK);
    assert_true(world_flip(&world, entry, 300));
    assert_int_equal(avo_store_pin_open(world.store, key_of(entry), first, &to), AVO_EDAMAGED);
    world_expect_damage(&world, entry);
    assert_int_equal(avo_store_pin_open(world.store, key_of(entry), second, &to), AVO_EDAMAGED); /* counted once */
    world_compare(&world);
    repair(entry);
    assert_int_equal(avo_store_pin_open(world.store, key_of(entry), second, &to), AVO_EDAMAGED); /* the repaired one stays */
    avo_store_unpin(world.store, first);
    avo_store_unpin(world.store, second);
    world_compare(&world);
}

static void test_pins_across_overwrites_and_the_end_of_pins(void **state) {
    (void)state;
    fill(30);
    struct twin_entry *entry = world.entries[9];
    uint8_t before[30];
    memcpy(before, entry->value.bytes, sizeof before);
    struct avo_entry pinned;
    uint32_t pins[16], more;
    for (size_t i = 0; i < AVO_COUNT(pins); i++) {
        assert_int_equal(avo_store_pin(world.store, key_of(entry), &pinned, &pins[i]), AVO_OK);
    }
    assert_int_equal(avo_store_pin(world.store, key_of(entry), &pinned, &more), AVO_EBUSY);
    struct avo_slice value = avo_slice_string("a newer one");
    assert_int_equal(world_apply(&world, key_of(entry), version_next(), &value), AVO_OK);
    assert_int_equal(world_apply(&world, key_of(entry), version_next(), NULL), AVO_OK);
    struct avo_figures held, freed;
    avo_store_stats(world.store, &held);
    for (size_t i = 0; i < AVO_COUNT(pins); i++) {
        struct avo_buffer to = {world.value, 0, AVO_VALUE_MAX_BYTES};
        assert_int_equal(avo_store_pin_open(world.store, key_of(entry), pins[i], &to), AVO_OK);
        assert_int_equal(to.length, sizeof before);
        assert_memory_equal(to.data, before, sizeof before);
        avo_store_unpin(world.store, pins[i]);
    }
    avo_store_stats(world.store, &freed);
    assert_int_equal(held.host_bytes - freed.host_bytes, 64);
    assert_int_equal(avo_store_pin(world.store, key_of(entry), &pinned, &more), AVO_OK);
    assert_int_equal(pinned.state, AVO_ENTRY_TOMBSTONE);
    assert_int_equal(more, AVO_PIN_NONE);
    avo_store_unpin(world.store, more);
    world_compare(&world);
}

static void on_damaged(void *context, struct avo_slice key, struct avo_entry found) {
    assert_int_equal(found.state, AVO_ENTRY_DAMAGED);
    ++*(uint32_t *)context;
    struct twin_entry *entry = world_find(&world, key);
    world_expect_damage(&world, entry);
    if (entry->key[0] % 2 == 0) {
        repair(entry); /* from within the call: the store allows it */
    }
}

static void test_scrub_finds_every_damaged_value_once(void **state) {
    (void)state;
    fill(30);
    assert_int_equal(world_apply(&world, key_of(world.entries[3]), version_next(), NULL), AVO_OK);
    for (size_t i = 0; i < world.entry_count; i += 10) {
        assert_true(world_flip(&world, world.entries[i], 150));
    }
    uint32_t found = 0, looked = 0;
    while (looked < KEYS) {
        looked += avo_store_scrub(world.store, 7, on_damaged, &found);
    }
    assert_int_equal(found, KEYS / 10);
    assert_int_equal(avo_store_scrub(world.store, 10 * KEYS, on_damaged, &found), KEYS);
    assert_int_equal(found, KEYS / 10);
    world_compare(&world);
}

/* However large the values are, what a step reads is bounded over time; all are passed. */
static void test_scrub_reads_no_more_of_large_values(void **state) {
    (void)state;
    uint32_t found = 0, looked = 0, steps = 0;
    fill(5000);
    for (; looked < KEYS; steps++) {
        looked += avo_store_scrub(world.store, 16, on_damaged, &found);
        assert_true((uint64_t)looked * 5000 < (uint64_t)(steps + 1) * AVO_SCRUB_STEP_BYTES + 5000);
    }
    assert_true(steps <= 1 + KEYS * 5000 / AVO_SCRUB_STEP_BYTES);
    assert_int_equal(found, 0);
    for (size_t i = 0; i < world.entry_count; i++) {
        assert_true(world_flip(&world, world.entries[i], 150));
    }
    while (found < 20) { /* what is damaged is read in vain, but it is read */
        assert_true(avo_store_scrub(world.store, 16, on_damaged, &found) <= 1);
    }
}

static bool hostile_stop;

static void *hostile_main(void *argument) {
    uint8_t *slot = argument;
    for (uint32_t n = 0; !__atomic_load_n(&hostile_stop, __ATOMIC_RELAXED); n++) {
        __atomic_store_n((uint32_t *)(void *)(slot + 8), n % 3 == 0 ? 100 : n * 2654435761U, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void test_a_length_that_changes_all_the_time(void **state) {
    (void)state;
    fill(100);
    struct twin_entry *entry = world.entries[0];
    size_t bytes;
    pthread_t thread;
    hostile_stop = false;
    assert_int_equal(pthread_create(&thread, NULL, hostile_main, world_slot(&world, entry, &bytes)), 0);
    uint32_t damaged = 0;
    while (damaged == 0) {
        struct avo_buffer to = {world.value, 0, AVO_VALUE_MAX_BYTES};
        enum avo_error error = world_open_to(&world, key_of(entry), &to);
        if (error == AVO_OK) {
            assert_int_equal(to.length, 100);
            assert_memory_equal(to.data, entry->value.bytes, 100);
        } else {
            assert_int_equal(error, AVO_EDAMAGED);
            damaged++;
        }
    }
    __atomic_store_n(&hostile_stop, true, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    world_expect_damage(&world, entry);
    world_compare(&world);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, world_open_fresh, world_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_a_flipped_bit_in_every_value_is_found_and_repaired),
        TEST(test_no_value_and_no_key_stands_in_host_memory),
        TEST(test_every_bit_of_one_slot_matters),
        TEST(test_swapped_slots_do_not_open),
        TEST(test_an_older_value_of_the_same_key_does_not_come_back),
        TEST(test_lengths_that_lie),
        TEST(test_a_damaged_entry_takes_newer_writes_only_or_its_own_value),
        TEST(test_a_pinned_value_that_is_damaged),
        TEST(test_pins_across_overwrites_and_the_end_of_pins),
        TEST(test_scrub_finds_every_damaged_value_once),
        TEST(test_scrub_reads_no_more_of_large_values),
        TEST(test_a_length_that_changes_all_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
