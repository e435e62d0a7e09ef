#include "trusted/store/index.h"
#include "base/assert.h"
#include "trusted/store/rebalance.h"

#define PREFETCH_LINES 5
#define KEPT_SHARE 128      /* of so many blocks, one is kept for updates */
#define KEPT_FROM_COUNT 8   /* but none of fewer than these */
#define GROWTH_MAX_BYTES 13 /* of an entry: from the narrowest clock, writer and rmw to the widest */

bool avo_index_create(struct avo_index *index, struct avo_arena *arena, uint32_t block_bytes, struct avo_random *random) {
    size_t left = avo_arena_left_bytes(arena);
    size_t bucket_count = left / (AVO_INDEX_BYTES_PER_PLACE * AVO_HASH_BUCKET_ENTRIES);
    size_t bucket_bytes = bucket_count * AVO_HASH_BUCKET_BYTES;
    size_t block_count = (left - bucket_bytes) / block_bytes;
    if (bucket_count == 0 || block_count == 0 || bucket_count > UINT32_MAX / AVO_HASH_BUCKET_ENTRIES ||
        block_count >= AVO_BLOCK_NONE) {
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

/* The lines that hold a block's header, fingerprints and ends, so that a lookup waits for memory once, not thrice. */
static void block_prefetch(const struct avo_index *index, uint32_t id) {
    const uint8_t *block = index->list.blocks + (size_t)id * index->list.block_bytes;
    for (size_t line = 0; line < PREFETCH_LINES; line++) {
        __builtin_prefetch(block + line * AVO_CACHE_LINE_BYTES);
    }
}

bool avo_index_find(const struct avo_index *index, struct avo_slice key, struct avo_place *place) {
    uint64_t key_hash = avo_hash_of(&index->hash, key);
    struct avo_hash_probe probe = avo_hash_probe(&index->hash, key_hash);
    while (avo_hash_next(&index->hash, &probe, &place->block)) {
        block_prefetch(index, place->block);
        const struct avo_block *block = avo_index_block(index, *place);
        if (avo_block_find(block, key, avo_hash_block_fingerprint(key_hash), &place->index)) {
            return true;
        }
    }
    return false;
}

bool avo_index_seek(const struct avo_index *index, struct avo_slice key, struct avo_place *place) {
    place->block = avo_skiplist_find(&index->list, key);
    if (place->block == AVO_BLOCK_NONE) {
        return false;
    }
    const struct avo_block *block = avo_index_block(index, *place);
    place->index = avo_block_lower_bound(block, key);
    if (place->index == block->count) {
        *place = (struct avo_place){block->next[0], 0};
    }
    return place->block != AVO_BLOCK_NONE;
}

void avo_index_prefetch(const struct avo_index *index, struct avo_slice key) {
    uint32_t id = avo_hash_guess(&index->hash, avo_hash_of(&index->hash, key));
    block_prefetch(index, id < index->list.block_count ? id : 0);
}

/* The first block is made for the first key. */
static uint32_t block_for(struct avo_index *index, struct avo_slice key, const struct avo_item *item) {
    uint32_t id = avo_skiplist_find(&index->list, key);
    if (id == AVO_BLOCK_NONE && avo_skiplist_left_count(&index->list) > 0) {
        id = avo_skiplist_take(&index->list);
        struct avo_block *block = avo_skiplist_at(&index->list, id);
        avo_block_encode(block, item, 1);
        avo_skiplist_link(&index->list, id);
        index->blocks_used_bytes += block->used_bytes;
    }
    return id;
}

enum avo_error avo_index_insert(struct avo_index *index, struct avo_slice key, const struct avo_record *record,
                                struct avo_scratch scratch) {
    if (avo_index_places_left(index) == 0) {
        return AVO_EFULL;
    }
    uint64_t key_hash = avo_hash_of(&index->hash, key);
    struct avo_item item = {.head = key, .record = *record, .block = AVO_BLOCK_NONE};
    item.fingerprint = avo_hash_block_fingerprint(key_hash);
    bool first = index->list.taken_count == 0;
    uint32_t id = block_for(index, key, &item);
    if (id == AVO_BLOCK_NONE) {
        return AVO_EFULL;
    }
    if (first) {
        avo_hash_insert(&index->hash, key_hash, id);
        return AVO_OK;
    }
    struct avo_block *block = avo_skiplist_at(&index->list, id);
    struct avo_place place = {id, avo_block_lower_bound(block, key)};
    uint16_t used_bytes = block->used_bytes;
    if (avo_block_insert(block, avo_skiplist_body_bytes(&index->list), place.index, &item)) {
        index->blocks_used_bytes += (uint64_t)block->used_bytes - used_bytes;
        avo_hash_insert(&index->hash, key_hash, id);
        return AVO_OK;
    }
    return avo_rebalance(index, place, &item, false, scratch);
}

enum avo_error avo_index_update(struct avo_index *index, struct avo_place place, struct avo_slice key,
                                const struct avo_record *record, struct avo_scratch scratch) {
    struct avo_block *block = avo_skiplist_at(&index->list, place.block);
    if (avo_block_set(block, place.index, record)) {
        return AVO_OK;
    }
    struct avo_item item = {.head = key, .record = *record, .block = place.block};
    item.fingerprint = avo_hash_block_fingerprint(avo_hash_of(&index->hash, key));
    return avo_rebalance(index, place, &item, true, scratch);
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

uint64_t avo_index_used_bytes(const struct avo_index *index) {
    uint64_t hash_bytes = (uint64_t)index->hash.count * AVO_HASH_BUCKET_BYTES / AVO_HASH_BUCKET_ENTRIES;
    return hash_bytes + (uint64_t)index->list.taken_count * index->list.block_bytes;
}
