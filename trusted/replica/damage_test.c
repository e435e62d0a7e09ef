/* Scenarios of damaged values [B4, DESIGN 8]: the host destroyed or changed ciphertext. */
#include "trusted/replica/scenario_test.h"

static struct avo_scenario *create_with_value(const char *roles, uint32_t scrub_per_tick) {
    struct avo_scenario *scenario = avo_scenario_create(roles, scrub_per_tick);
    for (uint8_t slot = 0; slot < scenario->replica_count; slot++) {
        avo_scenario_seed(scenario, slot, "k", 5, "v");
    }
    return scenario;
}

static void a_damaged_own_copy_is_fetched_repaired_and_answered(void **state) {
    (void)state;
    struct avo_scenario *s = create_with_value("VVV", 0);
    avo_scenario_damage(s, 0, "k");
    avo_scenario_request(s, 0, "get k");
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "0>1 QUERY k newer 5.0\n"
                    "1>0 ANSWER same value\n"
                    "0>1 QUERY k value 5.0\n"
                    "0>2 QUERY k value 5.0\n"
                    "1>0 ANSWER same value v\n"
                    "2>0 ANSWER same value v\n"
                    "client 1 OK v\n");
    assert_int_equal(scenario_entry(s, 0, "k").state, AVO_ENTRY_VALUE);
    assert_int_equal(scenario_stats(s, 0).tampered, 1);
    scenario_end(s);
}

static void a_copy_known_to_be_damaged_is_asked_for_at_once(void **state) {
    (void)state;
    struct avo_scenario *s = create_with_value("VVV", 0);
    avo_scenario_damage(s, 0, "k");
    uint8_t bytes[8];
    struct avo_buffer buffer = {bytes, 0, sizeof bytes};
    struct avo_found found;
    avo_store_find(s->nodes[0].store, avo_slice_string("k"), &found);
    assert_int_equal(avo_store_open(s->nodes[0].store, avo_slice_string("k"), &found, &buffer), AVO_EDAMAGED);
    avo_scenario_request(s, 0, "get k");
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "0>1 QUERY k value 5.0\n"
                    "1>0 ANSWER same value v\n"
                    "client 1 OK v\n");
    assert_int_equal(scenario_entry(s, 0, "k").state, AVO_ENTRY_VALUE);
    scenario_end(s);
}

static void damage_everywhere_is_tampering_never_absence(void **state) {
    (void)state;
    struct avo_scenario *s = create_with_value("VVV", 0);
    for (uint8_t slot = 0; slot < 3; slot++) {
        avo_scenario_damage(s, slot, "k");
    }
    avo_scenario_request(s, 0, "get k");
    avo_scenario_settle(s);
    const char *trace = avo_scenario_trace(s);
    assert_non_null(strstr(trace, "1>0 ANSWER same damaged\n"));
    assert_non_null(strstr(trace, "client 1 ETAMPERED\n"));
    for (uint8_t slot = 0; slot < 3; slot++) {
        assert_int_equal(scenario_entry(s, slot, "k").version.clock, 5);
    }
    scenario_end(s);
}

static void two_damaged_copies_do_not_repair_each_other_for_ever(void **state) {
    (void)state;
    struct avo_scenario *s = create_with_value("VVV", 0);
    for (uint8_t slot = 0; slot < 3; slot++) {
        avo_scenario_damage(s, slot, "k");
    }
    avo_scenario_request(s, 0, "get k");
    avo_scenario_settle(s); /* it would not return */
    for (uint8_t slot = 0; slot < 3; slot++) {
        assert_int_equal(avo_replica_busy_count(s->nodes[slot].replica), 0);
    }
    /* A put heals what no repair could. */
    avo_scenario_request(s, 1, "put k new");
    avo_scenario_settle(s);
    avo_scenario_request(s, 0, "get k");
    avo_scenario_settle(s);
    assert_non_null(strstr(avo_scenario_trace(s), "client 3 OK new\n"));
    scenario_end(s);
}

static void a_silent_last_holder_is_waited_for_a_third_of_the_patience(void **state) {
    (void)state;
    struct avo_scenario *s = create_with_value("VVV", 0);
    avo_scenario_damage(s, 0, "k");
    avo_scenario_damage(s, 1, "k");
    avo_scenario_request(s, 0, "get k");
    avo_scenario_pass(s, "0>1");
    avo_scenario_pass(s, "1>0");
    avo_scenario_pass(s, "0>1");
    avo_scenario_pass(s, "1>0");
    avo_scenario_trace(s);
    avo_scenario_lose_all(s);
    avo_scenario_tick(s, 320000);
    assert_non_null(strstr(avo_scenario_trace(s), "0>2 QUERY k value 5.0\n"));
    avo_scenario_lose_all(s);
    avo_scenario_tick(s, 20000);
    assert_non_null(strstr(avo_scenario_trace(s), "client 1 ETAMPERED\n"));
    scenario_end(s);
}

/* The newest version is damaged where it was seen: an intact older value elsewhere must not be the answer. */
static void a_damaged_newest_version_never_falls_back_to_an_older_one(void **state) {
    (void)state;
    struct avo_scenario *s = create_with_value("VVV", 0);
    avo_scenario_seed(s, 1, "k", 6, "new");
    avo_scenario_damage(s, 1, "k");
    avo_scenario_request(s, 0, "get k");
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "0>1 QUERY k newer 5.0\n"
                    "1>0 ANSWER 6.0 damaged\n"
                    "1>0 QUERY k value 6.0\n"
                    "1>2 QUERY k value 6.0\n"
                    "0>1 QUERY k value 6.0\n"
                    "0>2 QUERY k value 6.0\n"
                    "0>1 ANSWER 5.0 value\n"
                    "2>1 ANSWER 5.0 value\n"
                    "1>0 ANSWER same damaged\n"
                    "2>0 ANSWER 5.0 value\n"
                    "client 1 ETAMPERED\n");
    scenario_end(s);
}

static void a_damaged_newest_version_is_taken_from_another_holder(void **state) {
    (void)state;
    struct avo_scenario *s = create_with_value("VVV", 0);
    avo_scenario_seed(s, 1, "k", 6, "new");
    avo_scenario_seed(s, 2, "k", 6, "new");
    avo_scenario_damage(s, 1, "k");
    avo_scenario_request(s, 0, "get k");
    avo_scenario_settle(s);
    assert_non_null(strstr(avo_scenario_trace(s), "client 1 OK new\n"));
    assert_int_equal(scenario_entry(s, 0, "k").version.clock, 6);
    assert_int_equal(scenario_entry(s, 1, "k").state, AVO_ENTRY_VALUE); /* it repaired itself */
    assert_int_equal(scenario_stats(s, 1).repairs_started, 1);
    scenario_end(s);
}

static void a_newer_version_met_while_fetching_is_written_back(void **state) {
    (void)state;
    struct avo_scenario *s = create_with_value("VVVVV", 0);
    avo_scenario_damage(s, 0, "k");
    avo_scenario_seed(s, 3, "k", 7, "newer");
    avo_scenario_request(s, 0, "get k");
    for (int i = 0; i < 2; i++) {
        avo_scenario_pass(s, i == 0 ? "0>1" : "0>2");
        avo_scenario_pass(s, i == 0 ? "1>0" : "2>0");
    }
    avo_scenario_trace(s);
    avo_scenario_pass(s, "0>3");
    avo_scenario_pass(s, "3>0");
    EXPECT_TRACE(s, "3>0 ANSWER 7.0 value newer\n"
                    "0>1 WRITE k 7.0 newer\n"
                    "0>2 WRITE k 7.0 newer\n"
                    "0>4 WRITE k 7.0 newer\n");
    avo_scenario_settle(s);
    assert_non_null(strstr(avo_scenario_trace(s), "client 1 OK newer\n"));
    scenario_end(s);
}

static void a_newer_damaged_version_met_while_fetching_raises_the_bar(void **state) {
    (void)state;
    struct avo_scenario *s = create_with_value("VVV", 0);
    avo_scenario_damage(s, 0, "k");
    avo_scenario_seed(s, 2, "k", 7, "newer");
    avo_scenario_damage(s, 2, "k");
    avo_scenario_request(s, 0, "get k");
    avo_scenario_pass(s, "0>1");
    avo_scenario_pass(s, "1>0");
    avo_scenario_trace(s);
    avo_scenario_pass(s, "0>2");
    avo_scenario_pass(s, "2>0");
    const char *trace = avo_scenario_trace(s);
    assert_non_null(strstr(trace, "2>0 ANSWER 7.0 damaged\n"));
    assert_non_null(strstr(trace, "0>1 QUERY k value 7.0\n"));
    avo_scenario_settle(s); /* the answers to the first fetch hold the intact 5.0: stale, and not taken */
    assert_non_null(strstr(avo_scenario_trace(s), "client 1 ETAMPERED\n"));
    scenario_end(s);
}

static void scrubbing_finds_damage_and_repairs_it(void **state) {
    (void)state;
    struct avo_scenario *s = create_with_value("VVV", 2);
    avo_scenario_tick(s, 1000);
    EXPECT_TRACE(s, "");
    avo_scenario_damage(s, 1, "k");
    avo_scenario_tick(s, 1000);
    avo_scenario_tick(s, 1000); /* once a key, however often it is met */
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "1>0 QUERY k value 5.0\n"
                    "1>2 QUERY k value 5.0\n"
                    "0>1 ANSWER same value v\n"
                    "2>1 ANSWER same value v\n");
    assert_int_equal(scenario_entry(s, 1, "k").state, AVO_ENTRY_VALUE);
    assert_int_equal(scenario_stats(s, 1).repairs_started, 1);
    scenario_end(s);
}

static void a_repair_that_failed_is_tried_again(void **state) {
    (void)state;
    struct avo_scenario *s = create_with_value("VVV", 2);
    avo_scenario_damage(s, 1, "k");
    avo_scenario_tick(s, 1000);
    uint32_t sent_count = 0;
    for (uint32_t ms = 0; ms < 5000; ms++) {
        sent_count += s->packet_count;
        avo_scenario_lose_all(s);
        avo_scenario_tick(s, 1000);
        avo_scenario_trace(s);
    }
    assert_in_range(sent_count, 20, 80);
    assert_int_equal(scenario_entry(s, 1, "k").state, AVO_ENTRY_DAMAGED);
    for (uint32_t ms = 0; ms < 1000; ms++) {
        avo_scenario_settle(s);
        avo_scenario_tick(s, 1000);
    }
    assert_int_equal(scenario_entry(s, 1, "k").state, AVO_ENTRY_VALUE);
    assert_int_equal(scenario_stats(s, 1).tampered, 1);
    scenario_end(s);
}

static void what_is_lost_everywhere_is_asked_for_now_and_then(void **state) {
    (void)state;
    struct avo_scenario *s = create_with_value("VVV", 2);
    for (uint8_t slot = 0; slot < 3; slot++) {
        avo_scenario_damage(s, slot, "k");
    }
    for (uint32_t ms = 0; ms < 1000; ms++) {
        avo_scenario_tick(s, 1000);
        avo_scenario_settle(s);
        avo_scenario_trace(s);
    }
    assert_in_range(scenario_stats(s, 1).repairs_started, 5, 12);
    avo_scenario_request(s, 0, "put k v");
    avo_scenario_settle(s);
    scenario_end(s);
}

static void every_value_of_a_store_is_repaired(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 50);
    char key[8];
    for (uint32_t i = 0; i < 200; i++) {
        snprintf(key, sizeof key, "key%u", i);
        for (uint8_t slot = 0; slot < 3; slot++) {
            avo_scenario_seed(s, slot, key, 5, key);
        }
        avo_scenario_damage(s, 2, key);
    }
    for (uint32_t i = 0; i < 200; i++) {
        avo_scenario_tick(s, 1000);
        avo_scenario_settle(s);
        avo_scenario_trace(s);
    }
    struct avo_figures stats;
    avo_store_stats(s->nodes[2].store, &stats);
    assert_int_equal(stats.damaged, 200);
    assert_int_equal(stats.repaired, 200);
    assert_int_equal(stats.damaged_now, 0);
    scenario_end(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_damaged_own_copy_is_fetched_repaired_and_answered),
        cmocka_unit_test(a_copy_known_to_be_damaged_is_asked_for_at_once),
        cmocka_unit_test(damage_everywhere_is_tampering_never_absence),
        cmocka_unit_test(two_damaged_copies_do_not_repair_each_other_for_ever),
        cmocka_unit_test(a_silent_last_holder_is_waited_for_a_third_of_the_patience),
        cmocka_unit_test(a_damaged_newest_version_never_falls_back_to_an_older_one),
        cmocka_unit_test(a_damaged_newest_version_is_taken_from_another_holder),
        cmocka_unit_test(a_newer_version_met_while_fetching_is_written_back),
        cmocka_unit_test(a_newer_damaged_version_met_while_fetching_raises_the_bar),
        cmocka_unit_test(scrubbing_finds_damage_and_repairs_it),
        cmocka_unit_test(a_repair_that_failed_is_tried_again),
        cmocka_unit_test(what_is_lost_everywhere_is_asked_for_now_and_then),
        cmocka_unit_test(every_value_of_a_store_is_repaired),
    };
    return cmocka_run_group_tests_name("replica/damage", tests, NULL, NULL);
}
