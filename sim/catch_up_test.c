/* A replica that missed thousands of writes gets all of them by itself, over the real channels, without a client. */
#include "base/testing.h"
#include "sim/convergence.h"
#include "sim/stage.h"
#include "trusted/replica/replica_state.h"

#define KEYS 3000
#define LIMIT_US 60000000

static void put(struct avo_node *node, uint32_t index, uint32_t number, uint64_t clock, bool tombstone) {
    static const uint8_t bytes[4096];
    uint8_t key[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)index, 1};
    struct avo_slice value = avo_slice(bytes, number % 100 == 0 ? sizeof bytes : number % 64); /* some travel in segments */
    struct avo_version version = {.clock = clock, .writer = {.incarnation = 1}};
    struct avo_worker *worker = node->workers[index];
    avo_replica_see_clock(worker->replica, clock);
    assert_int_equal(avo_store_apply(worker->store, AVO_SLICE_OF(key), version, tombstone ? NULL : &value, NULL), AVO_OK);
}

static void compare(struct stage *stage) {
    for (uint8_t slot = 0; slot < STAGE_SLOTS; slot++) {
        for (uint32_t index = 0; index < STAGE_WORKERS; index++) {
            struct avo_replica *replica = stage->nodes[slot].workers[index]->replica;
            replica->config.compare_us = AVO_COMPARE_US;
            avo_compare_restart(replica);
        }
    }
}

/* The last slot has an older version of some keys, none of most; and a few that the others lack. */
static void differ(struct stage *stage) {
    for (uint32_t index = 0; index < STAGE_WORKERS; index++) {
        for (uint32_t number = 0; number < KEYS; number++) {
            for (uint8_t slot = 0; slot + 1 < STAGE_SLOTS; slot++) {
                put(&stage->nodes[slot], index, number, 2 + number % 5, number % 10 == 3);
            }
            if (number % 7 == 0) {
                put(&stage->nodes[STAGE_SLOTS - 1], index, number, 1 + number % 9, number % 10 == 5);
            }
        }
    }
}

static uint64_t behind(const struct stage *stage, uint8_t slot) {
    uint64_t keys = 0;
    for (uint32_t index = 0; index < STAGE_WORKERS; index++) {
        keys += stage_figures(&stage->nodes[slot], index).behind;
    }
    return keys;
}

static bool all_equal(const struct stage *stage) {
    bool equal = true;
    for (uint8_t slot = 0; slot < STAGE_SLOTS; slot++) {
        for (uint32_t index = 0; index < STAGE_WORKERS; index++) {
            equal &= avo_replica_equals_all(stage->nodes[slot].workers[index]->replica);
        }
    }
    return equal;
}

static void a_replica_that_missed_thousands_of_writes_catches_up(void **state) {
    (void)state;
    struct stage *stage = stage_make(1, 1);
    stage->world.plan.operations_per_client = 0;
    differ(stage);
    compare(stage);
    uint64_t most_behind = 0, packets = stage->world.report.counters.of[AVO_COUNT_PACKETS];
    while (!all_equal(stage) && stage->world.report.now_us < LIMIT_US) {
        stage_advance(stage);
        uint64_t keys = behind(stage, STAGE_SLOTS - 1);
        most_behind = keys > most_behind ? keys : most_behind;
        assert_true(behind(stage, 0) <= STAGE_WORKERS * KEYS / 7);
    }
    assert_true(all_equal(stage));
    assert_true(avo_sim_converged(stage->nodes, &stage->world.plan));
    assert_in_range(most_behind, KEYS * 8 / 7 / 2, STAGE_WORKERS * KEYS);
    for (uint8_t slot = 0; slot < STAGE_SLOTS; slot++) {
        assert_int_equal(behind(stage, slot), 0);
    }
    packets = stage->world.report.counters.of[AVO_COUNT_PACKETS] - packets;
    print_message("%d keys of each worker: equal after %llu ms and %llu packets\n", KEYS,
                  (unsigned long long)stage->world.report.now_us / 1000, (unsigned long long)packets);
    assert_false(stage->world.report.violated);
    stage_free(stage);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_replica_that_missed_thousands_of_writes_catches_up)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
