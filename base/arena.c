#include "base/arena.h"
#include "base/assert.h"

struct avo_arena avo_arena(void *memory, size_t capacity_bytes) {
    AVO_ASSERT((uintptr_t)memory % AVO_CACHE_LINE_BYTES == 0);
    return (struct avo_arena){memory, 0, capacity_bytes};
}

static size_t round_up(size_t bytes) {
    return (bytes + AVO_CACHE_LINE_BYTES - 1) / AVO_CACHE_LINE_BYTES * AVO_CACHE_LINE_BYTES;
}

void *avo_arena_take(struct avo_arena *arena, size_t count, size_t size_bytes) {
    AVO_ASSERT(size_bytes > 0);
    if (count > avo_arena_left_bytes(arena) / size_bytes) {
        return NULL;
    }
    void *taken = arena->memory + arena->used_bytes;
    size_t used_bytes = arena->used_bytes + round_up(count * size_bytes);
    arena->used_bytes = used_bytes < arena->capacity_bytes ? used_bytes : arena->capacity_bytes;
    return taken;
}

size_t avo_arena_left_bytes(const struct avo_arena *arena) {
    return arena->capacity_bytes - arena->used_bytes;
}
