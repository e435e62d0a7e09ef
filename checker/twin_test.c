/* The check against its naive twin, which tries every order, on many small random histories, right ones and wrong ones. */
#include "base/random.h"
#include "checker/linear.h"
#include "checker/testing.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define ROUNDS 100000U
#define OPERATIONS_MAX 7
#define WINDOW 20 /* all calls lie in it */

/* `left`: entries not placed yet; `state`: the value now. */
struct frame {
    uint32_t left;
    uint32_t state;
};

static bool may_come_first(const struct avo_history *history, uint32_t left, uint32_t i) {
    for (uint32_t j = 0; j < history->count; j++) {
        const struct avo_history_entry *other = &history->entries[j];
        bool ended = other->outcome == AVO_HISTORY_DONE && other->return_time < history->entries[i].call_time;
        if ((left >> j & 1) != 0 && ended) {
            return false;
        }
    }
    return true;
}

/* All numbers here are small; text that is none begins with a letter. */
static bool incr_step(struct avo_history *history, const struct avo_history_entry *entry, uint32_t *state) {
    char text[16] = "0";
    struct avo_slice now = avo_name_bytes(&history->values, *state);
    memcpy(text, now.data == NULL ? (const uint8_t *)text : now.data, now.length);
    text[now.data == NULL ? 1 : now.length] = '\0';
    if (text[0] >= 'a') {
        return false;
    }
    (void)snprintf(text, sizeof text, "%ld", strtol(text, NULL, 10) + (long)entry->by);
    *state = avo_testing_value(history, text);
    return entry->outcome == AVO_HISTORY_UNKNOWN || *state == entry->out;
}

static bool step(struct avo_history *history, const struct avo_history_entry *entry, uint32_t *state) {
    uint32_t before = *state;
    switch (entry->kind) {
    case AVO_HISTORY_GET:
        return entry->out == before;
    case AVO_HISTORY_PUT:
        *state = entry->value;
        return true;
    case AVO_HISTORY_DELETE:
        *state = AVO_NAME_ABSENT;
        return true;
    case AVO_HISTORY_CAS:
        *state = entry->value;
        return entry->expect == before;
    case AVO_HISTORY_INCR:
        break;
    }
    return incr_step(history, entry, state);
}

static uint32_t must_take_effect(const struct avo_history *history) {
    uint32_t must = 0;
    for (uint32_t i = 0; i < history->count; i++) {
        must |= (uint32_t)(history->entries[i].outcome == AVO_HISTORY_DONE) << i;
    }
    return must;
}

static bool linear_by_every_order(struct avo_history *history) {
    static struct frame stack[1U << 20];
    uint32_t count = 1;
    uint32_t must = must_take_effect(history);
    stack[0] = (struct frame){(1U << history->count) - 1, AVO_NAME_ABSENT};
    while (count > 0) {
        struct frame frame = stack[--count];
        if ((frame.left & must) == 0) {
            return true;
        }
        for (uint32_t i = 0; i < history->count; i++) {
            const struct avo_history_entry *entry = &history->entries[i];
            bool tells =
                entry->outcome == AVO_HISTORY_DONE || (entry->outcome == AVO_HISTORY_UNKNOWN && entry->kind != AVO_HISTORY_GET);
            struct frame then = {frame.left & ~(1U << i), frame.state};
            if ((frame.left >> i & 1) != 0 && tells && may_come_first(history, frame.left, i) &&
                step(history, entry, &then.state)) {
                assert_true(count < AVO_COUNT(stack));
                stack[count++] = then;
            }
        }
    }
    return false;
}

static struct avo_history_entry random_entry(struct avo_prng *prng, struct avo_history *history, bool numbers) {
    static const char *const texts[] = {"-", "a", "b", "c"};
    static const char *const decimals[] = {"-", "1", "2", "0"};
    const char *const *names = numbers ? decimals : texts;
    uint64_t values = 2 + avo_prng_below(prng, 3);
    struct avo_history_entry entry = {.key = avo_name(&history->keys, avo_slice_string("k"))};
    entry.kind = (enum avo_history_kind)(avo_prng_chance(prng, 1, 2) ? 0 : avo_prng_below(prng, numbers ? 5 : 4));
    uint64_t draw = avo_prng_below(prng, 8);
    entry.outcome = draw == 0 ? AVO_HISTORY_NONE : draw < 3 ? AVO_HISTORY_UNKNOWN : AVO_HISTORY_DONE;
    entry.value = avo_testing_value(history, names[1 + avo_prng_below(prng, values - 1)]);
    entry.expect = avo_testing_value(history, names[avo_prng_below(prng, values)]);
    entry.out = avo_testing_value(history, names[avo_prng_below(prng, values)]);
    entry.by = avo_prng_chance(prng, 3, 4) ? 1 : -1;
    entry.call_time = avo_prng_below(prng, WINDOW);
    entry.return_time = entry.call_time + avo_prng_below(prng, WINDOW / 2);
    return entry;
}

/* Makes what the entries tell true: each takes effect at a moment between its call and its return, or, of unknown outcome, later or
 * never. */
static void make_right(struct avo_prng *prng, struct avo_history *history) {
    uint64_t moments[OPERATIONS_MAX];
    uint32_t state = AVO_NAME_ABSENT;
    for (uint32_t i = 0; i < history->count; i++) {
        const struct avo_history_entry *entry = &history->entries[i];
        bool known = entry->outcome == AVO_HISTORY_DONE;
        uint64_t span = known ? entry->return_time - entry->call_time : 3 * WINDOW;
        moments[i] = entry->call_time + avo_prng_below(prng, span + 1);
        moments[i] = entry->outcome == AVO_HISTORY_NONE ? UINT64_MAX : moments[i];
    }
    for (uint64_t now = 0; now < 4 * WINDOW; now++) {
        for (uint32_t i = 0; i < history->count; i++) {
            struct avo_history_entry *entry = &history->entries[i];
            uint32_t after = state;
            if (moments[i] != now) {
                continue;
            }
            entry->out = entry->kind == AVO_HISTORY_GET ? state : entry->out;
            entry->expect = entry->kind == AVO_HISTORY_CAS ? state : entry->expect;
            if (entry->kind == AVO_HISTORY_INCR) {
                (void)incr_step(history, entry, &after);
                entry->out = after;
            } else {
                (void)step(history, entry, &after);
            }
            state = after;
        }
    }
}

static struct avo_history random_history(struct avo_prng *prng) {
    struct avo_history history = {0};
    uint64_t count = 1 + avo_prng_below(prng, OPERATIONS_MAX);
    bool numbers = avo_prng_chance(prng, 1, 2);
    for (uint64_t i = 0; i < count; i++) {
        struct avo_history_entry entry = random_entry(prng, &history, numbers);
        avo_history_add(&history, &entry);
    }
    uint64_t kind = avo_prng_below(prng, 3); /* any; right; right but for one entry */
    if (kind > 0) {
        make_right(prng, &history);
    }
    if (kind > 1) {
        uint64_t which = avo_prng_below(prng, count);
        history.entries[which] = random_entry(prng, &history, numbers);
    }
    return history;
}

static void agrees_with_every_order(void **state) {
    (void)state;
    uint64_t seed = (uint64_t)time(NULL);
    print_message("seed %llu\n", (unsigned long long)seed);
    struct avo_prng prng = avo_prng(seed);
    uint32_t right = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct avo_history history = random_history(&prng);
        bool expected = linear_by_every_order(&history);
        assert_int_equal(avo_linear_check(&history).verdict, expected ? AVO_LINEAR_YES : AVO_LINEAR_NO);
        right += expected;
        avo_history_destroy(&history);
    }
    print_message("%u right, %u wrong\n", right, ROUNDS - right);
    assert_in_range(right, ROUNDS / 5, ROUNDS - ROUNDS / 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_every_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
