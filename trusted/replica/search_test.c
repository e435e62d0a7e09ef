/* Scenarios of damage that nobody asked for: found by scrubbing, found again by the search, and mended. */
#include "trusted/replica/scenario_test.h"
#include <string.h>

static void seed_all(struct avo_scenario *s, const char *key) {
    for (uint8_t slot = 0; slot < s->replica_count; slot++) {
        avo_scenario_seed(s, slot, key, 5, "v");
    }
}

/* The value at slot 0 is damaged, and known to be. */
static void damage(struct avo_scenario *s, const char *key) {
    uint8_t bytes[8];
    struct avo_buffer buffer = {bytes, 0, sizeof bytes};
    struct avo_found found;
    avo_scenario_damage(s, 0, key);
    avo_store_find(s->nodes[0].store, avo_slice_string(key), &found);
    assert_int_equal(avo_store_open(s->nodes[0].store, avo_slice_string(key), &found, &buffer), AVO_EDAMAGED);
}

static void a_search_passes_all_entries_a_few_at_a_time(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 1);
    char key[16];
    for (int i = 0; i < 130; i++) {
        snprintf(key, sizeof key, "k%03d", i);
        seed_all(s, key);
    }
    damage(s, "k128");
    avo_scenario_tick(s, 1); /* 64 of them */
    avo_scenario_tick(s, 999);
    avo_scenario_tick(s, 1); /* 64 more, a millisecond later */
    EXPECT_TRACE(s, "");
    avo_scenario_tick(s, 999);
    EXPECT_TRACE(s, "");
    avo_scenario_tick(s, 1);
    EXPECT_TRACE(s, "0>1 QUERY k128 value 5.0\n"
                    "0>2 QUERY k128 value 5.0\n");
    avo_scenario_settle(s);
    assert_int_equal(scenario_entry(s, 0, "k128").state, AVO_ENTRY_VALUE);
    /* It is found again wherever the walk has come to. */
    damage(s, "k000");
    for (int i = 0; i < 4 && s->packet_count == 0; i++) {
        avo_scenario_tick(s, 1000);
    }
    avo_scenario_settle(s);
    assert_int_equal(scenario_entry(s, 0, "k000").state, AVO_ENTRY_VALUE);
    scenario_end(s);
}

static void after_a_repair_that_mended_the_search_goes_on_at_once(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 1);
    seed_all(s, "a");
    seed_all(s, "b");
    damage(s, "a");
    avo_scenario_tick(s, 1000);
    avo_scenario_settle(s);
    assert_int_equal(scenario_entry(s, 0, "a").state, AVO_ENTRY_VALUE);
    damage(s, "b");
    for (int i = 0; i < 3; i++) {
        avo_scenario_tick(s, 1000);
    }
    avo_scenario_settle(s);
    assert_int_equal(scenario_entry(s, 0, "b").state, AVO_ENTRY_VALUE);
    scenario_end(s);
}

static void after_one_that_did_not_scrubbing_still_has_its_finds_repaired(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 2);
    seed_all(s, "a");
    seed_all(s, "b");
    for (uint8_t slot = 0; slot < 3; slot++) {
        avo_scenario_damage(s, slot, "a");
    }
    avo_scenario_tick(s, 1000);
    avo_scenario_settle(s);
    avo_scenario_tick(s, 10000); /* nobody has an intact copy: the search for it rests */
    avo_scenario_settle(s);
    avo_scenario_trace(s);
    avo_scenario_tick(s, 1000);
    EXPECT_TRACE(s, "");
    avo_scenario_damage(s, 0, "b");
    avo_scenario_tick(s, 1000);
    EXPECT_TRACE(s, "0>1 QUERY b value 5.0\n"
                    "0>2 QUERY b value 5.0\n");
    avo_scenario_settle(s);
    avo_scenario_request(s, 0, "put a w"); /* what is lost is lost until it is written */
    avo_scenario_settle(s);
    scenario_end(s);
}

static void a_replica_alone_finds_damage_and_keeps_it(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("V", 1);
    seed_all(s, "k");
    avo_scenario_damage(s, 0, "k");
    avo_scenario_tick(s, 1000);
    assert_int_equal(scenario_entry(s, 0, "k").state, AVO_ENTRY_DAMAGED);
    EXPECT_TRACE(s, "");
    scenario_end(s);
}

static void more_damage_than_a_step_has_room_for_is_mended_over_several(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVVVV", 64);
    char key[16];
    for (int i = 0; i < 60; i++) {
        snprintf(key, sizeof key, "k%03d", i);
        seed_all(s, key);
        avo_scenario_damage(s, 0, key);
    }
    for (int i = 0; i < 60; i++) {
        avo_scenario_tick(s, 1000);
        avo_scenario_settle(s);
    }
    struct avo_figures stats;
    avo_store_stats(s->nodes[0].store, &stats);
    assert_int_equal(stats.damaged_now, 0);
    assert_int_equal(scenario_stats(s, 0).tampered, 60);
    scenario_end(s);
}

static void scrubbing_waits_while_many_operations_are_under_way(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 1);
    seed_all(s, "k");
    avo_scenario_damage(s, 0, "k");
    for (int i = 0; i < 16; i++) {
        avo_scenario_request(s, 0, "put other v");
    }
    avo_scenario_tick(s, 1000);
    assert_int_equal(scenario_entry(s, 0, "k").state, AVO_ENTRY_VALUE); /* not looked at */
    avo_scenario_settle(s);
    for (int i = 0; i < 15; i++) {
        avo_scenario_request(s, 0, "put other v");
    }
    avo_scenario_tick(s, 1000);
    assert_int_equal(scenario_entry(s, 0, "k").state, AVO_ENTRY_DAMAGED);
    avo_scenario_settle(s);
    scenario_end(s);
}

static void who_is_asked_for_what_it_knows_to_be_damaged_has_it_mended(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    seed_all(s, "k");
    damage(s, "k");
    avo_scenario_request(s, 1, "get k");
    avo_scenario_pass(s, "1>0");
    EXPECT_TRACE(s, "1>0 QUERY k newer 5.0\n"
                    "0>1 ANSWER same damaged\n"
                    "0>1 QUERY k value 5.0\n"
                    "0>2 QUERY k value 5.0\n");
    avo_scenario_settle(s);
    assert_int_equal(scenario_entry(s, 0, "k").state, AVO_ENTRY_VALUE);
    scenario_end(s);
}

/* An older value is no value of a newest version that is damaged where it was found. */
static void the_value_of_an_older_version_is_not_taken_for_a_newer_one(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVVVV", 0);
    const uint64_t clocks[] = {5, 7, 6, 7, 7};
    const char *const values[] = {"five", "seven", "six", "seven", "seven"};
    for (uint8_t slot = 0; slot < 5; slot++) {
        avo_scenario_seed(s, slot, "k", clocks[slot], values[slot]);
    }
    damage(s, "k");
    avo_scenario_damage(s, 1, "k");
    avo_scenario_request(s, 0, "get k");
    avo_scenario_settle(s);
    assert_non_null(strstr(avo_scenario_trace(s), "client 1 OK seven\n"));
    assert_int_equal(scenario_stats(s, 1).tampered, 1); /* it did not open when it was asked for */
    scenario_end(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_search_passes_all_entries_a_few_at_a_time),
        cmocka_unit_test(after_a_repair_that_mended_the_search_goes_on_at_once),
        cmocka_unit_test(after_one_that_did_not_scrubbing_still_has_its_finds_repaired),
        cmocka_unit_test(a_replica_alone_finds_damage_and_keeps_it),
        cmocka_unit_test(more_damage_than_a_step_has_room_for_is_mended_over_several),
        cmocka_unit_test(scrubbing_waits_while_many_operations_are_under_way),
        cmocka_unit_test(who_is_asked_for_what_it_knows_to_be_damaged_has_it_mended),
        cmocka_unit_test(the_value_of_an_older_version_is_not_taken_for_a_newer_one),
    };
    return cmocka_run_group_tests_name("replica/search", tests, NULL, NULL);
}
