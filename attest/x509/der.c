#include "attest/x509/der.h"

static size_t read_length(struct avo_reader *reader) {
    uint8_t first = avo_read_u8(reader);
    if (first < 0x80) {
        return first;
    }
    size_t length = 0;
    uint8_t count = first & 0x7F;
    if (count == 0 || count > 2) {
        avo_read_fail(reader); /* indefinite, or longer than any extension */
        return 0;
    }
    for (uint8_t i = 0; i < count; i++) {
        length = length << 8 | avo_read_u8(reader);
    }
    if (length < 0x80 || (count == 2 && length < 0x100)) {
        avo_read_fail(reader); /* not minimal */
    }
    return length;
}

struct avo_slice avo_der_read(struct avo_reader *reader, uint8_t tag) {
    if (avo_read_u8(reader) != tag) {
        avo_read_fail(reader);
    }
    size_t length = read_length(reader);
    return reader->failed ? AVO_SLICE_EMPTY : avo_read_slice(reader, length);
}

uint32_t avo_der_read_number(struct avo_reader *reader, uint8_t tag, uint32_t maximum) {
    struct avo_slice content = avo_der_read(reader, tag);
    bool padded = content.length > 1 && content.data[0] == 0 && content.data[1] < 0x80;
    if (content.length == 0 || content.length > 4 || content.data[0] >= 0x80 || padded) {
        avo_read_fail(reader);
        return 0;
    }
    uint32_t value = 0;
    for (size_t i = 0; i < content.length; i++) {
        value = value << 8 | content.data[i];
    }
    if (value > maximum) {
        avo_read_fail(reader);
        return 0;
    }
    return value;
}

bool avo_der_read_boolean(struct avo_reader *reader) {
    struct avo_slice content = avo_der_read(reader, AVO_DER_BOOLEAN);
    if (content.length != 1 || (content.data[0] != 0 && content.data[0] != 0xFF)) {
        avo_read_fail(reader);
        return false;
    }
    return content.data[0] != 0;
}
