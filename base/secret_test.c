#include "base/random.h"
#include "base/secret.h"
#include "base/testing.h"

static void equal_means_every_bit(void **state) {
    (void)state;
    struct avo_prng prng = avo_prng(testing_seed());
    uint8_t a[33], b[33];
    avo_random_fill(&prng.random, a, sizeof a);
    memcpy(b, a, sizeof a);
    for (size_t length = 0; length <= sizeof a; length++) {
        assert_true(avo_secret_equal(a, b, length));
    }
    for (size_t bit = 0; bit < 8 * sizeof a; bit++) {
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(avo_secret_equal(a, b, sizeof a));
        assert_true(avo_secret_equal(a, b, bit / 8));
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void wipe_clears_exactly(void **state) {
    (void)state;
    uint8_t bytes[32];
    memset(bytes, 7, sizeof bytes);
    avo_secret_wipe(bytes + 8, 16);
    for (size_t i = 0; i < sizeof bytes; i++) {
        assert_int_equal(bytes[i], i >= 8 && i < 24 ? 0 : 7);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_means_every_bit),
        cmocka_unit_test(wipe_clears_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
