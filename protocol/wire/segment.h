/* SEGMENT: a piece of a message too large for one packet. Body: u32 transfer, u32 total_bytes, u16 index, u16 segment_bytes,
 * bytes (the rest). All segments of a transfer are as long as their sender chose when it began, but for the last, so they never
 * overlap. total_bytes = 0, without bytes: there is no such transfer, or no more; nobody need ask for it. */
#ifndef AVO_WIRE_SEGMENT_H
#define AVO_WIRE_SEGMENT_H

#include "base/cursor.h"
#include "base/limits.h"
#include <avocado/error.h>

/* What the smallest packet carries: so a message has at most so many segments, and an index of 16 bits. */
#define AVO_SEGMENT_MIN_BYTES 512

struct avo_segment {
    uint32_t transfer;      /* the sender's name for it, new for each large message of the channel */
    uint32_t total_bytes;   /* of the whole message: at most AVO_MESSAGE_MAX_BYTES */
    uint32_t offset;        /* a multiple of segment_bytes */
    struct avo_slice bytes; /* segment_bytes of them, less at the message's end; none where total_bytes is 0 */
    uint32_t segment_bytes; /* at least AVO_SEGMENT_MIN_BYTES */
};

void avo_segment_write(struct avo_writer *writer, const struct avo_segment *segment);
/* True when it is of a message within the limits, on its grid, and as long as its place there. */
bool avo_segment_is_placed(const struct avo_segment *segment);
void avo_segment_read(struct avo_reader *reader, struct avo_segment *segment);

#endif
