/* SEGMENT: a piece of a message too large for one packet. Body: u32 transfer, u32 total_bytes, u32 offset, bytes (the rest).
 * total_bytes = 0, without bytes: there is no such transfer, or no more; nobody need ask for it. */
#ifndef AVO_WIRE_SEGMENT_H
#define AVO_WIRE_SEGMENT_H

#include "base/cursor.h"
#include <avocado/error.h>

struct avo_segment {
    uint32_t transfer;    /* the sender's name for it, new for each large message of the channel */
    uint32_t total_bytes; /* of the whole message: at most AVO_MESSAGE_MAX_BYTES */
    uint32_t offset;
    struct avo_slice bytes; /* not empty, unless total_bytes is 0 */
};

void avo_segment_write(struct avo_writer *writer, const struct avo_segment *segment);
void avo_segment_read(struct avo_reader *reader, struct avo_segment *segment);

#endif
