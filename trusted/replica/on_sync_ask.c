/* A source's half of a sync: the next piece, read from the store as it is now [V5]. */
#include "trusted/replica/handlers.h"

/* A piece being made. */
struct piece {
    struct avo_writer writer;
    uint32_t count;
    size_t after_bytes;
    uint8_t after[AVO_KEY_MAX_BYTES + 1]; /* a key and a zero byte: the first key that may follow it */
};

static void go_behind(struct piece *piece, struct avo_slice key) {
    avo_copy(piece->after, sizeof piece->after, key);
    piece->after[key.length] = 0;
    piece->after_bytes = key.length == 0 ? 0 : key.length + 1;
}

/* Opens the value where it will lie in the piece. [B4] One that does not open travels as damaged: its version stays. False when it
 * does not fit any more. */
static bool value_add(struct avo_replica *replica, struct piece *piece, struct avo_sync_entry *entry) {
    struct avo_writer *writer = &piece->writer;
    size_t before_bytes = AVO_SYNC_ENTRY_BYTES + entry->key.length;
    size_t limit = piece->count == 0 ? writer->capacity : AVO_SYNC_PIECE_MAX_BYTES;
    if (writer->length + before_bytes >= limit) {
        return false;
    }
    struct avo_buffer to = {writer->data + writer->length + before_bytes, 0, limit - writer->length - before_bytes};
    struct avo_found found;
    avo_store_find(replica->config.store, entry->key, &found);
    enum avo_error error = avo_store_open(replica->config.store, entry->key, &found, &to);
    if (error == AVO_ESPACE) {
        return false;
    }
    entry->has_value = error == AVO_OK;
    entry->state = (uint8_t)found.entry.state;
    replica->stats.tampered += error == AVO_EDAMAGED;
    if (entry->has_value) {
        /* The value lies there already: what comes before it is written, then it counts. */
        size_t begins = writer->length;
        entry->value = AVO_SLICE_EMPTY;
        avo_sync_entry_write(writer, entry);
        struct avo_writer length = avo_writer(writer->data + begins + before_bytes - 4, 4);
        avo_write_u32(&length, (uint32_t)to.length);
        writer->length += to.length;
    }
    return true;
}

/* Adds the entry; false when the piece ends before it. */
static bool entry_add(struct avo_replica *replica, struct piece *piece, uint8_t want, struct avo_slice key,
                      struct avo_entry found) {
    struct avo_sync_entry entry = {.state = (uint8_t)found.state, .version = found.version, .key = key};
    if (want == AVO_SYNC_VALUES && found.state == AVO_ENTRY_VALUE && !value_add(replica, piece, &entry)) {
        return false;
    }
    if (!entry.has_value) {
        avo_sync_entry_write(&piece->writer, &entry);
    }
    piece->count++;
    go_behind(piece, key);
    return true;
}

/* Fills the piece; true when the last key is in it. */
static bool fill(struct avo_replica *replica, struct piece *piece, const struct avo_sync_ask *ask) {
    size_t target = ask->bytes < AVO_SYNC_PIECE_BYTES ? ask->bytes : AVO_SYNC_PIECE_BYTES;
    uint8_t bytes[AVO_KEY_MAX_BYTES];
    struct avo_buffer key = {bytes, 0, sizeof bytes};
    while (piece->count == 0 || (piece->count < AVO_SYNC_PIECE_MAX_COUNT && piece->writer.length < target)) {
        struct avo_entry entry;
        if (!avo_store_next(replica->config.store, avo_slice(piece->after, piece->after_bytes), &key, &entry)) {
            return true;
        }
        if (!entry_add(replica, piece, ask->want, avo_buffer_slice(&key), entry)) {
            return false;
        }
    }
    return false;
}

void avo_replica_on_sync_ask(struct avo_replica *replica, uint8_t slot, const struct avo_sync_ask *ask) {
    if ((replica->quorum.voters & replica->quorum.own) == 0) {
        return; /* [V5] who does not vote is no source */
    }
    struct avo_buffer *scratch = avo_replica_scratch(replica);
    struct piece piece = {.writer = avo_writer(scratch->data, scratch->capacity)};
    go_behind(&piece, ask->after);
    bool last = fill(replica, &piece, ask);
    AVO_ASSERT(!piece.writer.failed);
    struct avo_figures stats;
    avo_store_stats(replica->config.store, &stats);
    struct avo_message *message = avo_replica_send(replica, slot);
    message->type = AVO_MESSAGE_SYNC_PIECE;
    message->sync_piece =
        (struct avo_sync_piece){.round = ask->round,
                                .last = last,
                                .busy = replica->served_us != 0 && replica->now_us - replica->served_us < AVO_SYNC_BUSY_US,
                                .clock = replica->shard_clock,
                                .total = stats.keys + stats.tombstones,
                                .entries = avo_writer_slice(&piece.writer)};
}
