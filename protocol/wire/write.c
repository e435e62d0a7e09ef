#include "protocol/wire/write.h"
#include "protocol/wire/field.h"

void avo_write_message_write(struct avo_writer *writer, const struct avo_write *write) {
    avo_write_u64(writer, write->round);
    avo_version_write(writer, write->version);
    avo_write_u8(writer, write->tombstone ? 1 : 0);
    avo_write_u16(writer, (uint16_t)write->key.length);
    avo_write_slice(writer, write->key);
    avo_write_slice(writer, write->value);
}

void avo_write_message_read(struct avo_reader *reader, struct avo_write *write) {
    write->round = avo_read_u64(reader);
    write->version = avo_version_read(reader);
    write->tombstone = avo_field_bool_read(reader);
    size_t key_bytes = avo_read_u16(reader);
    write->key = avo_field_key_read(reader, key_bytes);
    write->value = avo_field_value_read(reader, !write->tombstone);
    if (avo_version_is_none(write->version)) {
        avo_read_fail(reader);
    }
}
