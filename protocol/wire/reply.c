#include "protocol/wire/reply.h"
#include "protocol/wire/field.h"

void avo_reply_write(struct avo_writer *writer, const struct avo_reply *reply) {
    avo_write_u64(writer, reply->id);
    avo_write_u8(writer, (uint8_t)reply->status);
    avo_write_u8(writer, reply->answered);
    avo_write_u8(writer, reply->needed);
    avo_write_u8(writer, reply->members);
    avo_write_slice(writer, reply->value);
}

void avo_reply_read(struct avo_reader *reader, struct avo_reply *reply) {
    reply->id = avo_read_u64(reader);
    uint8_t status = avo_read_u8(reader);
    reply->status = (enum avo_error)status;
    reply->answered = avo_read_u8(reader);
    reply->needed = avo_read_u8(reader);
    reply->members = avo_read_u8(reader);
    reply->value = avo_field_value_read(reader, status == AVO_OK);
    if (status >= AVO_ERROR_COUNT) {
        avo_read_fail(reader);
    }
}
