#include "protocol/control/las.h"

void avo_las_request_write(struct avo_writer *writer, const struct avo_las_request *request) {
    avo_write_u8(writer, AVO_CONTROL_LAS);
    avo_write_u8(writer, request->tee);
    avo_write_bytes(writer, request->sign_public, sizeof request->sign_public);
    avo_write_slice(writer, request->evidence);
}

enum avo_error avo_las_request_read(struct avo_slice message, struct avo_las_request *request) {
    struct avo_reader reader = avo_control_reader(message, AVO_CONTROL_LAS);
    request->tee = avo_read_u8(&reader);
    avo_read_bytes(&reader, request->sign_public, sizeof request->sign_public);
    request->evidence = avo_read_slice(&reader, reader.left);
    if (request->evidence.length == 0 || request->evidence.length > AVO_EVIDENCE_MAX_BYTES) {
        avo_read_fail(&reader);
    }
    return avo_control_end(&reader);
}
