/* malloc for programs outside the trust domain that cannot go on without it. */
#ifndef AVO_CHECKER_MEMORY_H
#define AVO_CHECKER_MEMORY_H

#include "base/assert.h"
#include <stdlib.h>

/* `count` elements of `element_bytes` where `old` (may be NULL) was; never NULL. The caller frees it. */
static inline void *avo_memory_resize(void *old, size_t count, size_t element_bytes) {
    void *memory = reallocarray(old, count > 0 ? count : 1, element_bytes);
    AVO_ASSERT(memory != NULL);
    return memory;
}

/* As avo_memory_resize of nothing, zeroed. */
static inline void *avo_memory_zeroed(size_t count, size_t element_bytes) {
    void *memory = calloc(count > 0 ? count : 1, element_bytes);
    AVO_ASSERT(memory != NULL);
    return memory;
}

#endif
