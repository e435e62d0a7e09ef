#include "protocol/control/ticket.h"

void avo_ticket_request_write(struct avo_writer *writer, const struct avo_ticket_request *request) {
    avo_write_u8(writer, AVO_CONTROL_TICKET_REQUEST);
    avo_write_bytes(writer, request->public_key, sizeof request->public_key);
    avo_write_u8(writer, request->rights);
}

enum avo_error avo_ticket_request_read(struct avo_slice message, struct avo_ticket_request *request) {
    struct avo_reader reader = avo_control_reader(message, AVO_CONTROL_TICKET_REQUEST);
    avo_read_bytes(&reader, request->public_key, sizeof request->public_key);
    request->rights = avo_read_u8(&reader);
    return avo_control_end(&reader);
}
