/* Reading a block, and changing it in place. */
#include "trusted/store/block.h"
#include "base/assert.h"
#include "trusted/store/block_layout.h"

#define SLOT_MAX_COUNT 256 /* what a byte of the order can name */

_Static_assert(sizeof(struct avo_block) == AVO_BLOCK_HEADER_BYTES, "a block's header is one cache line");
_Static_assert(AVO_BLOCK_MAX_BYTES / AVO_BLOCK_ENTRY_MIN_BYTES < SLOT_MAX_COUNT, "the order can name every slot");
_Static_assert(AVO_BLOCK_ENTRY_MIN_BYTES - 1 >= AVO_BLOCK_UNIT_BYTES, "no two entries begin in one unit");

uint64_t avo_key_word(struct avo_slice key) {
    uint64_t word = 0;
    avo_copy((uint8_t *)&word, sizeof word, avo_slice_part(key, 0, key.length < sizeof word ? key.length : sizeof word));
    return __builtin_bswap64(word);
}

uint32_t avo_block_unit(const struct avo_block *block, uint32_t slot) {
    size_t offset = AVO_BLOCK_HEADER_BYTES + block->prefix_bytes + entry_start(block, slot);
    return (uint32_t)(offset / AVO_BLOCK_UNIT_BYTES);
}

bool avo_block_slot_in_unit(const struct avo_block *block, uint32_t unit, uint32_t *slot) {
    size_t unit_end = ((size_t)unit + 1) * AVO_BLOCK_UNIT_BYTES, first = AVO_BLOCK_HEADER_BYTES + (size_t)block->prefix_bytes;
    if (unit_end <= first) {
        return false;
    }
    size_t limit = unit_end - first - 1; /* the entry begins here or shortly before */
    uint32_t low = 0, high = block->count;
    if (block->entry_bytes != 0) {
        low = (uint32_t)(limit / block->entry_bytes);
        high = low + 1;
    }
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (entry_start(block, middle) <= limit) {
            low = middle;
        } else {
            high = middle;
        }
    }
    *slot = low;
    return low < block->count && avo_block_unit(block, low) == unit;
}

uint32_t avo_block_slot(const struct avo_block *block, uint32_t index) {
    AVO_ASSERT(index < block->count);
    return block->body[order_offset(block) + index];
}

uint32_t avo_block_index(const struct avo_block *block, uint32_t slot) {
    const uint8_t *order = block->body + order_offset(block);
    const uint8_t *at = memchr(order, (int)slot, block->count);
    AVO_ASSERT(at != NULL);
    return (uint32_t)(at - order);
}

/* The part of the slot's key behind the block's prefix. */
static struct avo_slice suffix_at(const struct avo_block *block, uint32_t slot) {
    size_t start = entry_start(block, slot) + entry_fixed_bytes(block);
    return avo_slice(entries_at(block) + start, entry_end(block, slot) - start);
}

/* The order of the block's prefix and what `key` begins with; 0 also when the key is a proper part of the prefix. */
static int compare_prefix(const struct avo_block *block, struct avo_slice key) {
    size_t common = key.length < block->prefix_bytes ? key.length : block->prefix_bytes;
    return common == 0 ? 0 : memcmp(block->body, key.data, common);
}

int avo_block_compare(const struct avo_block *block, uint32_t slot, struct avo_slice key) {
    int order = compare_prefix(block, key);
    if (order != 0) {
        return order;
    }
    if (key.length < block->prefix_bytes) {
        return 1;
    }
    return avo_slice_compare(suffix_at(block, slot), avo_slice_part(key, block->prefix_bytes, key.length - block->prefix_bytes));
}

/* Whether `key` begins with the block's prefix. A short prefix is compared within the header: one cache line less. */
static bool has_prefix(const struct avo_block *block, struct avo_slice key) {
    size_t bytes = block->prefix_bytes;
    if (key.length < bytes) {
        return false;
    }
    if (bytes > sizeof block->first_word) {
        return memcmp(block->body, key.data, bytes) == 0;
    }
    return bytes == 0 || (avo_key_word(key) ^ block->first_word) >> (64 - 8 * bytes) == 0;
}

bool avo_block_is(const struct avo_block *block, uint32_t slot, struct avo_slice key) {
    return has_prefix(block, key) &&
           avo_slice_equal(suffix_at(block, slot), avo_slice_part(key, block->prefix_bytes, key.length - block->prefix_bytes));
}

uint32_t avo_block_lower_bound(const struct avo_block *block, struct avo_slice key) {
    uint32_t low = 0, high = block->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (avo_block_compare(block, avo_block_slot(block, middle), key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t avo_block_key(const struct avo_block *block, uint32_t slot, uint8_t *to) {
    struct avo_slice suffix = suffix_at(block, slot);
    avo_copy(to, AVO_KEY_MAX_BYTES, avo_slice(block->body, block->prefix_bytes));
    avo_copy(to + block->prefix_bytes, AVO_KEY_MAX_BYTES - (size_t)block->prefix_bytes, suffix);
    return block->prefix_bytes + suffix.length;
}

struct avo_record avo_block_record(const struct avo_block *block, uint32_t slot) {
    return record_read(block, entries_at(block) + entry_start(block, slot));
}

static bool widths_hold(const struct avo_block *block, const struct avo_record *record) {
    return record->clock >= block->clock_base && width_of(record->clock - block->clock_base) <= block->clock_width &&
           width_of(record->writer) <= block->writer_width && width_of(record->rmw) <= block->rmw_width;
}

bool avo_block_set(struct avo_block *block, uint32_t slot, const struct avo_record *record) {
    if (!widths_hold(block, record)) {
        return false;
    }
    record_write(block, block->body + block->prefix_bytes + entry_start(block, slot), record);
    return true;
}

/* The columns at the back grow by one place for the entry in slot `count`, whose end is `end_bytes`. */
static void columns_grow(struct avo_block *block, uint32_t index, size_t end_bytes) {
    uint8_t *order = block->body + order_offset(block);
    uint32_t slot = block->count;
    if (block->entry_bytes == 0) {
        size_t ends_bytes = 2 * (size_t)slot;
        memmove(order - ends_bytes - 1, order - ends_bytes, ends_bytes);
    }
    memmove(order - 1, order, index);
    order[(ptrdiff_t)index - 1] = (uint8_t)slot;
    block->count++;
    set_entry_end(block, slot, end_bytes);
}

bool avo_block_insert(struct avo_block *block, uint32_t index, const struct avo_item *item) {
    AVO_ASSERT(index <= block->count && item->tail.length == 0);
    struct avo_slice key = item->head;
    if (block->count == 0 || !widths_hold(block, &item->record) || !has_prefix(block, key)) {
        return false;
    }
    struct avo_slice rest = avo_slice_part(key, block->prefix_bytes, key.length - block->prefix_bytes);
    size_t entry_bytes = entry_fixed_bytes(block) + rest.length, end_bytes = entries_bytes(block) + entry_bytes;
    bool fits = block->used_bytes + entry_bytes + column_bytes(block) <= block->body_bytes && block->count < SLOT_MAX_COUNT;
    if (!fits || (block->entry_bytes != 0 && block->entry_bytes != entry_bytes)) {
        return false;
    }
    uint8_t *entry = block->body + block->prefix_bytes + entries_bytes(block);
    block->used_bytes = (uint16_t)(block->used_bytes + entry_bytes + column_bytes(block));
    columns_grow(block, index, end_bytes);
    record_write(block, entry, &item->record);
    avo_copy(entry + entry_fixed_bytes(block), rest.length, rest);
    if (index == 0) {
        block->first_word = avo_key_word(key);
    }
    return true;
}
