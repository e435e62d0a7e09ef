/* PROBE: a packet of padding, sent to learn whether one so large passes (protocol/channel/path.h). It is alone in its packet. Body:
 * u16 packet_bytes, zeros, as many as make the packet so long.
 * PROBED: one of that length came. Body: u16 packet_bytes. */
#ifndef AVO_WIRE_PROBE_H
#define AVO_WIRE_PROBE_H

#include "base/cursor.h"
#include <avocado/error.h>

struct avo_probe {
    uint32_t packet_bytes; /* of UDP payload: at least AVO_PATH_FLOOR_BYTES, at most AVO_PACKET_MAX_BYTES */
};

void avo_probe_write(struct avo_writer *writer, const struct avo_probe *probe);
void avo_probe_read(struct avo_reader *reader, struct avo_probe *probe);
void avo_probed_write(struct avo_writer *writer, const struct avo_probe *probe);
void avo_probed_read(struct avo_reader *reader, struct avo_probe *probe);

#endif
