#include "base/pool.h"
#include "base/assert.h"

#define POOL_TAKEN (UINT32_MAX - 1)

bool avo_pool_create(struct avo_pool *pool, struct avo_arena *arena, uint32_t count, size_t object_bytes) {
    AVO_ASSERT(count > 0 && count < POOL_TAKEN);
    struct avo_arena before = *arena;
    pool->objects = avo_arena_take(arena, count, object_bytes);
    pool->next_free = avo_arena_take(arena, count, sizeof *pool->next_free);
    if (pool->objects == NULL || pool->next_free == NULL) {
        *arena = before;
        return false;
    }
    pool->object_bytes = object_bytes;
    pool->count = count;
    pool->first_free = 0;
    pool->taken_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        pool->next_free[i] = i + 1 < count ? i + 1 : AVO_POOL_NONE;
    }
    return true;
}

uint32_t avo_pool_take(struct avo_pool *pool) {
    uint32_t index = pool->first_free;
    if (index != AVO_POOL_NONE) {
        pool->first_free = pool->next_free[index];
        pool->next_free[index] = POOL_TAKEN;
        pool->taken_count++;
    }
    return index;
}

void avo_pool_give(struct avo_pool *pool, uint32_t index) {
    AVO_ASSERT(avo_pool_is_taken(pool, index));
    pool->next_free[index] = pool->first_free;
    pool->first_free = index;
    pool->taken_count--;
}

void *avo_pool_at(const struct avo_pool *pool, uint32_t index) {
    AVO_ASSERT(index < pool->count);
    return pool->objects + (size_t)index * pool->object_bytes;
}

bool avo_pool_is_taken(const struct avo_pool *pool, uint32_t index) {
    return index < pool->count && pool->next_free[index] == POOL_TAKEN;
}
