/* SYNC_PIECE, a source's answer to a SYNC_ASK: entries in key order, the first is the first after the ask's key.
 *
 * Body: u64 round, u8 flags (bit 0 last, bit 1 busy), u64 clock, u64 total, then the entries. An entry: u8 state (bits 0-1; bit 2:
 * the value is there), u16 key length, version 18, key, and if it is there u32 value length, value. */
#ifndef AVO_WIRE_SYNC_PIECE_H
#define AVO_WIRE_SYNC_PIECE_H

#include "protocol/version.h"

struct avo_sync_entry {
    uint8_t state;  /* enum avo_entry_state, never ABSENT */
    bool has_value; /* only with state VALUE */
    struct avo_version version;
    struct avo_slice key;
    struct avo_slice value;
};

struct avo_sync_piece {
    uint64_t round;
    bool last;      /* nothing comes after these */
    bool busy;      /* the source serves clients: it is not to be asked as fast as it can */
    uint64_t clock; /* the source's shard clock, after the entries were read */
    uint64_t total; /* entries that the source has */
    struct avo_slice entries;
};

/* What one entry takes beside its key and value. */
#define AVO_SYNC_ENTRY_BYTES (1 + 2 + AVO_VERSION_BYTES + 4)

void avo_sync_piece_write(struct avo_writer *writer, const struct avo_sync_piece *piece);
/* Reads the piece and looks at every entry: they are well-formed, and in the order of keys. */
void avo_sync_piece_read(struct avo_reader *reader, struct avo_sync_piece *piece);

void avo_sync_entry_write(struct avo_writer *writer, const struct avo_sync_entry *entry);
/* The next of a piece's entries, while the reader has bytes left. */
void avo_sync_entry_read(struct avo_reader *reader, struct avo_sync_entry *entry);

#endif
