#include "protocol/wire/probe.h"
#include "base/limits.h"

#define PACKET_BYTES_BYTES 2
#define OVERHEAD_BYTES (AVO_PACKET_HEADER_BYTES + 3 + PACKET_BYTES_BYTES + AVO_TAG_BYTES) /* header, the frame's, tag */

static void limits_check(struct avo_reader *reader, const struct avo_probe *probe) {
    if (probe->packet_bytes < AVO_PATH_FLOOR_BYTES || probe->packet_bytes > AVO_PACKET_MAX_BYTES) {
        avo_read_fail(reader);
    }
}

void avo_probe_write(struct avo_writer *writer, const struct avo_probe *probe) {
    static const uint8_t zeros[256];
    avo_write_u16(writer, (uint16_t)probe->packet_bytes);
    for (size_t left = probe->packet_bytes - OVERHEAD_BYTES; left > 0;) {
        size_t part = left < sizeof zeros ? left : sizeof zeros;
        avo_write_bytes(writer, zeros, part);
        left -= part;
    }
}

void avo_probe_read(struct avo_reader *reader, struct avo_probe *probe) {
    probe->packet_bytes = avo_read_u16(reader);
    limits_check(reader, probe);
    if (reader->left + OVERHEAD_BYTES != probe->packet_bytes) {
        avo_read_fail(reader);
    }
    while (reader->left > 0 && !reader->failed) {
        if (avo_read_u8(reader) != 0) {
            avo_read_fail(reader);
        }
    }
}

void avo_probed_write(struct avo_writer *writer, const struct avo_probe *probe) {
    avo_write_u16(writer, (uint16_t)probe->packet_bytes);
}

void avo_probed_read(struct avo_reader *reader, struct avo_probe *probe) {
    probe->packet_bytes = avo_read_u16(reader);
    limits_check(reader, probe);
}
