/* LISTING: entries of a bucket, in no order. Body: u64 round, u8 ended, entries. An entry: u32 cursor behind it, version 18,
 * u8 tombstone, u16 key length, key. */
#ifndef AVO_WIRE_LISTING_H
#define AVO_WIRE_LISTING_H

#include "protocol/version.h"
#include <avocado/error.h>

#define AVO_LISTING_MAX_BYTES (16 * 1024) /* of entries */

struct avo_listing {
    uint64_t round;
    bool ended;               /* nothing of the bucket comes behind these */
    struct avo_slice entries; /* well-formed, as the message was read */
};

struct avo_listing_entry {
    uint32_t cursor; /* behind it */
    struct avo_version version;
    bool tombstone;
    struct avo_slice key;
};

void avo_listing_write(struct avo_writer *writer, const struct avo_listing *listing);
void avo_listing_read(struct avo_reader *reader, struct avo_listing *listing);
/* Appends an entry; false, and nothing written, when it does not fit. */
AVO_MUST_USE bool avo_listing_entry_write(struct avo_writer *entries, const struct avo_listing_entry *entry);
/* Takes the next entry; false at the end, and when what comes is none: the reader has then failed. */
bool avo_listing_entry_read(struct avo_reader *entries, struct avo_listing_entry *entry);

#endif
