#include "base/random.h"
#include "checker/linear.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* Histories as text, one operation a line: "KIND VALUE[,EXPECT] CALL RETURN OUTCOME". KIND: g p d c; VALUE: what a get found or a
 * write wrote, "-" for absent; OUTCOME: ok, no, ?. */
static uint32_t value_named(struct avo_history *history, const char *text) {
    return strcmp(text, "-") == 0 ? AVO_NAME_ABSENT : avo_name(&history->values, avo_slice_string(text));
}

static void history_line(struct avo_history *history, const char *line) {
    char kind = 0;
    char value[16] = "-";
    char outcome[4] = "";
    unsigned call = 0;
    unsigned end = 0;
    assert_int_equal(sscanf(line, " %c %15s %u %u %3s", &kind, value, &call, &end, outcome), 5);
    struct avo_history_entry entry = {.call_time = call, .return_time = end};
    char *expect = strchr(value, ',');
    if (expect != NULL) {
        *expect++ = 0;
        entry.expect = value_named(history, expect);
    }
    entry.key = avo_name(&history->keys, avo_slice_string("k"));
    entry.kind = kind == 'g' ? AVO_HISTORY_GET : kind == 'p' ? AVO_HISTORY_PUT : kind == 'd' ? AVO_HISTORY_DELETE : AVO_HISTORY_CAS;
    entry.outcome = outcome[0] == 'o' ? AVO_HISTORY_DONE : outcome[0] == 'n' ? AVO_HISTORY_NONE : AVO_HISTORY_UNKNOWN;
    if (entry.kind == AVO_HISTORY_GET) {
        entry.out = value_named(history, value);
    } else {
        entry.value = value_named(history, value);
    }
    avo_history_add(history, &entry);
}

static enum avo_linear_verdict verdict_of(const char *const *lines, size_t count) {
    struct avo_history history = {0};
    for (size_t i = 0; i < count; i++) {
        history_line(&history, lines[i]);
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

static void keys_are_apart(void **state) {
    (void)state;
    struct avo_history history = {0};
    history_line(&history, "p a 0 1 ok");
    history_line(&history, "g - 2 3 ok");
    history.entries[1].key = avo_name(&history.keys, avo_slice_string("other"));
    assert_int_equal(avo_linear_check(&history).verdict, AVO_LINEAR_YES);
    history.entries[1].key = history.entries[0].key;
    struct avo_linear_report report = avo_linear_check(&history);
    assert_int_equal(report.verdict, AVO_LINEAR_NO);
    assert_int_equal(report.entry, 1);
    avo_history_destroy(&history);
}

/* The naive twin: tries every order. `left`: entries not placed yet; `state`: the value now. */
#define TWIN_MAX 7
struct twin_frame {
    uint32_t left;
    uint32_t state;
};

static bool twin_may_come_first(const struct avo_history *history, uint32_t left, uint32_t i) {
    for (uint32_t j = 0; j < history->count; j++) {
        const struct avo_history_entry *other = &history->entries[j];
        bool ended = other->outcome == AVO_HISTORY_DONE && other->return_time < history->entries[i].call_time;
        if ((left >> j & 1) != 0 && ended) {
            return false;
        }
    }
    return true;
}

static bool twin_step(const struct avo_history_entry *entry, uint32_t *state) {
    switch (entry->kind) {
    case AVO_HISTORY_GET:
        return entry->out == *state;
    case AVO_HISTORY_PUT:
        *state = entry->value;
        return true;
    case AVO_HISTORY_DELETE:
        *state = AVO_NAME_ABSENT;
        return true;
    case AVO_HISTORY_CAS:
        break;
    }
    bool found = entry->expect == *state;
    *state = entry->value;
    return found;
}

static uint32_t twin_must(const struct avo_history *history) {
    uint32_t must = 0;
    for (uint32_t i = 0; i < history->count; i++) {
        must |= (uint32_t)(history->entries[i].outcome == AVO_HISTORY_DONE) << i;
    }
    return must;
}

static bool twin_linear(const struct avo_history *history) {
    static struct twin_frame stack[1U << 20];
    uint32_t count = 1;
    uint32_t must = twin_must(history);
    uint32_t all = (1U << history->count) - 1;
    stack[0] = (struct twin_frame){all, AVO_NAME_ABSENT};
    while (count > 0) {
        struct twin_frame frame = stack[--count];
        if ((frame.left & must) == 0) {
            return true;
        }
        for (uint32_t i = 0; i < history->count; i++) {
            const struct avo_history_entry *entry = &history->entries[i];
            bool tells =
                entry->outcome == AVO_HISTORY_DONE || (entry->outcome == AVO_HISTORY_UNKNOWN && entry->kind != AVO_HISTORY_GET);
            struct twin_frame then = {frame.left & ~(1U << i), frame.state};
            if ((frame.left >> i & 1) != 0 && tells && twin_may_come_first(history, frame.left, i) &&
                twin_step(entry, &then.state)) {
                assert_true(count < AVO_COUNT(stack));
                stack[count++] = then;
            }
        }
    }
    return false;
}

static struct avo_history_entry random_entry(struct avo_prng *prng, struct avo_history *history) {
    static const char *const names[] = {"-", "a", "b", "c"};
    uint64_t values = 2 + avo_prng_below(prng, 3);
    struct avo_history_entry entry = {.key = avo_name(&history->keys, avo_slice_string("k"))};
    entry.kind = (enum avo_history_kind)(avo_prng_chance(prng, 1, 2) ? 0 : avo_prng_below(prng, 4));
    uint64_t draw = avo_prng_below(prng, 8);
    entry.outcome = draw == 0 ? AVO_HISTORY_NONE : draw < 3 ? AVO_HISTORY_UNKNOWN : AVO_HISTORY_DONE;
    entry.value = value_named(history, names[1 + avo_prng_below(prng, values - 1)]);
    entry.expect = value_named(history, names[avo_prng_below(prng, values)]);
    entry.out = value_named(history, names[avo_prng_below(prng, values)]);
    entry.call_time = avo_prng_below(prng, 20);
    entry.return_time = entry.call_time + avo_prng_below(prng, 10);
    return entry;
}

static void agrees_with_every_order(void **state) {
    (void)state;
    uint64_t seed = (uint64_t)time(NULL);
    print_message("seed %llu\n", (unsigned long long)seed);
    struct avo_prng prng = avo_prng(seed);
    uint32_t linear = 0;
    const uint32_t rounds = 60000;
    for (uint32_t round = 0; round < rounds; round++) {
        struct avo_history history = {0};
        uint64_t count = 1 + avo_prng_below(&prng, TWIN_MAX);
        for (uint64_t i = 0; i < count; i++) {
            struct avo_history_entry entry = random_entry(&prng, &history);
            avo_history_add(&history, &entry);
        }
        bool expected = twin_linear(&history);
        assert_int_equal(avo_linear_check(&history).verdict, expected ? AVO_LINEAR_YES : AVO_LINEAR_NO);
        linear += expected;
        avo_history_destroy(&history);
    }
    assert_in_range(linear, rounds / 20, rounds - rounds / 20);
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
        entry.value = value_named(&history, text);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_histories), cmocka_unit_test(bad_histories),           cmocka_unit_test(unknown_outcomes),
        cmocka_unit_test(keys_are_apart), cmocka_unit_test(agrees_with_every_order), cmocka_unit_test(long_histories_are_quick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
