#include "protocol/wire/segment.h"
#include "base/limits.h"

void avo_segment_write(struct avo_writer *writer, const struct avo_segment *segment) {
    avo_write_u32(writer, segment->transfer);
    avo_write_u32(writer, segment->total_bytes);
    avo_write_u32(writer, segment->offset);
    avo_write_slice(writer, segment->bytes);
}

void avo_segment_read(struct avo_reader *reader, struct avo_segment *segment) {
    segment->transfer = avo_read_u32(reader);
    segment->total_bytes = avo_read_u32(reader);
    segment->offset = avo_read_u32(reader);
    segment->bytes = avo_read_slice(reader, reader->left);
    if (segment->total_bytes == 0 && segment->offset == 0 && segment->bytes.length == 0) {
        return; /* gone */
    }
    if (segment->total_bytes > AVO_MESSAGE_MAX_BYTES || segment->offset > segment->total_bytes || segment->bytes.length == 0 ||
        segment->bytes.length > segment->total_bytes - segment->offset) {
        avo_read_fail(reader);
    }
}
