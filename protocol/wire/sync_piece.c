#include "protocol/wire/sync_piece.h"
#include "protocol/wire/field.h"

#define FLAG_LAST 1
#define FLAG_BUSY 2
#define FLAG_VALUE 4
#define STATE_MASK 3
#define STATE_VALUE 1

void avo_sync_piece_write(struct avo_writer *writer, const struct avo_sync_piece *piece) {
    avo_write_u64(writer, piece->round);
    avo_write_u8(writer, (uint8_t)((piece->last ? FLAG_LAST : 0) | (piece->busy ? FLAG_BUSY : 0)));
    avo_write_u64(writer, piece->clock);
    avo_write_u64(writer, piece->total);
    avo_write_slice(writer, piece->entries);
}

void avo_sync_entry_write(struct avo_writer *writer, const struct avo_sync_entry *entry) {
    avo_write_u8(writer, (uint8_t)(entry->state | (entry->has_value ? FLAG_VALUE : 0)));
    avo_write_u16(writer, (uint16_t)entry->key.length);
    avo_version_write(writer, entry->version);
    avo_write_slice(writer, entry->key);
    if (entry->has_value) {
        avo_write_u32(writer, (uint32_t)entry->value.length);
        avo_write_slice(writer, entry->value);
    }
}

static struct avo_slice value_read(struct avo_reader *reader) {
    size_t length = avo_read_u32(reader);
    if (length > AVO_VALUE_MAX_BYTES) {
        avo_read_fail(reader);
    }
    return avo_read_slice(reader, length);
}

void avo_sync_entry_read(struct avo_reader *reader, struct avo_sync_entry *entry) {
    uint8_t flags = avo_read_u8(reader);
    size_t key_bytes = avo_read_u16(reader);
    entry->state = flags & STATE_MASK;
    entry->has_value = (flags & FLAG_VALUE) != 0;
    entry->version = avo_version_read(reader);
    entry->key = avo_field_key_read(reader, key_bytes);
    entry->value = entry->has_value ? value_read(reader) : AVO_SLICE_EMPTY;
    bool known = (flags & ~(STATE_MASK | FLAG_VALUE)) == 0 && entry->state != 0;
    if (!known || (entry->has_value && entry->state != STATE_VALUE) || avo_version_is_none(entry->version)) {
        avo_read_fail(reader);
    }
}

static bool in_order(struct avo_slice entries) {
    struct avo_reader reader = avo_reader(entries);
    struct avo_slice before = AVO_SLICE_EMPTY;
    while (!reader.failed && reader.left > 0) {
        struct avo_sync_entry entry;
        avo_sync_entry_read(&reader, &entry);
        if (reader.failed || avo_slice_compare(before, entry.key) >= 0) {
            return false;
        }
        before = entry.key;
    }
    return true;
}

void avo_sync_piece_read(struct avo_reader *reader, struct avo_sync_piece *piece) {
    piece->round = avo_read_u64(reader);
    uint8_t flags = avo_read_u8(reader);
    piece->last = (flags & FLAG_LAST) != 0;
    piece->busy = (flags & FLAG_BUSY) != 0;
    piece->clock = avo_read_u64(reader);
    piece->total = avo_read_u64(reader);
    piece->entries = avo_read_slice(reader, reader->left);
    bool empty = piece->entries.length == 0;
    if ((flags & ~(FLAG_LAST | FLAG_BUSY)) != 0 || (empty && !piece->last) || !in_order(piece->entries)) {
        avo_read_fail(reader);
    }
}
