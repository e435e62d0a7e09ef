/* Another replica asks for the entries of a bucket. Those that were written a moment ago are left out: nobody misses them yet. */
#include "trusted/replica/handlers.h"

/* Appends entries until there are enough, or no more; true when there are no more. */
static bool list(const struct avo_replica *replica, const struct avo_enumerate *enumerate, struct avo_writer *entries) {
    uint8_t bytes[AVO_KEY_MAX_BYTES];
    struct avo_buffer key = {bytes, 0, sizeof bytes};
    struct avo_entry entry;
    uint32_t cursor = enumerate->cursor, listed = 0;
    uint64_t settled_clock = avo_compare_settled_clock(replica);
    while (avo_store_bucket_next(replica->config.store, enumerate->bucket, &cursor, &key, &entry)) {
        if (entry.version.clock > settled_clock) {
            continue;
        }
        struct avo_listing_entry listing_entry = {.cursor = cursor,
                                                  .version = entry.version,
                                                  .tombstone = entry.state == AVO_ENTRY_TOMBSTONE,
                                                  .key = avo_buffer_slice(&key)};
        if (listed++ == enumerate->most || !avo_listing_entry_write(entries, &listing_entry)) {
            return false;
        }
    }
    return true;
}

void avo_replica_on_enumerate(struct avo_replica *replica, uint8_t slot, const struct avo_enumerate *enumerate) {
    struct avo_buffer *bytes = avo_replica_scratch(replica);
    struct avo_writer entries = avo_writer(bytes->data, AVO_LISTING_MAX_BYTES);
    bool ended = list(replica, enumerate, &entries);
    struct avo_message *message = avo_replica_send(replica, slot);
    message->type = AVO_MESSAGE_LISTING;
    message->listing = (struct avo_listing){.round = enumerate->round, .ended = ended, .entries = avo_writer_slice(&entries)};
}
