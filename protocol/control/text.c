#include "protocol/control/text.h"
#include "base/limits.h"
#include "base/wire.h"
#include <string.h>

static bool is_printable(uint8_t byte) {
    return byte >= 0x20 && byte < 0x7f;
}

void avo_text_clear(struct avo_text *text) {
    text->length = 0;
    text->bytes[0] = 0;
}

void avo_text_add(struct avo_text *text, struct avo_slice bytes) {
    for (size_t i = 0; i < bytes.length && text->length < AVO_TEXT_MAX_BYTES; i++) {
        text->bytes[text->length++] = is_printable(bytes.data[i]) ? (char)bytes.data[i] : '?';
    }
    text->bytes[text->length] = 0;
}

void avo_text_add_string(struct avo_text *text, const char *string) {
    avo_text_add(text, avo_slice_string(string));
}

void avo_text_add_number(struct avo_text *text, uint64_t number) {
    uint8_t digits[20];
    size_t first = sizeof digits;
    do {
        digits[--first] = (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    avo_text_add(text, avo_slice(digits + first, sizeof digits - first));
}

void avo_text_add_count(struct avo_text *text, const char *before, uint64_t number, const char *after) {
    avo_text_add_string(text, before);
    avo_text_add_number(text, number);
    avo_text_add_string(text, after);
}

void avo_text_add_version(struct avo_text *text, uint8_t wire_version) {
    avo_text_add_string(text, "speaks wire version ");
    avo_text_add_number(text, wire_version);
    avo_text_add_string(text, ", this program speaks version ");
    avo_text_add_number(text, avo_wire_highest());
    avo_text_add_string(text, ": upgrade the older of the two");
}

void avo_text_add_hex(struct avo_text *text, struct avo_slice bytes) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.length; i++) {
        uint8_t pair[2] = {(uint8_t)digits[bytes.data[i] >> 4], (uint8_t)digits[bytes.data[i] & 15]};
        avo_text_add(text, avo_slice(pair, sizeof pair));
    }
}

void avo_text_write(struct avo_writer *writer, const struct avo_text *text) {
    avo_write_u16(writer, text->length);
    avo_write_bytes(writer, text->bytes, text->length);
}

void avo_text_read(struct avo_reader *reader, struct avo_text *text) {
    struct avo_slice bytes = avo_read_slice(reader, avo_read_u16(reader));
    avo_text_clear(text);
    if (bytes.length > AVO_TEXT_MAX_BYTES) {
        avo_read_fail(reader);
        return;
    }
    for (size_t i = 0; i < bytes.length; i++) {
        if (!is_printable(bytes.data[i])) {
            avo_read_fail(reader);
            return;
        }
    }
    avo_text_add(text, bytes);
}
