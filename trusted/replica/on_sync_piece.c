/* A piece of a sync: every entry that is newer than our own is taken over, in the order of keys [V5]. */
#include "trusted/replica/handlers.h"

/* What became of a piece's entries. */
struct taken {
    uint32_t looked;
    uint32_t applied;
    bool lacks;           /* a value is wanted that did not come along: it is the next one to be asked for */
    enum avo_error error; /* our own store has no room for the next one */
};

static bool is_wanted(const struct avo_entry *own, const struct avo_sync_entry *entry) {
    int order = avo_version_compare(entry->version, own->version);
    return order > 0 || (order == 0 && own->state == AVO_ENTRY_DAMAGED && entry->state == AVO_ENTRY_VALUE);
}

/* [B4] A damaged entry keeps its version here, too; repairs, or another source, have its value. */
static enum avo_error apply(struct avo_replica *replica, const struct avo_sync_entry *entry) {
    struct avo_store *store = replica->config.store;
    switch (entry->state) {
    case AVO_ENTRY_VALUE:
        return avo_store_apply(store, entry->key, entry->version, &entry->value, NULL);
    case AVO_ENTRY_TOMBSTONE:
        return avo_store_apply(store, entry->key, entry->version, NULL, NULL);
    default:
        return avo_store_apply_damaged(store, entry->key, entry->version);
    }
}

/* False when the entry is not here yet: the sync stops before it. */
static bool take(struct avo_replica *replica, const struct avo_sync_entry *entry, struct taken *taken) {
    struct avo_found own;
    avo_store_find(replica->config.store, entry->key, &own);
    if (!is_wanted(&own.entry, entry)) {
        return true;
    }
    if (entry->state == AVO_ENTRY_VALUE && !entry->has_value) {
        taken->lacks = true;
        return false;
    }
    taken->error = apply(replica, entry);
    taken->applied += taken->error == AVO_OK;
    return taken->error == AVO_OK;
}

static struct taken take_all(struct avo_replica *replica, struct avo_sync_source *source, struct avo_slice entries) {
    struct taken taken = {0};
    struct avo_reader reader = avo_reader(entries);
    while (reader.left > 0) {
        struct avo_sync_entry entry;
        avo_sync_entry_read(&reader, &entry);
        if (!take(replica, &entry, &taken)) {
            break;
        }
        taken.looked++;
        source->key_bytes = entry.key.length;
        avo_copy(source->key, sizeof source->key, entry.key);
    }
    return taken;
}

/* Values only where they are missing: from the key on that lacks one, a few; many as long as most of those that come are wanted. */
static void want_next(struct avo_sync_source *source, const struct taken *taken) {
    if (taken->lacks) {
        source->want = AVO_SYNC_VALUES;
        source->bytes = AVO_SYNC_FEW_BYTES;
    } else if (source->want == AVO_SYNC_VALUES) {
        source->want = taken->applied * 2 >= taken->looked ? AVO_SYNC_VALUES : AVO_SYNC_VERSIONS;
        source->bytes = AVO_SYNC_PIECE_BYTES;
    }
}

/* Clients come first: while the source serves some, pieces come at a bounded pace. */
static uint64_t pause_us(const struct avo_replica *replica, const struct avo_sync_piece *piece, const struct taken *taken) {
    if (taken->error != AVO_OK) {
        return AVO_SYNC_REFUSED_PAUSE_US;
    }
    uint64_t cost = piece->entries.length + (uint64_t)taken->looked * AVO_SYNC_ENTRY_COST_BYTES;
    return piece->busy ? cost * 1000000 / replica->sync.bytes_per_s : 0;
}

void avo_replica_on_sync_piece(struct avo_replica *replica, uint8_t slot, const struct avo_sync_piece *piece) {
    struct avo_sync_source *source = avo_sync_expects(replica, slot, piece);
    if (source == NULL) {
        return;
    }
    struct taken taken = take_all(replica, source, piece->entries);
    bool all = !taken.lacks && taken.error == AVO_OK;
    avo_replica_see_clock(replica, piece->clock);
    source->done = all && piece->last;
    source->looked += taken.looked;
    source->total = piece->total > source->looked ? piece->total : source->looked;
    replica->stats.sync_bytes += piece->entries.length;
    replica->stats.sync_refused += taken.error != AVO_OK;
    want_next(source, &taken);
    avo_sync_go_on(replica, pause_us(replica, piece, &taken));
}
