/* RFC 6298's formulas, Karn's rule as far as it is the object's, and the bounds. */
#include "base/random.h"
#include "protocol/channel/rtt.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

#define LEAST_US 20000
#define MOST_US 2000000

static void nothing_known(void **state) {
    (void)state;
    struct avo_rtt rtt = {0};
    assert_int_equal(avo_rtt_timeout_us(&rtt, LEAST_US, MOST_US), LEAST_US);
    assert_int_equal(avo_rtt_timeout_us(&rtt, 5000, MOST_US), 5000);
}

/* RFC 6298, 2.2: SRTT = R, RTTVAR = R/2, RTO = SRTT + 4 RTTVAR. */
static void the_first_sample(void **state) {
    (void)state;
    struct avo_rtt rtt = {0};
    avo_rtt_sample(&rtt, 140000);
    assert_int_equal(rtt.smoothed_us, 140000);
    assert_int_equal(rtt.variation_us, 70000);
    assert_int_equal(avo_rtt_timeout_us(&rtt, LEAST_US, MOST_US), 420000);
}

static double distance(double a, double b) {
    return a < b ? b - a : a - b;
}

/* A guess is as good as a first sample until there is one, and nothing after that. */
static void a_guess(void **state) {
    (void)state;
    struct avo_rtt rtt = {0};
    avo_rtt_guess(&rtt, 150000);
    assert_int_equal(avo_rtt_timeout_us(&rtt, LEAST_US, MOST_US), 450000);
    avo_rtt_guess(&rtt, UINT64_MAX);
    assert_int_equal(rtt.smoothed_us, AVO_RTT_GUESS_MAX_US);
    avo_rtt_sample(&rtt, 10000);
    avo_rtt_guess(&rtt, 150000);
    assert_int_equal(avo_rtt_timeout_us(&rtt, LEAST_US, MOST_US), 30000);
}

/* RFC 6298, 2.3, in floating point beside it. */
static void every_other_sample(void **state) {
    (void)state;
    struct avo_prng prng = avo_prng(6298);
    struct avo_rtt rtt = {0};
    double smoothed = 0, variation = 0;
    for (uint32_t i = 0; i < 10000; i++) {
        uint64_t sample_us = avo_prng_below(&prng, i % 1000 < 500 ? 1000 : 400000);
        avo_rtt_sample(&rtt, sample_us);
        double sample = (double)sample_us;
        variation = i == 0 ? sample / 2 : 0.75 * variation + 0.25 * distance(smoothed, sample);
        smoothed = i == 0 ? sample : 0.875 * smoothed + 0.125 * sample;
        double timeout = smoothed + 4 * variation;
        timeout = timeout < LEAST_US ? LEAST_US : timeout > MOST_US ? MOST_US : timeout;
        assert_true(distance(smoothed, rtt.smoothed_us) < 20 && distance(variation, rtt.variation_us) < 20);
        assert_true(distance(timeout, (double)avo_rtt_timeout_us(&rtt, LEAST_US, MOST_US)) < 100);
    }
}

/* A steady way: what is left of the variation goes, and the time to wait comes near the way's. */
static void a_steady_way(void **state) {
    (void)state;
    struct avo_rtt rtt = {0};
    for (uint32_t i = 0; i < 50; i++) {
        avo_rtt_sample(&rtt, 140000);
    }
    assert_in_range(avo_rtt_timeout_us(&rtt, LEAST_US, MOST_US), 140000, 141000);
    for (uint32_t i = 0; i < 100; i++) {
        avo_rtt_sample(&rtt, 100);
    }
    assert_int_equal(avo_rtt_timeout_us(&rtt, LEAST_US, MOST_US), LEAST_US); /* a loopback's is the least */
}

/* RFC 6298, 5.5 to 5.7: doubled with each time that passed in vain, to the most; a sample ends it. */
static void doubled_until_a_sample(void **state) {
    (void)state;
    struct avo_rtt rtt = {0};
    uint64_t now_us = 1000000;
    for (uint64_t expected_us = LEAST_US; expected_us < MOST_US; expected_us *= 2) {
        assert_int_equal(avo_rtt_timeout_us(&rtt, LEAST_US, MOST_US), expected_us);
        now_us += expected_us;
        avo_rtt_expired(&rtt, avo_rtt_timeout_us(&rtt, LEAST_US, MOST_US), now_us);
    }
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(avo_rtt_timeout_us(&rtt, LEAST_US, MOST_US), MOST_US);
        now_us += MOST_US;
        avo_rtt_expired(&rtt, avo_rtt_timeout_us(&rtt, LEAST_US, MOST_US), now_us);
    }
    avo_rtt_sample(&rtt, 30000);
    assert_int_equal(avo_rtt_timeout_us(&rtt, LEAST_US, MOST_US), 90000);
}

/* Many timers of one channel run out together: that is one loss, not many. */
static void once_for_all_at_a_time(void **state) {
    (void)state;
    struct avo_rtt rtt = {0};
    avo_rtt_sample(&rtt, 10000);
    for (uint32_t i = 0; i < 1000; i++) {
        avo_rtt_expired(&rtt, avo_rtt_timeout_us(&rtt, LEAST_US, MOST_US), 1000000 + i);
    }
    assert_int_equal(avo_rtt_timeout_us(&rtt, LEAST_US, MOST_US), 60000);
    avo_rtt_expired(&rtt, avo_rtt_timeout_us(&rtt, LEAST_US, MOST_US), 1060000);
    assert_int_equal(avo_rtt_timeout_us(&rtt, LEAST_US, MOST_US), 120000);
}

/* Whatever a peer, or a clock, makes of it, it stays within the bounds. */
static void within_bounds(void **state) {
    (void)state;
    struct avo_rtt rtt = {0};
    struct avo_prng prng = avo_prng(1);
    for (uint32_t i = 0; i < 10000; i++) {
        avo_rtt_sample(&rtt, avo_prng_chance(&prng, 1, 3) ? UINT64_MAX - i : avo_prng_below(&prng, 100));
        for (uint32_t j = 0; j < i % 20; j++) {
            avo_rtt_expired(&rtt, avo_prng_below(&prng, MOST_US), UINT64_MAX / 2 + (uint64_t)i * MOST_US * j);
        }
        assert_in_range(avo_rtt_timeout_us(&rtt, LEAST_US, MOST_US), LEAST_US, MOST_US);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_known),          cmocka_unit_test(the_first_sample),
        cmocka_unit_test(every_other_sample),     cmocka_unit_test(a_steady_way),
        cmocka_unit_test(doubled_until_a_sample), cmocka_unit_test(once_for_all_at_a_time),
        cmocka_unit_test(within_bounds),          cmocka_unit_test(a_guess),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
