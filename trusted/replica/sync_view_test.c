/* Syncs where views change: what still counts, and what a voter pulls where a slot was removed [V5, V6]. */
#include "trusted/replica/scenario_test.h"

static void it_serves_when_it_votes(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVJ");
    avo_scenario_request(s, 2, "get k");
    EXPECT_TRACE(s, "client 1 EBUSY\n");
    scenario_run(s);
    scenario_next_view(s, "VVV");
    assert_int_equal(scenario_synced(s, 2), 0); /* that is over */
    avo_scenario_trace(s);
    avo_scenario_request(s, 2, "get k");
    EXPECT_TRACE(s, "2>0 QUERY k newer -\n");
    scenario_end(s);
}

static void what_a_source_gave_counts_as_long_as_it_votes(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVVVJ");
    avo_scenario_seed(s, 1, "a", 5, "v");
    avo_scenario_seed(s, 3, "k", 6, "v");
    avo_scenario_tick(s, 0);
    for (uint8_t source = 0; source < 2; source++) {
        avo_scenario_pass(s, source == 0 ? "4>0" : "4>1");
        avo_scenario_pass(s, source == 0 ? "0>4" : "1>4");
    }
    avo_scenario_lose_all(s);
    avo_scenario_view(s, "VVVVJ"); /* slot 0 began again: what it gave does not count any more */
    s->view.members[0].incarnation = 2;
    s->view.members[0].role = AVO_ROLE_JOINING;
    for (uint8_t slot = 1; slot < 5; slot++) {
        avo_scenario_adopt(s, slot);
    }
    avo_scenario_trace(s);
    avo_scenario_tick(s, 0);
    EXPECT_TRACE(s, "4>2 SYNC_ASK versions after \n");
    avo_scenario_settle(s);
    assert_int_equal(scenario_synced(s, 4), 2); /* 1, 2 and 3 */
    assert_int_equal(scenario_entry(s, 4, "k").version.clock, 6);
    avo_scenario_view(s, "VVVVJ");
    avo_scenario_adopt(s, 4);
    assert_int_equal(scenario_synced(s, 4), 3); /* complete it stays */
    scenario_end(s);
}

/* [V6] A write that slot 3 held with one other is not stranded there. */
static void voters_pull_where_a_view_removed_a_slot(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVVV");
    avo_scenario_seed(s, 0, "k", 6, "v");
    scenario_next_view(s, "VVV-");
    s->traces_syncs = false;
    scenario_run(s);
    for (uint8_t slot = 0; slot < 3; slot++) {
        assert_int_equal(scenario_synced(s, slot), 2);
    }
    uint32_t holders = 0;
    for (uint8_t slot = 0; slot < 3; slot++) {
        holders += scenario_entry(s, slot, "k").version.clock == 6;
    }
    assert_int_equal(holders, 3); /* with n = 4, who pulls asks two others */
    avo_scenario_request(s, 1, "get k");
    avo_scenario_settle(s);
    assert_non_null(strstr(avo_scenario_trace(s), "client 1 OK v\n")); /* it serves all the while */
    scenario_next_view(s, "VVV-");
    assert_int_equal(scenario_synced(s, 0), 0);
    scenario_end(s);
}

/* [V6] The slot that was removed is there again in the first view that the voter sees: it is another start, and what the former one
 * held must be pulled all the same. */
static void a_voter_that_jumps_over_a_removal_pulls(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVVV");
    avo_scenario_seed(s, 1, "k", 6, "v");
    avo_scenario_view(s, "VVV-");
    scenario_next_view(s, "VVVJ");
    s->traces_syncs = false;
    scenario_run(s);
    for (uint8_t slot = 0; slot < 3; slot++) {
        assert_int_equal(scenario_synced(s, slot), 3);
        assert_int_equal(scenario_entry(s, slot, "k").version.clock, 6);
    }
    scenario_end(s);
}

/* [V6] A write of n = 3 has two copies; three are there before n is 3 again. */
static void voters_pull_where_a_view_added_a_slot(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVVJ");
    scenario_run(s);
    avo_scenario_seed(s, 1, "k", 6, "v"); /* after the joiner had pulled */
    avo_scenario_seed(s, 2, "k", 6, "v");
    avo_scenario_view(s, "VVVV");
    s->view.resize_epoch = s->view.epoch;
    for (uint8_t slot = 0; slot < 4; slot++) {
        avo_scenario_adopt(s, slot);
    }
    s->traces_syncs = false;
    scenario_run(s);
    for (uint8_t slot = 0; slot < 4; slot++) {
        assert_int_equal(scenario_synced(s, slot), 2);
        assert_int_equal(scenario_entry(s, slot, "k").version.clock, 6);
    }
    scenario_end(s);
}

/* One that only joined held nothing alone. */
static void a_joiner_that_leaves_makes_no_voter_pull(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVVJ");
    avo_scenario_view(s, "VVV-");
    s->view.resize_epoch = 0; /* n is what it was */
    for (uint8_t slot = 0; slot < 3; slot++) {
        avo_scenario_adopt(s, slot);
        assert_false(avo_replica_is_syncing(s->nodes[slot].replica));
    }
    scenario_end(s);
}

static void a_removal_during_a_sync_begins_it_again(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVVJ");
    scenario_run(s);
    assert_int_equal(scenario_synced(s, 3), 1);
    avo_scenario_seed(s, 0, "k", 6, "v");
    scenario_next_view(s, "VV-J");
    assert_int_equal(scenario_synced(s, 3), 0);
    scenario_run(s);
    assert_int_equal(scenario_entry(s, 3, "k").version.clock, 6);
    scenario_end(s);
}

static void who_left_pulls_no_more(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVJ");
    scenario_next_view(s, "VV-");
    assert_false(avo_replica_is_syncing(s->nodes[2].replica));
    avo_scenario_trace(s);
    avo_scenario_tick(s, 1000000);
    assert_null(strstr(avo_scenario_trace(s), "2>"));
    scenario_end(s);
}

static void the_shard_clock_follows(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVJ");
    avo_scenario_request(s, 1, "put a 1"); /* chooses 1, and is lost: only its coordinator's clock knows */
    avo_scenario_pass(s, "1>0");
    avo_scenario_pass(s, "0>1");
    avo_scenario_lose_all(s);
    scenario_run(s);
    assert_int_equal(scenario_synced(s, 2), 1);
    scenario_next_view(s, "VVV");
    avo_scenario_trace(s);
    avo_scenario_request(s, 2, "put z 1");
    avo_scenario_settle(s);
    assert_non_null(strstr(avo_scenario_trace(s), "WRITE z 2.2 1\n"));
    scenario_end(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_serves_when_it_votes),
        cmocka_unit_test(the_shard_clock_follows),
        cmocka_unit_test(what_a_source_gave_counts_as_long_as_it_votes),
        cmocka_unit_test(voters_pull_where_a_view_removed_a_slot),
        cmocka_unit_test(a_voter_that_jumps_over_a_removal_pulls),
        cmocka_unit_test(voters_pull_where_a_view_added_a_slot),
        cmocka_unit_test(a_joiner_that_leaves_makes_no_voter_pull),
        cmocka_unit_test(a_removal_during_a_sync_begins_it_again),
        cmocka_unit_test(who_left_pulls_no_more),
    };
    return cmocka_run_group_tests_name("replica/sync_view", tests, NULL, NULL);
}
