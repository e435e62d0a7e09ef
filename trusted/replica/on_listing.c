/* What another replica holds in a bucket: the keys of which it has a newer version are counted, and then fetched. */
#include "trusted/replica/fill.h"
#include "trusted/replica/handlers.h"

static bool is_gap(const struct avo_replica *replica, const struct avo_listing_entry *entry) {
    struct avo_found found;
    avo_store_find(replica->config.store, entry->key, &found);
    return avo_version_compare(entry->version, found.entry.version) > 0;
}

static void count(struct avo_replica *replica, struct avo_comparison *comparison, struct avo_reader *entries) {
    struct avo_listing_entry entry;
    while (avo_listing_entry_read(entries, &entry)) {
        uint32_t gap = is_gap(replica, &entry);
        comparison->bucket_gaps += gap;
        comparison->gap_count += gap;
        comparison->cursor = entry.cursor;
    }
}

/* There is nothing to fetch. */
static void tombstone_take(struct avo_replica *replica, const struct avo_listing_entry *entry) {
    bool applied;
    avo_replica_see_clock(replica, entry->version.clock);
    if (avo_store_apply(replica->config.store, entry->key, entry->version, NULL, &applied) == AVO_OK) {
        replica->stats.caught_up += applied;
        avo_comparison_filled(replica);
    } else {
        avo_comparison_refused(replica);
    }
}

/* False when there is no room for it now. */
static bool gap_fill(struct avo_replica *replica, const struct avo_listing_entry *entry) {
    if (entry->tombstone) {
        tombstone_take(replica, entry);
        return true;
    }
    return avo_comparison_room(replica) > 0 &&
           avo_fill_begin(replica, replica->comparing.comparison.slot, entry->key, entry->version);
}

/* True when all entries found room. */
static bool fill(struct avo_replica *replica, struct avo_comparison *comparison, struct avo_reader *entries) {
    struct avo_listing_entry entry;
    while (avo_listing_entry_read(entries, &entry)) {
        bool gap = is_gap(replica, &entry);
        if (gap && !gap_fill(replica, &entry)) {
            comparison->most = AVO_COMPARISON_MOST_MIN;
            return false;
        }
        comparison->met_count += gap;
        comparison->cursor = entry.cursor;
        if (comparison->refused) {
            return true;
        }
    }
    comparison->most = comparison->most < AVO_COMPARISON_MOST_MAX ? (uint16_t)(comparison->most * 2) : AVO_COMPARISON_MOST_MAX;
    return true;
}

/* A bucket without a gap is listed no second time. */
static void bucket_done(struct avo_replica *replica, struct avo_comparison *comparison) {
    if (comparison->step == AVO_COMPARISON_COUNT && comparison->bucket_gaps == 0) {
        comparison->suspects[comparison->bucket / AVO_DIGEST_GROUP_BUCKETS] &=
            ~(1U << comparison->bucket % AVO_DIGEST_GROUP_BUCKETS);
    }
    avo_comparison_go_on(replica, comparison->bucket + 1);
}

void avo_replica_on_listing(struct avo_replica *replica, uint8_t slot, const struct avo_listing *listing) {
    struct avo_comparison *comparison = &replica->comparing.comparison;
    bool counts = comparison->step == AVO_COMPARISON_COUNT;
    if ((!counts && comparison->step != AVO_COMPARISON_FILL) || !avo_comparison_hears(replica, slot, listing->round)) {
        return;
    }
    struct avo_reader entries = avo_reader(listing->entries);
    uint32_t asked_from = comparison->cursor;
    bool taken = true;
    if (counts) {
        count(replica, comparison, &entries);
    } else {
        taken = fill(replica, comparison, &entries);
    }
    if (comparison->refused) {
        avo_comparison_fill_ended(replica);                                     /* it drains */
    } else if (taken && (listing->ended || comparison->cursor <= asked_from)) { /* a walk that does not go on would never end */
        bucket_done(replica, comparison);
    } else {
        avo_comparison_go_on_here(replica, taken);
    }
}
