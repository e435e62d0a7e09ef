/* Scenarios of catching up: a replica that missed writes finds out and fetches them, without clients; equal ones hardly speak. */
#include "trusted/replica/catching_up_test.h"

static void settle_quietly(struct avo_scenario *s) {
    avo_scenario_settle(s);
    avo_scenario_trace(s);
}

static void a_missed_write_is_fetched(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create_comparing("VVV");
    pass(s, 3000);
    request_without(s, 2, "put k v");
    avo_scenario_trace(s);
    pass(s, 20000);
    assert_int_equal(scenario_entry(s, 2, "k").version.clock, 1);
    assert_int_equal(scenario_stats(s, 2).caught_up, 1);
    assert_int_equal(scenario_stats(s, 0).caught_up + scenario_stats(s, 1).caught_up, 0);
    expect_equal(s);
    scenario_end(s);
}

/* The whole way, message by message. */
static void a_comparison_goes_step_by_step(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create_comparing("VV");
    avo_scenario_lose_all(s);
    avo_scenario_seed(s, 0, "k", 1, "v");
    avo_scenario_seed(s, 1, "k", 1, "v");
    avo_scenario_request(s, 0, "put k w");
    avo_scenario_pass(s, "0>1");
    avo_scenario_pass(s, "1>0");
    avo_scenario_lose_all(s);      /* the WRITE */
    avo_scenario_tick(s, 2000000); /* nobody's write is under way any more */
    avo_scenario_lose_all(s);
    avo_scenario_trace(s);
    avo_compare_restart(s->nodes[0].replica);
    avo_compare_restart(s->nodes[1].replica);
    avo_scenario_tick(s, AVO_COMPARE_US / 10 - 1);
    EXPECT_TRACE(s, "");
    avo_scenario_tick(s, 1);
    EXPECT_TRACE(s, "0>1 DIGEST all\n"
                    "1>0 DIGEST all\n");
    avo_scenario_pass(s, "0>1");
    avo_scenario_lose(s, "1>0"); /* so that only one compares */
    avo_scenario_tick(s, 1000);
    EXPECT_TRACE(s, "1>0 COMPARE groups\n");
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "0>1 DIGEST groups\n"
                    "1>0 COMPARE buckets\n"
                    "0>1 DIGEST buckets\n");
    avo_scenario_tick(s, 49000);
    EXPECT_TRACE(s, "");
    avo_scenario_tick(s, 1000);
    EXPECT_TRACE(s, "1>0 COMPARE buckets\n");
    avo_scenario_pass(s, "1>0");
    avo_scenario_pass(s, "0>1");
    EXPECT_TRACE(s, "0>1 DIGEST buckets\n"
                    "1>0 ENUMERATE\n");
    avo_scenario_pass(s, "1>0");
    EXPECT_TRACE(s, "0>1 LISTING k 2.0\n");
    assert_int_equal(behind(s, 1), 0);
    avo_scenario_pass(s, "0>1"); /* counted */
    EXPECT_TRACE(s, "1>0 ENUMERATE\n");
    assert_int_equal(behind(s, 1), 1);
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "0>1 LISTING k 2.0\n"
                    "1>0 QUERY k value 2.0\n"
                    "0>1 ANSWER same value w\n");
    assert_int_equal(behind(s, 1), 0);
    pass(s, 5000);
    expect_equal(s);
    scenario_end(s);
}

static void a_missed_delete_comes_with_its_listing(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create_comparing("VVV");
    avo_scenario_request(s, 0, "put k v");
    settle_quietly(s);
    request_without(s, 2, "del k");
    pass(s, 20000);
    assert_int_equal(scenario_entry(s, 2, "k").state, AVO_ENTRY_TOMBSTONE);
    expect_equal(s);
    scenario_end(s);
}

static void many_missed_writes_come_in_pieces(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create_comparing("VVV");
    char request[32];
    for (int i = 0; i < 100; i++) {
        snprintf(request, sizeof request, "%s key%d v%d", i % 10 == 9 ? "del" : "put", i, i);
        if (i % 10 == 9) {
            *strrchr(request, ' ') = '\0';
        }
        request_without(s, 2, request);
    }
    avo_scenario_tick(s, 1000000);
    avo_scenario_lose_all(s);
    uint32_t most_behind = 0, most_tasks = 0;
    for (int i = 0; i < 2500; i++) {
        avo_scenario_tick(s, 10000);
        while (s->packet_count > 0) {
            avo_scenario_deliver(s, 0, false);
            uint32_t tasks = avo_replica_busy_count(s->nodes[2].replica);
            most_tasks = tasks > most_tasks ? tasks : most_tasks;
            most_behind = behind(s, 2) > most_behind ? behind(s, 2) : most_behind;
        }
    }
    assert_in_range(most_behind, 90, 100); /* deletes of what is absent everywhere write nothing */
    assert_in_range(most_tasks, 1, 16);    /* a quarter of the tasks */
    expect_equal(s);
    scenario_end(s);
}

/* Both have what the other lacks: each fetches its own part. */
static void each_side_fetches_what_it_lacks(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create_comparing("VV");
    avo_scenario_request(s, 0, "put zero v"); /* both see a clock, so that what is seeded counts as old */
    settle_quietly(s);
    for (int i = 0; i < 30; i++) {
        char key[16];
        snprintf(key, sizeof key, "key%d", i);
        avo_scenario_seed(s, (uint8_t)(i % 2), key, 1, "v");
    }
    pass(s, 30000);
    assert_int_equal(scenario_stats(s, 0).caught_up, 15);
    assert_int_equal(scenario_stats(s, 1).caught_up, 15);
    expect_equal(s);
    scenario_end(s);
}

/* Ever more rarely; and all at the same time, so that all sleep at the same time. */
static void equal_replicas_hardly_speak(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create_comparing("VVV");
    avo_scenario_request(s, 0, "put k v");
    settle_quietly(s);
    pass(s, 60000);
    avo_scenario_trace(s);
    uint32_t messages = 0, bursts = 0;
    for (int i = 0; i < 12000; i++) {
        avo_scenario_tick(s, 10000);
        bursts += s->packet_count > 0;
        avo_scenario_settle(s);
        for (const char *at = avo_scenario_trace(s); (at = strchr(at, '\n')) != NULL; at++) {
            messages++;
        }
    }
    assert_in_range(bursts, 3, 4);
    assert_int_equal(messages, bursts * 6);
    expect_equal(s);
    scenario_end(s);
}

/* A write that is under way makes replicas differ for a moment; nothing of it is fetched. */
static void what_is_under_way_is_not_fetched(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create_comparing("VVV");
    char request[32];
    for (int i = 0; i < 20000; i++) { /* of each write, one replica's copy is late by some ms */
        if (i % 5 == 0 && s->request_count < AVO_SCENARIO_REPLY_MAX_COUNT - 1) {
            snprintf(request, sizeof request, "put key%d v%d", i % 7, i);
            avo_scenario_request(s, (uint8_t)(i % 3), request);
        }
        avo_scenario_tick(s, 1000);
        for (uint32_t at = 0; at < s->packet_count;) {
            bool late = s->packets[at].bytes[0] == AVO_MESSAGE_WRITE && i % 4 != 0;
            if (late) {
                at++;
            } else {
                avo_scenario_deliver(s, at, false);
            }
        }
        s->trace_length = 0;
    }
    for (uint8_t slot = 0; slot < 3; slot++) {
        assert_int_equal(scenario_stats(s, slot).caught_up, 0);
        assert_int_equal(behind(s, slot), 0);
    }
    avo_scenario_settle(s);
    pass(s, 30000);
    expect_equal(s);
    scenario_end(s);
}

/* One holder's copy is damaged: another's comparison brings the value. */
static void a_damaged_copy_is_no_source(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create_comparing("VVV");
    pass(s, 3000);
    request_without(s, 2, "put k v");
    avo_scenario_damage(s, 0, "k");
    pass(s, 40000);
    assert_int_equal(scenario_entry(s, 2, "k").state, AVO_ENTRY_VALUE);
    expect_equal(s);
    scenario_end(s);
}

/* It is given up, begins again later, and nothing is left behind. */
static void a_peer_that_falls_silent_stops_a_comparison(void **state) {
    (void)state;
    static const char *const last[] = {"DIGEST groups", "DIGEST buckets", "LISTING", "ANSWER"};
    for (uint32_t i = 0; i < AVO_COUNT(last); i++) {
        struct avo_scenario *s = avo_scenario_create_comparing("VVV");
        pass(s, 3000);
        request_without(s, 2, "put k v");
        avo_scenario_trace(s);
        bool silent = false;
        for (int ms = 0; ms < 60000; ms += 10) {
            avo_scenario_tick(s, 10000);
            if (silent && ms < 40000) {
                settle_without(s, 2);
            } else {
                avo_scenario_settle(s);
            }
            silent |= strstr(avo_scenario_trace(s), last[i]) != NULL;
        }
        assert_true(silent);
        pass(s, 30000);
        expect_equal(s);
        scenario_end(s);
    }
}

static void a_newer_view_begins_anew(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create_comparing("VVV");
    pass(s, 3000);
    request_without(s, 2, "put k v");
    while (s->nodes[2].replica->comparing.comparison.step < AVO_COMPARISON_FILL) {
        avo_scenario_tick(s, 10000);
        while (s->packet_count > 0 && s->nodes[2].replica->comparing.comparison.step < AVO_COMPARISON_FILL) {
            avo_scenario_deliver(s, 0, false);
        }
    }
    assert_int_equal(behind(s, 2), 1);
    avo_scenario_view(s, "VVV");
    for (uint8_t slot = 0; slot < 3; slot++) {
        avo_scenario_adopt(s, slot);
        assert_false(avo_replica_equals_all(s->nodes[slot].replica));
    }
    assert_int_equal(behind(s, 2), 0); /* not known yet in this view */
    pass(s, 20000);
    expect_equal(s);
    scenario_end(s);
}

/* What a joining member lacks, it pulls; and nobody takes its digest for that of a voter. */
static void joining_members_do_not_compare(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create_comparing("VVJ");
    avo_scenario_request(s, 0, "put k v");
    avo_scenario_settle(s);
    avo_scenario_trace(s);
    pass(s, 30000);
    const char *trace = avo_scenario_trace(s);
    assert_non_null(strstr(trace, "0>1 DIGEST all\n"));
    assert_null(strstr(trace, ">2"));
    assert_null(strstr(trace, "2>"));
    uint8_t bytes[AVO_DIGEST_BYTES] = {0};
    struct avo_message message = {.type = AVO_MESSAGE_DIGEST, .digest = {.scope = AVO_SCOPE_ALL, .digests = AVO_SLICE_OF(bytes)}};
    avo_scenario_hand_over(s, 0, 2, &message);
    avo_scenario_tick(s, 2000);
    EXPECT_TRACE(s, "");
    assert_true(avo_replica_equals_all(s->nodes[0].replica));
    assert_false(avo_replica_equals(s->nodes[0].replica, 2));
    scenario_end(s);
}

/* Answers to no question, to one of before, of another's, of another scope: nothing happens. */
static void answers_out_of_place_change_nothing(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create_comparing("VVV");
    pass(s, 3000);
    request_without(s, 2, "put k v");
    avo_scenario_trace(s);
    uint8_t digests[AVO_DIGESTS_MAX_BYTES] = {1};
    uint8_t bytes[128];
    struct avo_writer entries = avo_writer(bytes, sizeof bytes);
    struct avo_listing_entry entry = {1, {.clock = 99, .writer = {.incarnation = 1}}, true, avo_slice_string("made up")};
    assert_true(avo_listing_entry_write(&entries, &entry));
    for (int i = 0; i < 3000; i++) {
        avo_scenario_tick(s, 10000);
        const struct avo_comparison *comparison = &s->nodes[2].replica->comparing.comparison;
        struct avo_message message = {.type = AVO_MESSAGE_LISTING,
                                      .listing = {comparison->round + (i % 2), true, avo_writer_slice(&entries)}};
        uint8_t from = comparison->slot;
        bool lists = comparison->step == AVO_COMPARISON_COUNT || comparison->step == AVO_COMPARISON_FILL;
        if (!lists || i % 2 == 1) {
            avo_scenario_hand_over(s, 2, from, &message);
        }
        avo_scenario_hand_over(s, 2, (uint8_t)(1 - from), &message);
        message = (struct avo_message){.type = AVO_MESSAGE_DIGEST,
                                       .digest = {comparison->round + 1 + (i % 3), AVO_SCOPE_GROUPS, 0, AVO_SLICE_OF(digests)}};
        avo_scenario_hand_over(s, 2, from, &message);
        message.digest.scope = AVO_SCOPE_BUCKETS;
        message.digest.group = 31;
        avo_scenario_hand_over(s, 2, from, &message);
        avo_scenario_settle(s);
    }
    assert_int_equal(scenario_entry(s, 2, "made up").state, AVO_ENTRY_ABSENT);
    expect_equal(s);
    scenario_end(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missed_write_is_fetched),
        cmocka_unit_test(a_comparison_goes_step_by_step),
        cmocka_unit_test(a_missed_delete_comes_with_its_listing),
        cmocka_unit_test(many_missed_writes_come_in_pieces),
        cmocka_unit_test(each_side_fetches_what_it_lacks),
        cmocka_unit_test(equal_replicas_hardly_speak),
        cmocka_unit_test(what_is_under_way_is_not_fetched),
        cmocka_unit_test(a_damaged_copy_is_no_source),
        cmocka_unit_test(a_peer_that_falls_silent_stops_a_comparison),
        cmocka_unit_test(a_newer_view_begins_anew),
        cmocka_unit_test(joining_members_do_not_compare),
        cmocka_unit_test(answers_out_of_place_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
