/* WRITE: round 2, write-back or repair. Body: u64 round, version 18, u8 tombstone, u16 key length, key, value (the rest). */
#ifndef AVO_WIRE_WRITE_H
#define AVO_WIRE_WRITE_H

#include "protocol/version.h"
#include <avocado/error.h>

struct avo_write {
    uint64_t round;
    struct avo_version version; /* never AVO_VERSION_NONE on the wire */
    bool tombstone;             /* then `value` is empty */
    struct avo_slice key;
    struct avo_slice value;
};

void avo_write_message_write(struct avo_writer *writer, const struct avo_write *write);
void avo_write_message_read(struct avo_reader *reader, struct avo_write *write);

#endif
