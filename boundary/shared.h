/* Single accesses to memory that the other side may change at any time. Each call is exactly one load or store: the compiler can
 * neither split nor repeat it, so what was checked is what is used [B1]. */
#ifndef AVO_BOUNDARY_SHARED_H
#define AVO_BOUNDARY_SHARED_H

#include "base/bytes.h"
#include <string.h>

/* Acquire: what the other side wrote before its matching store is visible after this load. */
static inline uint64_t avo_shared_load(const uint8_t *at) {
    return __atomic_load_n((const uint64_t *)(const void *)at, __ATOMIC_ACQUIRE);
}

/* Release: what this side wrote before is visible to a side that loads the new value. */
static inline void avo_shared_store(uint8_t *at, uint64_t value) {
    __atomic_store_n((uint64_t *)(void *)at, value, __ATOMIC_RELEASE);
}

static inline uint32_t avo_shared_load_u32(const uint8_t *at) {
    return __atomic_load_n((const uint32_t *)(const void *)at, __ATOMIC_RELAXED);
}

static inline void avo_shared_store_u32(uint8_t *at, uint32_t value) {
    __atomic_store_n((uint32_t *)(void *)at, value, __ATOMIC_RELAXED);
}

/* Sequentially consistent exchange: of two sides that exchange the same word, one sees what the other wrote before its own. */
static inline uint32_t avo_shared_exchange_u32(uint8_t *at, uint32_t value) {
    return __atomic_exchange_n((uint32_t *)(void *)at, value, __ATOMIC_SEQ_CST);
}

/* Copies shared bytes to private memory in one pass. The barrier keeps the compiler from going back to the source later. */
static inline void avo_shared_copy_in(void *to, const uint8_t *from, size_t length) {
    if (length > 0) {
        memcpy(to, from, length);
    }
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static inline void avo_shared_copy_out(uint8_t *to, struct avo_slice bytes) {
    if (bytes.length > 0) {
        memcpy(to, bytes.data, bytes.length);
    }
}

#endif
