/* Scenarios of catching up where the memory of who lacks something is short. */
#include "trusted/replica/catching_up_test.h"

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
