#include "base/arena.h"
#include "base/assert.h"
#if AVO_ARENA_RED_ZONE_BYTES > 0
#include <sanitizer/asan_interface.h>
#define FORBID(memory, bytes) ASAN_POISON_MEMORY_REGION(memory, bytes)
#define ALLOW(memory, bytes) ASAN_UNPOISON_MEMORY_REGION(memory, bytes)
#else
#define FORBID(memory, bytes) ((void)(memory), (void)(bytes))
#define ALLOW(memory, bytes) ((void)(memory), (void)(bytes))
#endif

struct avo_arena avo_arena(void *memory, size_t capacity_bytes) {
    AVO_ASSERT((uintptr_t)memory % AVO_CACHE_LINE_BYTES == 0);
    FORBID(memory, capacity_bytes);
    return (struct avo_arena){memory, 0, capacity_bytes};
}

size_t avo_arena_block_bytes(size_t bytes) {
    return (bytes + AVO_CACHE_LINE_BYTES - 1) / AVO_CACHE_LINE_BYTES * AVO_CACHE_LINE_BYTES + AVO_ARENA_RED_ZONE_BYTES;
}

void *avo_arena_take(struct avo_arena *arena, size_t count, size_t size_bytes) {
    AVO_ASSERT(size_bytes > 0);
    if (count > avo_arena_left_bytes(arena) / size_bytes) {
        return NULL;
    }
    void *taken = arena->memory + arena->used_bytes;
    ALLOW(taken, count * size_bytes);
    size_t used_bytes = arena->used_bytes + avo_arena_block_bytes(count * size_bytes);
    arena->used_bytes = used_bytes < arena->capacity_bytes ? used_bytes : arena->capacity_bytes;
    return taken;
}

size_t avo_arena_left_bytes(const struct avo_arena *arena) {
    return arena->capacity_bytes - arena->used_bytes;
}

void avo_arena_end(void *memory, size_t capacity_bytes) {
    ALLOW(memory, capacity_bytes);
}
