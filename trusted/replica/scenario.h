/* Scenarios: some replicas in one process, whose effects a test delivers as it likes, and a trace of them that a person can read.
 *
 * Messages go through their wire encoding. A message waits on its link until it is delivered or dropped; one that was sent in
 * another epoch than the receiver's is dropped at delivery, as the channels do [V2]. Trace lines, versions as CLOCK.SLOT:
 *   0>1 QUERY k newer 1.0 | 1>0 ANSWER same value | 1>0 ANSWER 2.1 value x | 0>1 WRITE k 1.0 v | 1>0 ACK OK | client 1 OK v
 *   0>1 DIGEST all | 1>0 COMPARE groups | 0>1 DIGEST groups | 1>0 ENUMERATE | 0>1 LISTING k 1.0, other 2.0 tombstone
 */
#ifndef AVO_REPLICA_SCENARIO_H
#define AVO_REPLICA_SCENARIO_H

#include "trusted/replica/replica.h"
#include "trusted/replica/store_twin.h"

#define AVO_SCENARIO_REPLICA_MAX_COUNT 5
#define AVO_SCENARIO_PACKET_MAX_COUNT 2048
#define AVO_SCENARIO_REPLY_MAX_COUNT 128

struct avo_scenario_packet {
    uint8_t from;
    uint8_t to;
    uint32_t epoch;
    size_t length;
    uint8_t *bytes; /* malloc'ed: the message */
};

struct avo_scenario_reply {
    bool done;
    enum avo_error status;
    uint8_t answered;
    uint8_t needed;
    uint8_t members;
    char value[32]; /* a string, cut */
};

struct avo_scenario_node {
    void *memory;
    struct avo_store *store;
    struct avo_blobs blobs;
    struct avo_replica *replica;
    uint32_t epoch;
};

struct avo_scenario {
    uint32_t replica_count;
    uint64_t now_us;
    struct avo_view view;
    struct avo_scenario_node nodes[AVO_SCENARIO_REPLICA_MAX_COUNT];
    struct avo_scenario_packet packets[AVO_SCENARIO_PACKET_MAX_COUNT]; /* in the order they were sent */
    uint32_t packet_count;
    struct avo_scenario_reply replies[AVO_SCENARIO_REPLY_MAX_COUNT]; /* by request id */
    uint32_t request_count;
    uint32_t repeated_reply_count;
    bool traces_syncs; /* set by a test that looks at them */
    size_t trace_length;
    char trace[1 << 16];
    struct avo_effects effects;
};

/* As many replicas as `roles` has letters: V voting, J joining; all adopt it as the view of epoch 1. */
struct avo_scenario *avo_scenario_create(const char *roles, uint32_t scrub_per_tick);
/* The same, and they tell each other their digests every AVO_COMPARE_US and more rarely. */
struct avo_scenario *avo_scenario_create_comparing(const char *roles);
void avo_scenario_destroy(struct avo_scenario *scenario);

/* Makes the next epoch's view; roles as above, and - for a slot that is not listed. Nobody has adopted it yet. */
void avo_scenario_view(struct avo_scenario *scenario, const char *roles);
void avo_scenario_adopt(struct avo_scenario *scenario, uint8_t slot);

/* Sends a request "get KEY", "put KEY VALUE" or "del KEY" to `slot`; returns its id, from 1. Its patience is a second. */
uint32_t avo_scenario_request(struct avo_scenario *scenario, uint8_t slot, const char *request);

/* Time passes, and every replica gets a tick (with its repetitions). */
void avo_scenario_tick(struct avo_scenario *scenario, uint64_t us);

/* Packet `index`: delivers it, takes it off its link, or both. */
void avo_scenario_deliver(struct avo_scenario *scenario, uint32_t index, bool keep);
void avo_scenario_drop(struct avo_scenario *scenario, uint32_t index);
/* The same for the oldest packet of a link, written "0>1"; asserts that there is one. */
void avo_scenario_pass(struct avo_scenario *scenario, const char *link);
void avo_scenario_lose(struct avo_scenario *scenario, const char *link);
/* Hands `slot` a message as one of `from` that no link carried: made up, or let through by a channel that should not have. */
void avo_scenario_hand_over(struct avo_scenario *scenario, uint8_t slot, uint8_t from, const struct avo_message *message);
/* Delivers everything, in order, until nothing is on its way. */
void avo_scenario_settle(struct avo_scenario *scenario);
/* Loses everything that is on its way. */
void avo_scenario_lose_all(struct avo_scenario *scenario);

/* Puts a version straight into a store; `value` NULL: a tombstone. */
void avo_scenario_seed(struct avo_scenario *scenario, uint8_t slot, const char *key, uint64_t clock, const char *value);
void avo_scenario_damage(struct avo_scenario *scenario, uint8_t slot, const char *key);

/* What was traced since the last call. Valid until the next call of anything. */
const char *avo_scenario_trace(struct avo_scenario *scenario);

#endif
