/* The clock that enclaves are shown follows the machine's: by steps, and only where it matters. */
#include "base/testing.h"
#include "host/clock.h"

#define MONTH_US (30ULL * 86400 * 1000000)
#define NEAR_US 200000

static uint64_t wall_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint64_t apart_us(const struct avo_clock *clock) {
    uint64_t shown_us = avo_clock_wall(clock, avo_clock_monotonic());
    uint64_t true_us = wall_us();
    return shown_us > true_us ? shown_us - true_us : true_us - shown_us;
}

static void a_month_is_made_up_for_in_either_direction(void **state) {
    (void)state;
    struct avo_clock clock = avo_clock_start();
    assert_in_range(apart_us(&clock), 0, NEAR_US);
    clock.offset_us += MONTH_US;
    assert_in_range(apart_us(&clock), MONTH_US - NEAR_US, MONTH_US + NEAR_US);
    avo_clock_follow(&clock);
    assert_in_range(apart_us(&clock), 0, NEAR_US);
    clock.offset_us -= MONTH_US;
    avo_clock_follow(&clock);
    assert_in_range(apart_us(&clock), 0, NEAR_US);
}

static void less_than_a_second_is_left_alone(void **state) {
    (void)state;
    struct avo_clock clock = avo_clock_start();
    uint64_t ahead_us = clock.offset_us + AVO_CLOCK_APART_US - NEAR_US;
    clock.offset_us = ahead_us;
    avo_clock_follow(&clock);
    assert_int_equal(clock.offset_us, ahead_us);
}

static void what_is_timed_here_never_goes_back(void **state) {
    (void)state;
    uint64_t before_us = avo_clock_monotonic();
    for (int i = 0; i < 1000; i++) {
        uint64_t now_us = avo_clock_monotonic();
        assert_true(now_us >= before_us);
        before_us = now_us;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_month_is_made_up_for_in_either_direction),
        cmocka_unit_test(less_than_a_second_is_left_alone),
        cmocka_unit_test(what_is_timed_here_never_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
