#include "protocol/wire/segment.h"

void avo_segment_write(struct avo_writer *writer, const struct avo_segment *segment) {
    bool gone = segment->total_bytes == 0;
    avo_write_u32(writer, segment->transfer);
    avo_write_u32(writer, segment->total_bytes);
    avo_write_u16(writer, gone ? 0 : (uint16_t)(segment->offset / segment->segment_bytes));
    avo_write_u16(writer, (uint16_t)segment->segment_bytes);
    avo_write_slice(writer, segment->bytes);
}

bool avo_segment_is_placed(const struct avo_segment *segment) {
    if (segment->total_bytes == 0 || segment->total_bytes > AVO_MESSAGE_MAX_BYTES || segment->offset >= segment->total_bytes ||
        segment->segment_bytes < AVO_SEGMENT_MIN_BYTES || segment->segment_bytes > AVO_PACKET_MAX_BYTES) {
        return false;
    }
    size_t left = segment->total_bytes - segment->offset;
    size_t length = left < segment->segment_bytes ? left : segment->segment_bytes;
    return segment->offset % segment->segment_bytes == 0 && segment->bytes.length == length;
}

void avo_segment_read(struct avo_reader *reader, struct avo_segment *segment) {
    segment->transfer = avo_read_u32(reader);
    segment->total_bytes = avo_read_u32(reader);
    uint32_t index = avo_read_u16(reader);
    segment->segment_bytes = avo_read_u16(reader);
    segment->offset = index * segment->segment_bytes;
    segment->bytes = avo_read_slice(reader, reader->left);
    bool gone = segment->total_bytes == 0 && index == 0 && segment->segment_bytes == 0 && segment->bytes.length == 0;
    if (!gone && !avo_segment_is_placed(segment)) {
        avo_read_fail(reader);
    }
}
