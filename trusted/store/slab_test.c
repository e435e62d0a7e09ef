/* The slab allocator against a naive twin: no two slots overlap, all comes back, and classes share the memory. */
#include "base/random.h"
#include "trusted/store/slab.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define LIVE_MAX 5000

struct live {
    uint32_t handle;
    size_t bytes;
};

struct run {
    struct avo_slab slab;
    struct avo_prng prng;
    uint8_t *memory;
    uint8_t *books;
    uint8_t *owned; /* a byte a unit: taken */
    struct live live[LIVE_MAX];
    uint32_t live_count;
};

static struct run *run_new(uint64_t seed, uint64_t slab_bytes, size_t book_bytes) {
    struct run *run = calloc(1, sizeof *run);
    run->prng = avo_prng(seed);
    run->memory = aligned_alloc(64, slab_bytes);
    run->owned = calloc(1, slab_bytes / AVO_SLAB_UNIT_BYTES);
    run->books = aligned_alloc(64, book_bytes);
    memset(run->books, 0, book_bytes);
    struct avo_arena arena = avo_arena(run->books, book_bytes);
    assert_true(avo_slab_create(&run->slab, &arena, run->memory, slab_bytes));
    assert_true(arena.used_bytes <= book_bytes / 28 + 256);
    return run;
}

static void run_free(struct run *run) {
    free(run->memory);
    free(run->owned);
    free(run->books);
    free(run);
}

static void mark(struct run *run, const uint8_t *slot, size_t slot_bytes, uint8_t from, uint8_t to) {
    size_t unit = (size_t)(slot - run->memory) / AVO_SLAB_UNIT_BYTES;
    assert_int_equal((slot - run->memory) % AVO_SLAB_UNIT_BYTES, 0);
    for (size_t i = unit; i < unit + slot_bytes / AVO_SLAB_UNIT_BYTES; i++) {
        assert_int_equal(run->owned[i], from);
        run->owned[i] = to;
    }
}

static bool take(struct run *run, size_t bytes) {
    bool promised = avo_slab_has(&run->slab, bytes, 1, 0);
    uint32_t handle = avo_slab_take(&run->slab, bytes);
    assert_int_equal(promised, handle != AVO_SLAB_NONE);
    if (handle == AVO_SLAB_NONE) {
        return false;
    }
    size_t slot_bytes;
    const uint8_t *slot = avo_slab_at(&run->slab, handle, &slot_bytes);
    assert_true(slot_bytes >= bytes && handle <= AVO_SLAB_HANDLE_MAX);
    mark(run, slot, slot_bytes, 0, 1);
    run->live[run->live_count++] = (struct live){handle, bytes};
    return true;
}

static void give(struct run *run, uint32_t which) {
    size_t slot_bytes;
    struct live live = run->live[which];
    const uint8_t *slot = avo_slab_at(&run->slab, live.handle, &slot_bytes);
    mark(run, slot, slot_bytes, 1, 0);
    avo_slab_give(&run->slab, live.handle);
    run->live[which] = run->live[--run->live_count];
}

static void assert_all_free(const struct run *run) {
    assert_int_equal(run->slab.used_bytes, 0);
    assert_int_equal(run->slab.extent_free_count, run->slab.extent_count);
    for (uint32_t i = 0; i < run->slab.class_count; i++) {
        assert_int_equal(run->slab.classes[i].free_count, 0);
        assert_int_equal(run->slab.classes[i].first, AVO_SLAB_NONE);
    }
}

static void test_random_takes_and_gives(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        print_message("seed %d\n", (int)seed);
        struct run *run = run_new(seed, (4 + seed * 3) << 20, 1 << 20);
        uint32_t refused = 0;
        for (uint32_t step = 0; step < 20000; step++) {
            uint32_t phase = step / 2000 % 3; /* fill, mix, drain */
            size_t limit = (size_t)64 << avo_prng_below(&run->prng, 15);
            bool more = avo_prng_below(&run->prng, 10) < (phase == 0 ? 9 : phase == 1 ? 5 : 1);
            if (run->live_count < LIVE_MAX && more) {
                refused += !take(run, 1 + avo_prng_below(&run->prng, limit));
            } else if (run->live_count > 0) {
                give(run, (uint32_t)avo_prng_below(&run->prng, run->live_count));
            }
        }
        assert_true(refused > 0);
        while (run->live_count > 0) {
            give(run, run->live_count - 1);
        }
        assert_all_free(run);
        run_free(run);
    }
}

static void test_memory_freed_by_one_class_serves_another(void **state) {
    (void)state;
    struct run *run = run_new(1, 4 << 20, 1 << 20);
    static const size_t sizes[] = {64, 1000, 70000, 1 << 20, 100};
    for (size_t i = 0; i < AVO_COUNT(sizes); i++) {
        uint64_t taken_bytes = 0;
        while (run->live_count < LIVE_MAX && take(run, sizes[i])) {
            taken_bytes += sizes[i];
        }
        assert_true(run->live_count == LIVE_MAX || taken_bytes >= 3 << 20);
        while (run->live_count > 0) {
            give(run, 0);
        }
        assert_all_free(run);
    }
    run_free(run);
}

static void test_little_bookkeeping_for_much_host_memory(void **state) {
    (void)state;
    static const uint64_t slab_bytes[] = {0, 63, 4096, 1 << 16, 1 << 20, 1ULL << 30, 1ULL << 35, 1ULL << 38};
    uint8_t *books = aligned_alloc(64, 1 << 20);
    for (size_t i = 0; i < AVO_COUNT(slab_bytes); i++) {
        avo_arena_end(books, 1 << 20);
        memset(books, 0, 1 << 20);
        struct avo_arena arena = avo_arena(books, 1 << 20);
        struct avo_slab slab;
        assert_true(avo_slab_create(&slab, &arena, NULL, slab_bytes[i])); /* its memory is never touched here */
        assert_true(arena.used_bytes <= (1 << 20) / 24);
        uint32_t handle = avo_slab_take(&slab, 10);
        assert_int_equal(handle != AVO_SLAB_NONE, slab_bytes[i] >= 4096);
        assert_int_equal(avo_slab_take(&slab, 1 << 20) != AVO_SLAB_NONE, slab_bytes[i] >= 1 << 30);
        if (handle != AVO_SLAB_NONE) {
            avo_slab_give(&slab, handle);
        }
    }
    free(books);
}

/* The same value takes as much of 64 GiB, or of 4 TiB, as of 1 GiB, and nearly all of either can be taken. */
static void test_what_a_value_takes_does_not_depend_on_how_much_there_is(void **state) {
    (void)state;
    static const uint64_t slab_bytes[] = {1ULL << 30, 1ULL << 36, 1ULL << 42};
    static const size_t value_bytes[] = {16 + 64, 16 + 1000, 16 + 70000, 16 + (1 << 20)};
    uint64_t first_bytes[AVO_COUNT(value_bytes)] = {0};
    const size_t book_bytes = 80 << 20;
    uint8_t *books = aligned_alloc(64, book_bytes);
    for (size_t i = 0; i < AVO_COUNT(slab_bytes) * AVO_COUNT(value_bytes); i++) {
        size_t size = i % AVO_COUNT(value_bytes);
        uint64_t all_bytes = slab_bytes[i / AVO_COUNT(value_bytes)];
        avo_arena_end(books, book_bytes);
        memset(books, 0, book_bytes);
        struct avo_arena arena = avo_arena(books, book_bytes);
        struct avo_slab slab;
        assert_true(avo_slab_create(&slab, &arena, NULL, all_bytes)); /* its memory is never touched here */
        assert_int_not_equal(avo_slab_take(&slab, value_bytes[size]), AVO_SLAB_NONE);
        uint64_t each_bytes = slab.used_bytes;
        assert_true(each_bytes <= value_bytes[size] + value_bytes[size] / 16 + AVO_SLAB_UNIT_BYTES);
        assert_true(i < AVO_COUNT(value_bytes) || each_bytes == first_bytes[size]);
        first_bytes[size] = each_bytes;
        uint32_t keys = 1;
        while (keys < 1200000 && avo_slab_take(&slab, value_bytes[size]) != AVO_SLAB_NONE) { /* more keys do not fit an enclave */
            keys++;
        }
        print_message("%d GiB: values of %d bytes take %d; %d of them\n", (int)(all_bytes >> 30), (int)value_bytes[size],
                      (int)each_bytes, (int)keys);
        assert_int_equal(slab.used_bytes, keys * each_bytes);
        assert_true(keys == 1200000 || slab.used_bytes * 100 >= all_bytes * 95);
    }
    free(books);
}

/* Of 1 GiB, filled as the store does it: a 64th of the extents stays free. */
static void test_most_of_the_memory_holds_values(void **state) {
    (void)state;
    static const size_t value_bytes[] = {64, 256, 1024, 4096, 10000, 65536, 262144, 1 << 20};
    static const uint32_t percents[] = {49, 78, 90, 90, 90, 90, 90, 90};
    const uint64_t all_bytes = 1ULL << 30;
    uint8_t *books = aligned_alloc(64, 80 << 20);
    for (size_t i = 0; i < AVO_COUNT(value_bytes); i++) {
        avo_arena_end(books, 80 << 20);
        memset(books, 0, 80 << 20);
        struct avo_arena arena = avo_arena(books, 80 << 20);
        struct avo_slab slab;
        uint64_t held_bytes = 0;
        assert_true(avo_slab_create(&slab, &arena, NULL, all_bytes));
        while (avo_slab_has(&slab, 16 + value_bytes[i], 64, slab.extent_count / 64)) {
            assert_int_not_equal(avo_slab_take(&slab, 16 + value_bytes[i]), AVO_SLAB_NONE);
            held_bytes += value_bytes[i];
        }
        print_message("values of %d bytes: %d.%d %% of the memory\n", (int)value_bytes[i], (int)(held_bytes * 100 / all_bytes),
                      (int)(held_bytes * 1000 / all_bytes % 10));
        assert_true(held_bytes * 100 >= all_bytes * percents[i]);
    }
    free(books);
}

/* Coarse where memory is little, fine where it is much; a run is cut up with little left over. */
static void test_classes_grow_by_little(void **state) {
    (void)state;
    static const uint64_t slab_bytes[] = {64 << 20, 1ULL << 30};
    uint8_t *books = aligned_alloc(64, 80 << 20);
    for (uint32_t i = 0; i < AVO_COUNT(slab_bytes); i++) {
        avo_arena_end(books, 80 << 20);
        memset(books, 0, 80 << 20);
        struct avo_arena arena = avo_arena(books, 80 << 20);
        struct avo_slab slab;
        assert_true(avo_slab_create(&slab, &arena, NULL, slab_bytes[i]));
        uint32_t growth = i == 0 ? 4 : 16, waste = i == 0 ? 8 : 32;
        for (uint32_t class = 1; class < slab.class_count; class ++) {
            uint32_t before = slab.classes[class - 1].slot_bytes, now = slab.classes[class].slot_bytes;
            assert_true(now > before && now % 64 == 0 && (now <= before + 64 || now <= before + before / growth));
            uint64_t run_bytes = (uint64_t)slab.classes[class].run_extents * slab.extent_bytes;
            assert_true((run_bytes - (uint64_t)slab.classes[class].run_slots * now) * waste <= run_bytes);
        }
        assert_true(avo_slab_slot_max_bytes(&slab) >= (1 << 20) + 16);
    }
    free(books);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_takes_and_gives),
        cmocka_unit_test(test_memory_freed_by_one_class_serves_another),
        cmocka_unit_test(test_little_bookkeeping_for_much_host_memory),
        cmocka_unit_test(test_what_a_value_takes_does_not_depend_on_how_much_there_is),
        cmocka_unit_test(test_most_of_the_memory_holds_values),
        cmocka_unit_test(test_classes_grow_by_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
