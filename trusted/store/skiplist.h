/* The skip list over blocks: finds the block a key belongs in, and walks the blocks in key order.
 * Pugh: "Skip Lists: A Probabilistic Alternative to Balanced Trees" (1990), p = 1/4; unrolled: a node is a block of many keys.
 * A block's place is decided by its first key; the first block also takes keys before its first.
 */
#ifndef AVO_STORE_SKIPLIST_H
#define AVO_STORE_SKIPLIST_H

#include "base/arena.h"
#include "base/random.h"
#include "trusted/store/block.h"

struct avo_skiplist {
    uint8_t *blocks; /* block_count of block_bytes */
    uint32_t block_bytes;
    uint32_t block_count;
    uint32_t taken_count; /* blocks are taken in order; giving one back comes with the reclaiming of tombstones */
    uint32_t head[AVO_BLOCK_LEVELS];
    uint64_t height_state; /* xorshift: which heights blocks get, unknown to clients */
};

/* False when `block_count` > 0 blocks of `block_bytes` (a multiple of 64) do not fit the arena. */
AVO_MUST_USE bool avo_skiplist_create(struct avo_skiplist *list, struct avo_arena *arena, uint32_t block_bytes,
                                      uint32_t block_count, struct avo_random *random);
struct avo_block *avo_skiplist_at(const struct avo_skiplist *list, uint32_t id);
size_t avo_skiplist_body_bytes(const struct avo_skiplist *list);
uint32_t avo_skiplist_left_count(const struct avo_skiplist *list);

/* The last block whose first key is not after `key`, else the first block; AVO_BLOCK_NONE when there is no block. */
uint32_t avo_skiplist_find(const struct avo_skiplist *list, struct avo_slice key);
/* The first block in key order; AVO_BLOCK_NONE when there is none. */
uint32_t avo_skiplist_first(const struct avo_skiplist *list);

/* Takes an unused block, with a height, not yet linked; asserts that one is left. */
uint32_t avo_skiplist_take(struct avo_skiplist *list);
/* Links a block that has its content at the place of its first key. */
void avo_skiplist_link(struct avo_skiplist *list, uint32_t id);

#endif
