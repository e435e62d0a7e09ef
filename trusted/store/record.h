/* What the index keeps of a key, and where. */
#ifndef AVO_STORE_RECORD_H
#define AVO_STORE_RECORD_H

#include "base/bytes.h"
#include "base/limits.h"

/* Of a key, besides the key. `writer` is interned (trusted/store/writers.h). */
struct avo_record {
    uint64_t clock;
    uint32_t handle;
    uint32_t rmw;
    uint16_t writer;
    uint8_t tag[AVO_TAG_BYTES];
};

/* Where an entry is. Good until the next insert or update. */
struct avo_place {
    uint32_t block;
    uint32_t slot;
};

#endif
