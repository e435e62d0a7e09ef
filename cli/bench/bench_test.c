/* What a bench draws and counts: YCSB's distributions, values that tell what they are, the histogram against its naive twin. */
#include "base/compiler.h"
#include "cli/bench/histogram.h"
#include "cli/bench/sample.h"
#include "cli/bench/spread.h"
#include "cli/bench/workload.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static int by_size(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

/* Against its naive twin: all values, sorted. */
static void a_percentile_is_at_most_one_in_128_above_the_truth(void **state) {
    (void)state;
    static struct avo_histogram histogram;
    static uint64_t values[10000];
    static const uint32_t tails_ppm[] = {999000, 999500, 999900, 999999, 1000000};
    struct avo_prng prng = avo_prng(3);
    print_message("seed 3\n");
    for (size_t i = 0; i < AVO_COUNT(values); i++) {
        values[i] = avo_prng_next(&prng) >> (24 + avo_prng_below(&prng, 40));
        avo_histogram_add(&histogram, values[i]);
    }
    qsort(values, AVO_COUNT(values), sizeof values[0], by_size);
    assert_int_equal(histogram.count, AVO_COUNT(values));
    assert_true(histogram.max == values[AVO_COUNT(values) - 1]);
    for (uint32_t i = 1; i <= 1000 + AVO_COUNT(tails_ppm); i++) {
        uint32_t ppm = i <= 1000 ? i * 1000 : tails_ppm[i - 1001];
        uint64_t truth = values[(AVO_COUNT(values) * (uint64_t)ppm + 999999) / 1000000 - 1];
        uint64_t told = avo_histogram_at(&histogram, ppm);
        assert_true(told >= truth);
        assert_true(told <= truth + truth / 128 + 1);
    }
}

static void as_many_are_below_as_the_twin_counts(void **state) {
    (void)state;
    static struct avo_histogram histogram;
    struct avo_prng prng = avo_prng(4);
    uint64_t below[128] = {0}; /* values this small have a bucket each */
    print_message("seed 4\n");
    for (int i = 0; i < 5000; i++) {
        uint64_t value = avo_prng_below(&prng, 256);
        avo_histogram_add(&histogram, value);
        for (uint64_t limit = value; limit < AVO_COUNT(below); limit++) {
            below[limit]++;
        }
    }
    for (uint64_t limit = 0; limit < AVO_COUNT(below); limit++) {
        assert_int_equal(avo_histogram_below(&histogram, limit), below[limit]);
    }
    assert_int_equal(avo_histogram_below(&histogram, 100000), 5000);
}

static void an_empty_histogram_and_the_largest_value(void **state) {
    (void)state;
    static struct avo_histogram histogram;
    assert_int_equal(avo_histogram_at(&histogram, 500000), 0);
    avo_histogram_add(&histogram, UINT64_MAX);
    assert_true(avo_histogram_at(&histogram, 999000) <= UINT64_MAX);
    assert_true(histogram.max == UINT64_MAX);
}

static void values_tell_whether_they_are_what_was_written(void **state) {
    (void)state;
    uint8_t value[300];
    uint64_t sequence;
    for (size_t length = 0; length <= sizeof value; length += length < 40 ? 1 : 7) {
        avo_sample_value(value, length, 5, 77);
        assert_true(avo_sample_check(avo_slice(value, length), length, 5, &sequence));
        assert_int_equal(sequence, length < AVO_SAMPLE_SEQUENCE_MIN_BYTES ? 0 : 77);
        assert_true(length == 0 || !avo_sample_check(avo_slice(value, length), length, 6, &sequence));
        assert_false(avo_sample_check(avo_slice(value, length), length + 1, 5, &sequence));
        for (size_t at = 0; at < length; at++) {
            value[at] ^= 1;
            assert_false(avo_sample_check(avo_slice(value, length), length, 5, &sequence));
            value[at] ^= 1;
        }
    }
}

static void keys_are_sixteen_bytes_and_distinct(void **state) {
    (void)state;
    uint8_t key[AVO_SAMPLE_KEY_BYTES + 1] = {0};
    avo_sample_key(key, 123456);
    assert_string_equal((const char *)key, "k000000000123456");
}

static double sum_zeta(uint64_t count) {
    double zeta = 0;
    for (uint64_t i = 1; i <= count; i++) {
        zeta += pow((double)i, -0.99);
    }
    return zeta;
}

/* Zipf's law itself, summed: P(rank) = 1 / (rank + 1)^0.99 / zeta; also after it grew. */
static void ranks_follow_zipf(void **state) {
    (void)state;
    enum { COUNT = 1000, DRAWS = 200000 };
    static uint32_t seen[COUNT];
    struct avo_zipf zipf = avo_zipf(10);
    struct avo_prng prng = avo_prng(11);
    print_message("seed 11\n");
    avo_zipf_grow(&zipf, COUNT);
    assert_true(fabs(zipf.zeta - sum_zeta(COUNT)) < 1e-9);
    for (int i = 0; i < DRAWS; i++) {
        seen[avo_zipf_rank(&zipf, &prng)]++;
    }
    double first = DRAWS / zipf.zeta;
    assert_true(seen[0] > first * 0.95 && seen[0] < first * 1.05);
    assert_true(seen[0] > seen[1] && seen[1] > seen[3] && seen[3] > seen[20] && seen[20] > seen[500]);
}

/* The share of draws that go to the `top` most drawn of `count` keys. */
static double share_of_top(enum avo_distribution distribution, uint64_t count, uint64_t top, uint64_t seed, uint64_t *first_key) {
    enum { DRAWS = 400000, KEYS_MAX = 10000 };
    static uint64_t seen[KEYS_MAX];
    struct avo_workload workload = avo_workload(distribution, 100, count, seed);
    uint64_t sum = 0;
    memset(seen, 0, sizeof seen);
    *first_key = 0;
    for (int i = 0; i < DRAWS; i++) {
        seen[avo_workload_next(&workload).key]++;
    }
    for (uint64_t i = 0; i < count; i++) {
        *first_key = seen[i] > seen[*first_key] ? i : *first_key;
    }
    qsort(seen, count, sizeof seen[0], by_size);
    for (uint64_t i = 0; i < top; i++) {
        sum += seen[count - 1 - i];
    }
    return (double)sum / DRAWS;
}

/* YCSB draws ranks of 10^10 items and hashes them: of 10,000 keys the first gets 1 / 26.469 (and its share of the hashed rest), the
 * key that rank 0 hashes to: fnvhash64(0) = 6284781860667377211. */
static void zipfian_is_ycsbs_scrambled_zipfian(void **state) {
    (void)state;
    uint64_t first;
    double share = share_of_top(AVO_ZIPFIAN, 10000, 1, 21, &first);
    print_message("seed 21: the first key gets %.4f\n", share);
    assert_true(share > 0.0366 && share < 0.0392);
    assert_int_equal(first, 6284781860667377211U % 10000);
    double ten = share_of_top(AVO_ZIPFIAN, 10000, 10, 22, &first);
    assert_true(ten > 0.105 && ten < 0.125); /* zeta(10) / 26.469 = 0.1121 */
}

static void uniform_and_sequential_favour_none(void **state) {
    (void)state;
    uint64_t first;
    double share = share_of_top(AVO_UNIFORM, 10000, 1000, 23, &first);
    assert_true(share > 0.1 && share < 0.135); /* the luckiest tenth, by chance alone */
    share = share_of_top(AVO_SEQUENTIAL, 10000, 1000, 24, &first);
    assert_true(fabs(share - 0.1) < 1e-9);
    struct avo_workload workload = avo_workload(AVO_SEQUENTIAL, 95, 3, 25);
    for (uint64_t i = 0; i < 10; i++) {
        assert_int_equal(avo_workload_next(&workload).key, i % 3);
    }
}

/* Workload d: the newest key is the likeliest, and stays so as keys are added. */
static void latest_follows_the_newest_key(void **state) {
    (void)state;
    struct avo_workload workload = avo_workload(AVO_LATEST, 95, 1000, 26);
    uint64_t newest = 0, reads = 0, inserts = 0;
    print_message("seed 26\n");
    for (int i = 0; i < 200000; i++) {
        struct avo_step step = avo_workload_next(&workload);
        if (step.read) {
            reads++;
            assert_true(step.key < workload.key_count);
            newest += step.key == workload.key_count - 1;
        } else {
            assert_int_equal(step.key, 1000 + inserts++);
            avo_workload_grow(&workload, step.key + 1);
        }
    }
    double share = (double)newest / (double)reads;
    assert_in_range(inserts, 9700, 10300);
    assert_true(fabs(workload.zipf.zeta - sum_zeta(1000 + inserts)) < 1e-6);
    assert_true(share > 1 / sum_zeta(11000) && share < 1 / sum_zeta(1000));
}

static void workloads_stay_among_the_keys(void **state) {
    (void)state;
    static const enum avo_distribution all[] = {AVO_ZIPFIAN, AVO_UNIFORM, AVO_SEQUENTIAL, AVO_LATEST};
    static const uint64_t counts[] = {1, 2, 3, 1000};
    for (size_t d = 0; d < AVO_COUNT(all); d++) {
        for (size_t c = 0; c < AVO_COUNT(counts); c++) {
            struct avo_workload workload = avo_workload(all[d], 50, counts[c], 9);
            uint64_t next = counts[c];
            uint64_t reads = 0;
            for (int i = 0; i < 2000; i++) {
                struct avo_step step = avo_workload_next(&workload);
                reads += step.read;
                if (all[d] == AVO_LATEST && !step.read) {
                    assert_int_equal(step.key, next++); /* a new key each time */
                } else {
                    assert_true(step.key < counts[c]);
                }
            }
            assert_in_range(reads, 850, 1150);
        }
    }
}

static void a_spread_is_the_sorted_twins(void **state) {
    (void)state;
    static const double values[] = {5, 1, 4, 2};
    struct avo_spread four = avo_spread(values, 4);
    struct avo_spread three = avo_spread(values, 3);
    assert_true(four.min == 1 && four.median == 3 && four.max == 5);
    assert_true(three.min == 1 && three.median == 4 && three.max == 5);
    assert_true(avo_spread(values, 1).median == 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_percentile_is_at_most_one_in_128_above_the_truth),
        cmocka_unit_test(as_many_are_below_as_the_twin_counts),
        cmocka_unit_test(an_empty_histogram_and_the_largest_value),
        cmocka_unit_test(values_tell_whether_they_are_what_was_written),
        cmocka_unit_test(keys_are_sixteen_bytes_and_distinct),
        cmocka_unit_test(ranks_follow_zipf),
        cmocka_unit_test(zipfian_is_ycsbs_scrambled_zipfian),
        cmocka_unit_test(uniform_and_sequential_favour_none),
        cmocka_unit_test(latest_follows_the_newest_key),
        cmocka_unit_test(workloads_stay_among_the_keys),
        cmocka_unit_test(a_spread_is_the_sorted_twins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
