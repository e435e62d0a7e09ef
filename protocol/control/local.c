#include "protocol/control/local.h"
#include "base/limits.h"
#include "base/wire.h"

_Static_assert(AVO_LOCAL_MAX_BYTES >= AVO_LOCAL_HEADER_BYTES + AVO_VOUCHER_BYTES, "the longest body is a refusal's");
_Static_assert(AVO_LOCAL_MAX_BYTES >= AVO_LOCAL_HEADER_BYTES + AVO_LOCAL_REPORT_MESSAGE_BYTES, "the longest body is a refusal's");

void avo_local_write(struct avo_writer *writer, enum avo_local_type type, uint32_t id, struct avo_slice body) {
    avo_write_u8(writer, avo_wire_highest());
    avo_write_u8(writer, (uint8_t)type);
    avo_write_u32(writer, id);
    avo_write_slice(writer, body);
}

void avo_local_refused_write(struct avo_writer *writer, uint32_t id, const struct avo_text *text) {
    avo_local_write(writer, AVO_LOCAL_REFUSED, id, AVO_SLICE_EMPTY);
    avo_text_write(writer, text);
}

static bool body_allowed(enum avo_local_type type, struct avo_slice body) {
    switch (type) {
    case AVO_LOCAL_TARGET_REQUEST:
        return body.length == 0;
    case AVO_LOCAL_TARGET:
        return body.length == AVO_LOCAL_TARGET_BYTES;
    case AVO_LOCAL_REPORT:
        return body.length == AVO_LOCAL_REPORT_MESSAGE_BYTES;
    case AVO_LOCAL_VOUCHER:
        return body.length == AVO_VOUCHER_BYTES;
    case AVO_LOCAL_REFUSED: {
        struct avo_text text;
        struct avo_reader reader = avo_reader(body);
        avo_text_read(&reader, &text);
        return avo_reader_done(&reader);
    }
    }
    return false;
}

enum avo_error avo_local_read(struct avo_slice bytes, struct avo_local_message *message) {
    struct avo_reader reader = avo_reader(bytes);
    uint8_t version = avo_read_u8(&reader);
    uint8_t type = avo_read_u8(&reader);
    *message = (struct avo_local_message){.type = (enum avo_local_type)type, .id = avo_read_u32(&reader)};
    message->body = avo_read_slice(&reader, reader.left);
    if (reader.failed) {
        return AVO_EFORMAT;
    }
    if (avo_wire_common(version) == 0) {
        return AVO_ESTALE;
    }
    return body_allowed(message->type, message->body) ? AVO_OK : AVO_EFORMAT;
}

void avo_local_refused_text(const struct avo_local_message *message, struct avo_text *text) {
    struct avo_reader reader = avo_reader(message->body);
    avo_text_read(&reader, text);
}
