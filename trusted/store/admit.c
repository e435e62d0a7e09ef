/* Whether a write would be accepted, with head room: what is admitted now must still fit when it comes back in round 2, after
 * others that were admitted too. */
#include "trusted/store/state.h"

#define HEADROOM_SHARE 64 /* of everything a 64th is kept */
#define HEADROOM_KEYS 64  /* but room for so many keys */
#define HEADROOM_BLOCKS 8
#define HEADROOM_MAX_SHARE 4 /* and never more than a quarter, so that a small store holds something, too */

static uint64_t headroom(uint64_t total, uint64_t least) {
    uint64_t kept = total / HEADROOM_SHARE > least ? total / HEADROOM_SHARE : least;
    return kept < total / HEADROOM_MAX_SHARE ? kept : total / HEADROOM_MAX_SHARE;
}

static bool index_admits(const struct avo_store *store) {
    const struct avo_index *index = &store->index;
    return avo_index_places_left(index) > headroom(index->hash.count_max, HEADROOM_KEYS) &&
           avo_index_blocks_left(index) > headroom(index->list.block_count, HEADROOM_BLOCKS);
}

uint32_t avo_store_extents_kept(const struct avo_store *store) {
    return (uint32_t)headroom(store->slab.extent_count, 1);
}

static bool slab_admits(struct avo_store *store, const struct avo_found *found, uint32_t value_bytes) {
    size_t sealed_bytes = AVO_SEAL_HEADER_BYTES + (size_t)value_bytes;
    bool admitted = avo_slab_has(&store->slab, sealed_bytes, HEADROOM_KEYS, avo_store_extents_kept(store)) ||
                    avo_store_fits_in_place(store, found, sealed_bytes);
    if (!admitted) {
        store->pack_left = store->index.hash.count;
    }
    return admitted;
}

enum avo_error avo_store_admits(struct avo_store *store, const struct avo_found *found, uint32_t value_bytes) {
    bool tombstone = value_bytes == UINT32_MAX;
    if (tombstone && found->entry.state != AVO_ENTRY_TOMBSTONE &&
        store->tombstones + headroom(store->tombstone_max, HEADROOM_KEYS) >= store->tombstone_max) {
        return AVO_EQUOTA;
    }
    bool there = found->entry.state != AVO_ENTRY_ABSENT;
    bool room = there ? avo_index_can_update(&store->index, found->place) : index_admits(store);
    if (!room) {
        return AVO_EFULL;
    }
    return tombstone || slab_admits(store, found, value_bytes) ? AVO_OK : AVO_EHOSTFULL;
}
