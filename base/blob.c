#include "base/blob.h"
#include "base/assert.h"

/* A blob's name is its class and its index in the class's pool. */
#define CLASS_SHIFT 28
#define INDEX_MASK ((1U << CLASS_SHIFT) - 1)

bool avo_blobs_create(struct avo_blobs *blobs, struct avo_arena *arena, const struct avo_blobs_config *config) {
    struct avo_arena before = *arena;
    for (uint32_t i = 0; i < AVO_BLOB_CLASS_COUNT; i++) {
        AVO_ASSERT(config->count[i] <= INDEX_MASK);
        if (config->count[i] == 0) {
            blobs->classes[i] = (struct avo_pool){.first_free = AVO_POOL_NONE};
            continue;
        }
        AVO_ASSERT(i == 0 || config->bytes[i] > config->bytes[i - 1]);
        if (!avo_pool_create(&blobs->classes[i], arena, config->count[i], config->bytes[i])) {
            *arena = before;
            return false;
        }
    }
    return true;
}

uint32_t avo_blob_take(struct avo_blobs *blobs, size_t bytes) {
    for (uint32_t i = 0; i < AVO_BLOB_CLASS_COUNT; i++) {
        if (blobs->classes[i].object_bytes < bytes) {
            continue;
        }
        uint32_t index = avo_pool_take(&blobs->classes[i]);
        if (index != AVO_POOL_NONE) {
            return i << CLASS_SHIFT | index;
        }
    }
    return AVO_BLOB_NONE;
}

uint32_t avo_blob_class(uint32_t blob) {
    return blob >> CLASS_SHIFT;
}

uint32_t avo_blob_class_for(const struct avo_blobs *blobs, size_t bytes) {
    for (uint32_t i = 0; i < AVO_BLOB_CLASS_COUNT; i++) {
        if (blobs->classes[i].object_bytes >= bytes) {
            return i;
        }
    }
    return AVO_BLOB_CLASS_COUNT;
}

uint32_t avo_blob_free_count(const struct avo_blobs *blobs, size_t bytes) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < AVO_BLOB_CLASS_COUNT; i++) {
        const struct avo_pool *pool = &blobs->classes[i];
        count += pool->object_bytes >= bytes ? pool->count - pool->taken_count : 0;
    }
    return count;
}

void avo_blob_give(struct avo_blobs *blobs, uint32_t blob) {
    if (blob != AVO_BLOB_NONE) {
        avo_pool_give(&blobs->classes[blob >> CLASS_SHIFT], blob & INDEX_MASK);
    }
}

struct avo_buffer avo_blob_buffer(const struct avo_blobs *blobs, uint32_t blob) {
    const struct avo_pool *pool = &blobs->classes[blob >> CLASS_SHIFT];
    return (struct avo_buffer){avo_pool_at(pool, blob & INDEX_MASK), 0, pool->object_bytes};
}
