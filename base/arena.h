/* All memory of a trusted part comes from one budget, carved at start and never given back [B5]. */
#ifndef AVO_BASE_ARENA_H
#define AVO_BASE_ARENA_H

#include "base/compiler.h"
#include <stddef.h>
#include <stdint.h>

/* Under AddressSanitizer what an arena did not hand out may not be touched, and something of it lies behind every block: so a step
 * beyond a block's end is seen. Everywhere else a block costs its own lines and nothing more. */
#if defined(__SANITIZE_ADDRESS__)
#define AVO_ARENA_RED_ZONE_BYTES AVO_CACHE_LINE_BYTES
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define AVO_ARENA_RED_ZONE_BYTES AVO_CACHE_LINE_BYTES
#endif
#endif
#ifndef AVO_ARENA_RED_ZONE_BYTES
#define AVO_ARENA_RED_ZONE_BYTES 0
#endif

struct avo_arena {
    uint8_t *memory;
    size_t used_bytes;
    size_t capacity_bytes;
};

/* An arena over `capacity_bytes` at `memory`, which must be zeroed and stays the caller's. */
struct avo_arena avo_arena(void *memory, size_t capacity_bytes);

/* The memory of an arena is its lender's again, to be unmapped or used for something else. */
void avo_arena_end(void *memory, size_t capacity_bytes);

/* What a block of `bytes` takes of an arena that has more after it. */
size_t avo_arena_block_bytes(size_t bytes);

/* `count` zeroed objects of `size_bytes`, aligned to a cache line; NULL when they do not fit (nothing is taken then). */
void *avo_arena_take(struct avo_arena *arena, size_t count, size_t size_bytes);

/* Bytes that a following avo_arena_take of one block can still have. */
size_t avo_arena_left_bytes(const struct avo_arena *arena);

#endif
