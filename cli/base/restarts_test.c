/* When a node that ended is started again, and what a file says of it. */
#include "base/testing.h"
#include "cli/base/restarts.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000000ULL
#define EXIT(status) ((status) << 8) /* as wait(2) tells it */

static void it_waits_longer_each_time_up_to_a_minute(void **state) {
    (void)state;
    static const unsigned pauses_s[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
    struct avo_restart restart = {.state = AVO_RESTART_RUNS};
    uint64_t now_us = 5 * SECOND;
    for (unsigned i = 0; i < AVO_COUNT(pauses_s); i++) {
        avo_restart_ended(&restart, i % 2 == 0 ? SIGKILL : EXIT(1), now_us, 1000 + i);
        assert_int_equal(restart.state, AVO_RESTART_WAITS);
        assert_int_equal(restart.count, i + 1);
        assert_int_equal(restart.ended_s, 1000 + i);
        assert_int_equal(restart.due_us - now_us, pauses_s[i] * SECOND);
        now_us = restart.due_us;
        avo_restart_started(&restart, now_us);
        now_us += 59 * SECOND;
        assert_false(avo_restart_settles(&restart, now_us));
    }
    now_us += SECOND;
    assert_true(avo_restart_settles(&restart, now_us));
    assert_false(avo_restart_settles(&restart, now_us));
    assert_int_equal(restart.count, 0);
    avo_restart_ended(&restart, SIGKILL, now_us, 1);
    assert_int_equal(restart.due_us - now_us, SECOND);
}

static void a_minute_of_life_counts_without_a_look(void **state) {
    (void)state;
    struct avo_restart restart = {.state = AVO_RESTART_RUNS};
    avo_restart_ended(&restart, SIGKILL, SECOND, 1);
    avo_restart_ended(&restart, SIGKILL, SECOND, 1); /* it waited all the while */
    assert_int_equal(restart.due_us, 3 * SECOND);
    avo_restart_started(&restart, 3 * SECOND);
    avo_restart_ended(&restart, SIGKILL, 63 * SECOND, 2);
    assert_int_equal(restart.count, 1);
    assert_int_equal(restart.due_us, 64 * SECOND);
}

static void what_ended_for_good_is_not_started_again(void **state) {
    (void)state;
    static const int statuses[] = {EXIT(0), EXIT(2), EXIT(18)};
    for (size_t i = 0; i < AVO_COUNT(statuses); i++) {
        struct avo_restart restart = {.state = AVO_RESTART_RUNS};
        avo_restart_ended(&restart, statuses[i], SECOND, 1);
        assert_int_equal(restart.state, AVO_RESTART_LEFT);
        avo_restart_started(&restart, 2 * SECOND); /* by hand */
        assert_int_equal(restart.state, AVO_RESTART_RUNS);
    }
}

static void put(const char *dir, const char *text) {
    char path[256];
    (void)snprintf(path, sizeof path, "%s/" AVO_RESTARTS_FILE, dir);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
}

static void what_is_written_is_read(void **state) {
    (void)state;
    char dir[] = "/tmp/avocado-restarts-XXXXXX";
    struct avo_restarts restarts = {.count = 3}, read;
    assert_non_null(mkdtemp(dir));
    avo_restarts_read(&read, dir);
    assert_int_equal(read.count, 0);
    restarts.slots[1] = (struct avo_restart){.state = AVO_RESTART_WAITS, .count = 4, .ended_s = 77};
    restarts.slots[2].state = AVO_RESTART_LEFT;
    avo_restarts_write(&restarts, dir);
    avo_restarts_read(&read, dir);
    assert_int_equal(read.count, 3);
    assert_int_equal(read.slots[0].state, AVO_RESTART_RUNS);
    assert_int_equal(read.slots[1].state, AVO_RESTART_WAITS);
    assert_int_equal(read.slots[1].count, 4);
    assert_int_equal(read.slots[1].ended_s, 77);
    assert_int_equal(read.slots[2].state, AVO_RESTART_LEFT);
    static const char *const strange[] = {"",
                                          "[",
                                          "{}",
                                          "{\"nodes\": 7}",
                                          "{\"nodes\": [1, {\"slot\": 0}]}",
                                          "{\"nodes\": [{\"slot\": 99, \"state\": \"left\", \"ended\": 1, \"ended_s\": 1}]}"};
    for (size_t i = 0; i < AVO_COUNT(strange); i++) {
        put(dir, strange[i]);
        avo_restarts_read(&read, dir);
        assert_int_equal(read.count, 0);
    }
    avo_restarts_remove(dir);
    assert_int_equal(rmdir(dir), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_waits_longer_each_time_up_to_a_minute),
        cmocka_unit_test(a_minute_of_life_counts_without_a_look),
        cmocka_unit_test(what_ended_for_good_is_not_started_again),
        cmocka_unit_test(what_is_written_is_read),
    };
    return cmocka_run_group_tests_name("cli/restarts", tests, NULL, NULL);
}
