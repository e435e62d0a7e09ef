/* One block of the unrolled skip list: a run of neighbouring keys, compressed [DESIGN 9].
 *
 * Body, in columns, so that a lookup touches few cache lines:
 *   fingerprints  1 byte an entry, from the key's hash: which entries can be the key
 *   ends          u16 an entry: where it ends, counted from the first entry's start
 *   prefix        what all keys of the block begin with
 *   entries       handle u32, tag 16, writer, clock - clock_base, rmw (as many bytes as the block's widths say), rest of the key
 * All of it is enclave memory that only this file reads and writes.
 */
#ifndef AVO_STORE_BLOCK_H
#define AVO_STORE_BLOCK_H

#include "base/bytes.h"
#include "protocol/limits.h"

#define AVO_BLOCK_LEVELS 8
#define AVO_BLOCK_NONE UINT32_MAX
#define AVO_BLOCK_HEADER_BYTES 64
/* An entry takes at least this much of a body: fingerprint, end, handle, tag and one byte of writer. */
#define AVO_BLOCK_ENTRY_MIN_BYTES (1 + 2 + 4 + AVO_TAG_BYTES + 1)

struct avo_block {
    uint32_t next[AVO_BLOCK_LEVELS]; /* the skip list's; the first `height` are in use */
    uint64_t first_word;             /* the first key's first 8 bytes, big-endian, zero-padded: most searches need no more */
    uint64_t clock_base;
    uint32_t previous;
    uint16_t count;
    uint16_t used_bytes; /* of the body */
    uint16_t prefix_bytes;
    uint8_t height;
    uint8_t clock_width;
    uint8_t writer_width;
    uint8_t rmw_width;
    uint16_t zero;
    uint8_t body[];
};

/* What the index keeps of a key besides the key. `writer` is interned (trusted/store/writers.h). */
struct avo_record {
    uint64_t clock;
    uint32_t handle;
    uint32_t rmw;
    uint16_t writer;
    uint8_t tag[AVO_TAG_BYTES];
};

/* An entry taken out of a block, its key in two borrowed parts. */
struct avo_item {
    struct avo_slice head; /* the block's prefix, or the whole key of a new entry */
    struct avo_slice tail;
    struct avo_record record;
    uint32_t block; /* where it was; AVO_BLOCK_NONE: a new entry */
    uint8_t fingerprint;
};

/* How large a body would be: items are added in key order. Never shrinks when an item is added. */
struct avo_measure {
    size_t count;
    size_t key_bytes;
    size_t prefix_bytes;
    uint64_t clock_min;
    uint64_t clock_max;
    uint32_t writer_max;
    uint32_t rmw_max;
};

/* The first 8 bytes of a key as a number that orders as the keys do, as far as it goes. */
uint64_t avo_key_word(struct avo_slice key);

/* Finds `key` by its fingerprint; false when it is not in the block. */
bool avo_block_find(const struct avo_block *block, struct avo_slice key, uint8_t fingerprint, uint32_t *index);
/* The first entry that is not before `key`; block->count when all are. */
uint32_t avo_block_lower_bound(const struct avo_block *block, struct avo_slice key);
/* The order of the entry's key and `key`, as avo_slice_compare. */
int avo_block_compare(const struct avo_block *block, uint32_t index, struct avo_slice key);
/* Copies the entry's key to `to` (AVO_KEY_MAX_BYTES); returns its length. */
size_t avo_block_key(const struct avo_block *block, uint32_t index, uint8_t *to);
struct avo_record avo_block_record(const struct avo_block *block, uint32_t index);

/* Overwrites an entry's record in place; false, and nothing changed, when the block's widths do not hold it. */
AVO_MUST_USE bool avo_block_set(struct avo_block *block, uint32_t index, const struct avo_record *record);
/* Puts a new entry at `index` (its lower bound) in place; false, and nothing changed, when widths, prefix or room do not allow. */
AVO_MUST_USE bool avo_block_insert(struct avo_block *block, size_t body_bytes, uint32_t index, const struct avo_item *item);

/* Takes all entries of block `id` out to `items`; returns how many. Their keys are borrowed from the block. */
size_t avo_block_decode(const struct avo_block *block, uint32_t id, struct avo_item *items);
/* Writes `count` > 0 items in key order as the block's whole content. The skip list's fields stay. */
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
