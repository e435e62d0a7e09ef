#include "trusted/replica/sync.h"
#include "trusted/replica/replica.h"
#include "trusted/replica/replica_state.h"

/* The sources that gave every key and still vote. */
static uint16_t given(const struct avo_sync *sync) {
    uint16_t slots = 0;
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        slots |= sync->sources[slot].done ? avo_quorum_slot(slot) : 0;
    }
    return slots;
}

/* [V5, V6] A majority of all n slots, counted over voting members; our own store counts only if we vote. */
static bool is_complete(const struct avo_replica *replica) {
    return avo_quorum_reached(&replica->quorum, given(&replica->sync) | replica->quorum.own);
}

static bool has_begun(const struct avo_sync *sync) {
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        if (sync->sources[slot].looked > 0) {
            return true;
        }
    }
    return false;
}

/* The voter to be asked after `slot`, at first after our own; AVO_SLOT_MAX_COUNT when none is left. */
static uint8_t next_source(const struct avo_replica *replica, uint8_t slot) {
    uint16_t left = avo_quorum_peers(&replica->quorum) & (uint16_t)~given(&replica->sync);
    uint8_t last = slot < AVO_SLOT_MAX_COUNT ? slot : replica->config.slot;
    for (uint8_t i = 1; i <= AVO_SLOT_MAX_COUNT; i++) {
        uint8_t next = (uint8_t)((last + i) % AVO_SLOT_MAX_COUNT);
        if ((left & avo_quorum_slot(next)) != 0) {
            return next;
        }
    }
    return AVO_SLOT_MAX_COUNT;
}

/* The first source gives values. To the next ones we say what we have by asking for versions: most are the same. */
static void source_choose(struct avo_replica *replica, uint8_t slot) {
    struct avo_sync *sync = &replica->sync;
    sync->slot = slot;
    sync->silent_count = 0;
    sync->interval_us = AVO_SYNC_RESEND_US;
    if (slot == AVO_SLOT_MAX_COUNT || sync->sources[slot].want != 0) {
        return;
    }
    bool votes = (replica->quorum.voters & replica->quorum.own) != 0;
    sync->sources[slot].want = votes || has_begun(sync) ? AVO_SYNC_VERSIONS : AVO_SYNC_VALUES;
    sync->sources[slot].bytes = AVO_SYNC_PIECE_BYTES;
}

static bool is_asked(const struct avo_sync *sync) {
    return sync->first_round <= sync->round;
}

static void ask(struct avo_replica *replica) {
    struct avo_sync *sync = &replica->sync;
    const struct avo_sync_source *source = &sync->sources[sync->slot];
    struct avo_message *message = avo_replica_send(replica, sync->slot);
    sync->asked_us = is_asked(sync) ? sync->asked_us : replica->now_us;
    sync->round += is_asked(sync) ? 0 : 1; /* what is repeated keeps its name: a piece on its way is not sent beside itself */
    sync->send_us = replica->now_us + sync->interval_us;
    message->type = AVO_MESSAGE_SYNC_ASK;
    message->sync_ask = (struct avo_sync_ask){.round = sync->round,
                                              .part = AVO_SYNC_ENTRIES,
                                              .want = source->want,
                                              .bytes = source->bytes,
                                              .after = avo_slice(source->key, source->key_bytes)};
}

static void ask_at(struct avo_replica *replica, uint64_t send_us) {
    replica->sync.first_round = replica->sync.round + 1;
    replica->sync.send_us = send_us;
}

/* Complete, or on to a source that is not done. */
static void advance(struct avo_replica *replica) {
    struct avo_sync *sync = &replica->sync;
    if (is_complete(replica)) {
        sync->state = AVO_SYNC_DONE;
        sync->epoch = replica->quorum.epoch;
    } else if (sync->slot == AVO_SLOT_MAX_COUNT || sync->sources[sync->slot].done) {
        source_choose(replica, next_source(replica, sync->slot));
    }
}

static void begin(struct avo_replica *replica) {
    struct avo_sync *sync = &replica->sync;
    uint64_t round = sync->round;
    *sync = (struct avo_sync){.state = AVO_SYNC_UNDER_WAY, .slot = AVO_SLOT_MAX_COUNT, .round = round};
}

/* What a source gave stays given as long as that incarnation votes: the view in which it gave it listed us, too. */
static void sources_follow(struct avo_replica *replica, const struct avo_view *view) {
    struct avo_sync *sync = &replica->sync;
    uint16_t peers = avo_quorum_peers(&replica->quorum);
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        struct avo_sync_source *source = &sync->sources[slot];
        const struct avo_member *member = (peers & avo_quorum_slot(slot)) != 0 ? avo_view_member(view, slot) : NULL;
        if (member == NULL || member->incarnation != source->incarnation) {
            *source = (struct avo_sync_source){.incarnation = member != NULL ? member->incarnation : 0};
        }
    }
    if (sync->slot < AVO_SLOT_MAX_COUNT && sync->sources[sync->slot].want == 0) {
        sync->slot = AVO_SLOT_MAX_COUNT;
    }
}

void avo_sync_on_view(struct avo_replica *replica, const struct avo_view *view, bool resized) {
    struct avo_sync *sync = &replica->sync;
    const struct avo_quorum *quorum = &replica->quorum;
    bool joining = quorum->own != 0 && (quorum->voters & quorum->own) == 0;
    if (quorum->own == 0 || (!joining && !resized && sync->state != AVO_SYNC_UNDER_WAY)) {
        sync->state = AVO_SYNC_NONE;
        return;
    }
    if (sync->state == AVO_SYNC_DONE && !resized) {
        sync->epoch = quorum->epoch;
        return;
    }
    if (resized || sync->state == AVO_SYNC_NONE) {
        begin(replica); /* [V6] what was read under the n of before does not count */
    }
    sync->bytes_per_s = AVO_SYNC_BYTES_PER_S / (view->worker_count > 0 ? view->worker_count : 1U);
    sources_follow(replica, view);
    advance(replica);
    ask_at(replica, replica->now_us); /* what was asked in the view before may be lost */
}

struct avo_sync_source *avo_sync_expects(struct avo_replica *replica, uint8_t slot, const struct avo_sync_piece *piece) {
    struct avo_sync *sync = &replica->sync;
    bool due =
        sync->state == AVO_SYNC_UNDER_WAY && slot == sync->slot && piece->round >= sync->first_round && piece->round <= sync->round;
    return due ? &sync->sources[slot] : NULL;
}

void avo_sync_go_on(struct avo_replica *replica, uint64_t pause_us) {
    struct avo_sync *sync = &replica->sync;
    sync->silent_count = 0;
    sync->interval_us = AVO_SYNC_RESEND_US;
    ask_at(replica, sync->asked_us + pause_us);
    advance(replica);
    avo_sync_tick(replica);
}

void avo_sync_tick(struct avo_replica *replica) {
    struct avo_sync *sync = &replica->sync;
    if (sync->state != AVO_SYNC_UNDER_WAY || replica->now_us < sync->send_us || avo_replica_room(replica) == 0) {
        return;
    }
    if (is_asked(sync) && sync->slot < AVO_SLOT_MAX_COUNT) {
        uint32_t twice_us = sync->interval_us * 2;
        sync->interval_us = twice_us < AVO_RESEND_MAX_US ? twice_us : AVO_RESEND_MAX_US;
        if (++sync->silent_count >= AVO_SYNC_SILENT_COUNT) {
            source_choose(replica, next_source(replica, sync->slot));
            ask_at(replica, replica->now_us);
        }
    }
    if (sync->slot < AVO_SLOT_MAX_COUNT) {
        ask(replica);
    }
}

/* What is not known yet is taken to be as much as the largest source has. */
void avo_sync_stats(const struct avo_replica *replica, struct avo_figures *stats) {
    const struct avo_quorum *quorum = &replica->quorum;
    const struct avo_sync *sync = &replica->sync;
    uint64_t known = 0, most = 1;
    if (sync->state != AVO_SYNC_UNDER_WAY) {
        return;
    }
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        const struct avo_sync_source *source = &sync->sources[slot];
        stats->sync_keys += source->looked;
        stats->sync_total += source->total;
        known += source->total > 0;
        most = source->total > most ? source->total : most;
    }
    uint64_t wanted = quorum->needed_count - avo_quorum_count(quorum, quorum->own);
    stats->sync_total += known < wanted ? (wanted - known) * most : 0;
}

uint32_t avo_replica_synced_epoch(const struct avo_replica *replica) {
    return replica->sync.state == AVO_SYNC_DONE ? replica->sync.epoch : 0;
}

bool avo_replica_is_syncing(const struct avo_replica *replica) {
    return replica->sync.state == AVO_SYNC_UNDER_WAY;
}
