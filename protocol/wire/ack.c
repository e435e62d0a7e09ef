#include "protocol/wire/ack.h"
#include "protocol/wire/field.h"

void avo_ack_write(struct avo_writer *writer, const struct avo_ack *ack) {
    avo_write_u64(writer, ack->round);
    avo_write_u8(writer, (uint8_t)ack->result);
}

void avo_ack_read(struct avo_reader *reader, struct avo_ack *ack) {
    ack->round = avo_read_u64(reader);
    ack->result = avo_field_result_read(reader);
}
