/* Scenarios of views: joining members and changes in the middle of operations [V1, V3, V4]. */
#include "trusted/replica/scenario_test.h"
#include <string.h>

static void a_joining_member_applies_but_does_not_count(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVJ", 0);
    avo_scenario_request(s, 0, "put k v");
    avo_scenario_pass(s, "0>1");
    avo_scenario_pass(s, "1>0");
    EXPECT_TRACE(s, "0>1 QUERY k version -\n"
                    "1>0 ANSWER same absent\n"
                    "0>1 WRITE k 1.0 v\n"
                    "0>2 WRITE k 1.0 v\n");
    avo_scenario_pass(s, "0>2");
    avo_scenario_pass(s, "2>0");
    EXPECT_TRACE(s, "2>0 ACK OK\n"); /* not done by it */
    assert_int_equal(scenario_entry(s, 2, "k").version.clock, 1);
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "1>0 ACK OK\n"
                    "client 1 OK\n");
    /* Nor is it asked by gets, the hedge included. */
    avo_scenario_request(s, 0, "get k");
    avo_scenario_lose_all(s);
    avo_scenario_tick(s, AVO_HEDGE_US);
    assert_null(strstr(avo_scenario_trace(s), "0>2"));
    scenario_end(s);
}

static void a_joining_member_coordinates_nothing(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVJ", 0);
    avo_scenario_request(s, 2, "get k");
    avo_scenario_request(s, 2, "put k v");
    EXPECT_TRACE(s, "client 1 EBUSY\n"
                    "client 2 EBUSY\n");
    scenario_end(s);
}

static void the_value_of_a_damaged_copy_may_come_from_a_joining_member(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVJ", 0);
    for (uint8_t slot = 0; slot < 3; slot++) {
        avo_scenario_seed(s, slot, "k", 5, "v");
    }
    avo_scenario_damage(s, 0, "k");
    avo_scenario_damage(s, 1, "k");
    avo_scenario_request(s, 0, "get k");
    avo_scenario_settle(s);
    assert_non_null(strstr(avo_scenario_trace(s), "client 1 OK v\n"));
    scenario_end(s);
}

static void a_put_that_chose_its_version_keeps_it_through_a_view_change(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_request(s, 0, "put k v");
    avo_scenario_pass(s, "0>1");
    avo_scenario_pass(s, "1>0");
    avo_scenario_pass(s, "0>1"); /* 1 holds it; its ack belongs to epoch 1 */
    avo_scenario_trace(s);
    avo_scenario_view(s, "VVJ");
    for (uint8_t slot = 0; slot < 3; slot++) {
        avo_scenario_adopt(s, slot);
    }
    avo_scenario_settle(s);
    EXPECT_TRACE(s, ""); /* nothing of the old epoch counts */
    avo_scenario_tick(s, 0);
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "0>1 WRITE k 1.0 v\n"
                    "0>2 WRITE k 1.0 v\n"
                    "1>0 ACK OK\n"
                    "2>0 ACK OK\n"
                    "client 1 OK\n");
    scenario_end(s);
}

/* Even if the channel let an old answer through: its round has another name. */
static void answers_to_rounds_of_the_old_epoch_do_not_match(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_request(s, 0, "put k v");
    avo_scenario_request(s, 0, "get k");
    avo_scenario_pass(s, "0>1");
    avo_scenario_pass(s, "0>2");
    avo_scenario_pass(s, "0>1");
    avo_scenario_trace(s);
    avo_scenario_view(s, "VVV");
    for (uint8_t slot = 0; slot < 3; slot++) {
        avo_scenario_adopt(s, slot);
    }
    for (uint32_t i = 0; i < s->packet_count; i++) {
        s->packets[i].epoch = 2;
    }
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "");
    avo_scenario_tick(s, 0);
    avo_scenario_settle(s);
    const char *trace = avo_scenario_trace(s);
    assert_non_null(strstr(trace, "client 1 OK\n"));
    assert_non_null(strstr(trace, "client 2 ENOTFOUND\n"));
    scenario_end(s);
}

static void a_get_restarts_in_the_new_view_and_still_answers_what_it_pinned(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    for (uint8_t slot = 0; slot < 3; slot++) {
        avo_scenario_seed(s, slot, "k", 5, "old");
    }
    avo_scenario_request(s, 0, "get k");
    avo_scenario_lose_all(s);
    avo_scenario_seed(s, 0, "k", 6, "new");
    avo_scenario_view(s, "VJV");
    for (uint8_t slot = 0; slot < 3; slot++) {
        avo_scenario_adopt(s, slot);
    }
    avo_scenario_trace(s);
    avo_scenario_tick(s, 0);
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "0>2 QUERY k newer 5.0\n"
                    "2>0 ANSWER same value\n"
                    "client 1 OK old\n");
    scenario_end(s);
}

static void holders_of_the_old_epoch_do_not_confirm_a_write_back(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVVVV", 0);
    avo_scenario_seed(s, 1, "k", 6, "new");
    avo_scenario_request(s, 0, "get k");
    avo_scenario_pass(s, "0>1");
    avo_scenario_pass(s, "1>0");
    avo_scenario_pass(s, "0>2");
    avo_scenario_pass(s, "2>0"); /* holders: 1 and ourselves; one more is needed */
    avo_scenario_view(s, "VVVVV");
    for (uint8_t slot = 0; slot < 5; slot++) {
        avo_scenario_adopt(s, slot);
    }
    avo_scenario_lose_all(s);
    avo_scenario_trace(s);
    avo_scenario_tick(s, 0);
    EXPECT_TRACE(s, "0>1 WRITE k 6.0 new\n"
                    "0>2 WRITE k 6.0 new\n"
                    "0>3 WRITE k 6.0 new\n"
                    "0>4 WRITE k 6.0 new\n");
    avo_scenario_pass(s, "0>3");
    avo_scenario_pass(s, "3>0");
    EXPECT_TRACE(s, "3>0 ACK OK\n");
    avo_scenario_pass(s, "0>4");
    avo_scenario_pass(s, "4>0");
    EXPECT_TRACE(s, "4>0 ACK OK\n"
                    "client 1 OK new\n");
    scenario_end(s);
}

static void a_fetch_begins_again_with_a_quorum_of_the_new_epoch(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    for (uint8_t slot = 0; slot < 3; slot++) {
        avo_scenario_seed(s, slot, "k", 5, "v");
    }
    avo_scenario_damage(s, 0, "k");
    avo_scenario_request(s, 0, "get k");
    avo_scenario_pass(s, "0>1");
    avo_scenario_pass(s, "1>0");
    avo_scenario_lose_all(s);
    avo_scenario_view(s, "VVV");
    for (uint8_t slot = 0; slot < 3; slot++) {
        avo_scenario_adopt(s, slot);
    }
    avo_scenario_trace(s);
    avo_scenario_tick(s, 0);
    avo_scenario_settle(s);
    const char *trace = avo_scenario_trace(s);
    assert_non_null(strstr(trace, "0>2 QUERY k newer 5.0\n"));
    assert_non_null(strstr(trace, "client 1 OK v\n"));
    scenario_end(s);
}

static void who_is_not_in_the_view_serves_nothing(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VV-", 0);
    avo_scenario_request(s, 2, "get k");
    EXPECT_TRACE(s, "client 1 EBUSY\n");
    avo_scenario_view(s, "VVV");
    avo_scenario_adopt(s, 2);
    avo_scenario_adopt(s, 0);
    avo_scenario_adopt(s, 1);
    avo_scenario_request(s, 2, "get k");
    avo_scenario_settle(s);
    assert_non_null(strstr(avo_scenario_trace(s), "client 2 ENOTFOUND\n"));
    /* Its slot goes to another incarnation: that one's vote is not ours to count. */
    avo_scenario_view(s, "VVV");
    s->view.members[2].incarnation = 3;
    avo_scenario_adopt(s, 2);
    avo_scenario_request(s, 2, "get k");
    EXPECT_TRACE(s, "client 3 EBUSY\n");
    scenario_end(s);
}

static void a_view_that_is_not_newer_is_ignored(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_view(s, "VVV");
    avo_scenario_adopt(s, 0);
    s->view.epoch = 1;
    s->view.member_count = 1;
    avo_scenario_adopt(s, 0);
    avo_scenario_request(s, 0, "get k");
    EXPECT_TRACE(s, "0>1 QUERY k newer -\n");
    scenario_end(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_joining_member_applies_but_does_not_count),
        cmocka_unit_test(a_joining_member_coordinates_nothing),
        cmocka_unit_test(the_value_of_a_damaged_copy_may_come_from_a_joining_member),
        cmocka_unit_test(a_put_that_chose_its_version_keeps_it_through_a_view_change),
        cmocka_unit_test(answers_to_rounds_of_the_old_epoch_do_not_match),
        cmocka_unit_test(a_get_restarts_in_the_new_view_and_still_answers_what_it_pinned),
        cmocka_unit_test(holders_of_the_old_epoch_do_not_confirm_a_write_back),
        cmocka_unit_test(a_fetch_begins_again_with_a_quorum_of_the_new_epoch),
        cmocka_unit_test(who_is_not_in_the_view_serves_nothing),
        cmocka_unit_test(a_view_that_is_not_newer_is_ignored),
    };
    return cmocka_run_group_tests_name("replica/view", tests, NULL, NULL);
}
