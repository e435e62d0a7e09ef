/* Parts of the command line that compute: escapes, load lines, histogram, workloads, values. */
#include "base/compiler.h"
#include "client/cli/escape.h"
#include "client/cli/histogram.h"
#include "client/cli/sample.h"
#include "client/cli/workload.h"
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static void escapes_decode(void **state) {
    (void)state;
    char text[] = "a\\tb\\nc\\\\d\\x00\\xFf.";
    size_t length = strlen(text);
    assert_true(avo_escape_decode((uint8_t *)text, &length));
    assert_true(avo_slice_equal(avo_slice(text, length), avo_slice("a\tb\nc\\d\0\xff.", 10)));
}

static void unfinished_escapes_are_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"\\", "a\\", "\\q", "\\x", "\\x1", "\\x1g", "\\xg1", "\\X11"};
    for (size_t i = 0; i < AVO_COUNT(wrong); i++) {
        char text[16];
        size_t length = strlen(wrong[i]);
        memcpy(text, wrong[i], length + 1);
        assert_false(avo_escape_decode((uint8_t *)text, &length));
    }
}

static enum avo_line_fault split(const char *line, struct avo_slice *key, struct avo_slice *value) {
    static char copy[64];
    (void)snprintf(copy, sizeof copy, "%s", line);
    return avo_line_split((uint8_t *)copy, strlen(copy), key, value);
}

static void the_first_tab_splits_a_line(void **state) {
    (void)state;
    struct avo_slice key;
    struct avo_slice value;
    assert_int_equal(split("k\tv\tw\\t", &key, &value), AVO_LINE_GOOD);
    assert_true(avo_slice_equal(key, avo_slice_string("k")));
    assert_true(avo_slice_equal(value, avo_slice_string("v\tw\t")));
    assert_int_equal(split("k\\tk\t", &key, &value), AVO_LINE_GOOD);
    assert_true(avo_slice_equal(key, avo_slice_string("k\tk")));
    assert_int_equal(value.length, 0);
    assert_int_equal(split("no tab", &key, &value), AVO_LINE_NO_TAB);
    assert_int_equal(split("", &key, &value), AVO_LINE_NO_TAB);
    assert_int_equal(split("k\\q\tv", &key, &value), AVO_LINE_KEY_ESCAPE);
    assert_int_equal(split("k\tv\\", &key, &value), AVO_LINE_VALUE_ESCAPE);
}

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
    struct avo_prng prng = avo_prng(3);
    print_message("seed 3\n");
    for (size_t i = 0; i < AVO_COUNT(values); i++) {
        values[i] = avo_prng_next(&prng) >> (24 + avo_prng_below(&prng, 40));
        avo_histogram_add(&histogram, values[i]);
    }
    qsort(values, AVO_COUNT(values), sizeof values[0], by_size);
    assert_int_equal(histogram.count, AVO_COUNT(values));
    assert_true(histogram.max == values[AVO_COUNT(values) - 1]);
    for (uint32_t per_mille = 1; per_mille <= 1000; per_mille++) {
        uint64_t truth = values[AVO_COUNT(values) * per_mille / 1000 - 1];
        uint64_t told = avo_histogram_at(&histogram, per_mille);
        assert_true(told >= truth);
        assert_true(told <= truth + truth / 128 + 1);
    }
}

static void an_empty_histogram_and_the_largest_value(void **state) {
    (void)state;
    static struct avo_histogram histogram;
    assert_int_equal(avo_histogram_at(&histogram, 500), 0);
    avo_histogram_add(&histogram, UINT64_MAX);
    assert_true(avo_histogram_at(&histogram, 999) <= UINT64_MAX);
    assert_true(histogram.max == UINT64_MAX);
}

static void values_tell_whether_they_are_what_was_written(void **state) {
    (void)state;
    uint8_t value[300];
    for (size_t length = 0; length <= sizeof value; length += 7) {
        avo_sample_value(value, length, 5, 77);
        assert_true(avo_sample_check(avo_slice(value, length), length, 5));
        assert_true(length == 0 || !avo_sample_check(avo_slice(value, length), length, 6));
        assert_false(avo_sample_check(avo_slice(value, length), length + 1, 5));
        for (size_t at = 0; at < length; at += 11) {
            value[at] ^= 1;
            assert_false(avo_sample_check(avo_slice(value, length), length, 5));
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

/* Zipf's law itself, summed: P(rank) = 1 / (rank + 1)^0.99 / zeta. */
static void ranks_follow_zipf(void **state) {
    (void)state;
    enum { COUNT = 1000, DRAWS = 200000 };
    static uint32_t seen[COUNT];
    struct avo_workload workload = avo_workload(AVO_ZIPFIAN, 100, COUNT, 11);
    print_message("seed 11\n");
    for (int i = 0; i < DRAWS; i++) {
        seen[avo_workload_rank(&workload)]++;
    }
    assert_in_range((uint64_t)workload.zeta * 100, 700, 800); /* 7.73 for 1000 keys */
    double first = DRAWS / workload.zeta;
    assert_true(seen[0] > first * 0.95 && seen[0] < first * 1.05);
    assert_true(seen[0] > seen[1] && seen[1] > seen[3] && seen[3] > seen[20] && seen[20] > seen[500]);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_decode),
        cmocka_unit_test(unfinished_escapes_are_refused),
        cmocka_unit_test(the_first_tab_splits_a_line),
        cmocka_unit_test(a_percentile_is_at_most_one_in_128_above_the_truth),
        cmocka_unit_test(an_empty_histogram_and_the_largest_value),
        cmocka_unit_test(values_tell_whether_they_are_what_was_written),
        cmocka_unit_test(keys_are_sixteen_bytes_and_distinct),
        cmocka_unit_test(ranks_follow_zipf),
        cmocka_unit_test(workloads_stay_among_the_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
