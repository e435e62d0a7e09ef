#include "base/random.h"
#include "base/testing.h"

static void seeds_reproduce(void **state) {
    (void)state;
    struct avo_prng a = avo_prng(42), b = avo_prng(42), c = avo_prng(43);
    bool differs = false;
    for (int i = 0; i < 100; i++) {
        uint64_t word = avo_prng_next(&a);
        assert_true(word == avo_prng_next(&b));
        differs = differs || word != avo_prng_next(&c);
    }
    assert_true(differs);
}

/* The reference implementation's state {1, 2, 3, 4} and its first outputs. */
static void reference_outputs(void **state) {
    (void)state;
    static const uint64_t expected[] = {11520, 0, 1509978240, 1215971899390074240};
    struct avo_prng prng = avo_prng(0);
    for (uint64_t i = 0; i < 4; i++) {
        prng.state[i] = i + 1;
    }
    for (size_t i = 0; i < 4; i++) {
        assert_true(avo_prng_next(&prng) == expected[i]);
    }
}

static void below_is_uniform(void **state) {
    (void)state;
    struct avo_prng prng = avo_prng(testing_seed());
    for (uint64_t bound = 1; bound < 20; bound++) {
        int counts[20] = {0};
        for (int i = 0; i < 2000 * (int)bound; i++) {
            uint64_t value = avo_prng_below(&prng, bound);
            assert_true(value < bound);
            counts[value]++;
        }
        for (uint64_t value = 0; value < bound; value++) {
            assert_in_range(counts[value], 1600, 2400); /* 2000, and nearly nine deviations */
        }
    }
    assert_true(avo_prng_below(&prng, UINT64_MAX) < UINT64_MAX);
    assert_panics(avo_prng_below(&prng, 0));
    assert_false(avo_prng_chance(&prng, 0, 5));
    assert_true(avo_prng_chance(&prng, 5, 5));
}

static void fill_writes_exactly(void **state) {
    (void)state;
    struct avo_prng prng = avo_prng(testing_seed());
    for (size_t length = 0; length < 40; length++) {
        uint8_t bytes[48] = {0};
        const uint8_t zeros[48] = {0};
        avo_random_fill(&prng.random, bytes, length);
        assert_memory_equal(bytes + length, zeros, sizeof bytes - length);
        assert_true(length < 16 || memcmp(bytes, zeros, length) != 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_reproduce),
        cmocka_unit_test(reference_outputs),
        cmocka_unit_test(below_is_uniform),
        cmocka_unit_test(fill_writes_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
