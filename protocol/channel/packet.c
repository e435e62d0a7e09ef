#include "protocol/channel/packet.h"
#include "base/assert.h"
#include "base/wire.h"

void avo_packet_header_write(uint8_t to[AVO_PACKET_HEADER_BYTES], const struct avo_packet_header *header) {
    struct avo_writer writer = avo_writer(to, AVO_PACKET_HEADER_BYTES);
    avo_write_u8(&writer, header->wire_version);
    avo_write_u8(&writer, (uint8_t)header->kind);
    avo_write_u8(&writer, header->source);
    avo_write_u8(&writer, header->destination);
    avo_write_u8(&writer, header->worker);
    avo_write_u8(&writer, header->acknowledged);
    avo_write_u16(&writer, header->generation);
    avo_write_u32(&writer, header->session);
    avo_write_u32(&writer, header->epoch);
    avo_write_bytes(&writer, header->view_hash, sizeof header->view_hash);
    avo_write_u64(&writer, header->counter);
    AVO_ASSERT(!writer.failed && writer.length == AVO_PACKET_HEADER_BYTES);
}

/* What opens a session, ends it or shows a view may come from any neighbour: no version was agreed on, or it is of another view. */
static bool may_read(enum avo_packet_kind kind, uint8_t wire_version) {
    if (kind == AVO_PACKET_HELLO || kind == AVO_PACKET_REFUSAL || kind == AVO_PACKET_VIEW) {
        return avo_wire_common(wire_version) != 0;
    }
    return avo_wire_speaks(wire_version);
}

enum avo_error avo_packet_header_read(struct avo_slice packet, struct avo_packet_header *header) {
    struct avo_reader reader = avo_reader(packet);
    header->wire_version = avo_read_u8(&reader);
    uint8_t kind = avo_read_u8(&reader);
    header->kind = (enum avo_packet_kind)kind;
    header->source = avo_read_u8(&reader);
    header->destination = avo_read_u8(&reader);
    header->worker = avo_read_u8(&reader);
    header->acknowledged = avo_read_u8(&reader);
    header->generation = avo_read_u16(&reader);
    header->session = avo_read_u32(&reader);
    header->epoch = avo_read_u32(&reader);
    avo_read_bytes(&reader, header->view_hash, sizeof header->view_hash);
    header->counter = avo_read_u64(&reader);
    if (reader.failed) {
        return AVO_EFORMAT;
    }
    bool known = kind >= AVO_PACKET_PEER && kind <= AVO_PACKET_KIND_MAX;
    if (known && header->wire_version != 0 && !may_read(header->kind, header->wire_version)) {
        return AVO_EVERSION; /* the rest of its header may mean something else */
    }
    bool keyed = kind <= AVO_PACKET_DOWN || (header->generation == 0 && header->acknowledged == 0);
    return known && keyed && header->wire_version != 0 ? AVO_OK : AVO_EFORMAT;
}
