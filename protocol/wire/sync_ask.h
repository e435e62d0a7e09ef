/* SYNC_ASK: a replica that pulls the key space asks a source for the next piece [V5]. Body: u64 round, u8 part, u8 want, u32 bytes,
 * the key after which it goes on (the rest; empty: from the beginning). */
#ifndef AVO_WIRE_SYNC_ASK_H
#define AVO_WIRE_SYNC_ASK_H

#include "base/cursor.h"

enum avo_sync_part {
    AVO_SYNC_ENTRIES = 1, /* keys with their versions; the only part so far */
};

enum avo_sync_want {
    AVO_SYNC_VERSIONS = 1, /* what each key's entry is, without values */
    AVO_SYNC_VALUES = 2,   /* with values */
};

struct avo_sync_ask {
    uint64_t round; /* echoed */
    uint8_t part;   /* enum avo_sync_part */
    uint8_t want;   /* enum avo_sync_want */
    uint32_t bytes; /* of entries; a piece may be a little longer, and one with a single entry as long as that is */
    struct avo_slice after;
};

void avo_sync_ask_write(struct avo_writer *writer, const struct avo_sync_ask *ask);
void avo_sync_ask_read(struct avo_reader *reader, struct avo_sync_ask *ask);

#endif
