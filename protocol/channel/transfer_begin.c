/* Which transfer that begins gets a place and memory: no user more than its share, and none that lets others wait. */
#include "protocol/channel/transfer_state.h"
#include <string.h>

void avo_transfer_reclaim(struct avo_transfers *transfers) {
    transfers->line_due |= transfers->lent_blob != AVO_BLOB_NONE;
    avo_blob_give(transfers->config.incoming_blobs, transfers->lent_blob);
    transfers->lent_blob = AVO_BLOB_NONE;
}

void avo_transfer_incoming_forget(struct avo_transfers *transfers, struct avo_transfer_incoming *transfer) {
    avo_transfer_set_due(transfers, &transfer->pull_due, false);
    avo_blob_give(transfers->config.incoming_blobs, transfer->blob);
    transfer->alive = false;
    transfers->line_due = true;
}

void avo_transfer_ended_note(struct avo_transfers *transfers, bool outgoing, uint32_t channel, uint32_t id, uint64_t since_us) {
    transfers->ended[transfers->ended_next] = (struct avo_transfer_ended){true, outgoing, channel, id, since_us};
    transfers->ended_next = (transfers->ended_next + 1) % AVO_TRANSFER_ENDED_COUNT;
    transfers->ended_us = outgoing ? transfers->ended_us : transfers->now_us;
}

void avo_transfer_ended_heard(struct avo_transfers *transfers, bool outgoing, uint32_t channel, uint32_t id) {
    struct avo_rtt *rtt = avo_transfer_rtt(transfers, channel);
    for (uint32_t i = 0; rtt != NULL && i < AVO_TRANSFER_ENDED_COUNT; i++) {
        struct avo_transfer_ended *ended = &transfers->ended[i];
        if (ended->alive && ended->outgoing == outgoing && ended->id == id && ended->channel == channel) {
            avo_rtt_sample(rtt, avo_transfer_elapsed_us(ended->since_us, transfers->now_us));
            ended->alive = false;
        }
    }
}

static struct avo_transfer_incoming *find_free(struct avo_transfers *transfers) {
    for (uint32_t i = 0; i < transfers->config.incoming_max_count; i++) {
        if (!transfers->incoming[i].alive) {
            return &transfers->incoming[i];
        }
    }
    return NULL;
}

/* For how long it has kept others waiting without need: silent, or behind the pace; 0 when it is neither. */
static uint64_t idle_us(const struct avo_transfer_incoming *transfer, uint64_t now_us) {
    uint64_t silent_us = avo_transfer_elapsed_us(transfer->progress_us, now_us);
    uint64_t paced_us = transfer->began_us + (uint64_t)transfer->received_count * AVO_TRANSFER_PACE_US;
    uint64_t behind_us = avo_transfer_elapsed_us(paced_us, now_us);
    silent_us = silent_us >= avo_transfer_stuck_us(transfer->rtt) ? silent_us : 0;
    behind_us = behind_us >= AVO_TRANSFER_LAG_US ? behind_us : 0;
    return silent_us > behind_us ? silent_us : behind_us;
}

/* A sender that went away, or that dawdles, must not hold the memory that live ones need: its transfer begins again. One whose blob
 * is of a class below `least` would not help them. */
static bool forget_stuck(struct avo_transfers *transfers, uint64_t user, uint32_t least, uint64_t now_us) {
    struct avo_transfer_incoming *stuck = NULL;
    uint64_t longest_us = 1;
    for (uint32_t i = 0; i < transfers->config.incoming_max_count; i++) {
        struct avo_transfer_incoming *transfer = &transfers->incoming[i];
        bool asked = user == AVO_TRANSFER_ANYBODY || transfer->user == user;
        bool helps = transfer->alive && avo_blob_class(transfer->blob) >= least;
        if (helps && asked && idle_us(transfer, now_us) >= longest_us) {
            stuck = transfer;
            longest_us = idle_us(transfer, now_us);
        }
    }
    if (stuck != NULL) {
        avo_transfer_ended_note(transfers, false, stuck->channel, stuck->id, stuck->progress_us);
        avo_transfer_incoming_forget(transfers, stuck);
    }
    return stuck != NULL;
}

/* With the blob it would get now, the user has more than its share of places or of blobs like this. */
static bool exceeds_share(const struct avo_transfers *transfers, uint64_t user, uint32_t blob) {
    uint32_t place_count = 1, blob_count = 1;
    uint32_t blobs_there = transfers->config.incoming_blobs->classes[avo_blob_class(blob)].count;
    for (uint32_t i = 0; user != AVO_TRANSFER_ANYBODY && i < transfers->config.incoming_max_count; i++) {
        const struct avo_transfer_incoming *transfer = &transfers->incoming[i];
        bool own = transfer->alive && transfer->user == user;
        place_count += own;
        blob_count += own && avo_blob_class(transfer->blob) == avo_blob_class(blob);
    }
    return (place_count > 1 && place_count > transfers->config.incoming_max_count / 2) ||
           (blob_count > 1 && blob_count > blobs_there / 2);
}

/* May another message of this size come from a user? It would be refused when it is complete, and come again. */
static bool is_wanted(const struct avo_transfers *transfers, const struct avo_transfer_waiting *waiting) {
    const struct avo_blobs *blobs = transfers->config.user_blobs;
    if (waiting->user == AVO_TRANSFER_ANYBODY || blobs == NULL) {
        return true;
    }
    uint32_t under_way_count = 0;
    for (uint32_t i = 0; i < transfers->config.incoming_max_count; i++) {
        const struct avo_transfer_incoming *transfer = &transfers->incoming[i];
        bool rival = transfer->alive && transfer->user != AVO_TRANSFER_ANYBODY && idle_us(transfer, transfers->now_us) == 0;
        under_way_count +=
            rival && avo_blob_class_for(blobs, transfer->total_bytes) >= avo_blob_class_for(blobs, waiting->total_bytes);
    }
    return under_way_count < avo_blob_free_count(blobs, waiting->total_bytes);
}

/* A place and a blob for what waits. */
static enum avo_transfer_begun take(struct avo_transfers *transfers, const struct avo_transfer_waiting *waiting,
                                    struct avo_transfer_incoming **transfer, uint32_t *blob) {
    struct avo_blobs *blobs = transfers->config.incoming_blobs;
    bool exceeded = false;
    uint32_t least = 0;
    if (!is_wanted(transfers, waiting)) {
        *blob = AVO_BLOB_NONE;
        return AVO_TRANSFER_UNWANTED;
    }
    do {
        exceeded = false;
        *transfer = find_free(transfers);
        least = *transfer == NULL ? 0 : avo_blob_class_for(blobs, waiting->total_bytes);
        *blob = *transfer == NULL ? AVO_BLOB_NONE : avo_blob_take(blobs, waiting->total_bytes);
        if (*blob != AVO_BLOB_NONE && exceeds_share(transfers, waiting->user, *blob)) {
            avo_blob_give(blobs, *blob);
            *blob = AVO_BLOB_NONE;
            exceeded = true;
        }
    } while (*blob == AVO_BLOB_NONE && (exceeded ? forget_stuck(transfers, waiting->user, 0, transfers->now_us)
                                                 : forget_stuck(transfers, AVO_TRANSFER_ANYBODY, least, transfers->now_us)));
    return *blob != AVO_BLOB_NONE ? AVO_TRANSFER_BEGUN : exceeded ? AVO_TRANSFER_OVER_SHARE : AVO_TRANSFER_NO_MEMORY;
}

enum avo_transfer_begun avo_transfer_begin(struct avo_transfers *transfers, const struct avo_transfer_waiting *waiting,
                                           struct avo_transfer_incoming **begun) {
    uint32_t blob;
    struct avo_transfer_incoming *transfer;
    enum avo_transfer_begun result = take(transfers, waiting, &transfer, &blob);
    if (result != AVO_TRANSFER_BEGUN) {
        return result;
    }
    uint32_t class = avo_blob_class_for(transfers->config.incoming_blobs, waiting->total_bytes);
    transfers->peers_had[class] = waiting->user == AVO_TRANSFER_ANYBODY;
    transfers->last_user[class] = waiting->user == AVO_TRANSFER_ANYBODY ? transfers->last_user[class] : waiting->user;
    uint32_t count = avo_transfer_segment_count(waiting->total_bytes, waiting->segment_bytes);
    uint64_t *received = transfer->received;
    memset(received, 0, (count + 63) / 64 * sizeof *received);
    *transfer = (struct avo_transfer_incoming){.alive = true,
                                               .channel = waiting->channel,
                                               .id = waiting->id,
                                               .user = waiting->user,
                                               .blob = blob,
                                               .total_bytes = waiting->total_bytes,
                                               .segment_bytes = waiting->segment_bytes,
                                               .began_us = transfers->now_us,
                                               .progress_us = transfers->now_us,
                                               .segment_count = count,
                                               .pull_from = UINT32_MAX,
                                               .rtt = avo_transfer_rtt(transfers, waiting->channel),
                                               .asked_until = count < AVO_TRANSFER_EAGER ? count : AVO_TRANSFER_EAGER,
                                               .received = received};
    *begun = transfer;
    return AVO_TRANSFER_BEGUN;
}
