#include "trusted/replica/comparison.h"
#include "trusted/replica/replica_state.h"

#define LOOK_PAUSE_US 50000 /* what is on its way at the first look, the second does not see any more */
#define PATIENCE_US 3000000
#define FILL_MAX_COUNT 128
#define FILL_SHARE 4      /* at most one in so many tasks */
#define FILL_BUSY_COUNT 8 /* at one time while clients are served */
#define EFFECTS_KEPT 2    /* of a step: for the next question */
#define MOST_COUNTED UINT16_MAX
#define NO_TASK_PAUSE_US 20000 /* no fill is under way whose end would be a sign */

static struct avo_comparison *comparison_of(struct avo_replica *replica) {
    return &replica->comparing.comparison;
}

static bool lists(const struct avo_comparison *comparison) {
    return comparison->step == AVO_COMPARISON_COUNT || comparison->step == AVO_COMPARISON_FILL;
}

static void question_write(const struct avo_comparison *comparison, struct avo_message *message) {
    if (lists(comparison)) {
        message->type = AVO_MESSAGE_ENUMERATE;
        message->enumerate = (struct avo_enumerate){.round = comparison->round,
                                                    .bucket = (uint16_t)comparison->bucket,
                                                    .cursor = comparison->cursor,
                                                    .most = comparison->most};
        return;
    }
    bool groups = comparison->step == AVO_COMPARISON_GROUPS;
    message->type = AVO_MESSAGE_COMPARE;
    message->compare = (struct avo_compare){.round = comparison->round,
                                            .scope = groups ? AVO_SCOPE_GROUPS : AVO_SCOPE_BUCKETS,
                                            .group = groups ? 0 : (uint8_t)(comparison->bucket / AVO_DIGEST_GROUP_BUCKETS)};
}

static void send(struct avo_replica *replica) {
    struct avo_comparison *comparison = comparison_of(replica);
    comparison->send_us = replica->now_us + comparison->interval_us;
    question_write(comparison, avo_replica_send(replica, comparison->slot));
}

/* The next question, under a fresh name. */
static void ask(struct avo_replica *replica) {
    struct avo_comparison *comparison = comparison_of(replica);
    comparison->round = ++replica->round_sequence << AVO_ROUND_INDEX_BITS;
    comparison->waits = false;
    comparison->interval_us = (uint32_t)replica->config.resend_us;
    comparison->give_up_us = replica->now_us + PATIENCE_US;
    send(replica);
}

static void end(struct avo_replica *replica) {
    struct avo_comparison *comparison = comparison_of(replica);
    comparison->step = AVO_COMPARISON_NONE;
    comparison->round = 0;
    comparison->ended = true;
}

/* All was looked at, or all that there is room for: what was met, or counted, and not filled is still missing. */
static void end_well(struct avo_replica *replica) {
    struct avo_comparison *comparison = comparison_of(replica);
    uint32_t known =
        comparison->refused && comparison->gap_count > comparison->met_count ? comparison->gap_count : comparison->met_count;
    replica->comparing.slots[comparison->slot].behind = known - comparison->filled_count;
    end(replica);
}

/* The first suspect bucket from `bucket` on; AVO_DIGEST_BUCKET_COUNT when there is none. */
static uint32_t suspect_from(const struct avo_comparison *comparison, uint32_t bucket) {
    while (bucket < AVO_DIGEST_BUCKET_COUNT) {
        uint32_t bits = comparison->suspects[bucket / AVO_DIGEST_GROUP_BUCKETS] >> bucket % AVO_DIGEST_GROUP_BUCKETS;
        if (bits != 0) {
            return bucket + (uint32_t)__builtin_ctz(bits);
        }
        bucket = (bucket / AVO_DIGEST_GROUP_BUCKETS + 1) * AVO_DIGEST_GROUP_BUCKETS;
    }
    return AVO_DIGEST_BUCKET_COUNT;
}

static void about(struct avo_replica *replica, uint32_t bucket) {
    struct avo_comparison *comparison = comparison_of(replica);
    comparison->bucket = bucket;
    comparison->cursor = 0;
    comparison->bucket_gaps = 0;
    ask(replica);
}

static void drain(struct avo_replica *replica) {
    if (replica->comparing.fill_count == 0) {
        end_well(replica);
    }
}

static void enter(struct avo_replica *replica, enum avo_comparison_step step) {
    struct avo_comparison *comparison = comparison_of(replica);
    uint32_t first = suspect_from(comparison, 0);
    if (first == AVO_DIGEST_BUCKET_COUNT) {
        end_well(replica);
        return;
    }
    comparison->step = step;
    comparison->most = step == AVO_COMPARISON_FILL ? AVO_COMPARISON_MOST_MIN : MOST_COUNTED;
    switch (step) {
    case AVO_COMPARISON_PAUSE:
        comparison->send_us = replica->now_us + LOOK_PAUSE_US;
        break;
    case AVO_COMPARISON_DRAIN:
        drain(replica);
        break;
    case AVO_COMPARISON_FILL:
        replica->comparing.slots[comparison->slot].behind = comparison->gap_count;
        about(replica, first);
        break;
    default:
        about(replica, first);
        break;
    }
}

void avo_comparison_begin(struct avo_replica *replica, uint8_t slot) {
    *comparison_of(replica) = (struct avo_comparison){.step = AVO_COMPARISON_GROUPS, .slot = slot};
    ask(replica);
}

bool avo_comparison_hears(struct avo_replica *replica, uint8_t slot, uint64_t round) {
    struct avo_comparison *comparison = comparison_of(replica);
    if (round == 0 || comparison->round != round || comparison->slot != slot) {
        return false;
    }
    comparison->round = 0;
    return true;
}

void avo_comparison_go_on(struct avo_replica *replica, uint32_t bucket) {
    uint32_t next = suspect_from(comparison_of(replica), bucket);
    if (next < AVO_DIGEST_BUCKET_COUNT) {
        about(replica, next);
    } else {
        enter(replica, (enum avo_comparison_step)(comparison_of(replica)->step + 1));
    }
}

uint32_t avo_comparison_room(const struct avo_replica *replica) {
    uint32_t most = replica->config.operation_count / FILL_SHARE;
    most = most < FILL_MAX_COUNT ? most : FILL_MAX_COUNT;
    most = avo_replica_is_calm(replica) || most < FILL_BUSY_COUNT ? most : FILL_BUSY_COUNT;
    uint32_t left = most > replica->comparing.fill_count ? most - replica->comparing.fill_count : 0;
    uint32_t effects = avo_replica_room(replica);
    effects = effects > EFFECTS_KEPT ? effects - EFFECTS_KEPT : 0;
    return left < effects ? left : effects;
}

/* When half of the fills have ended, so that there is always some work under way. */
static bool may_ask(const struct avo_replica *replica) {
    return avo_replica_room(replica) > 0 && avo_comparison_room(replica) >= replica->comparing.fill_count &&
           replica->now_us >= replica->comparing.comparison.send_us;
}

void avo_comparison_go_on_here(struct avo_replica *replica, bool at_once) {
    if (at_once) {
        ask(replica);
    } else {
        comparison_of(replica)->waits = true;
        comparison_of(replica)->send_us = replica->comparing.fill_count > 0 ? 0 : replica->now_us + NO_TASK_PAUSE_US;
    }
}

void avo_comparison_filled(struct avo_replica *replica) {
    struct avo_comparison *comparison = comparison_of(replica);
    struct avo_compared *compared = &replica->comparing.slots[comparison->slot];
    comparison->filled_count++;
    compared->behind -= compared->behind > 0;
}

void avo_comparison_refused(struct avo_replica *replica) {
    struct avo_comparison *comparison = comparison_of(replica);
    if (comparison->step == AVO_COMPARISON_FILL) {
        comparison->refused = true;
        comparison->waits = false;
        comparison->round = 0;
        comparison->step = AVO_COMPARISON_DRAIN;
    }
}

void avo_comparison_fill_ended(struct avo_replica *replica) {
    struct avo_comparison *comparison = comparison_of(replica);
    if (comparison->step == AVO_COMPARISON_DRAIN) {
        drain(replica);
    } else if (comparison->waits && may_ask(replica)) {
        ask(replica);
    }
}

static void ask_again(struct avo_replica *replica) {
    struct avo_comparison *comparison = comparison_of(replica);
    comparison->interval_us = comparison->interval_us < AVO_RESEND_MAX_US / 2 ? comparison->interval_us * 2 : AVO_RESEND_MAX_US;
    send(replica);
}

void avo_comparison_tick(struct avo_replica *replica) {
    struct avo_comparison *comparison = comparison_of(replica);
    if (avo_replica_room(replica) == 0) {
        return;
    }
    if (comparison->step == AVO_COMPARISON_PAUSE) {
        if (replica->now_us >= comparison->send_us) {
            enter(replica, AVO_COMPARISON_SECOND_LOOK);
        }
    } else if (comparison->waits || comparison->step == AVO_COMPARISON_DRAIN) {
        avo_comparison_fill_ended(replica);
    } else if (replica->now_us >= comparison->give_up_us) {
        end(replica);
    } else if (replica->now_us >= comparison->send_us) {
        ask_again(replica);
    }
}
