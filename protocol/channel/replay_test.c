/* The window against a naive twin that remembers every counter it ever accepted. */
#include "protocol/channel/replay.h"
#include "protocol/testing.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the four above. */
#include <cmocka.h>

#define COUNTERS 200000

struct twin {
    bool seen[COUNTERS];
    uint64_t highest;
};

static bool twin_fresh(const struct twin *twin, uint64_t counter) {
    bool inside = counter > twin->highest || twin->highest - counter < AVO_REPLAY_WINDOW_PACKETS;
    return counter > 0 && inside && !twin->seen[counter];
}

static void twin_accept(struct twin *twin, uint64_t counter) {
    twin->seen[counter] = true;
    twin->highest = counter > twin->highest ? counter : twin->highest;
}

/* Mostly near the highest, sometimes just around the window's far edge, seldom a leap. */
static uint64_t pick(struct avo_prng *prng, uint64_t highest) {
    uint64_t back = avo_prng_below(prng, 80);
    if (avo_prng_chance(prng, 1, 4)) {
        back = AVO_REPLAY_WINDOW_PACKETS - 70 + avo_prng_below(prng, 140);
    }
    uint64_t ahead = avo_prng_below(prng, 70);
    if (avo_prng_chance(prng, 1, 300)) {
        ahead = avo_prng_below(prng, 3 * AVO_REPLAY_WINDOW_PACKETS);
    }
    uint64_t counter = highest + ahead;
    counter = counter > back ? counter - back : 0;
    return counter < COUNTERS ? counter : COUNTERS - 1;
}

static void agrees_with_twin(void **state) {
    (void)state;
    static struct twin twin;
    struct avo_prng prng = avo_prng(testing_seed());
    for (int round = 0; round < 20; round++) {
        struct avo_replay replay = {0};
        int accepted_count = 0;
        memset(&twin, 0, sizeof twin);
        for (int i = 0; i < 20000 && replay.highest < COUNTERS - 1; i++) {
            uint64_t counter = pick(&prng, replay.highest);
            bool fresh = twin_fresh(&twin, counter);
            assert_int_equal(avo_replay_fresh(&replay, counter), fresh);
            if (fresh) {
                avo_replay_accept(&replay, counter);
                twin_accept(&twin, counter);
                accepted_count++;
            }
        }
        assert_true(accepted_count > 500);
    }
}

static void every_leap(void **state) {
    (void)state;
    for (uint64_t start = 1; start < 130; start += 7) {
        for (uint64_t leap = 1; leap < 2 * AVO_REPLAY_WINDOW_PACKETS; leap += leap < 200 ? 1 : 61) {
            struct avo_replay replay = {0};
            for (uint64_t counter = 1; counter <= start; counter++) {
                avo_replay_accept(&replay, counter);
            }
            avo_replay_accept(&replay, start + leap);
            for (uint64_t back = 0; back < AVO_REPLAY_WINDOW_PACKETS + 2 && back < start + leap; back++) {
                uint64_t counter = start + leap - back;
                bool fresh = back < AVO_REPLAY_WINDOW_PACKETS && counter > start && back > 0;
                assert_int_equal(avo_replay_fresh(&replay, counter), fresh);
            }
        }
    }
}

static void zero_is_never_fresh(void **state) {
    (void)state;
    struct avo_replay replay = {0};
    assert_false(avo_replay_fresh(&replay, 0));
    assert_true(avo_replay_fresh(&replay, 1));
    assert_true(avo_replay_fresh(&replay, UINT64_MAX));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_twin),
        cmocka_unit_test(every_leap),
        cmocka_unit_test(zero_is_never_fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
