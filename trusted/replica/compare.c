#include "trusted/replica/compare.h"
#include "trusted/replica/replica.h"
#include "trusted/replica/replica_state.h"

/* In parts of config.compare_us, the shortest time between two tellings; 8 s by default. */
#define PAUSE_MAX(compare_us) ((compare_us)*4)     /* the longest */
#define NEWS_PAUSE(compare_us) ((compare_us) / 10) /* what is new goes out after so long: what is only under way arrives */
#define ANSWER_AFTER(compare_us)                                                                                                   \
    ((compare_us) / 2) /* who hears a digest tells its own, if it did so long ago: so all sleep at once */
#define START_PAUSE(compare_us) ((compare_us) / 2) /* after a comparison in vain; twice as long each time, up to PAUSE_MAX */
#define LONG_US 60000000
#define SETTLE_US 100000 /* a write that is under way for longer is missed by a replica that does not have it */

static uint64_t own_digest(const struct avo_replica *replica) {
    return avo_store_digest(replica->config.store, 0, AVO_DIGEST_BUCKET_COUNT);
}

/* Voting members compare among themselves: what a joining one lacks, it pulls. */
static bool compares(const struct avo_replica *replica) {
    return replica->config.compare_us > 0 && (replica->quorum.voters & replica->quorum.own) != 0;
}

/* Not all replicas at the same time: the digest is as good as random. */
static uint64_t jittered(const struct avo_replica *replica, uint64_t pause_us) {
    uint64_t parts = (replica->comparing.digest ^ replica->config.slot * 0x9e3779b97f4a7c15ULL) >> 56;
    return pause_us + pause_us / 8 * parts / 256;
}

static void tell(struct avo_replica *replica) {
    struct avo_comparing *comparing = &replica->comparing;
    uint64_t digest = own_digest(replica), longest_us = PAUSE_MAX(replica->config.compare_us);
    uint64_t twice_us = comparing->pause_us * 2 < longest_us ? comparing->pause_us * 2 : longest_us;
    comparing->pause_us = comparing->news ? replica->config.compare_us : twice_us;
    comparing->news = false;
    comparing->digest = digest;
    comparing->told_us = replica->now_us;
    comparing->tell_us = replica->now_us + jittered(replica, comparing->pause_us);
    struct avo_buffer *bytes = avo_replica_scratch(replica);
    struct avo_writer writer = avo_writer(bytes->data, bytes->capacity);
    avo_write_u64(&writer, digest);
    uint16_t peers = avo_quorum_peers(&replica->quorum);
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        if ((peers & avo_quorum_slot(slot)) != 0) {
            struct avo_message *message = avo_replica_send(replica, slot);
            message->type = AVO_MESSAGE_DIGEST;
            message->digest = (struct avo_digest_message){.scope = AVO_SCOPE_ALL, .digests = avo_writer_slice(&writer)};
        }
    }
}

/* There is news: it goes out when that which is only under way has arrived, and not too often. */
static void hasten(struct avo_replica *replica) {
    struct avo_comparing *comparing = &replica->comparing;
    uint64_t soon_us = replica->now_us + NEWS_PAUSE(replica->config.compare_us),
             next_us = comparing->told_us + replica->config.compare_us;
    soon_us = next_us > soon_us ? next_us : soon_us;
    comparing->news = true;
    comparing->tell_us = soon_us < comparing->tell_us ? soon_us : comparing->tell_us;
}

static bool may_tell(const struct avo_replica *replica) {
    return !replica->scratch_used && avo_replica_room(replica) > AVO_SLOT_MAX_COUNT;
}

/* A slot that told another digest than ours, and whose pause is over; slots take turns. */
static bool choose(const struct avo_replica *replica, uint8_t *chosen) {
    const struct avo_comparing *comparing = &replica->comparing;
    uint64_t digest = own_digest(replica);
    for (uint32_t i = 0; i < AVO_SLOT_MAX_COUNT; i++) {
        uint8_t slot = (uint8_t)((comparing->next_slot + i) % AVO_SLOT_MAX_COUNT);
        const struct avo_compared *compared = &comparing->slots[slot];
        if (compared->fresh && compared->digest != digest && replica->now_us >= compared->start_us) {
            *chosen = slot;
            return true;
        }
    }
    return false;
}

static void start(struct avo_replica *replica) {
    struct avo_comparing *comparing = &replica->comparing;
    uint8_t slot;
    if (avo_replica_room(replica) > 0 && comparing->fill_count == 0 && choose(replica, &slot)) {
        comparing->next_slot = (uint8_t)(slot + 1);
        comparing->slots[slot].fresh = false;
        avo_comparison_begin(replica, slot);
    }
}

/* Each other replica holds so many that we lack; they may be the same ones. */
static uint32_t behind(const struct avo_replica *replica) {
    uint32_t most = 0;
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        uint32_t keys = replica->comparing.slots[slot].behind;
        most = keys > most ? keys : most;
    }
    return most;
}

static void clock_mark(struct avo_replica *replica) {
    struct avo_comparing *comparing = &replica->comparing;
    if (replica->now_us - comparing->mark_us >= SETTLE_US) {
        comparing->mark_us = replica->now_us;
        comparing->marks[0] = comparing->marks[1];
        comparing->marks[1] = replica->shard_clock;
    }
}

/* The comparison ended: when is the next one with that replica? */
static void conclude(struct avo_replica *replica) {
    struct avo_comparison *comparison = &replica->comparing.comparison;
    struct avo_compared *compared = &replica->comparing.slots[comparison->slot];
    comparison->ended = false;
    if (comparison->filled_count > 0 && !comparison->refused) {
        compared->pause_us = 0;
        replica->comparing.tell_us = replica->now_us; /* the other is to see it, and to say what it holds by now */
        return;
    }
    uint64_t longest_us = PAUSE_MAX(replica->config.compare_us), shortest_us = START_PAUSE(replica->config.compare_us);
    uint64_t twice_us = compared->pause_us * 2 < longest_us ? compared->pause_us * 2 : longest_us;
    compared->pause_us = twice_us > shortest_us ? twice_us : shortest_us;
    compared->start_us = replica->now_us + compared->pause_us;
}

void avo_compare_tick(struct avo_replica *replica) {
    if (!compares(replica)) {
        return;
    }
    clock_mark(replica);
    if (behind(replica) == 0) {
        replica->comparing.level_us = replica->now_us;
    }
    if (!replica->comparing.news && own_digest(replica) != replica->comparing.digest) {
        hasten(replica);
    }
    if (replica->now_us >= replica->comparing.tell_us && may_tell(replica)) {
        tell(replica);
    }
    if (replica->comparing.comparison.step != AVO_COMPARISON_NONE) {
        avo_comparison_tick(replica);
    }
    if (replica->comparing.comparison.ended) {
        conclude(replica);
    }
    if (replica->comparing.comparison.step == AVO_COMPARISON_NONE) {
        start(replica);
    }
}

void avo_compare_restart(struct avo_replica *replica) {
    uint32_t fill_count = replica->comparing.fill_count;                         /* they end by themselves */
    uint64_t tell_us = replica->now_us + NEWS_PAUSE(replica->config.compare_us); /* when others have that view, too */
    replica->comparing =
        (struct avo_comparing){.tell_us = tell_us, .news = true, .level_us = replica->now_us, .fill_count = fill_count};
}

void avo_compare_hear(struct avo_replica *replica, uint8_t slot, uint64_t digest) {
    struct avo_comparing *comparing = &replica->comparing;
    struct avo_compared *compared = &comparing->slots[slot];
    if (!compares(replica) || (replica->quorum.voters & avo_quorum_slot(slot)) == 0) {
        return;
    }
    if (!compared->told || compared->digest != digest) {
        hasten(replica);
    }
    compared->digest = digest;
    compared->told = true;
    compared->fresh = true;
    if (digest == own_digest(replica)) {
        compared->behind = 0;
        compared->pause_us = 0;
        compared->start_us = 0;
    }
    if (replica->now_us - comparing->told_us >= ANSWER_AFTER(replica->config.compare_us) && may_tell(replica)) {
        tell(replica);
    }
}

uint64_t avo_compare_settled_clock(const struct avo_replica *replica) {
    bool calm = replica->now_us - replica->clock_us >= SETTLE_US;
    return calm ? replica->shard_clock : replica->comparing.marks[0];
}

void avo_compare_stats(const struct avo_replica *replica, struct avo_figures *stats) {
    stats->behind = behind(replica);
    stats->behind_long = replica->now_us - replica->comparing.level_us >= LONG_US ? stats->behind : 0;
}

bool avo_replica_equals(const struct avo_replica *replica, uint8_t slot) {
    return slot < AVO_SLOT_MAX_COUNT && replica->comparing.slots[slot].told &&
           replica->comparing.slots[slot].digest == own_digest(replica);
}

bool avo_replica_equals_all(const struct avo_replica *replica) {
    uint16_t peers = avo_quorum_peers(&replica->quorum);
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        if ((peers & avo_quorum_slot(slot)) != 0 && !avo_replica_equals(replica, slot)) {
            return false;
        }
    }
    return (replica->quorum.voters & replica->quorum.own) != 0;
}
