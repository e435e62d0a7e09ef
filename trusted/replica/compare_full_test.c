/* Scenarios of catching up where the memory of who lacks something is short. */
#include "trusted/replica/replica_state.h"
#include "trusted/replica/scenario_test.h"

/* Time passes in small steps, and all messages arrive. */
static void pass(struct avo_scenario *s, uint64_t ms) {
    for (uint64_t i = 0; i < ms; i += 10) {
        avo_scenario_tick(s, 10000);
        avo_scenario_settle(s);
    }
}

/* The same, and nothing that `slot` sends or is sent arrives. */
static void settle_without(struct avo_scenario *s, uint8_t slot) {
    while (s->packet_count > 0) {
        if (s->packets[0].from == slot || s->packets[0].to == slot) {
            avo_scenario_drop(s, 0);
        } else {
            avo_scenario_deliver(s, 0, false);
        }
    }
}

static void request_without(struct avo_scenario *s, uint8_t slot, const char *request) {
    avo_scenario_request(s, 0, request);
    settle_without(s, slot);
    avo_scenario_tick(s, 10000);
    settle_without(s, slot);
}

static uint32_t behind(const struct avo_scenario *s, uint8_t slot) {
    return (uint32_t)scenario_stats(s, slot).behind;
}

static void expect_equal(const struct avo_scenario *s) {
    for (uint8_t slot = 0; slot < s->replica_count; slot++) {
        assert_int_equal(avo_store_digest(s->nodes[slot].store, 0, AVO_DIGEST_BUCKET_COUNT),
                         avo_store_digest(s->nodes[0].store, 0, AVO_DIGEST_BUCKET_COUNT));
        assert_int_equal(behind(s, slot), 0);
        assert_true(avo_replica_equals_all(s->nodes[slot].replica));
    }
}

static void a_replica_that_is_full_stays_behind_and_says_so(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create_comparing("VVV");
    pass(s, 3000);
    avo_store_twin_refuse(s->nodes[2].store, AVO_OK, AVO_EHOSTFULL);
    request_without(s, 2, "put k v");
    avo_scenario_trace(s);
    uint32_t listings = 0;
    for (int i = 0; i < 6000; i++) {
        pass(s, 10);
        listings += strstr(avo_scenario_trace(s), "LISTING") != NULL;
    }
    assert_int_equal(behind(s, 2), 1);
    assert_in_range(listings, 2, 40); /* ever more rarely */
    avo_store_twin_refuse(s->nodes[2].store, AVO_OK, AVO_OK);
    pass(s, 40000);
    expect_equal(s);
    scenario_end(s);
}

/* What it lacks is many keys: it does not fetch them all again each time, only to find that there is no room. */
static void a_replica_that_is_full_fetches_little_in_vain(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create_comparing("VVV");
    char request[32];
    pass(s, 3000);
    for (int i = 0; i < 100; i++) {
        snprintf(request, sizeof request, "put key%d v%d", i, i);
        request_without(s, 2, request);
    }
    avo_store_twin_refuse(s->nodes[2].store, AVO_OK, AVO_EHOSTFULL);
    avo_scenario_trace(s);
    uint32_t fetched = 0;
    for (int i = 0; i < 6000; i++) {
        pass(s, 10);
        for (const char *at = avo_scenario_trace(s); (at = strstr(at, "2>")) != NULL; at++) {
            fetched += strncmp(at + 3, " QUERY", 6) == 0;
        }
    }
    assert_in_range(behind(s, 2), 90, 100);
    assert_in_range(fetched, 1, 400); /* at most those under way at the first refusal: 16 each time, not 100 */
    avo_store_twin_refuse(s->nodes[2].store, AVO_OK, AVO_OK);
    pass(s, 60000);
    expect_equal(s);
    scenario_end(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replica_that_is_full_stays_behind_and_says_so),
        cmocka_unit_test(a_replica_that_is_full_fetches_little_in_vain),
    };
    return cmocka_run_group_tests_name("replica/compare_full", tests, NULL, NULL);
}
