/* Where things are in a block's body: for block.c and block_code.c only. */
#ifndef AVO_STORE_BLOCK_LAYOUT_H
#define AVO_STORE_BLOCK_LAYOUT_H

#include "trusted/store/block.h"
#include <string.h>

static inline const uint8_t *entries_at(const struct avo_block *block) {
    return block->body + block->prefix_bytes;
}

/* What an entry takes besides itself: its place in the order, and its end where entries differ in length. */
static inline size_t column_bytes(const struct avo_block *block) {
    return block->entry_bytes == 0 ? 3 : 1;
}

/* All entries together. */
static inline size_t entries_bytes(const struct avo_block *block) {
    return block->used_bytes - block->prefix_bytes - block->count * column_bytes(block);
}

/* Where in the body the order begins. */
static inline size_t order_offset(const struct avo_block *block) {
    return (size_t)block->body_bytes - block->count;
}

static inline size_t end_offset(const struct avo_block *block, uint32_t slot) {
    return order_offset(block) - 2 * ((size_t)slot + 1);
}

/* Counted from the first entry's start. */
static inline size_t entry_end(const struct avo_block *block, uint32_t slot) {
    if (block->entry_bytes != 0) {
        return ((size_t)slot + 1) * block->entry_bytes;
    }
    uint16_t end;
    memcpy(&end, block->body + end_offset(block, slot), sizeof end);
    return end;
}

static inline void set_entry_end(struct avo_block *block, uint32_t slot, size_t end_bytes) {
    if (block->entry_bytes == 0) {
        uint16_t end = (uint16_t)end_bytes;
        memcpy(block->body + end_offset(block, slot), &end, sizeof end);
    }
}

static inline size_t entry_start(const struct avo_block *block, uint32_t slot) {
    return slot == 0 ? 0 : entry_end(block, slot - 1);
}

static inline size_t fixed_bytes(size_t writer_width, size_t clock_width, size_t rmw_width) {
    return 4 + AVO_TAG_BYTES + writer_width + clock_width + rmw_width;
}

/* An entry without its key. */
static inline size_t entry_fixed_bytes(const struct avo_block *block) {
    return fixed_bytes(block->writer_width, block->clock_width, block->rmw_width);
}

/* Bytes that a number needs; 0 for 0. */
static inline uint8_t width_of(uint64_t number) {
    return (uint8_t)(number == 0 ? 0 : (71 - __builtin_clzll(number)) / 8);
}

static inline uint64_t number_read(const uint8_t **at, size_t width) {
    uint64_t number = 0;
    memcpy(&number, *at, width);
    *at += width;
    return number;
}

static inline void number_write(uint8_t **at, size_t width, uint64_t number) {
    memcpy(*at, &number, width);
    *at += width;
}

static inline struct avo_record record_read(const struct avo_block *block, const uint8_t *at) {
    struct avo_record record;
    record.handle = (uint32_t)number_read(&at, 4);
    memcpy(record.tag, at, AVO_TAG_BYTES);
    at += AVO_TAG_BYTES;
    record.writer = (uint16_t)number_read(&at, block->writer_width);
    record.clock = block->clock_base + number_read(&at, block->clock_width);
    record.rmw = (uint32_t)number_read(&at, block->rmw_width);
    return record;
}

static inline void record_write(const struct avo_block *block, uint8_t *at, const struct avo_record *record) {
    number_write(&at, 4, record->handle);
    memcpy(at, record->tag, AVO_TAG_BYTES);
    at += AVO_TAG_BYTES;
    number_write(&at, block->writer_width, record->writer);
    number_write(&at, block->clock_width, record->clock - block->clock_base);
    number_write(&at, block->rmw_width, record->rmw);
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers in a block are the low bytes of a word");

#endif
