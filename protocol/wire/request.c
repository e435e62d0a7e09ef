#include "protocol/wire/request.h"
#include "protocol/wire/field.h"

#define PATIENCE_MAX_MS 3600000U

void avo_request_write(struct avo_writer *writer, const struct avo_request *request) {
    avo_write_u64(writer, request->id);
    avo_write_u64(writer, request->answered_below);
    avo_write_u8(writer, (uint8_t)request->operation);
    avo_write_u32(writer, request->patience_ms);
    avo_write_u16(writer, (uint16_t)request->key.length);
    avo_write_slice(writer, request->key);
    avo_write_slice(writer, request->value);
}

/* What the client promises of its ids; it cannot have the reply of what it asks. */
static bool id_allowed(const struct avo_request *request) {
    return request->id > 0 && request->answered_below <= request->id && request->id - request->answered_below < AVO_SESSION_WINDOW;
}

void avo_request_read(struct avo_reader *reader, struct avo_request *request) {
    request->id = avo_read_u64(reader);
    request->answered_below = avo_read_u64(reader);
    uint8_t operation = avo_read_u8(reader);
    request->operation = (enum avo_operation)operation;
    request->patience_ms = avo_read_u32(reader);
    size_t key_bytes = avo_read_u16(reader);
    request->key = avo_field_key_read(reader, key_bytes);
    request->value = avo_field_value_read(reader, operation == AVO_OPERATION_PUT);
    if (operation < AVO_OPERATION_GET || operation > AVO_OPERATION_OUTCOME || !id_allowed(request) || request->patience_ms == 0 ||
        request->patience_ms > PATIENCE_MAX_MS) {
        avo_read_fail(reader);
    }
}
