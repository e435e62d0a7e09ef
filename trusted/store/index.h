/* The ordered map from keys to records: a hash to find a key at once, over the skip list of blocks that holds it [DESIGN 9].
 *
 * Blocks are kept full in the way of a B*-tree: a block that overflows first shares its entries with both its neighbours; only
 * when all three are nearly full do they become four.
 */
#ifndef AVO_STORE_INDEX_H
#define AVO_STORE_INDEX_H

#include "trusted/store/hash.h"
#include "trusted/store/skiplist.h"
#include <avocado/error.h>

#define AVO_BLOCK_BYTES AVO_BLOCK_MAX_BYTES
#define AVO_INDEX_WINDOW 3           /* a block and its neighbours */
#define AVO_INDEX_PARTS_MAX 5        /* what they may become: see rebalance.c */
#define AVO_INDEX_BYTES_PER_PLACE 52 /* budget per place in the hash: a 16-byte key with its share of a block and the hash */

struct avo_index {
    struct avo_hash hash;
    struct avo_skiplist list;
    uint32_t kept_count;        /* blocks that new keys leave to the growth of old ones */
    uint64_t blocks_used_bytes; /* bytes in use of all blocks' bodies: how full they are */
};

/* The hash's reference to an entry: its block, and the unit of the block in which it begins. */
#define AVO_REFERENCE_UNIT_BITS 8
#define AVO_INDEX_BLOCK_MAX_COUNT (1U << (32 - AVO_REFERENCE_UNIT_BITS))
static inline uint32_t avo_reference(uint32_t block, uint32_t unit) {
    return block << AVO_REFERENCE_UNIT_BITS | unit;
}

/* Memory for moving entries between blocks, borrowed for one call. */
struct avo_scratch {
    uint8_t *data; /* 64-byte aligned */
    size_t length;
};

/* What a scratch must have for blocks of `block_bytes`. */
size_t avo_index_scratch_bytes(uint32_t block_bytes);
/* Takes nearly all that `arena` has left; false when that does not hold one block. */
AVO_MUST_USE bool avo_index_create(struct avo_index *index, struct avo_arena *arena, uint32_t block_bytes,
                                   struct avo_random *random);

/* Where `key`, whose hash is `key_hash`, is; false when it is not there. */
bool avo_index_find(const struct avo_index *index, struct avo_slice key, uint64_t key_hash, struct avo_place *place);
/* As avo_hash_walk: where entries are. */
bool avo_index_walk(const struct avo_index *index, uint64_t first, uint64_t last, uint32_t *cursor, struct avo_place *place);
/* The first entry at or after `key`; false at the end. */
bool avo_index_seek(const struct avo_index *index, struct avo_slice key, struct avo_place *place);
/* Fetches the key's line of the hash; when that is there, what it refers to. */
void avo_index_prefetch(const struct avo_index *index, struct avo_slice key);
void avo_index_prefetch_entry(const struct avo_index *index, struct avo_slice key);

/* The block of a place, for avo_block_record and avo_block_key. */
const struct avo_block *avo_index_block(const struct avo_index *index, struct avo_place place);

/* Adds a key that is not there; AVO_EFULL: no room, nothing changed. A few blocks are left to updates. */
AVO_MUST_USE enum avo_error avo_index_insert(struct avo_index *index, struct avo_slice key, const struct avo_record *record,
                                             struct avo_scratch scratch);
/* Replaces the record at `place`, whose key is `key`; AVO_EFULL: its block has no room to grow, nothing changed. Never fails
 * when only handle or tag differ from what is there. */
AVO_MUST_USE enum avo_error avo_index_update(struct avo_index *index, struct avo_place place, struct avo_slice key,
                                             const struct avo_record *record, struct avo_scratch scratch);

/* True when an update of `place` will find room whatever its version: one block more is always enough, for the keys stay. */
bool avo_index_can_update(const struct avo_index *index, struct avo_place place);

/* Entries that may still be added, however short; blocks not yet taken. */
uint32_t avo_index_places_left(const struct avo_index *index);
uint32_t avo_index_blocks_left(const struct avo_index *index);
/* Enclave memory that no further key can have: all of it when there is no place or no block left, whichever ends first. Short keys
 * that begin alike take the places before the blocks. */
uint64_t avo_index_used_bytes(const struct avo_index *index);

#endif
