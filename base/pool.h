/* A pool of equal objects with a free list: taken and given back in O(1), never grown. */
#ifndef AVO_BASE_POOL_H
#define AVO_BASE_POOL_H

#include "base/arena.h"
#include <stdbool.h>

#define AVO_POOL_NONE UINT32_MAX

struct avo_pool {
    uint8_t *objects;
    uint32_t *next_free; /* AVO_POOL_NONE ends the list; a mark of its own for an object in use */
    size_t object_bytes;
    uint32_t count;
    uint32_t first_free;
    uint32_t taken_count;
};

/* A pool of `count` zeroed objects carved from `arena`; false when they do not fit. */
AVO_MUST_USE bool avo_pool_create(struct avo_pool *pool, struct avo_arena *arena, uint32_t count, size_t object_bytes);
/* The index of an object, contents as its last user left them; AVO_POOL_NONE when all are taken. */
uint32_t avo_pool_take(struct avo_pool *pool);
/* Gives object `index` back; asserts that it was taken. */
void avo_pool_give(struct avo_pool *pool, uint32_t index);
/* The object; asserts that `index` is in the pool. */
void *avo_pool_at(const struct avo_pool *pool, uint32_t index);
bool avo_pool_is_taken(const struct avo_pool *pool, uint32_t index);

#endif
