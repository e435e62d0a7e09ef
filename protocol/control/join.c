#include "protocol/control/join.h"
#include "protocol/view/view.h"

void avo_control_address_write(struct avo_writer *writer, const struct avo_address *address) {
    avo_write_bytes(writer, address->ip, sizeof address->ip);
    avo_write_u16(writer, address->port);
}

struct avo_address avo_control_address_read(struct avo_reader *reader) {
    struct avo_address address = {.zero = 0};
    avo_read_bytes(reader, address.ip, sizeof address.ip);
    address.port = avo_read_u16(reader);
    return address;
}

void avo_join_request_write(struct avo_writer *writer, const struct avo_join_request *request) {
    avo_write_u8(writer, AVO_CONTROL_JOIN);
    avo_write_u8(writer, request->slot);
    avo_write_u8(writer, request->tee);
    avo_write_u8(writer, request->wire_highest);
    avo_control_address_write(writer, &request->address);
    avo_write_u32(writer, request->worker_count);
    avo_write_u32(writer, request->datagram_max_bytes);
    avo_write_bytes(writer, request->configuration_hash, sizeof request->configuration_hash);
    avo_write_u8(writer, (uint8_t)request->kind);
    avo_write_slice(writer, request->evidence);
}

enum avo_error avo_join_request_read(struct avo_slice message, struct avo_join_request *request) {
    struct avo_reader reader = avo_control_reader(message, AVO_CONTROL_JOIN);
    request->slot = avo_read_u8(&reader);
    request->tee = avo_read_u8(&reader);
    request->wire_highest = avo_read_u8(&reader);
    request->address = avo_control_address_read(&reader);
    request->worker_count = avo_read_u32(&reader);
    request->datagram_max_bytes = avo_read_u32(&reader);
    avo_read_bytes(&reader, request->configuration_hash, sizeof request->configuration_hash);
    uint8_t kind = avo_read_u8(&reader);
    if (request->wire_highest < AVO_WIRE_VERSION_FIRST) {
        avo_read_fail(&reader);
    }
    request->kind = (enum avo_evidence_kind)kind;
    request->evidence = avo_read_slice(&reader, reader.left);
    if (request->slot >= AVO_SLOT_MAX_COUNT || kind < AVO_EVIDENCE_BY_VENDOR || kind > AVO_EVIDENCE_BY_LAS) {
        avo_read_fail(&reader);
    }
    if (request->evidence.length == 0 || request->evidence.length > AVO_EVIDENCE_MAX_BYTES) {
        avo_read_fail(&reader);
    }
    return avo_control_end(&reader);
}

void avo_joined_write(struct avo_writer *writer, const struct avo_joined *joined) {
    avo_write_u8(writer, AVO_CONTROL_JOINED);
    avo_write_bytes(writer, joined->cluster_secret, sizeof joined->cluster_secret);
    avo_write_slice(writer, joined->signed_view);
}

enum avo_error avo_joined_read(struct avo_slice message, struct avo_joined *joined) {
    struct avo_reader reader = avo_control_reader(message, AVO_CONTROL_JOINED);
    avo_read_bytes(&reader, joined->cluster_secret, sizeof joined->cluster_secret);
    joined->signed_view = avo_read_slice(&reader, reader.left);
    if (joined->signed_view.length == 0 || joined->signed_view.length > AVO_VIEW_MAX_BYTES) {
        avo_read_fail(&reader);
    }
    return avo_control_end(&reader);
}
