/* A window of neighbouring blocks is decoded, the entry added, and the whole cut into parts again.
 *
 * Cutting greedily under a limit gives the fewest parts, since a run of entries never gets larger by leaving out its ends. The
 * window with one new entry always fits into its blocks' number + 2 parts: cut at the old bounds and around the new entry.
 */
#include "trusted/store/rebalance.h"
#include "base/assert.h"
#include <string.h>

struct window {
    uint32_t blocks[AVO_INDEX_PARTS_MAX]; /* in key order; those beyond `block_count` are taken when all is decided */
    uint32_t block_count;
    struct avo_item *items;
    uint32_t *common; /* bytes an item's key has in common with the one before */
    uint32_t item_count;
    size_t body_bytes;
    uint32_t ends[AVO_INDEX_PARTS_MAX]; /* of each part, as an item number */
    uint32_t part_count;
    uint8_t *parts; /* AVO_INDEX_PARTS_MAX blocks */
};

enum packing { PACK_EVENLY, PACK_LEFT, PACK_RIGHT };

static size_t item_max(uint32_t block_bytes) {
    return AVO_INDEX_WINDOW * ((block_bytes - AVO_BLOCK_HEADER_BYTES) / AVO_BLOCK_ENTRY_MIN_BYTES) + 1;
}

size_t avo_index_scratch_bytes(uint32_t block_bytes) {
    return AVO_INDEX_PARTS_MAX * (size_t)block_bytes + item_max(block_bytes) * (sizeof(struct avo_item) + sizeof(uint32_t));
}

static void window_open(struct window *window, const struct avo_index *index, struct avo_scratch scratch) {
    uint32_t block_bytes = index->list.block_bytes;
    AVO_ASSERT(scratch.length >= avo_index_scratch_bytes(block_bytes));
    *window = (struct window){.body_bytes = avo_skiplist_body_bytes(&index->list), .parts = scratch.data};
    window->items = (struct avo_item *)(void *)(scratch.data + AVO_INDEX_PARTS_MAX * (size_t)block_bytes);
    window->common = (uint32_t *)(void *)(window->items + item_max(block_bytes));
}

static void window_add_block(struct window *window, const struct avo_index *index, uint32_t id) {
    if (id != AVO_BLOCK_NONE) {
        const struct avo_block *block = avo_skiplist_at(&index->list, id);
        window->blocks[window->block_count++] = id;
        window->item_count += (uint32_t)avo_block_decode(block, id, window->items + window->item_count);
    }
}

/* Takes block `id` in, with the item as or instead of its at-th entry. */
static void window_add_changed(struct window *window, const struct avo_index *index, uint32_t id, uint32_t at,
                               const struct avo_item *item, bool replace) {
    at += window->item_count;
    window_add_block(window, index, id);
    if (!replace) {
        memmove(window->items + at + 1, window->items + at, (window->item_count - at) * sizeof *window->items);
        window->item_count++;
    }
    window->items[at] = *item;
}

static void window_compare(struct window *window) {
    for (uint32_t i = 1; i < window->item_count; i++) {
        window->common[i] = (uint32_t)avo_item_common(&window->items[i - 1], &window->items[i]);
    }
}

/* The end of the longest part from `start` whose body is at most `limit`. */
static uint32_t part_end(const struct window *window, uint32_t start, size_t limit) {
    struct avo_measure measure = {0};
    uint32_t end = start;
    while (end < window->item_count) {
        avo_measure_add(&measure, &window->items[end], end == start ? 0 : window->common[end]);
        if (avo_measure_bytes(&measure) > limit) {
            break;
        }
        end++;
    }
    return end;
}

/* Cuts the window into parts of at most `limit` bytes, and into no fewer than its blocks; false when it takes over `part_max`. */
static bool window_cut(struct window *window, size_t limit, uint32_t part_max) {
    window->part_count = 0;
    for (uint32_t start = 0; start < window->item_count;) {
        uint32_t end = part_end(window, start, limit);
        uint32_t blocks_behind = window->block_count > window->part_count + 1 ? window->block_count - window->part_count - 1 : 0;
        if (window->item_count - end < blocks_behind) {
            end = window->item_count - blocks_behind; /* no block is left empty */
        }
        if (end <= start || window->part_count == part_max) {
            return false;
        }
        window->ends[window->part_count++] = start = end;
    }
    return true;
}

/* The lowest limit that still makes do with `part_max` parts spreads the entries evenly. */
static void window_cut_evenly(struct window *window, uint32_t part_max) {
    size_t low = 0, high = window->body_bytes;
    while (high - low > 16) {
        size_t middle = (low + high) / 2;
        if (window_cut(window, middle, part_max)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    bool fits = window_cut(window, high, part_max);
    AVO_ASSERT(fits);
}

/* Cuts from the right instead: the first part is the one with room. Called after window_cut, and into as many parts. */
static void window_cut_from_right(struct window *window, size_t limit) {
    uint32_t start = window->item_count;
    for (uint32_t part = window->part_count; part-- > 0;) {
        window->ends[part] = start;
        struct avo_measure measure = {0};
        while (start > part) { /* every part before has one item at least */
            avo_measure_add(&measure, &window->items[start - 1], measure.count == 0 ? 0 : window->common[start]);
            if (avo_measure_bytes(&measure) > limit) {
                break;
            }
            start--;
        }
    }
    AVO_ASSERT(start == 0);
}

/* Decides the parts; false when there are not enough blocks for them. An entry at an end of its block is likely one of an
 * ascending or descending run: then the parts are packed towards where nothing more will come. */
static bool window_decide(struct window *window, uint32_t blocks_left, enum packing packing) {
    uint32_t part_max = window->block_count + blocks_left;
    part_max = part_max < AVO_INDEX_PARTS_MAX ? part_max : AVO_INDEX_PARTS_MAX;
    if (window_cut(window, window->body_bytes * 15 / 16, part_max)) {
        if (packing == PACK_EVENLY) {
            window_cut_evenly(window, window->part_count);
        } else if (packing == PACK_RIGHT) {
            window_cut_from_right(window, window->body_bytes * 15 / 16);
        }
        return true;
    }
    if (!window_cut(window, window->body_bytes, part_max)) {
        return false;
    }
    window_cut_evenly(window, window->part_count);
    return true;
}

static struct avo_block *part_at(const struct window *window, const struct avo_index *index, uint32_t part) {
    return (struct avo_block *)(void *)(window->parts + (size_t)part * index->list.block_bytes);
}

/* Hashes all keys; the buckets are on their way when they are needed. */
static void window_hash(const struct window *window, const struct avo_index *index) {
    for (uint32_t i = 0; i < window->item_count; i++) {
        uint8_t key[AVO_KEY_MAX_BYTES];
        size_t key_bytes = avo_item_key(&window->items[i], key);
        window->items[i].hash = avo_hash_of(&index->hash, avo_slice(key, key_bytes));
        avo_hash_prefetch(&index->hash, window->items[i].hash);
    }
}

/* The hash learns where the items of a part are now. */
static void part_hash(struct avo_index *index, const struct avo_block *part, uint32_t id, const struct avo_item *items) {
    for (uint32_t slot = 0; slot < part->count; slot++) {
        const struct avo_item *item = &items[slot];
        uint32_t unit = avo_block_unit(part, slot);
        if (item->block == AVO_BLOCK_NONE) {
            avo_hash_insert(&index->hash, item->hash, avo_reference(id, unit));
        } else if (item->block != id || item->unit != unit) {
            avo_hash_move(&index->hash, item->hash, avo_reference(item->block, item->unit), avo_reference(id, unit));
        }
    }
}

/* Encodes all parts aside, for the items borrow from the blocks. */
static void window_encode(struct window *window, struct avo_index *index) {
    window_hash(window, index);
    for (uint32_t part = 0, start = 0; part < window->part_count; start = window->ends[part++]) {
        if (part >= window->block_count) {
            window->blocks[part] = avo_skiplist_take(&index->list);
        }
        struct avo_block *block = part_at(window, index, part);
        block->body_bytes = (uint16_t)window->body_bytes;
        avo_block_encode(block, window->items + start, window->ends[part] - start);
        part_hash(index, block, window->blocks[part], window->items + start);
    }
}

/* Copies a part's content over a block, which keeps its place in the list. */
static void content_copy(struct avo_index *index, uint32_t id, const struct avo_block *part) {
    struct avo_block *block = avo_skiplist_at(&index->list, id);
    index->blocks_used_bytes += part->used_bytes;
    index->blocks_used_bytes -= block->count == 0 ? 0 : block->used_bytes;
    block->first_word = part->first_word;
    block->clock_base = part->clock_base;
    block->count = part->count;
    block->used_bytes = part->used_bytes;
    block->prefix_bytes = part->prefix_bytes;
    block->entry_bytes = part->entry_bytes;
    block->clock_width = part->clock_width;
    block->writer_width = part->writer_width;
    block->rmw_width = part->rmw_width;
    memcpy(block->body, part->body, part->body_bytes);
}

/* All blocks get their new content before a new one is linked: the order of those linked never breaks. */
static void window_write(struct window *window, struct avo_index *index) {
    window_encode(window, index);
    for (uint32_t part = 0; part < window->part_count; part++) {
        content_copy(index, window->blocks[part], part_at(window, index, part));
    }
    for (uint32_t part = window->block_count; part < window->part_count; part++) {
        avo_skiplist_link(&index->list, window->blocks[part]);
    }
}

enum avo_error avo_rebalance(struct avo_index *index, uint32_t id, uint32_t at, const struct avo_item *item, bool replace,
                             struct avo_scratch scratch) {
    const struct avo_block *block = avo_skiplist_at(&index->list, id);
    enum packing packing = replace ? PACK_EVENLY : at == block->count ? PACK_LEFT : at == 0 ? PACK_RIGHT : PACK_EVENLY;
    struct window window;
    window_open(&window, index, scratch);
    window_add_changed(&window, index, id, at, item, replace);
    window_compare(&window);
    if (!window_cut(&window, window.body_bytes, 1)) {
        window_open(&window, index, scratch);
        window_add_block(&window, index, block->previous);
        window_add_changed(&window, index, id, at, item, replace);
        window_add_block(&window, index, block->next[0]);
        window_compare(&window);
        uint32_t left_count = avo_skiplist_left_count(&index->list);
        uint32_t kept_count = replace ? 0 : index->kept_count;
        if (!window_decide(&window, left_count > kept_count ? left_count - kept_count : 0, packing)) {
            return AVO_EFULL;
        }
    }
    window_write(&window, index);
    return AVO_OK;
}
