/* Scenarios of rounds that begin again in another view [V3]: nothing that was heard in the old one counts. */
#include "trusted/replica/scenario_test.h"
#include <string.h>

static void next_view(struct avo_scenario *s, const char *roles) {
    avo_scenario_lose_all(s);
    avo_scenario_view(s, roles);
    for (uint8_t slot = 0; slot < s->replica_count; slot++) {
        avo_scenario_adopt(s, slot);
    }
    avo_scenario_trace(s);
}

static void exchange(struct avo_scenario *s, const char *there, const char *back) {
    avo_scenario_pass(s, there);
    avo_scenario_pass(s, back);
}

static void only_those_who_said_so_in_this_view_hold_a_version(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVVVV", 0);
    for (uint8_t slot = 0; slot < 5; slot++) {
        avo_scenario_seed(s, slot, "k", slot == 2 ? 7 : 5, slot == 2 ? "new" : "old");
    }
    avo_scenario_request(s, 1, "get k");
    exchange(s, "1>2", "2>1");
    next_view(s, "VVVVV");
    avo_scenario_tick(s, 0); /* it knows 7, its own store and slot 0 have 5 */
    EXPECT_TRACE(s, "1>2 QUERY k newer 5.0\n"
                    "1>3 QUERY k newer 5.0\n");
    exchange(s, "1>2", "2>1");
    exchange(s, "1>3", "3>1");
    EXPECT_TRACE(s, "2>1 ANSWER 7.0 value new\n"
                    "3>1 ANSWER same value\n"
                    "1>0 WRITE k 7.0 new\n"
                    "1>3 WRITE k 7.0 new\n"
                    "1>4 WRITE k 7.0 new\n");
    avo_scenario_settle(s);
    scenario_end(s);
}

static void a_round_that_began_again_is_hedged_again(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_request(s, 0, "get k");
    avo_scenario_lose_all(s);
    avo_scenario_tick(s, AVO_HEDGE_US);
    next_view(s, "VVV");
    avo_scenario_tick(s, 0);
    EXPECT_TRACE(s, "0>2 QUERY k newer -\n");
    avo_scenario_tick(s, AVO_HEDGE_US);
    EXPECT_TRACE(s, "0>1 QUERY k newer -\n");
    exchange(s, "0>2", "2>0"); /* of the round that began in this view: it goes on */
    EXPECT_TRACE(s, "2>0 ANSWER same absent\n"
                    "client 1 ENOTFOUND\n");
    scenario_end(s);
}

static void who_was_silent_in_the_old_view_is_asked_in_its_turn(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_request(s, 0, "get k");
    avo_scenario_lose_all(s);
    avo_scenario_tick(s, AVO_HEDGE_US);
    avo_scenario_settle(s);
    next_view(s, "VVV");
    avo_scenario_request(s, 0, "get k");
    avo_scenario_settle(s);
    avo_scenario_trace(s);
    avo_scenario_request(s, 0, "get k");
    EXPECT_TRACE(s, "0>1 QUERY k newer -\n");
    scenario_end(s);
}

static void an_admission_of_the_old_view_does_not_count(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVVVV", 0);
    avo_store_twin_refuse(s->nodes[3].store, AVO_EFULL, AVO_OK);
    avo_scenario_request(s, 0, "put k v");
    exchange(s, "0>1", "1>0");
    next_view(s, "VVVVV");
    avo_scenario_tick(s, 0);
    exchange(s, "0>2", "2>0");
    exchange(s, "0>3", "3>0");
    assert_null(strstr(avo_scenario_trace(s), "WRITE")); /* 0 and 2 would take it */
    exchange(s, "0>4", "4>0");
    assert_non_null(strstr(avo_scenario_trace(s), "0>1 WRITE k 1.0 v\n"));
    avo_scenario_settle(s);
    scenario_end(s);
}

static void a_refusal_of_the_old_view_is_forgotten(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    for (uint8_t slot = 0; slot < 3; slot++) {
        avo_scenario_seed(s, slot, "k", 5, "v");
    }
    avo_store_twin_refuse(s->nodes[1].store, AVO_EFULL, AVO_OK);
    avo_scenario_request(s, 0, "del k");
    exchange(s, "0>1", "1>0");
    next_view(s, "VVV");
    avo_store_twin_refuse(s->nodes[1].store, AVO_EQUOTA, AVO_OK);
    avo_store_twin_refuse(s->nodes[2].store, AVO_EQUOTA, AVO_OK);
    avo_scenario_tick(s, 0);
    avo_scenario_settle(s);
    assert_non_null(strstr(avo_scenario_trace(s), "client 1 EQUOTA\n"));
    scenario_end(s);
}

static void a_deadline_before_the_new_round_counts_no_old_answer(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVVVV", 0);
    avo_scenario_request(s, 0, "put k v");
    exchange(s, "0>1", "1>0");
    next_view(s, "VVVVV");
    avo_scenario_tick(s, 1000000);
    EXPECT_TRACE(s, "client 1 EQUORUM 1 of 3 in 5\n");
    scenario_end(s);
}

static void a_fetch_that_began_again_gives_up_no_earlier_than_a_get(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    for (uint8_t slot = 0; slot < 3; slot++) {
        avo_scenario_seed(s, slot, "k", 5, "v");
    }
    avo_scenario_damage(s, 0, "k");
    avo_scenario_request(s, 0, "get k");
    exchange(s, "0>1", "1>0"); /* the same version, but it does not open here: fetched */
    avo_scenario_tick(s, 300000);
    next_view(s, "VVV");
    avo_scenario_tick(s, 0);
    avo_scenario_lose_all(s);
    avo_scenario_tick(s, 100000); /* more than a third of the get's patience has passed */
    assert_null(strstr(avo_scenario_trace(s), "client"));
    avo_scenario_settle(s);
    assert_non_null(strstr(avo_scenario_trace(s), "client 1 OK v\n"));
    scenario_end(s);
}

static void rounds_without_a_name_match_nothing(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_request(s, 0, "get k");
    next_view(s, "VVV"); /* the get's round has no name until it begins again */
    const uint64_t rounds[] = {0, UINT64_MAX, 1ULL << 16 | 0xffff, 0xffff};
    for (size_t i = 0; i < AVO_COUNT(rounds); i++) {
        struct avo_message answer = {.type = AVO_MESSAGE_ANSWER, .answer = {.round = rounds[i], .same = true}};
        struct avo_message ack = {.type = AVO_MESSAGE_ACK, .ack = {.round = rounds[i]}};
        avo_scenario_hand_over(s, 0, 1, &answer);
        avo_scenario_hand_over(s, 0, 1, &ack);
    }
    EXPECT_TRACE(s, "");
    scenario_end(s);
}

static void who_is_not_in_the_view_neither_asks_nor_answers(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    next_view(s, "VV-");
    struct avo_message query = {.type = AVO_MESSAGE_QUERY,
                                .query = {.round = 5, .want = AVO_WANT_NEWER, .key = avo_slice_string("k")}};
    avo_scenario_hand_over(s, 2, 0, &query);
    avo_scenario_hand_over(s, 0, 2, &query);
    EXPECT_TRACE(s, "");
    avo_scenario_hand_over(s, 0, 1, &query);
    EXPECT_TRACE(s, "0>1 ANSWER same absent\n");
    scenario_end(s);
}

/* A group that shrinks to one: each get is a quorum by itself, and a step opens one value only. */
static void two_gets_end_when_one_replica_is_left(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VV", 0);
    avo_scenario_seed(s, 0, "a", 5, "x");
    avo_scenario_seed(s, 0, "b", 6, "y");
    avo_scenario_request(s, 0, "get a");
    avo_scenario_request(s, 0, "get b");
    avo_scenario_lose_all(s);
    avo_scenario_view(s, "V-");
    s->view.slot_count = 1;
    avo_scenario_adopt(s, 0);
    (void)avo_scenario_trace(s);
    avo_scenario_tick(s, 1000);
    avo_scenario_tick(s, 1000);
    const char *trace = avo_scenario_trace(s);
    assert_non_null(strstr(trace, " x\n"));
    assert_non_null(strstr(trace, " y\n"));
    avo_scenario_destroy(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_those_who_said_so_in_this_view_hold_a_version),
        cmocka_unit_test(a_round_that_began_again_is_hedged_again),
        cmocka_unit_test(who_was_silent_in_the_old_view_is_asked_in_its_turn),
        cmocka_unit_test(an_admission_of_the_old_view_does_not_count),
        cmocka_unit_test(a_refusal_of_the_old_view_is_forgotten),
        cmocka_unit_test(a_deadline_before_the_new_round_counts_no_old_answer),
        cmocka_unit_test(a_fetch_that_began_again_gives_up_no_earlier_than_a_get),
        cmocka_unit_test(rounds_without_a_name_match_nothing),
        cmocka_unit_test(who_is_not_in_the_view_neither_asks_nor_answers),
        cmocka_unit_test(two_gets_end_when_one_replica_is_left),
    };
    return cmocka_run_group_tests_name("replica/restart", tests, NULL, NULL);
}
