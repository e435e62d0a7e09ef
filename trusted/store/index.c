#include "trusted/store/index.h"
#include "base/assert.h"
#include "trusted/store/rebalance.h"

#define ENTRY_USUAL_BYTES 40 /* what of an entry a lookup reads, its key short */
#define KEPT_SHARE 128       /* of so many blocks, one is kept for updates */
#define KEPT_FROM_COUNT 8    /* but none of fewer than these */
#define GROWTH_MAX_BYTES 13  /* of an entry: from the narrowest clock, writer and rmw to the widest */

_Static_assert(AVO_BLOCK_MAX_BYTES / AVO_BLOCK_UNIT_BYTES <= 1 << AVO_REFERENCE_UNIT_BITS, "a reference can name every unit");

bool avo_index_create(struct avo_index *index, struct avo_arena *arena, uint32_t block_bytes, struct avo_random *random) {
    size_t left = avo_arena_left_bytes(arena);
    left = left > AVO_ARENA_RED_ZONE_BYTES ? left - AVO_ARENA_RED_ZONE_BYTES : 0; /* behind the hash */
    size_t bucket_count = left / (AVO_INDEX_BYTES_PER_PLACE * AVO_HASH_BUCKET_ENTRIES);
    size_t bucket_bytes = bucket_count * AVO_HASH_BUCKET_BYTES;
    size_t block_count = (left - bucket_bytes) / block_bytes;
    if (bucket_count == 0 || block_count == 0 || bucket_count > UINT32_MAX / AVO_HASH_BUCKET_ENTRIES ||
        block_count > AVO_INDEX_BLOCK_MAX_COUNT) {
        return false;
    }
    index->blocks_used_bytes = 0;
    index->kept_count = (uint32_t)(block_count < KEPT_SHARE ? block_count >= KEPT_FROM_COUNT : block_count / KEPT_SHARE);
    return avo_hash_create(&index->hash, arena, (uint32_t)bucket_count, random) &&
           avo_skiplist_create(&index->list, arena, block_bytes, (uint32_t)block_count, random);
}

const struct avo_block *avo_index_block(const struct avo_index *index, struct avo_place place) {
    return avo_skiplist_at(&index->list, place.block);
}

/* The block's header and the one or two lines of the entry, fetched at once: a lookup waits for memory twice in all. */
static void reference_prefetch(const struct avo_index *index, uint32_t reference) {
    uint32_t unit = reference & ((1U << AVO_REFERENCE_UNIT_BITS) - 1);
    const uint8_t *block = index->list.blocks + (size_t)(reference >> AVO_REFERENCE_UNIT_BITS) * index->list.block_bytes;
    __builtin_prefetch(block);
    __builtin_prefetch(block + (size_t)unit * AVO_BLOCK_UNIT_BYTES);
    __builtin_prefetch(block + (size_t)unit * AVO_BLOCK_UNIT_BYTES + ENTRY_USUAL_BYTES);
}

/* The entry that a reference of the hash names. */
static struct avo_place place_of(const struct avo_index *index, uint32_t reference) {
    struct avo_place place = {.block = reference >> AVO_REFERENCE_UNIT_BITS};
    uint32_t unit = reference & ((1U << AVO_REFERENCE_UNIT_BITS) - 1);
    bool there = avo_block_slot_in_unit(avo_index_block(index, place), unit, &place.slot);
    AVO_ASSERT(there);
    return place;
}

bool avo_index_find(const struct avo_index *index, struct avo_slice key, uint64_t key_hash, struct avo_place *place) {
    struct avo_hash_probe probe = avo_hash_probe(&index->hash, key_hash);
    uint32_t reference;
    while (avo_hash_next(&index->hash, &probe, &reference)) {
        reference_prefetch(index, reference);
        *place = place_of(index, reference);
        if (avo_block_is(avo_index_block(index, *place), place->slot, key)) {
            return true;
        }
    }
    return false;
}

bool avo_index_walk(const struct avo_index *index, uint64_t first, uint64_t last, uint32_t *cursor, struct avo_place *place) {
    uint32_t reference;
    if (!avo_hash_walk(&index->hash, first, last, cursor, &reference)) {
        return false;
    }
    *place = place_of(index, reference);
    return true;
}

bool avo_index_seek(const struct avo_index *index, struct avo_slice key, struct avo_place *place) {
    place->block = avo_skiplist_find(&index->list, key);
    if (place->block == AVO_BLOCK_NONE) {
        return false;
    }
    const struct avo_block *block = avo_index_block(index, *place);
    uint32_t at = avo_block_lower_bound(block, key);
    if (at < block->count) {
        place->slot = avo_block_slot(block, at);
        return true;
    }
    place->block = block->next[0];
    if (place->block == AVO_BLOCK_NONE) {
        return false;
    }
    place->slot = avo_block_slot(avo_index_block(index, *place), 0);
    return true;
}

void avo_index_prefetch(const struct avo_index *index, struct avo_slice key) {
    avo_hash_prefetch(&index->hash, avo_hash_of(&index->hash, key));
}

void avo_index_prefetch_entry(const struct avo_index *index, struct avo_slice key) {
    uint32_t reference = avo_hash_guess(&index->hash, avo_hash_of(&index->hash, key));
    reference_prefetch(index, reference >> AVO_REFERENCE_UNIT_BITS < index->list.block_count ? reference : 0);
}

/* The very first key makes the first block. */
static enum avo_error insert_first(struct avo_index *index, const struct avo_item *item) {
    uint32_t id = avo_skiplist_take(&index->list);
    struct avo_block *block = avo_skiplist_at(&index->list, id);
    avo_block_encode(block, item, 1);
    avo_skiplist_link(&index->list, id);
    index->blocks_used_bytes += block->used_bytes;
    avo_hash_insert(&index->hash, item->hash, avo_reference(id, avo_block_unit(block, 0)));
    return AVO_OK;
}

enum avo_error avo_index_insert(struct avo_index *index, struct avo_slice key, const struct avo_record *record,
                                struct avo_scratch scratch) {
    if (avo_index_places_left(index) == 0) {
        return AVO_EFULL;
    }
    struct avo_item item = {.head = key, .record = *record, .hash = avo_hash_of(&index->hash, key), .block = AVO_BLOCK_NONE};
    uint32_t id = avo_skiplist_find(&index->list, key);
    if (id == AVO_BLOCK_NONE) {
        return insert_first(index, &item);
    }
    struct avo_block *block = avo_skiplist_at(&index->list, id);
    uint32_t at = avo_block_lower_bound(block, key), slot = block->count;
    uint16_t used_bytes = block->used_bytes;
    if (!avo_block_insert(block, at, &item)) {
        return avo_rebalance(index, id, at, &item, false, scratch);
    }
    index->blocks_used_bytes += (uint64_t)block->used_bytes - used_bytes;
    avo_hash_insert(&index->hash, item.hash, avo_reference(id, avo_block_unit(block, slot)));
    return AVO_OK;
}

enum avo_error avo_index_update(struct avo_index *index, struct avo_place place, struct avo_slice key,
                                const struct avo_record *record, struct avo_scratch scratch) {
    struct avo_block *block = avo_skiplist_at(&index->list, place.block);
    if (avo_block_set(block, place.slot, record)) {
        return AVO_OK;
    }
    struct avo_item item = {.head = key, .record = *record, .block = place.block, .unit = avo_block_unit(block, place.slot)};
    return avo_rebalance(index, place.block, avo_block_index(block, place.slot), &item, true, scratch);
}

bool avo_index_can_update(const struct avo_index *index, struct avo_place place) {
    const struct avo_block *block = avo_index_block(index, place);
    size_t grown_bytes = block->used_bytes + (size_t)block->count * GROWTH_MAX_BYTES;
    return avo_skiplist_left_count(&index->list) > 0 || grown_bytes <= avo_skiplist_body_bytes(&index->list);
}

uint32_t avo_index_places_left(const struct avo_index *index) {
    return index->hash.count_max - index->hash.count;
}

uint32_t avo_index_blocks_left(const struct avo_index *index) {
    return avo_skiplist_left_count(&index->list);
}

/* The hash and the blocks cannot lend each other memory: the one that is nearer its end says how much of both is used up. */
uint64_t avo_index_used_bytes(const struct avo_index *index) {
    const struct avo_skiplist *list = &index->list;
    uint64_t lines = (uint64_t)index->hash.bucket_count + (uint64_t)list->block_count * (list->block_bytes / AVO_HASH_BUCKET_BYTES);
    uint64_t by_places = lines * index->hash.count / index->hash.count_max;
    uint64_t by_blocks = lines * list->taken_count / list->block_count;
    return (by_places > by_blocks ? by_places : by_blocks) * AVO_HASH_BUCKET_BYTES;
}
