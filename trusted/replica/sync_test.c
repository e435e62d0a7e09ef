/* Scenarios of syncs: what a joining incarnation pulls, from whom, and what counts [V5]; what a voter pulls [V6]. */
#include "trusted/replica/scenario_test.h"
#include "trusted/replica/sync.h"

static void values_come_from_one_source_and_versions_from_the_next(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVJ");
    for (uint8_t slot = 0; slot < 2; slot++) {
        avo_scenario_seed(s, slot, "a", 5, "v");
        avo_scenario_seed(s, slot, "b", 6, NULL);
    }
    avo_scenario_tick(s, 0);
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "2>0 SYNC_ASK values after \n"
                    "0>2 SYNC_PIECE a 5.0 value v b 6.0 tombstone last\n"
                    "2>1 SYNC_ASK versions after \n"
                    "1>2 SYNC_PIECE a 5.0 value b 6.0 tombstone last\n");
    assert_int_equal(scenario_synced(s, 2), 1);
    assert_int_equal(scenario_entry(s, 2, "a").state, AVO_ENTRY_VALUE);
    assert_int_equal(scenario_entry(s, 2, "a").version.clock, 5);
    assert_int_equal(scenario_entry(s, 2, "b").state, AVO_ENTRY_TOMBSTONE);
    assert_int_equal(scenario_entry(s, 2, "b").version.clock, 6);
    scenario_end(s);
}

static void voters_of_the_first_view_pull_nothing(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVV");
    scenario_run(s);
    EXPECT_TRACE(s, "");
    assert_int_equal(scenario_synced(s, 0), 0);
    assert_false(avo_replica_is_syncing(s->nodes[0].replica));
    scenario_end(s);
}

static void one_source_is_not_enough(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVJ");
    avo_scenario_seed(s, 1, "b", 6, "v");
    avo_scenario_tick(s, 0);
    avo_scenario_pass(s, "2>0");
    avo_scenario_pass(s, "0>2");
    for (int i = 0; i < 50; i++) {
        avo_scenario_lose_all(s);
        avo_scenario_tick(s, 100000);
    }
    assert_int_equal(scenario_synced(s, 2), 0);
    scenario_run(s);
    assert_int_equal(scenario_synced(s, 2), 1);
    assert_int_equal(scenario_entry(s, 2, "b").version.clock, 6);
    scenario_end(s);
}

static void two_of_five_are_not_enough_and_a_silent_one_is_passed_over(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVVVJ");
    avo_scenario_seed(s, 3, "k", 6, "v");
    for (int i = 0; i < 400 && scenario_synced(s, 4) == 0; i++) {
        avo_scenario_tick(s, 20000);
        while (s->packet_count > 0) { /* slot 0 is cut off, and so is slot 3 at first */
            bool cut = s->packets[0].to == 0 || (i < 200 && s->packets[0].to == 3);
            if (cut) {
                avo_scenario_drop(s, 0);
            } else {
                avo_scenario_deliver(s, 0, false);
            }
        }
        assert_true(i >= 200 || scenario_synced(s, 4) == 0);
    }
    assert_int_equal(scenario_synced(s, 4), 1);
    assert_int_equal(scenario_entry(s, 4, "k").version.clock, 6);
    scenario_end(s);
}

static void a_newer_value_of_the_second_source_is_fetched(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVJ");
    for (uint8_t slot = 0; slot < 2; slot++) {
        avo_scenario_seed(s, slot, "a", 5, "v");
        avo_scenario_seed(s, slot, "c", 5, "v");
    }
    avo_scenario_seed(s, 1, "b", 7, "new");
    avo_scenario_tick(s, 0);
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "2>0 SYNC_ASK values after \n"
                    "0>2 SYNC_PIECE a 5.0 value v c 5.0 value v last\n"
                    "2>1 SYNC_ASK versions after \n"
                    "1>2 SYNC_PIECE a 5.0 value b 7.0 value c 5.0 value last\n"
                    "2>1 SYNC_ASK values after a\n"
                    "1>2 SYNC_PIECE b 7.0 value new c 5.0 value v last\n");
    assert_int_equal(scenario_synced(s, 2), 1);
    assert_int_equal(scenario_entry(s, 2, "b").version.clock, 7);
    scenario_end(s);
}

/* [B4] Its version is there all the same; the other source's value mends it. */
static void what_is_damaged_at_one_source_comes_from_the_other(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVJ");
    for (uint8_t slot = 0; slot < 2; slot++) {
        avo_scenario_seed(s, slot, "a", 5, "v");
        avo_scenario_seed(s, slot, "b", 5, "v");
    }
    avo_scenario_damage(s, 0, "a");
    avo_scenario_damage(s, 0, "b");
    avo_scenario_damage(s, 1, "b");
    avo_scenario_tick(s, 0);
    avo_scenario_pass(s, "2>0");
    avo_scenario_pass(s, "0>2");
    assert_int_equal(scenario_entry(s, 2, "a").state, AVO_ENTRY_DAMAGED);
    assert_int_equal(scenario_entry(s, 2, "a").version.clock, 5);
    avo_scenario_settle(s);
    assert_int_equal(scenario_entry(s, 2, "a").state, AVO_ENTRY_VALUE);
    assert_int_equal(scenario_entry(s, 2, "b").state, AVO_ENTRY_DAMAGED);
    assert_int_equal(scenario_entry(s, 2, "b").version.clock, 5);
    assert_int_equal(scenario_synced(s, 2), 1);
    scenario_end(s);
}

static void a_piece_that_is_sent_again_is_read_again(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVJ");
    avo_scenario_seed(s, 0, "a", 5, "v");
    avo_scenario_tick(s, 0);
    avo_scenario_pass(s, "2>0");
    avo_scenario_lose(s, "0>2");
    avo_scenario_seed(s, 0, "a", 6, "new");
    avo_scenario_seed(s, 0, "b", 7, "late");
    avo_scenario_trace(s);
    avo_scenario_tick(s, AVO_SYNC_RESEND_US);
    avo_scenario_pass(s, "2>0");
    EXPECT_TRACE(s, "2>0 SYNC_ASK values after \n"
                    "0>2 SYNC_PIECE a 6.0 value new b 7.0 value late last\n");
    scenario_end(s);
}

static void an_answer_to_an_earlier_ask_for_the_same_piece_will_do(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVJ");
    avo_scenario_seed(s, 0, "a", 5, "v");
    avo_scenario_tick(s, 0);
    avo_scenario_pass(s, "2>0");
    avo_scenario_tick(s, AVO_SYNC_RESEND_US);
    avo_scenario_pass(s, "0>2");
    assert_int_equal(scenario_entry(s, 2, "a").version.clock, 5);
    avo_scenario_trace(s);
    avo_scenario_pass(s, "2>0");
    avo_scenario_pass(s, "0>2"); /* the next source was asked meanwhile: this one says nothing new */
    EXPECT_TRACE(s, "0>2 SYNC_PIECE a 5.0 value v last\n");
    avo_scenario_settle(s);
    assert_int_equal(scenario_synced(s, 2), 1);
    scenario_end(s);
}

static void what_nobody_asked_for_is_ignored(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVJ");
    struct avo_message piece = {.type = AVO_MESSAGE_SYNC_PIECE, .sync_piece = {.round = 1, .last = true, .clock = 9}};
    avo_scenario_hand_over(s, 2, 0, &piece); /* nothing was asked yet */
    avo_scenario_hand_over(s, 0, 1, &piece); /* a voter asks nobody */
    avo_scenario_tick(s, 0);
    avo_scenario_hand_over(s, 2, 1, &piece); /* another source was asked */
    piece.sync_piece.round = 2;
    avo_scenario_hand_over(s, 2, 0, &piece);
    piece.sync_piece.round = 0;
    avo_scenario_hand_over(s, 2, 0, &piece);
    EXPECT_TRACE(s, "2>0 SYNC_ASK values after \n");
    assert_int_equal(scenario_synced(s, 2), 0);
    scenario_end(s);
}

static void who_does_not_vote_gives_nothing(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VJV");
    struct avo_message ask = {.type = AVO_MESSAGE_SYNC_ASK,
                              .sync_ask = {.round = 1, .part = AVO_SYNC_ENTRIES, .want = AVO_SYNC_VALUES, .bytes = 100}};
    avo_scenario_hand_over(s, 1, 0, &ask);
    EXPECT_TRACE(s, "");
    avo_scenario_hand_over(s, 2, 0, &ask);
    EXPECT_TRACE(s, "2>0 SYNC_PIECE last\n");
    scenario_end(s);
}

static void writes_land_while_it_pulls(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVJ");
    char key[8];
    for (int i = 0; i < 200; i++) {
        snprintf(key, sizeof key, "k%03d", i);
        for (uint8_t slot = 0; slot < 2; slot++) {
            avo_scenario_seed(s, slot, key, 5, "0123456789012345678901234567890123456789");
        }
    }
    for (int i = 0; scenario_synced(s, 2) == 0; i++) {
        char request[32];
        assert_true(i < 2000);
        snprintf(request, sizeof request, "put k%03d new", i * 7 % 200);
        if (i < 100) {
            avo_scenario_request(s, (uint8_t)(i % 2), request);
        }
        avo_scenario_tick(s, 100);
        for (uint32_t left = s->packet_count; left > 0; left--) {
            avo_scenario_deliver(s, 0, false);
        }
    }
    avo_scenario_settle(s);
    for (int i = 0; i < 200; i++) {
        snprintf(key, sizeof key, "k%03d", i);
        assert_int_equal(avo_version_compare(scenario_entry(s, 2, key).version, scenario_entry(s, 0, key).version), 0);
    }
    scenario_end(s);
}

/* The host's memory is short: nothing is left out, it says so and waits. */
static void without_room_it_waits(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVJ");
    avo_scenario_seed(s, 0, "a", 5, "v");
    avo_scenario_seed(s, 0, "b", 5, NULL);
    avo_store_twin_refuse(s->nodes[2].store, AVO_EHOSTFULL, AVO_EHOSTFULL);
    avo_scenario_tick(s, 0);
    avo_scenario_settle(s);
    assert_int_equal(scenario_synced(s, 2), 0);
    assert_int_equal(scenario_stats(s, 2).sync_refused, 1);
    avo_scenario_tick(s, AVO_SYNC_REFUSED_PAUSE_US);
    avo_scenario_settle(s);
    assert_int_equal(scenario_stats(s, 2).sync_refused, 2);
    avo_store_twin_refuse(s->nodes[2].store, AVO_OK, AVO_OK);
    avo_scenario_tick(s, AVO_SYNC_REFUSED_PAUSE_US);
    scenario_run(s);
    assert_int_equal(scenario_synced(s, 2), 1);
    assert_int_equal(scenario_entry(s, 2, "a").version.clock, 5);
    assert_int_equal(scenario_entry(s, 2, "b").version.clock, 5);
    scenario_end(s);
}

static void a_busy_source_is_asked_at_a_bounded_pace(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVJ");
    char key[8];
    for (int i = 0; i < 100; i++) {
        snprintf(key, sizeof key, "k%03d", i);
        for (uint8_t slot = 0; slot < 2; slot++) {
            avo_scenario_seed(s, slot, key, 5, "v");
        }
    }
    avo_scenario_request(s, 0, "get k000");
    avo_scenario_trace(s);
    s->traces_syncs = false;
    avo_scenario_tick(s, 0);
    avo_scenario_pass(s, "2>0");
    avo_scenario_pass(s, "0>2");
    assert_int_equal(scenario_stats(s, 2).sync_keys, 100);
    assert_int_equal(scenario_stats(s, 2).sync_total, 200);
    uint64_t cost = scenario_stats(s, 2).sync_bytes + 100 * AVO_SYNC_ENTRY_COST_BYTES;
    uint64_t pause_us = cost * 1000000 / AVO_SYNC_BYTES_PER_S;
    s->traces_syncs = true;
    avo_scenario_trace(s);
    avo_scenario_tick(s, pause_us - 1);
    EXPECT_TRACE(s, "");
    avo_scenario_tick(s, 1);
    EXPECT_TRACE(s, "2>1 SYNC_ASK versions after \n");
    avo_scenario_settle(s);
    assert_int_equal(scenario_stats(s, 2).sync_total, 0);
    scenario_end(s);
}

/* The way to the source and back may take as long as the pace allows: then nothing is waited for beside it. */
static void what_the_way_takes_is_part_of_the_pace(void **state) {
    (void)state;
    struct avo_scenario *s = scenario_of_syncs("VVJ");
    avo_scenario_seed(s, 0, "a", 5, "v");
    avo_scenario_request(s, 0, "get a");
    avo_scenario_trace(s);
    avo_scenario_tick(s, 0);
    avo_scenario_pass(s, "2>0");
    avo_scenario_tick(s, AVO_SYNC_RESEND_US / 2);
    s->traces_syncs = true;
    avo_scenario_trace(s);
    avo_scenario_pass(s, "0>2");
    EXPECT_TRACE(s, "2>1 SYNC_ASK versions after \n");
    scenario_end(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_from_one_source_and_versions_from_the_next),
        cmocka_unit_test(voters_of_the_first_view_pull_nothing),
        cmocka_unit_test(one_source_is_not_enough),
        cmocka_unit_test(two_of_five_are_not_enough_and_a_silent_one_is_passed_over),
        cmocka_unit_test(a_newer_value_of_the_second_source_is_fetched),
        cmocka_unit_test(what_is_damaged_at_one_source_comes_from_the_other),
        cmocka_unit_test(a_piece_that_is_sent_again_is_read_again),
        cmocka_unit_test(an_answer_to_an_earlier_ask_for_the_same_piece_will_do),
        cmocka_unit_test(what_nobody_asked_for_is_ignored),
        cmocka_unit_test(who_does_not_vote_gives_nothing),
        cmocka_unit_test(writes_land_while_it_pulls),
        cmocka_unit_test(without_room_it_waits),
        cmocka_unit_test(a_busy_source_is_asked_at_a_bounded_pace),
        cmocka_unit_test(what_the_way_takes_is_part_of_the_pace),
    };
    return cmocka_run_group_tests_name("replica/sync", tests, NULL, NULL);
}
