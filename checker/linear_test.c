#include "base/random.h"
#include "checker/linear.h"
#include "checker/testing.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static enum avo_linear_verdict verdict_of(const char *const *lines, size_t count) {
    struct avo_history history = {0};
    for (size_t i = 0; i < count; i++) {
        avo_testing_history_line(&history, lines[i]);
    }
    struct avo_linear_report report = avo_linear_check(&history);
    avo_history_destroy(&history);
    return report.verdict;
}

#define LINEAR(...)                                                                                                                \
    do {                                                                                                                           \
        const char *const lines[] = {__VA_ARGS__};                                                                                 \
        assert_int_equal(verdict_of(lines, AVO_COUNT(lines)), AVO_LINEAR_YES);                                                     \
    } while (0)
#define NOT_LINEAR(...)                                                                                                            \
    do {                                                                                                                           \
        const char *const lines[] = {__VA_ARGS__};                                                                                 \
        assert_int_equal(verdict_of(lines, AVO_COUNT(lines)), AVO_LINEAR_NO);                                                      \
    } while (0)

static void good_histories(void **state) {
    (void)state;
    LINEAR("g - 0 1 ok");
    LINEAR("p a 0 1 ok", "g a 2 3 ok");
    LINEAR("p a 0 9 ok", "g - 1 2 ok", "g a 3 4 ok");
    LINEAR("p a 0 9 ok", "p b 0 9 ok", "g a 10 11 ok");
    LINEAR("p a 0 9 ok", "p b 0 9 ok", "g b 1 2 ok", "g a 3 4 ok", "g a 10 11 ok");
    LINEAR("p a 0 1 ok", "d - 2 3 ok", "g - 4 5 ok");
    LINEAR("p a 0 1 no", "g - 2 3 ok");
    LINEAR("p a 0 1 ok", "c b,a 2 3 ok", "g b 4 5 ok");
    LINEAR("p a 0 1 ok", "c b,c 2 3 no", "g a 4 5 ok");
    LINEAR("c a,- 0 1 ok", "g a 2 3 ok");
    /* Operations that touch are concurrent. */
    LINEAR("p a 0 5 ok", "g - 5 6 ok");
}

static void bad_histories(void **state) {
    (void)state;
    NOT_LINEAR("g a 0 1 ok");
    NOT_LINEAR("p a 0 1 ok", "g - 2 3 ok");
    NOT_LINEAR("p a 0 1 ok", "p b 2 3 ok", "g a 4 5 ok");
    NOT_LINEAR("p a 0 9 ok", "g a 1 2 ok", "g - 3 4 ok");
    NOT_LINEAR("p a 0 9 ok", "p b 0 9 ok", "g a 10 11 ok", "g b 12 13 ok");
    NOT_LINEAR("p a 0 1 no", "g a 2 3 ok");
    NOT_LINEAR("p a 0 1 ok", "d - 2 3 ok", "g a 4 5 ok");
    NOT_LINEAR("p a 0 1 ok", "c b,a 2 9 ok", "c c,a 2 9 ok");
    NOT_LINEAR("p a 0 1 ok", "c b,c 2 3 ok");
    /* Found before it was written. */
    NOT_LINEAR("g a 0 1 ok", "p a 2 3 ok");
}

static void unknown_outcomes(void **state) {
    (void)state;
    LINEAR("p a 0 1 ?", "g - 2 3 ok");
    LINEAR("p a 0 1 ?", "g - 2 3 ok", "g a 4 5 ok");
    LINEAR("p a 0 1 ?", "p b 2 3 ok", "g b 4 5 ok", "g a 6 7 ok", "g a 8 9 ok");
    NOT_LINEAR("p a 0 1 ?", "g a 2 3 ok", "g - 4 5 ok");
    NOT_LINEAR("p a 0 1 ?", "g a 2 3 ok", "p b 4 5 ok", "g a 6 7 ok");
    NOT_LINEAR("g a 0 1 ok", "p a 2 3 ?");
    LINEAR("p a 0 1 ok", "d - 2 3 ?", "g a 4 5 ok", "g - 6 7 ok");
    NOT_LINEAR("p a 0 1 ok", "d - 2 3 ?", "g - 4 5 ok", "g a 6 7 ok");
    LINEAR("p a 0 1 ok", "c b,a 2 3 ?", "g a 4 5 ok", "g b 6 7 ok");
    NOT_LINEAR("p a 0 1 ok", "c b,z 2 3 ?", "g b 6 7 ok");
    LINEAR("g - 0 1 ?", "p a 2 3 ok", "g a 4 5 ok");
}

static void incrs(void **state) {
    (void)state;
    LINEAR("i 1 0 1 ok", "i 2 2 3 ok", "g 2 4 5 ok");
    LINEAR("i 1 0 9 ok", "i 2 0 9 ok", "i 3 0 9 ok");
    LINEAR("p 7 0 1 ok", "i 5,-2 2 3 ok", "g 5 4 5 ok");
    LINEAR("p 0 0 1 ok", "i 1 2 3 ok", "d - 4 5 ok", "i 1 6 7 ok");
    LINEAR("p a 0 1 ok", "i 0 2 3 no", "g a 4 5 ok");
    LINEAR("i 0 0 1 ?", "g - 2 3 ok", "g 1 4 5 ok");
    LINEAR("i 0 0 1 ?", "i 0 0 1 ?", "i 3 4 5 ok");
    LINEAR("p 3 0 1 ?", "i 4 2 3 ok", "g 4 4 5 ok");
    LINEAR("p 3 0 1 ?", "i 0 2 3 ?", "g 4 4 5 ok");
    LINEAR("i 0,5 0 1 ?", "c 6,5 2 3 ?", "g 6 4 5 ok");
    LINEAR("i -9223372036854775808,-1 4 5 ok", "p -9223372036854775807 0 1 ok");
    NOT_LINEAR("i 1 0 9 ok", "i 1 0 9 ok");
    NOT_LINEAR("i 2 0 1 ok");
    NOT_LINEAR("p a 0 1 ok", "i 1 2 3 ok");
    NOT_LINEAR("p 07 0 1 ok", "i 8 2 3 ok");
    NOT_LINEAR("p a 0 1 ok", "i 0 2 3 ?", "g 1 4 5 ok");
    NOT_LINEAR("i 0 0 1 ?", "i 3 2 3 ok");
    NOT_LINEAR("i 0 0 1 no", "g 1 2 3 ok");
    NOT_LINEAR("p 9223372036854775807 0 1 ok", "i -9223372036854775808 2 3 ok");
}

static void keys_are_apart(void **state) {
    (void)state;
    struct avo_history history = {0};
    avo_testing_history_line(&history, "p a 0 1 ok");
    avo_testing_history_line(&history, "g - 2 3 ok");
    history.entries[1].key = avo_name(&history.keys, avo_slice_string("other"));
    assert_int_equal(avo_linear_check(&history).verdict, AVO_LINEAR_YES);
    history.entries[1].key = history.entries[0].key;
    struct avo_linear_report report = avo_linear_check(&history);
    assert_int_equal(report.verdict, AVO_LINEAR_NO);
    assert_int_equal(report.entry, 1);
    avo_history_destroy(&history);
}

/* A register behind a lock, eight writers at a time: always linearizable, and fast to see. */
static void long_histories_are_quick(void **state) {
    (void)state;
    struct avo_prng prng = avo_prng(7);
    struct avo_history history = {0};
    uint32_t now = AVO_NAME_ABSENT;
    for (uint32_t i = 0; i < 40000; i++) {
        char text[16];
        snprintf(text, sizeof text, "%u", i);
        struct avo_history_entry entry = {.key = avo_name(&history.keys, avo_slice_string("k"))};
        entry.kind = avo_prng_chance(&prng, 1, 2) ? AVO_HISTORY_GET : AVO_HISTORY_PUT;
        entry.value = avo_testing_value(&history, text);
        bool lost = entry.kind == AVO_HISTORY_PUT && avo_prng_chance(&prng, 1, 10);
        entry.outcome = lost ? AVO_HISTORY_UNKNOWN : AVO_HISTORY_DONE;
        entry.out = now;
        entry.call_time = i * 10 - (i < 8 ? i * 10 : avo_prng_below(&prng, 80));
        entry.return_time = i * 10 + avo_prng_below(&prng, 80);
        now = entry.kind == AVO_HISTORY_PUT && (!lost || avo_prng_chance(&prng, 1, 2)) ? entry.value : now;
        avo_history_add(&history, &entry);
    }
    assert_int_equal(avo_linear_check(&history).verdict, AVO_LINEAR_YES);
    /* One stale answer in it is found. */
    uint32_t stale = 30000;
    while (history.entries[stale].kind != AVO_HISTORY_GET) {
        stale++;
    }
    history.entries[stale].out = avo_name(&history.values, avo_slice_string("3"));
    assert_int_equal(avo_linear_check(&history).verdict, AVO_LINEAR_NO);
    avo_history_destroy(&history);
}

/* Twelve writes of one value each, any of which may be the one that a cas of unknown outcome needs: more orders than are allowed.
 */
static void what_is_too_wide_is_undecided(void **state) {
    (void)state;
    struct avo_history history = {0};
    char line[64];
    for (int i = 0; i < 12; i++) {
        (void)snprintf(line, sizeof line, "c %d,%d 0 1 ?", i + 1, i % 3);
        avo_testing_history_line(&history, line);
        (void)snprintf(line, sizeof line, "p %d 0 1 ?", i % 3);
        avo_testing_history_line(&history, line);
    }
    for (int i = 0; i < 12; i++) {
        (void)snprintf(line, sizeof line, "g %d %d %d ok", i + 1, 100 + i, 200 + i);
        avo_testing_history_line(&history, line);
    }
    enum avo_linear_verdict whole = avo_linear_check(&history).verdict;
    assert_int_not_equal(whole, AVO_LINEAR_UNDECIDED);
    assert_int_equal(avo_linear_check_within(&history, (struct avo_linear_limits){8, UINT64_MAX}).verdict, AVO_LINEAR_UNDECIDED);
    assert_int_equal(avo_linear_check_within(&history, (struct avo_linear_limits){UINT32_MAX, 100}).verdict, AVO_LINEAR_UNDECIDED);
    avo_history_destroy(&history);
}

/* One more pending than there is room for; and a key that is wrong is found behind one that is too wide. */
static void too_many_pending_are_undecided(void **state) {
    (void)state;
    struct avo_history history = {0};
    char line[64];
    for (int i = 0; i <= 256; i++) {
        (void)snprintf(line, sizeof line, "p v%d 0 9 ok", i);
        avo_testing_history_line(&history, line);
    }
    assert_int_equal(avo_linear_check(&history).verdict, AVO_LINEAR_UNDECIDED);
    avo_testing_history_line(&history, "g never 0 9 ok");
    history.entries[257].key = avo_name(&history.keys, avo_slice_string("other"));
    assert_int_equal(avo_linear_check(&history).verdict, AVO_LINEAR_NO);
    avo_history_destroy(&history);
}

/* Deletes and increments of unknown outcome do the same as one another, and are never forgotten: they must not cost an order each.
 */
static void many_alike_are_quick(void **state) {
    (void)state;
    struct avo_history history = {0};
    char line[64];
    for (int i = 0; i < 100; i++) {
        (void)snprintf(line, sizeof line, "d - %d %d ?", 10 * i, 10 * i + 1);
        avo_testing_history_line(&history, line);
        (void)snprintf(line, sizeof line, "i 0 %d %d ?", 10 * i + 2, 10 * i + 3);
        avo_testing_history_line(&history, line);
        (void)snprintf(line, sizeof line, "g %s %d %d ok", i % 3 == 0 ? "1" : i % 3 == 1 ? "2" : "-", 10 * i + 4, 10 * i + 5);
        avo_testing_history_line(&history, line);
    }
    assert_int_equal(avo_linear_check(&history).verdict, AVO_LINEAR_YES);
    avo_testing_history_line(&history, "g 200 2000 2001 ok");
    assert_int_equal(avo_linear_check(&history).verdict, AVO_LINEAR_NO);
    avo_history_destroy(&history);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_histories),
        cmocka_unit_test(bad_histories),
        cmocka_unit_test(unknown_outcomes),
        cmocka_unit_test(incrs),
        cmocka_unit_test(keys_are_apart),
        cmocka_unit_test(what_is_too_wide_is_undecided),
        cmocka_unit_test(too_many_pending_are_undecided),
        cmocka_unit_test(many_alike_are_quick),
        cmocka_unit_test(long_histories_are_quick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
