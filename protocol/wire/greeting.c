#include "protocol/wire/greeting.h"

void avo_greeting_write(struct avo_writer *writer, const struct avo_greeting *greeting) {
    avo_write_u32(writer, greeting->number);
    avo_write_u32(writer, greeting->former.node_number);
    avo_write_u32(writer, greeting->former.client_number);
    avo_write_slice(writer, greeting->signed_ticket);
}

enum avo_error avo_greeting_read(struct avo_slice bytes, struct avo_greeting *greeting) {
    struct avo_reader reader = avo_reader(bytes);
    greeting->number = avo_read_u32(&reader);
    greeting->former.node_number = avo_read_u32(&reader);
    greeting->former.client_number = avo_read_u32(&reader);
    greeting->signed_ticket = avo_read_slice(&reader, reader.left);
    return avo_reader_done(&reader) && greeting->signed_ticket.length <= AVO_TICKET_MAX_BYTES ? AVO_OK : AVO_EFORMAT;
}
