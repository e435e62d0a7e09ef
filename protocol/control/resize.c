#include "protocol/control/resize.h"
#include "base/limits.h"

void avo_resize_request_write(struct avo_writer *writer, const struct avo_resize_request *request) {
    avo_write_u8(writer, AVO_CONTROL_RESIZE);
    avo_write_u8(writer, (uint8_t)request->change);
    avo_write_u8(writer, request->slot);
}

enum avo_error avo_resize_request_read(struct avo_slice message, struct avo_resize_request *request) {
    struct avo_reader reader = avo_control_reader(message, AVO_CONTROL_RESIZE);
    uint8_t change = avo_read_u8(&reader);
    request->change = (enum avo_resize)change;
    request->slot = avo_read_u8(&reader);
    if (change < AVO_RESIZE_ADD || change > AVO_RESIZE_REMOVE || request->slot >= AVO_SLOT_MAX_COUNT) {
        avo_read_fail(&reader);
    }
    return avo_control_end(&reader);
}
