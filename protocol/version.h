/* Versions of a key's value [DESIGN 8], and the names of writers. */
#ifndef AVO_PROTOCOL_VERSION_H
#define AVO_PROTOCOL_VERSION_H

#include "base/cursor.h"

/* Who chose a version: unique for ever, since an incarnation is never reused [V5]. */
struct avo_writer_id {
    uint32_t incarnation;
    uint8_t slot;
    uint8_t worker;
};

/* Ordered by clock, then writer (incarnation, slot, worker), then rmw. All zero: the key was never written. */
struct avo_version {
    uint64_t clock;
    struct avo_writer_id writer;
    uint32_t rmw; /* 0 until compare-and-set exists; its place is kept */
};

#define AVO_VERSION_BYTES 18
#define AVO_VERSION_NONE ((struct avo_version){0})

/* Negative, 0 or positive as a is older than, the same as, or newer than b. */
int avo_version_compare(struct avo_version a, struct avo_version b);
bool avo_version_is_none(struct avo_version version);
/* AVO_VERSION_BYTES: clock 8, incarnation 4, slot 1, worker 1, rmw 4. */
void avo_version_write(struct avo_writer *writer, struct avo_version version);
struct avo_version avo_version_read(struct avo_reader *reader);

#endif
