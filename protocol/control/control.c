#include "protocol/control/control.h"

uint8_t avo_control_type(struct avo_slice message) {
    return message.length > 0 ? message.data[0] : 0;
}

struct avo_reader avo_control_reader(struct avo_slice message, enum avo_control_type type) {
    struct avo_reader reader = avo_reader(message);
    if (avo_read_u8(&reader) != type) {
        avo_read_fail(&reader);
    }
    return reader;
}

enum avo_error avo_control_end(const struct avo_reader *reader) {
    return avo_reader_done(reader) ? AVO_OK : AVO_EFORMAT;
}

void avo_control_empty_write(struct avo_writer *writer, enum avo_control_type type) {
    avo_write_u8(writer, (uint8_t)type);
}

enum avo_error avo_control_empty_read(struct avo_slice message, enum avo_control_type type) {
    struct avo_reader reader = avo_control_reader(message, type);
    return avo_control_end(&reader);
}

void avo_control_bytes_write(struct avo_writer *writer, enum avo_control_type type, struct avo_slice body) {
    avo_write_u8(writer, (uint8_t)type);
    avo_write_slice(writer, body);
}

enum avo_error avo_control_bytes_read(struct avo_slice message, enum avo_control_type type, size_t max_bytes,
                                      struct avo_slice *body) {
    struct avo_reader reader = avo_control_reader(message, type);
    *body = avo_read_slice(&reader, reader.left);
    if (body->length == 0 || body->length > max_bytes) {
        avo_read_fail(&reader);
    }
    return avo_control_end(&reader);
}

void avo_control_refused_write(struct avo_writer *writer, enum avo_error error, const struct avo_text *text) {
    avo_write_u8(writer, AVO_CONTROL_REFUSED);
    avo_write_u8(writer, (uint8_t)error);
    avo_text_write(writer, text);
}

enum avo_error avo_control_refused_read(struct avo_slice message, enum avo_error *error, struct avo_text *text) {
    struct avo_reader reader = avo_control_reader(message, AVO_CONTROL_REFUSED);
    uint8_t code = avo_read_u8(&reader);
    avo_text_read(&reader, text);
    if (code == AVO_OK || code >= AVO_ERROR_COUNT) {
        avo_read_fail(&reader);
    }
    *error = (enum avo_error)code;
    return avo_control_end(&reader);
}
