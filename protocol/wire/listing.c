#include "protocol/wire/listing.h"
#include "protocol/wire/field.h"

void avo_listing_write(struct avo_writer *writer, const struct avo_listing *listing) {
    avo_write_u64(writer, listing->round);
    avo_write_u8(writer, listing->ended ? 1 : 0);
    avo_write_slice(writer, listing->entries);
}

/* Entries are checked here, once. */
static bool well_formed(struct avo_slice entries) {
    struct avo_reader reader = avo_reader(entries);
    struct avo_listing_entry entry;
    while (avo_listing_entry_read(&reader, &entry)) {
    }
    return avo_reader_done(&reader);
}

void avo_listing_read(struct avo_reader *reader, struct avo_listing *listing) {
    listing->round = avo_read_u64(reader);
    listing->ended = avo_field_bool_read(reader);
    listing->entries = avo_read_slice(reader, reader->left);
    if (listing->entries.length > AVO_LISTING_MAX_BYTES || !well_formed(listing->entries)) {
        avo_read_fail(reader);
    }
}

bool avo_listing_entry_write(struct avo_writer *entries, const struct avo_listing_entry *entry) {
    struct avo_writer before = *entries;
    avo_write_u32(entries, entry->cursor);
    avo_version_write(entries, entry->version);
    avo_write_u8(entries, entry->tombstone ? 1 : 0);
    avo_write_u16(entries, (uint16_t)entry->key.length);
    avo_write_slice(entries, entry->key);
    if (entries->failed) {
        *entries = before;
        return false;
    }
    return true;
}

bool avo_listing_entry_read(struct avo_reader *entries, struct avo_listing_entry *entry) {
    if (entries->failed || entries->left == 0) {
        return false;
    }
    entry->cursor = avo_read_u32(entries);
    entry->version = avo_version_read(entries);
    entry->tombstone = avo_field_bool_read(entries);
    size_t key_bytes = avo_read_u16(entries);
    entry->key = avo_field_key_read(entries, key_bytes);
    if (avo_version_is_none(entry->version)) {
        avo_read_fail(entries);
    }
    return !entries->failed;
}
