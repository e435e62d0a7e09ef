/* What the scenarios of catching up share: time that passes, a replica that misses what the others say, and equality. */
#ifndef AVO_REPLICA_CATCHING_UP_TEST_H
#define AVO_REPLICA_CATCHING_UP_TEST_H

#include "trusted/replica/replica_state.h"
#include "trusted/replica/scenario_test.h"

/* Time passes in small steps, and all messages arrive. */
static inline void pass(struct avo_scenario *s, uint64_t ms) {
    for (uint64_t i = 0; i < ms; i += 10) {
        avo_scenario_tick(s, 10000);
        avo_scenario_settle(s);
    }
}

/* The same, and nothing that `slot` sends or is sent arrives. */
static inline void settle_without(struct avo_scenario *s, uint8_t slot) {
    while (s->packet_count > 0) {
        if (s->packets[0].from == slot || s->packets[0].to == slot) {
            avo_scenario_drop(s, 0);
        } else {
            avo_scenario_deliver(s, 0, false);
        }
    }
}

static inline void request_without(struct avo_scenario *s, uint8_t slot, const char *request) {
    avo_scenario_request(s, 0, request);
    settle_without(s, slot);
    avo_scenario_tick(s, 10000);
    settle_without(s, slot);
}

static inline uint32_t behind(const struct avo_scenario *s, uint8_t slot) {
    return (uint32_t)scenario_stats(s, slot).behind;
}

static inline void expect_equal(const struct avo_scenario *s) {
    for (uint8_t slot = 0; slot < s->replica_count; slot++) {
        assert_int_equal(avo_store_digest(s->nodes[slot].store, 0, AVO_DIGEST_BUCKET_COUNT),
                         avo_store_digest(s->nodes[0].store, 0, AVO_DIGEST_BUCKET_COUNT));
        assert_int_equal(behind(s, slot), 0);
        assert_true(avo_replica_equals_all(s->nodes[slot].replica));
    }
}

#endif
