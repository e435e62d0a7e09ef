/* What every scenario test needs of cmocka, and the one assertion on traces. */
#ifndef AVO_REPLICA_SCENARIO_TEST_H
#define AVO_REPLICA_SCENARIO_TEST_H

#include "trusted/replica/scenario.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* after the others, as cmocka asks */
#include <cmocka.h>

/* The trace since the last look is exactly these lines. */
#define EXPECT_TRACE(scenario, ...) assert_string_equal(avo_scenario_trace(scenario), "" __VA_ARGS__)

static inline struct avo_figures scenario_stats(const struct avo_scenario *scenario, uint8_t slot) {
    struct avo_figures stats;
    avo_replica_stats(scenario->nodes[slot].replica, &stats);
    return stats;
}

static inline struct avo_entry scenario_entry(const struct avo_scenario *scenario, uint8_t slot, const char *key) {
    struct avo_found found;
    avo_store_find(scenario->nodes[slot].store, avo_slice_string(key), &found);
    return found.entry;
}

/* Everybody's asks and pieces, until nothing is on its way. */
static inline void scenario_run(struct avo_scenario *scenario) {
    for (int i = 0; i < 40; i++) {
        avo_scenario_tick(scenario, 20000);
        avo_scenario_settle(scenario);
    }
}

static inline void scenario_next_view(struct avo_scenario *scenario, const char *roles) {
    avo_scenario_view(scenario, roles);
    for (uint8_t slot = 0; slot < scenario->replica_count; slot++) {
        avo_scenario_adopt(scenario, slot);
    }
}

static inline uint32_t scenario_synced(const struct avo_scenario *scenario, uint8_t slot) {
    return avo_replica_synced_epoch(scenario->nodes[slot].replica);
}

/* One whose trace shows syncs. */
static inline struct avo_scenario *scenario_of_syncs(const char *roles) {
    struct avo_scenario *scenario = avo_scenario_create(roles, 0);
    scenario->traces_syncs = true;
    return scenario;
}

/* At the end of every scenario: no task, pin or blob is left behind anywhere. */
static inline void scenario_end(struct avo_scenario *scenario) {
    avo_scenario_lose_all(scenario);
    avo_scenario_tick(scenario, 4000000);
    avo_scenario_lose_all(scenario);
    avo_scenario_tick(scenario, 1); /* gives back what the tick before ended */
    for (uint8_t slot = 0; slot < scenario->replica_count; slot++) {
        assert_int_equal(avo_replica_busy_count(scenario->nodes[slot].replica), 0);
        assert_int_equal(avo_store_twin_pin_count(scenario->nodes[slot].store), 0);
        for (uint32_t class = 0; class < AVO_BLOB_CLASS_COUNT; class ++) {
            assert_int_equal(scenario->nodes[slot].blobs.classes[class].taken_count, 0);
        }
    }
    assert_int_equal(scenario->repeated_reply_count, 0);
    avo_scenario_destroy(scenario);
}

#endif
