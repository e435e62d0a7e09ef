#include "trusted/store/index_check.h"
#include "base/assert.h"

/* Walks one block; `last` is the key before it, and then the block's last. */
static void block_check(const struct avo_index *index, uint32_t id, struct avo_buffer *last) {
    const struct avo_block *block = avo_skiplist_at(&index->list, id);
    AVO_ASSERT(block->count > 0 && block->used_bytes <= avo_skiplist_body_bytes(&index->list));
    for (uint32_t i = 0; i < block->count; i++) {
        uint8_t bytes[AVO_KEY_MAX_BYTES];
        struct avo_slice key = avo_slice(bytes, avo_block_key(block, avo_block_slot(block, i), bytes));
        AVO_ASSERT(last->length == 0 || avo_slice_compare(avo_buffer_slice(last), key) < 0);
        AVO_ASSERT(i > 0 || block->first_word == avo_key_word(key));
        AVO_ASSERT(avo_block_lower_bound(block, key) == i);
        struct avo_place place;
        AVO_ASSERT(avo_index_find(index, key, avo_hash_of(&index->hash, key), &place) && place.block == id &&
                   place.slot == avo_block_slot(block, i));
        AVO_ASSERT(avo_skiplist_find(&index->list, key) == id);
        avo_copy(last->data, last->capacity, key);
        last->length = key.length;
    }
}

uint32_t avo_index_check(const struct avo_index *index) {
    uint8_t bytes[AVO_KEY_MAX_BYTES];
    struct avo_buffer last = {bytes, 0, sizeof bytes};
    uint32_t previous = AVO_BLOCK_NONE, count = 0, block_count = 0;
    uint64_t used_bytes = 0;
    for (uint32_t id = avo_skiplist_first(&index->list); id != AVO_BLOCK_NONE;) {
        const struct avo_block *block = avo_skiplist_at(&index->list, id);
        AVO_ASSERT(block->previous == previous);
        block_check(index, id, &last);
        count += block->count;
        used_bytes += block->used_bytes;
        block_count++;
        previous = id;
        id = block->next[0];
    }
    AVO_ASSERT(block_count == index->list.taken_count && count == index->hash.count);
    AVO_ASSERT(used_bytes == index->blocks_used_bytes);
    return count;
}
