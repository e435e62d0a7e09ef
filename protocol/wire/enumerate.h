/* ENUMERATE: asks which entries a bucket has. Body: u64 round, u16 bucket, u32 cursor, u16 most. */
#ifndef AVO_WIRE_ENUMERATE_H
#define AVO_WIRE_ENUMERATE_H

#include "base/cursor.h"
#include <avocado/error.h>

struct avo_enumerate {
    uint64_t round; /* the asker's name for the question; echoed */
    uint16_t bucket;
    uint32_t cursor; /* 0: from the beginning; else what stands behind an entry of a LISTING of the same bucket */
    uint16_t most;   /* entries that it takes: 1 or more */
};

void avo_enumerate_write(struct avo_writer *writer, const struct avo_enumerate *enumerate);
void avo_enumerate_read(struct avo_reader *reader, struct avo_enumerate *enumerate);

#endif
