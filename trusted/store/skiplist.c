#include "trusted/store/skiplist.h"
#include "base/assert.h"

bool avo_skiplist_create(struct avo_skiplist *list, struct avo_arena *arena, uint32_t block_bytes, uint32_t block_count,
                         struct avo_random *random) {
    AVO_ASSERT(block_bytes % AVO_CACHE_LINE_BYTES == 0 && block_bytes > AVO_BLOCK_HEADER_BYTES &&
               block_bytes <= AVO_BLOCK_MAX_BYTES);
    *list = (struct avo_skiplist){.block_bytes = block_bytes, .block_count = block_count};
    list->blocks = avo_arena_take(arena, block_count, block_bytes);
    for (int level = 0; level < AVO_BLOCK_LEVELS; level++) {
        list->head[level] = AVO_BLOCK_NONE;
    }
    avo_random_fill(random, &list->height_state, sizeof list->height_state);
    list->height_state |= 1; /* xorshift never leaves 0 */
    return list->blocks != NULL;
}

struct avo_block *avo_skiplist_at(const struct avo_skiplist *list, uint32_t id) {
    AVO_ASSERT(id < list->taken_count);
    return (struct avo_block *)(void *)(list->blocks + (size_t)id * list->block_bytes);
}

size_t avo_skiplist_body_bytes(const struct avo_skiplist *list) {
    return list->block_bytes - AVO_BLOCK_HEADER_BYTES;
}

uint32_t avo_skiplist_left_count(const struct avo_skiplist *list) {
    return list->block_count - list->taken_count;
}

uint32_t avo_skiplist_first(const struct avo_skiplist *list) {
    return list->head[0];
}

/* True when the block's first key is after `key`, whose word is `word`. */
static bool starts_after(const struct avo_block *block, struct avo_slice key, uint64_t word) {
    return block->first_word != word ? block->first_word > word : avo_block_compare(block, avo_block_slot(block, 0), key) > 0;
}

static uint32_t next_of(const struct avo_skiplist *list, uint32_t id, int level) {
    return id == AVO_BLOCK_NONE ? list->head[level] : avo_skiplist_at(list, id)->next[level];
}

/* The last block at every level whose first key is not after `key`; AVO_BLOCK_NONE: the head. */
static void search(const struct avo_skiplist *list, struct avo_slice key, uint32_t path[AVO_BLOCK_LEVELS]) {
    uint64_t word = avo_key_word(key);
    uint32_t at = AVO_BLOCK_NONE;
    for (int level = AVO_BLOCK_LEVELS - 1; level >= 0; level--) {
        uint32_t next = next_of(list, at, level);
        while (next != AVO_BLOCK_NONE && !starts_after(avo_skiplist_at(list, next), key, word)) {
            at = next;
            next = next_of(list, at, level);
        }
        path[level] = at;
    }
}

uint32_t avo_skiplist_find(const struct avo_skiplist *list, struct avo_slice key) {
    uint32_t path[AVO_BLOCK_LEVELS];
    search(list, key, path);
    return path[0] == AVO_BLOCK_NONE ? list->head[0] : path[0];
}

static uint8_t random_height(struct avo_skiplist *list) {
    uint64_t state = list->height_state;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    list->height_state = state;
    uint8_t height = 1;
    while (height < AVO_BLOCK_LEVELS && (state & 3) == 0) {
        state >>= 2;
        height++;
    }
    return height;
}

uint32_t avo_skiplist_take(struct avo_skiplist *list) {
    AVO_ASSERT(avo_skiplist_left_count(list) > 0);
    uint32_t id = list->taken_count++;
    struct avo_block *block = avo_skiplist_at(list, id);
    block->height = random_height(list);
    block->body_bytes = (uint16_t)avo_skiplist_body_bytes(list);
    block->count = 0;
    return id;
}

void avo_skiplist_link(struct avo_skiplist *list, uint32_t id) {
    struct avo_block *block = avo_skiplist_at(list, id);
    uint8_t key[AVO_KEY_MAX_BYTES];
    size_t key_bytes = avo_block_key(block, avo_block_slot(block, 0), key);
    uint32_t path[AVO_BLOCK_LEVELS];
    search(list, avo_slice(key, key_bytes), path);
    for (int level = 0; level < block->height; level++) {
        uint32_t *next = path[level] == AVO_BLOCK_NONE ? list->head : avo_skiplist_at(list, path[level])->next;
        block->next[level] = next[level];
        next[level] = id;
    }
    block->previous = path[0];
    if (block->next[0] != AVO_BLOCK_NONE) {
        avo_skiplist_at(list, block->next[0])->previous = id;
    }
}
