/* Scenarios of get [DESIGN 8]. */
#include "trusted/replica/scenario_test.h"

static void seed_all(struct avo_scenario *scenario, const char *key, uint64_t clock, const char *value) {
    for (uint8_t slot = 0; slot < scenario->replica_count; slot++) {
        avo_scenario_seed(scenario, slot, key, clock, value);
    }
}

static void a_get_takes_one_round_and_moves_no_value(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    seed_all(s, "k", 5, "v");
    avo_scenario_request(s, 0, "get k");
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "0>1 QUERY k newer 5.0\n"
                    "1>0 ANSWER same value\n"
                    "client 1 OK v\n");
    /* The next one asks another peer. */
    avo_scenario_request(s, 0, "get k");
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "0>2 QUERY k newer 5.0\n"
                    "2>0 ANSWER same value\n"
                    "client 2 OK v\n");
    assert_int_equal(scenario_stats(s, 0).one_round_reads, 2);
    assert_int_equal(scenario_stats(s, 0).write_backs, 0);
    scenario_end(s);
}

static void a_get_of_what_was_never_written_or_was_deleted_is_not_found(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    seed_all(s, "gone", 3, NULL);
    avo_scenario_request(s, 0, "get never");
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "0>1 QUERY never newer -\n"
                    "1>0 ANSWER same absent\n"
                    "client 1 ENOTFOUND\n");
    avo_scenario_request(s, 0, "get gone");
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "0>2 QUERY gone newer 3.0\n"
                    "2>0 ANSWER same tombstone\n"
                    "client 2 ENOTFOUND\n");
    scenario_end(s);
}

static void a_get_answers_the_pinned_value_though_a_newer_one_landed(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    seed_all(s, "k", 5, "old");
    avo_scenario_request(s, 0, "get k");
    avo_scenario_pass(s, "0>1"); /* 1 answers "same"; the answer stays on its way */
    avo_scenario_request(s, 1, "put k new");
    avo_scenario_pass(s, "1>2");
    avo_scenario_pass(s, "2>1");
    avo_scenario_deliver(s, 2, false); /* the new value overtakes the answer */
    assert_int_equal(scenario_entry(s, 0, "k").version.clock, 6);
    avo_scenario_pass(s, "1>0");
    EXPECT_TRACE(s, "0>1 QUERY k newer 5.0\n"
                    "1>0 ANSWER same value\n"
                    "1>0 QUERY k version 5.0\n"
                    "1>2 QUERY k version 5.0\n"
                    "2>1 ANSWER same value\n"
                    "1>0 WRITE k 6.1 new\n"
                    "1>2 WRITE k 6.1 new\n"
                    "0>1 ACK OK\n"
                    "client 1 OK old\n");
    scenario_end(s);
}

static void an_older_peer_makes_a_write_back_that_is_awaited(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    seed_all(s, "k", 5, "old");
    avo_scenario_seed(s, 0, "k", 6, "new");
    avo_scenario_request(s, 0, "get k");
    avo_scenario_pass(s, "0>1");
    avo_scenario_pass(s, "1>0");
    EXPECT_TRACE(s, "0>1 QUERY k newer 6.0\n"
                    "1>0 ANSWER 5.0 value\n"
                    "0>1 WRITE k 6.0 new\n"
                    "0>2 WRITE k 6.0 new\n");
    avo_scenario_pass(s, "0>2");
    EXPECT_TRACE(s, "2>0 ACK OK\n");
    avo_scenario_pass(s, "2>0");
    EXPECT_TRACE(s, "client 1 OK new\n");
    assert_int_equal(scenario_stats(s, 0).write_backs, 1);
    assert_int_equal(scenario_stats(s, 0).one_round_reads, 0);
    scenario_end(s);
}

static void a_newer_peer_and_the_own_copy_of_its_value_make_a_quorum_of_three(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    seed_all(s, "k", 5, "old");
    avo_scenario_seed(s, 1, "k", 6, "new");
    avo_scenario_request(s, 0, "get k");
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "0>1 QUERY k newer 5.0\n"
                    "1>0 ANSWER 6.0 value new\n"
                    "client 1 OK new\n");
    assert_int_equal(scenario_entry(s, 0, "k").version.clock, 6);
    scenario_end(s);
}

static void a_newer_peer_of_five_makes_a_write_back_to_the_others(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVVVV", 0);
    seed_all(s, "k", 5, "old");
    avo_scenario_seed(s, 1, "k", 6, "new");
    avo_scenario_request(s, 0, "get k");
    avo_scenario_pass(s, "0>1");
    avo_scenario_pass(s, "0>2");
    avo_scenario_pass(s, "1>0");
    avo_scenario_pass(s, "2>0");
    EXPECT_TRACE(s, "0>1 QUERY k newer 5.0\n"
                    "0>2 QUERY k newer 5.0\n"
                    "1>0 ANSWER 6.0 value new\n"
                    "2>0 ANSWER same value\n"
                    "0>2 WRITE k 6.0 new\n"
                    "0>3 WRITE k 6.0 new\n"
                    "0>4 WRITE k 6.0 new\n");
    avo_scenario_pass(s, "0>4");
    avo_scenario_pass(s, "4>0");
    EXPECT_TRACE(s, "4>0 ACK OK\n"
                    "client 1 OK new\n");
    scenario_end(s);
}

static void a_newer_tombstone_is_written_back_as_a_tombstone(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVVVV", 0);
    seed_all(s, "k", 5, "old");
    avo_scenario_seed(s, 1, "k", 6, NULL);
    avo_scenario_request(s, 0, "get k");
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "0>1 QUERY k newer 5.0\n"
                    "0>2 QUERY k newer 5.0\n"
                    "1>0 ANSWER 6.0 tombstone\n"
                    "2>0 ANSWER same value\n"
                    "0>2 WRITE k 6.0 tombstone\n"
                    "0>3 WRITE k 6.0 tombstone\n"
                    "0>4 WRITE k 6.0 tombstone\n"
                    "2>0 ACK OK\n"
                    "3>0 ACK OK\n"
                    "4>0 ACK OK\n"
                    "client 1 ENOTFOUND\n");
    scenario_end(s);
}

static void a_full_own_store_is_no_holder_and_others_are_found(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_seed(s, 1, "k", 6, "new");
    avo_store_twin_refuse(s->nodes[0].store, AVO_EFULL, AVO_EFULL);
    avo_scenario_request(s, 0, "get k");
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "0>1 QUERY k newer -\n"
                    "1>0 ANSWER 6.0 value new\n"
                    "0>2 WRITE k 6.0 new\n"
                    "2>0 ACK OK\n"
                    "client 1 OK new\n");
    scenario_end(s);
}

static void a_write_back_waits_for_its_own_store_to_have_room(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_seed(s, 1, "k", 6, "new");
    avo_store_twin_refuse(s->nodes[0].store, AVO_EFULL, AVO_EFULL);
    avo_scenario_request(s, 0, "get k");
    avo_scenario_pass(s, "0>1");
    avo_scenario_pass(s, "1>0");
    avo_scenario_lose_all(s);
    avo_scenario_trace(s);
    avo_store_twin_refuse(s->nodes[0].store, AVO_OK, AVO_OK);
    avo_scenario_tick(s, AVO_RESEND_US);
    EXPECT_TRACE(s, "client 1 OK new\n");
    scenario_end(s);
}

static void a_write_back_that_full_replicas_refuse_says_so_at_once(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_seed(s, 1, "k", 6, "new");
    avo_store_twin_refuse(s->nodes[0].store, AVO_EFULL, AVO_EFULL);
    avo_store_twin_refuse(s->nodes[2].store, AVO_EFULL, AVO_EFULL);
    avo_scenario_request(s, 0, "get k");
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "0>1 QUERY k newer -\n"
                    "1>0 ANSWER 6.0 value new\n"
                    "0>2 WRITE k 6.0 new\n"
                    "2>0 ACK EFULL\n"
                    "client 1 EFULL\n");
    /* It had no effect on what others see, and ends well when there is room. */
    avo_store_twin_refuse(s->nodes[2].store, AVO_OK, AVO_OK);
    avo_scenario_request(s, 1, "get k");
    avo_scenario_settle(s);
    assert_non_null(strstr(avo_scenario_trace(s), "client 2 OK new\n"));
    scenario_end(s);
}

static void a_write_back_that_one_refused_and_nobody_else_answered_may_be_tried_elsewhere(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_seed(s, 1, "k", 6, "new");
    avo_store_twin_refuse(s->nodes[0].store, AVO_EFULL, AVO_EFULL);
    avo_scenario_request(s, 0, "get k");
    avo_scenario_pass(s, "0>1");
    avo_scenario_pass(s, "1>0");
    avo_scenario_lose_all(s);
    avo_scenario_trace(s);
    avo_scenario_tick(s, 2000000);
    assert_non_null(strstr(avo_scenario_trace(s), "client 1 EQUORUM 2 of 2 in 3\n"));
    scenario_end(s);
}

static void a_single_replica_answers_by_itself(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("V", 0);
    avo_scenario_request(s, 0, "put k v");
    avo_scenario_request(s, 0, "get k");
    avo_scenario_request(s, 0, "del k");
    avo_scenario_request(s, 0, "get k");
    EXPECT_TRACE(s, "client 1 OK\n"
                    "client 2 OK v\n"
                    "client 3 OK\n"
                    "client 4 ENOTFOUND\n");
    scenario_end(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_get_takes_one_round_and_moves_no_value),
        cmocka_unit_test(a_get_of_what_was_never_written_or_was_deleted_is_not_found),
        cmocka_unit_test(a_get_answers_the_pinned_value_though_a_newer_one_landed),
        cmocka_unit_test(an_older_peer_makes_a_write_back_that_is_awaited),
        cmocka_unit_test(a_newer_peer_and_the_own_copy_of_its_value_make_a_quorum_of_three),
        cmocka_unit_test(a_newer_peer_of_five_makes_a_write_back_to_the_others),
        cmocka_unit_test(a_newer_tombstone_is_written_back_as_a_tombstone),
        cmocka_unit_test(a_full_own_store_is_no_holder_and_others_are_found),
        cmocka_unit_test(a_write_back_waits_for_its_own_store_to_have_room),
        cmocka_unit_test(a_write_back_that_full_replicas_refuse_says_so_at_once),
        cmocka_unit_test(a_write_back_that_one_refused_and_nobody_else_answered_may_be_tried_elsewhere),
        cmocka_unit_test(a_single_replica_answers_by_itself),
    };
    return cmocka_run_group_tests_name("replica/get", tests, NULL, NULL);
}
