/* Reading a block, and changing it in place. */
#include "trusted/store/block.h"
#include "base/assert.h"
#include "trusted/store/block_layout.h"

_Static_assert(sizeof(struct avo_block) == AVO_BLOCK_HEADER_BYTES, "a block's header is one cache line");

uint64_t avo_key_word(struct avo_slice key) {
    uint64_t word = 0;
    avo_copy((uint8_t *)&word, sizeof word, avo_slice_part(key, 0, key.length < sizeof word ? key.length : sizeof word));
    return __builtin_bswap64(word);
}

/* The part of the entry's key behind the block's prefix. */
static struct avo_slice suffix_at(const struct avo_block *block, uint32_t index) {
    size_t start = entry_start(block, index) + entry_fixed_bytes(block);
    return avo_slice(entries_at(block) + start, entry_end(block, index) - start);
}

/* The order of the block's prefix and what `key` begins with; 0 also when the key is a proper part of the prefix. */
static int compare_prefix(const struct avo_block *block, struct avo_slice key) {
    size_t common = key.length < block->prefix_bytes ? key.length : block->prefix_bytes;
    return common == 0 ? 0 : memcmp(prefix_at(block), key.data, common);
}

int avo_block_compare(const struct avo_block *block, uint32_t index, struct avo_slice key) {
    int order = compare_prefix(block, key);
    if (order != 0) {
        return order;
    }
    struct avo_slice suffix = suffix_at(block, index);
    if (key.length < block->prefix_bytes) {
        return 1;
    }
    return avo_slice_compare(suffix, avo_slice_part(key, block->prefix_bytes, key.length - block->prefix_bytes));
}

bool avo_block_find(const struct avo_block *block, struct avo_slice key, uint8_t fingerprint, uint32_t *index) {
    if (key.length < block->prefix_bytes) {
        return false;
    }
    struct avo_slice rest = avo_slice_part(key, block->prefix_bytes, key.length - block->prefix_bytes);
    const uint8_t *end = block->body + block->count;
    const uint8_t *at = block->body;
    while (at < end && (at = memchr(at, fingerprint, (size_t)(end - at))) != NULL) {
        uint32_t candidate = (uint32_t)(at - block->body);
        if (avo_slice_equal(suffix_at(block, candidate), rest)) {
            *index = candidate;
            return compare_prefix(block, key) == 0;
        }
        at++;
    }
    return false;
}

uint32_t avo_block_lower_bound(const struct avo_block *block, struct avo_slice key) {
    uint32_t low = 0, high = block->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (avo_block_compare(block, middle, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t avo_block_key(const struct avo_block *block, uint32_t index, uint8_t *to) {
    struct avo_slice suffix = suffix_at(block, index);
    avo_copy(to, AVO_KEY_MAX_BYTES, avo_slice(prefix_at(block), block->prefix_bytes));
    avo_copy(to + block->prefix_bytes, AVO_KEY_MAX_BYTES - (size_t)block->prefix_bytes, suffix);
    return block->prefix_bytes + suffix.length;
}

struct avo_record avo_block_record(const struct avo_block *block, uint32_t index) {
    return record_read(block, entries_at(block) + entry_start(block, index));
}

static bool widths_hold(const struct avo_block *block, const struct avo_record *record) {
    return record->clock >= block->clock_base && width_of(record->clock - block->clock_base) <= block->clock_width &&
           width_of(record->writer) <= block->writer_width && width_of(record->rmw) <= block->rmw_width;
}

bool avo_block_set(struct avo_block *block, uint32_t index, const struct avo_record *record) {
    if (!widths_hold(block, record)) {
        return false;
    }
    record_write(block, block->body + entries_offset(block) + entry_start(block, index), record);
    return true;
}

/* The part of a whole key behind the block's prefix; false when the key does not begin with it. */
static bool rest_of(const struct avo_block *block, struct avo_slice key, struct avo_slice *rest) {
    if (key.length < block->prefix_bytes || compare_prefix(block, key) != 0) {
        return false;
    }
    *rest = avo_slice_part(key, block->prefix_bytes, key.length - block->prefix_bytes);
    return true;
}

/* Opens the gaps for a new entry of `entry_bytes` in all columns, from the back so that nothing is overwritten. */
static void make_gaps(struct avo_block *block, uint32_t index, size_t entry_bytes) {
    uint8_t *body = block->body;
    size_t count = block->count, start = entry_start(block, index), ends = count, entries = entries_offset(block);
    memmove(body + entries + 3 + start + entry_bytes, body + entries + start, block->used_bytes - entries - start);
    memmove(body + entries + 3, body + entries, start);
    memmove(body + ends + 2 * count + 3, body + ends + 2 * count, block->prefix_bytes);
    memmove(body + ends + 2 * (size_t)index + 3, body + ends + 2 * (size_t)index, 2 * (count - index));
    memmove(body + ends + 1, body + ends, 2 * (size_t)index);
    memmove(body + index + 1, body + index, count - index);
    block->count++;
    block->used_bytes = (uint16_t)(block->used_bytes + entry_bytes + 3);
    for (uint32_t i = (uint32_t)count; i > index; i--) {
        set_entry_end(block, i, entry_end(block, i) + entry_bytes);
    }
    set_entry_end(block, index, start + entry_bytes);
}

bool avo_block_insert(struct avo_block *block, size_t body_bytes, uint32_t index, const struct avo_item *item) {
    AVO_ASSERT(index <= block->count && item->tail.length == 0);
    struct avo_slice rest;
    if (block->count == 0 || !widths_hold(block, &item->record) || !rest_of(block, item->head, &rest)) {
        return false;
    }
    size_t entry_bytes = entry_fixed_bytes(block) + rest.length;
    if (block->used_bytes + entry_bytes + 3 > body_bytes) {
        return false;
    }
    make_gaps(block, index, entry_bytes);
    block->body[index] = item->fingerprint;
    uint8_t *entry = block->body + entries_offset(block) + entry_start(block, index);
    record_write(block, entry, &item->record);
    avo_copy(entry + entry_fixed_bytes(block), rest.length, rest);
    if (index == 0) {
        block->first_word = avo_key_word(item->head);
    }
    return true;
}
