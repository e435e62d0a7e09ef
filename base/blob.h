/* Buffers for values and large messages, in a few sizes, from one arena [B5]. Taken for an operation or a transfer, given back
 * after. */
#ifndef AVO_BASE_BLOB_H
#define AVO_BASE_BLOB_H

#include "base/bytes.h"
#include "base/pool.h"

#define AVO_BLOB_CLASS_COUNT 4
#define AVO_BLOB_NONE UINT32_MAX

struct avo_blobs {
    struct avo_pool classes[AVO_BLOB_CLASS_COUNT];
};

struct avo_blobs_config {
    uint32_t count[AVO_BLOB_CLASS_COUNT]; /* 0: there is no such class, nor any after it */
    size_t bytes[AVO_BLOB_CLASS_COUNT];   /* ascending; the last with a count is the largest blob */
};

/* False when the arena is too small; nothing is taken from it then. */
AVO_MUST_USE bool avo_blobs_create(struct avo_blobs *blobs, struct avo_arena *arena, const struct avo_blobs_config *config);
/* A blob of at least `bytes` from the smallest class that fits and has one left; AVO_BLOB_NONE when there is none. */
uint32_t avo_blob_take(struct avo_blobs *blobs, size_t bytes);
/* Its class; the smallest class with blobs of at least `bytes` (AVO_BLOB_CLASS_COUNT: none). */
uint32_t avo_blob_class(uint32_t blob);
uint32_t avo_blob_class_for(const struct avo_blobs *blobs, size_t bytes);
/* How many more blobs of at least `bytes` it would give. */
uint32_t avo_blob_free_count(const struct avo_blobs *blobs, size_t bytes);
/* Gives it back; AVO_BLOB_NONE: nothing. */
void avo_blob_give(struct avo_blobs *blobs, uint32_t blob);
/* Its memory as an empty buffer (length 0). */
struct avo_buffer avo_blob_buffer(const struct avo_blobs *blobs, uint32_t blob);

#endif
