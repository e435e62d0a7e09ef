/* One block of the unrolled skip list: a run of neighbouring keys, compressed [DESIGN 9].
 *
 *
 *   header 64 | prefix | slot 0 | slot 1 | slot 2 | ...    free    ... | end 2 | end 1 | end 0 | 2 | 0 | 1 |
 *             '------- entries, in the order they came --->             <-- u16 each -------'  '- u8 each -'
 *                                                                         where a slot ends     key order
 *   entry     | handle u32 | tag 16 | writer | clock - clock_base | rmw | rest of the key |
 *                                     '--- as many bytes as the block's widths say ---'
 *
 * Body: what all keys begin with (the prefix), then the entries in slots, in the order they came; from the back, the slots in key
 * order (u8 each), and before that, if the entries differ in length, where each slot ends (u16, the first slot's last). So an entry
 * stays where it is until its block is written again, and the hash can name the very cache line.
 * An entry: handle u32, tag 16, writer, clock - clock_base, rmw (as many bytes as the block's widths say), rest of the key.
 * All of it is enclave memory that only this file's functions read and write.
 */
#ifndef AVO_STORE_BLOCK_H
#define AVO_STORE_BLOCK_H

#include "trusted/store/record.h"

#define AVO_BLOCK_LEVELS 7
#define AVO_BLOCK_NONE UINT32_MAX
#define AVO_BLOCK_HEADER_BYTES 64
#define AVO_BLOCK_MAX_BYTES 4096
#define AVO_BLOCK_UNIT_BYTES 16 /* no two entries begin in the same unit of a block */
/* An entry takes at least this much of a body: its place in the order, handle, tag and one byte of writer. */
#define AVO_BLOCK_ENTRY_MIN_BYTES (1 + 4 + AVO_TAG_BYTES + 1)

struct avo_block {
    uint32_t next[AVO_BLOCK_LEVELS]; /* the skip list's; the first `height` are in use */
    uint32_t previous;
    uint64_t first_word; /* the first key's first 8 bytes, big-endian, zero-padded: most searches need no more */
    uint64_t clock_base;
    uint16_t body_bytes;
    uint16_t used_bytes; /* of the body */
    uint16_t prefix_bytes;
    uint16_t entry_bytes; /* 0: entries differ in length */
    uint16_t count;
    uint8_t height;
    uint8_t clock_width;
    uint8_t writer_width;
    uint8_t rmw_width;
    uint8_t zero[2];
    uint8_t body[];
};

/* An entry taken out of a block, its key in two borrowed parts. */
struct avo_item {
    struct avo_slice head; /* the block's prefix, or the whole key of a new entry */
    struct avo_slice tail;
    struct avo_record record;
    uint64_t hash;  /* the caller's */
    uint32_t block; /* where it was; AVO_BLOCK_NONE: a new entry */
    uint32_t unit;
};

/* How large a body would be: items are added in key order. Never shrinks when an item is added. */
struct avo_measure {
    size_t count;
    size_t key_bytes;
    size_t first_key_bytes;
    size_t prefix_bytes;
    uint64_t clock_min;
    uint64_t clock_max;
    uint32_t writer_max;
    uint32_t rmw_max;
    bool mixed; /* keys differ in length */
};

/* The first 8 bytes of a key as a number that orders as the keys do, as far as it goes. */
uint64_t avo_key_word(struct avo_slice key);

/* The unit in which a slot's entry begins, counted from the block's start, and the slot that begins in a unit: false when none. */
uint32_t avo_block_unit(const struct avo_block *block, uint32_t slot);
bool avo_block_slot_in_unit(const struct avo_block *block, uint32_t unit, uint32_t *slot);
/* The slot of the index-th key, and the index of a slot. */
uint32_t avo_block_slot(const struct avo_block *block, uint32_t index);
uint32_t avo_block_index(const struct avo_block *block, uint32_t slot);
/* The index of the first key that is not before `key`; block->count when all are. */
uint32_t avo_block_lower_bound(const struct avo_block *block, struct avo_slice key);
/* The order of the slot's key and `key`, as avo_slice_compare; whether they are equal. */
int avo_block_compare(const struct avo_block *block, uint32_t slot, struct avo_slice key);
bool avo_block_is(const struct avo_block *block, uint32_t slot, struct avo_slice key);
/* Copies the slot's key to `to` (AVO_KEY_MAX_BYTES); returns its length. */
size_t avo_block_key(const struct avo_block *block, uint32_t slot, uint8_t *to);
struct avo_record avo_block_record(const struct avo_block *block, uint32_t slot);

/* Overwrites a slot's record in place; false, and nothing changed, when the block's widths do not hold it. */
AVO_MUST_USE bool avo_block_set(struct avo_block *block, uint32_t slot, const struct avo_record *record);
/* Puts a new entry as the index-th (its lower bound) into slot block->count; false, and nothing changed, when widths, prefix,
 * lengths or room do not allow. */
AVO_MUST_USE bool avo_block_insert(struct avo_block *block, uint32_t index, const struct avo_item *item);

/* Takes all entries of block `id` out to `items` in key order; returns how many. Their keys are borrowed from the block. */
size_t avo_block_decode(const struct avo_block *block, uint32_t id, struct avo_item *items);
/* Writes `count` > 0 items in key order as the block's whole content: the i-th item into slot i. body_bytes and the skip list's
 * fields stay. */
void avo_block_encode(struct avo_block *block, const struct avo_item *items, size_t count);

size_t avo_item_key_bytes(const struct avo_item *item);
/* Copies the item's key to `to` (AVO_KEY_MAX_BYTES); returns its length. */
size_t avo_item_key(const struct avo_item *item, uint8_t *to);
/* How many bytes the keys of two items begin with in common. */
size_t avo_item_common(const struct avo_item *a, const struct avo_item *b);

/* Adds `item`; `common` = bytes in common with the item added before (ignored for the first). */
void avo_measure_add(struct avo_measure *measure, const struct avo_item *item, size_t common);
size_t avo_measure_bytes(const struct avo_measure *measure);

#endif
