#include "base/assert.h"
#include "protocol/channel/packet.h"
#include "protocol/channel/transfer_state.h"

#define SEGMENT_HEADER_BYTES 12

size_t avo_transfer_segment_bytes(size_t packet_bytes) {
    const size_t overhead = AVO_PACKET_HEADER_BYTES + AVO_TAG_BYTES + AVO_FRAME_HEADER_BYTES + SEGMENT_HEADER_BYTES;
    AVO_ASSERT(packet_bytes >= overhead + AVO_SEGMENT_MIN_BYTES);
    return packet_bytes - overhead;
}

/* Each incoming transfer's bits, enough for the largest message. */
static bool take_bits(struct avo_transfers *transfers, struct avo_arena *arena) {
    size_t words = (avo_transfer_segment_count(AVO_MESSAGE_MAX_BYTES, AVO_SEGMENT_MIN_BYTES) + 63) / 64;
    uint64_t *bits = avo_arena_take(arena, transfers->config.incoming_max_count, words * sizeof *bits);
    for (uint32_t i = 0; bits != NULL && i < transfers->config.incoming_max_count; i++) {
        transfers->incoming[i].received = bits + i * words;
    }
    return bits != NULL;
}

struct avo_transfers *avo_transfers_create(struct avo_arena *arena, const struct avo_transfers_config *config) {
    AVO_ASSERT(config->outgoing_max_count > 0 && config->incoming_max_count > 0);
    struct avo_arena before = *arena;
    struct avo_transfers *transfers = avo_arena_take(arena, 1, sizeof *transfers);
    if (transfers == NULL) {
        return NULL;
    }
    transfers->config = *config;
    transfers->lent_blob = AVO_BLOB_NONE;
    transfers->finished_count = AVO_TRANSFER_FINISHED_RATIO * config->incoming_max_count;
    transfers->outgoing = avo_arena_take(arena, config->outgoing_max_count, sizeof *transfers->outgoing);
    transfers->incoming = avo_arena_take(arena, config->incoming_max_count, sizeof *transfers->incoming);
    transfers->finished = avo_arena_take(arena, transfers->finished_count, sizeof *transfers->finished);
    transfers->line_max_count = AVO_TRANSFER_LINE_RATIO * config->incoming_max_count;
    transfers->line = avo_arena_take(arena, transfers->line_max_count, sizeof *transfers->line);
    if (transfers->outgoing != NULL && transfers->incoming != NULL && transfers->finished != NULL && transfers->line != NULL &&
        take_bits(transfers, arena)) {
        return transfers;
    }
    /* What goes back must be zero again, as the arena promises the next taker. */
    *transfers = (struct avo_transfers){0};
    *arena = before;
    return NULL;
}

void avo_transfers_tick(struct avo_transfers *transfers, uint64_t now_us) {
    avo_transfer_reclaim(transfers);
    transfers->now_us = now_us;
    avo_transfer_outgoing_tick(transfers);
    avo_transfer_incoming_tick(transfers);
    avo_transfer_line_tick(transfers);
}

/* Pulls first: they are small, and what they ask for can travel meanwhile. */
bool avo_transfers_next(struct avo_transfers *transfers, uint32_t *channel, struct avo_message *message) {
    avo_transfer_reclaim(transfers);
    if (transfers->line_due) {
        avo_transfer_line_serve(transfers);
    }
    return avo_transfer_incoming_next(transfers, channel, message) || avo_transfer_outgoing_next(transfers, channel, message);
}

void avo_transfers_close(struct avo_transfers *transfers, uint32_t channel) {
    avo_transfer_reclaim(transfers);
    for (uint32_t i = 0; i < AVO_TRANSFER_ENDED_COUNT; i++) {
        transfers->ended[i].alive = transfers->ended[i].alive && transfers->ended[i].channel != channel;
    }
    avo_transfer_outgoing_close(transfers, channel);
    avo_transfer_incoming_close(transfers, channel);
    avo_transfer_line_close(transfers, channel);
}
