#include "client/io/hex.h"

void avo_hex_write(char *to, struct avo_slice bytes) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.length; i++) {
        to[2 * i] = digits[bytes.data[i] >> 4];
        to[2 * i + 1] = digits[bytes.data[i] & 15];
    }
    to[2 * bytes.length] = '\0';
}

int avo_hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    if (digit >= 'A' && digit <= 'F') {
        return digit - 'A' + 10;
    }
    return -1;
}

bool avo_hex_read(const char *text, struct avo_buffer *to) {
    to->length = 0;
    for (size_t i = 0; text[i] != '\0'; i += 2) {
        int high = avo_hex_digit(text[i]);
        int low = high < 0 ? -1 : avo_hex_digit(text[i + 1]);
        if (low < 0 || to->length == to->capacity) {
            return false;
        }
        to->data[to->length++] = (uint8_t)(high << 4 | low);
    }
    return true;
}
