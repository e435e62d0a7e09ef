/* At each limit: the last level that is well, and the first that is not. */
#include "base/compiler.h"
#include "base/condition.h"
#include "base/testing.h"

static struct avo_levels well(void) {
    return (struct avo_levels){.enclave_bytes_used = 50,
                               .enclave_bytes_budget = 100,
                               .host_bytes = 50,
                               .host_bytes_limit = 100,
                               .tombstones = 50,
                               .tombstone_quota = 100,
                               .path_bytes = 1500,
                               .mtu_bytes = 1500};
}

static void each_condition_begins_at_its_level(void **state) {
    (void)state;
    struct avo_levels levels = well();
    const struct {
        uint64_t *level;
        uint64_t last_well;
        uint64_t first;
        enum avo_condition condition;
    } cases[] = {
        {&levels.enclave_bytes_used, 93, 94, AVO_CONDITION_ENCLAVE_NEARLY_FULL},
        {&levels.enclave_bytes_used, 96, 97, AVO_CONDITION_ENCLAVE_FULL},
        {&levels.host_bytes, 84, 85, AVO_CONDITION_HOST_NEARLY_FULL},
        {&levels.host_bytes, 94, 95, AVO_CONDITION_HOST_FULL},
        {&levels.tombstones, 89, 90, AVO_CONDITION_QUOTA_NEAR},
        {&levels.tombstones, 97, 98, AVO_CONDITION_QUOTA_REACHED},
        {&levels.tampered, 0, 1, AVO_CONDITION_TAMPERED},
        {&levels.damaged, 0, 1, AVO_CONDITION_DAMAGED},
        {&levels.silent_nodes, 0, 4, AVO_CONDITION_UNDER_REPLICATED},
        {&levels.path_bytes, 1500, 1499, AVO_CONDITION_NARROW_PATH},
    };
    assert_int_equal(AVO_COUNT(cases), AVO_CONDITION_COUNT);
    assert_int_equal(avo_conditions_of(&levels), 0);
    for (size_t i = 0; i < AVO_COUNT(cases); i++) {
        levels = well();
        *cases[i].level = cases[i].last_well;
        assert_int_equal(avo_conditions_of(&levels) >> cases[i].condition & 1, 0);
        *cases[i].level = cases[i].first;
        assert_int_equal(avo_conditions_of(&levels) >> cases[i].condition & 1, 1);
    }
}

static void without_a_limit_nothing_is_near(void **state) {
    (void)state;
    struct avo_levels levels = well();
    levels.enclave_bytes_budget = levels.host_bytes_limit = levels.tombstone_quota = 0;
    assert_int_equal(avo_conditions_of(&levels), 0);
}

static void each_has_its_word(void **state) {
    (void)state;
    assert_string_equal(avo_condition_word(AVO_CONDITION_ENCLAVE_NEARLY_FULL), "enclave_memory_nearly_full");
    assert_string_equal(avo_condition_word(AVO_CONDITION_NARROW_PATH), "narrow_path");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_condition_begins_at_its_level),
        cmocka_unit_test(without_a_limit_nothing_is_near),
        cmocka_unit_test(each_has_its_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
