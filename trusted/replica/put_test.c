/* Scenarios of put and delete [DESIGN 8]. */
#include "trusted/replica/scenario_test.h"

static void a_put_reads_versions_then_writes_to_all(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_seed(s, 2, "k", 7, "old");
    avo_scenario_request(s, 0, "put k v");
    avo_scenario_pass(s, "0>2");
    avo_scenario_pass(s, "2>0");
    EXPECT_TRACE(s, "0>1 QUERY k version -\n"
                    "0>2 QUERY k version -\n"
                    "2>0 ANSWER 7.0 value\n"
                    "0>1 WRITE k 8.0 v\n"
                    "0>2 WRITE k 8.0 v\n");
    avo_scenario_pass(s, "0>2");
    avo_scenario_pass(s, "2>0");
    EXPECT_TRACE(s, "2>0 ACK OK\n"
                    "client 1 OK\n");
    avo_scenario_settle(s);
    assert_int_equal(scenario_entry(s, 1, "k").version.clock, 8);
    assert_int_equal(scenario_entry(s, 1, "k").version.writer.incarnation, 1);
    scenario_end(s);
}

static void two_coordinators_choose_two_versions_and_the_higher_one_stays(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_request(s, 0, "put k a");
    avo_scenario_request(s, 1, "put k b");
    avo_scenario_settle(s);
    const char *trace = avo_scenario_trace(s);
    assert_non_null(strstr(trace, "0>2 WRITE k 1.0 a\n"));
    assert_non_null(strstr(trace, "1>2 WRITE k 1.1 b\n"));
    assert_non_null(strstr(trace, "client 1 OK\n"));
    assert_non_null(strstr(trace, "client 2 OK\n"));
    for (uint8_t slot = 0; slot < 3; slot++) {
        assert_int_equal(scenario_entry(s, slot, "k").version.clock, 1);
        assert_int_equal(scenario_entry(s, slot, "k").version.writer.slot, 1);
    }
    scenario_end(s);
}

static void two_puts_at_one_coordinator_never_share_a_version(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_request(s, 0, "put k a");
    avo_scenario_request(s, 0, "put k b");
    avo_scenario_settle(s);
    const char *trace = avo_scenario_trace(s);
    assert_non_null(strstr(trace, "0>1 WRITE k 1.0 a\n"));
    assert_non_null(strstr(trace, "0>1 WRITE k 2.0 b\n"));
    scenario_end(s);
}

static void a_replica_keeps_the_higher_version_and_acknowledges_the_lower(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_request(s, 0, "put k low");
    avo_scenario_pass(s, "0>1");
    avo_scenario_pass(s, "1>0");
    avo_scenario_seed(s, 2, "k", 9, "high");
    avo_scenario_trace(s);
    avo_scenario_pass(s, "0>2"); /* the late question of round 1 */
    avo_scenario_pass(s, "0>2");
    avo_scenario_pass(s, "2>0"); /* its late answer is ignored */
    avo_scenario_pass(s, "2>0");
    EXPECT_TRACE(s, "2>0 ANSWER 9.0 value\n"
                    "2>0 ACK OK\n"
                    "client 1 OK\n");
    assert_int_equal(scenario_entry(s, 2, "k").version.clock, 9);
    scenario_end(s);
}

static void a_delete_writes_a_tombstone(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    for (uint8_t slot = 0; slot < 3; slot++) {
        avo_scenario_seed(s, slot, "k", 4, "v");
    }
    avo_scenario_request(s, 2, "del k");
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "2>0 QUERY k version 4.0\n"
                    "2>1 QUERY k version 4.0\n"
                    "0>2 ANSWER same value\n"
                    "1>2 ANSWER same value\n"
                    "2>0 WRITE k 5.2 tombstone\n"
                    "2>1 WRITE k 5.2 tombstone\n"
                    "0>2 ACK OK\n"
                    "1>2 ACK OK\n"
                    "client 1 OK\n");
    scenario_end(s);
}

/* A write of another coordinator arrives at `slot`, whose ACK is lost. */
static void write_lands(struct avo_scenario *s, uint8_t slot, const char *key, uint64_t clock, const char *value) {
    struct avo_message message = {.type = AVO_MESSAGE_WRITE,
                                  .write = {.round = 1,
                                            .version = {.clock = clock, .writer = {.incarnation = 1, .slot = 2}},
                                            .key = avo_slice_string(key),
                                            .value = avo_slice_string(value)}};
    avo_scenario_hand_over(s, slot, 2, &message);
    avo_scenario_drop(s, s->packet_count - 1);
}

static void a_delete_of_what_a_quorum_holds_as_absent_writes_nothing(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_request(s, 0, "del never");
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "0>1 QUERY never version -\n"
                    "0>2 QUERY never version -\n"
                    "1>0 ANSWER same absent\n"
                    "2>0 ANSWER same absent\n"
                    "client 1 OK\n");
    /* Different versions of absence: not known to be settled. */
    avo_scenario_seed(s, 0, "k", 3, NULL);
    avo_scenario_seed(s, 1, "k", 4, NULL);
    avo_scenario_request(s, 0, "del k");
    avo_scenario_settle(s);
    assert_non_null(strstr(avo_scenario_trace(s), "0>1 WRITE k 5.0 tombstone\n"));
    /* A value landed here meanwhile. */
    avo_scenario_request(s, 0, "del never");
    avo_scenario_pass(s, "0>1");
    write_lands(s, 0, "never", 9, "v");
    avo_scenario_settle(s);
    assert_non_null(strstr(avo_scenario_trace(s), "0>1 WRITE never 10.0 tombstone\n"));
    scenario_end(s);
}

static void a_write_that_no_quorum_admits_has_no_effect(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_store_twin_refuse(s->nodes[1].store, AVO_EFULL, AVO_EFULL);
    avo_store_twin_refuse(s->nodes[2].store, AVO_EFULL, AVO_EFULL);
    avo_scenario_request(s, 0, "put k v");
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "0>1 QUERY k version -\n"
                    "0>2 QUERY k version -\n"
                    "1>0 ANSWER same absent refuses EFULL\n"
                    "2>0 ANSWER same absent refuses EFULL\n"
                    "client 1 EFULL\n");
    assert_int_equal(scenario_entry(s, 0, "k").state, AVO_ENTRY_ABSENT);
    scenario_end(s);
}

static void a_delete_beyond_the_quota_says_so(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_seed(s, 0, "k", 4, "v");
    avo_store_twin_refuse(s->nodes[0].store, AVO_EQUOTA, AVO_EQUOTA);
    avo_store_twin_refuse(s->nodes[2].store, AVO_EQUOTA, AVO_EQUOTA);
    avo_scenario_request(s, 0, "del k");
    avo_scenario_settle(s);
    assert_non_null(strstr(avo_scenario_trace(s), "client 1 EQUOTA\n"));
    assert_int_equal(scenario_entry(s, 0, "k").state, AVO_ENTRY_VALUE);
    scenario_end(s);
}

static void one_refusal_of_three_is_outvoted(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_store_twin_refuse(s->nodes[0].store, AVO_EFULL, AVO_EFULL);
    avo_scenario_request(s, 0, "put k v");
    avo_scenario_pass(s, "0>1");
    avo_scenario_pass(s, "1>0");
    EXPECT_TRACE(s, "0>1 QUERY k version -\n"
                    "0>2 QUERY k version -\n"
                    "1>0 ANSWER same absent\n"); /* the own refusal and one consent: wait for the third */
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "2>0 ANSWER same absent\n"
                    "0>1 WRITE k 1.0 v\n"
                    "0>2 WRITE k 1.0 v\n"
                    "1>0 ACK OK\n"
                    "2>0 ACK OK\n"
                    "client 1 OK\n"); /* both were needed: our own copy does not count */
    assert_int_equal(scenario_entry(s, 0, "k").state, AVO_ENTRY_ABSENT);
    scenario_end(s);
}

static void refusals_of_round_two_are_retried_then_the_outcome_is_unknown(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_store_twin_refuse(s->nodes[1].store, AVO_OK, AVO_EFULL);
    avo_store_twin_refuse(s->nodes[2].store, AVO_OK, AVO_EFULL);
    avo_scenario_request(s, 0, "put k v");
    avo_scenario_settle(s);
    avo_scenario_trace(s);
    avo_scenario_tick(s, AVO_RESEND_US);
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "0>1 WRITE k 1.0 v\n"
                    "0>2 WRITE k 1.0 v\n"
                    "1>0 ACK EFULL\n"
                    "2>0 ACK EFULL\n");
    avo_scenario_tick(s, 1000000);
    EXPECT_TRACE(s, "client 1 EUNKNOWN 3 of 2 in 3\n");
    /* And when there is room again in time, it is done. */
    avo_scenario_request(s, 0, "put k w");
    avo_scenario_settle(s);
    avo_store_twin_refuse(s->nodes[2].store, AVO_OK, AVO_OK);
    avo_scenario_tick(s, AVO_RESEND_US);
    avo_scenario_settle(s);
    assert_non_null(strstr(avo_scenario_trace(s), "client 2 OK\n"));
    scenario_end(s);
}

static void a_clock_at_its_end_is_refused(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_seed(s, 1, "k", UINT64_MAX, "v");
    avo_scenario_request(s, 0, "put k w");
    avo_scenario_pass(s, "0>1");
    avo_scenario_pass(s, "1>0");
    EXPECT_TRACE(s, "0>1 QUERY k version -\n"
                    "0>2 QUERY k version -\n"
                    "1>0 ANSWER 18446744073709551615.0 value\n"
                    "client 1 ELIMIT\n");
    scenario_end(s);
}

static void a_coordinator_follows_the_clocks_it_sees(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_seed(s, 1, "far", 41, "v");
    avo_scenario_request(s, 1, "put far w");
    avo_scenario_settle(s);
    avo_scenario_trace(s);
    avo_scenario_request(s, 0, "put near v");
    avo_scenario_settle(s);
    assert_non_null(strstr(avo_scenario_trace(s), "0>1 WRITE near 43.0 v\n"));
    scenario_end(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_put_reads_versions_then_writes_to_all),
        cmocka_unit_test(two_coordinators_choose_two_versions_and_the_higher_one_stays),
        cmocka_unit_test(two_puts_at_one_coordinator_never_share_a_version),
        cmocka_unit_test(a_replica_keeps_the_higher_version_and_acknowledges_the_lower),
        cmocka_unit_test(a_delete_writes_a_tombstone),
        cmocka_unit_test(a_delete_of_what_a_quorum_holds_as_absent_writes_nothing),
        cmocka_unit_test(a_write_that_no_quorum_admits_has_no_effect),
        cmocka_unit_test(a_delete_beyond_the_quota_says_so),
        cmocka_unit_test(one_refusal_of_three_is_outvoted),
        cmocka_unit_test(refusals_of_round_two_are_retried_then_the_outcome_is_unknown),
        cmocka_unit_test(a_clock_at_its_end_is_refused),
        cmocka_unit_test(a_coordinator_follows_the_clocks_it_sees),
    };
    return cmocka_run_group_tests_name("replica/put", tests, NULL, NULL);
}
