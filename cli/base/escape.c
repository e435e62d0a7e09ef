#include "cli/base/escape.h"
#include "client/io/hex.h"
#include <string.h>

/* Reads the escape at `from` (after its backslash); how many bytes it took, 0 when it is none. */
static size_t escape_read(const uint8_t *from, size_t left, uint8_t *value) {
    if (left == 0) {
        return 0;
    }
    switch (from[0]) {
    case 't':
        *value = '\t';
        return 1;
    case 'n':
        *value = '\n';
        return 1;
    case '\\':
        *value = '\\';
        return 1;
    case 'x': {
        int high = left >= 3 ? avo_hex_digit((char)from[1]) : -1;
        int low = left >= 3 ? avo_hex_digit((char)from[2]) : -1;
        *value = high < 0 || low < 0 ? 0 : (uint8_t)(high << 4 | low);
        return high < 0 || low < 0 ? 0 : 3;
    }
    default:
        return 0;
    }
}

bool avo_escape_decode(uint8_t *bytes, size_t *length) {
    size_t to = 0;
    for (size_t from = 0; from < *length;) {
        if (bytes[from] != '\\') {
            bytes[to++] = bytes[from++];
            continue;
        }
        uint8_t value = 0;
        size_t taken = escape_read(bytes + from + 1, *length - from - 1, &value);
        if (taken == 0) {
            return false;
        }
        bytes[to++] = value;
        from += 1 + taken;
    }
    *length = to;
    return true;
}

enum avo_line_fault avo_line_split(uint8_t *line, size_t length, struct avo_slice *key, struct avo_slice *value) {
    uint8_t *tab = length == 0 ? NULL : memchr(line, '\t', length);
    if (tab == NULL) {
        return AVO_LINE_NO_TAB;
    }
    size_t key_bytes = (size_t)(tab - line);
    size_t value_bytes = length - key_bytes - 1;
    if (!avo_escape_decode(line, &key_bytes)) {
        return AVO_LINE_KEY_ESCAPE;
    }
    if (!avo_escape_decode(tab + 1, &value_bytes)) {
        return AVO_LINE_VALUE_ESCAPE;
    }
    *key = avo_slice(line, key_bytes);
    *value = avo_slice(tab + 1, value_bytes);
    return AVO_LINE_GOOD;
}

const char *avo_line_fault_text(enum avo_line_fault fault) {
    switch (fault) {
    case AVO_LINE_GOOD:
        return "is good";
    case AVO_LINE_NO_TAB:
        return "has no TAB; write key TAB value";
    case AVO_LINE_KEY_ESCAPE:
        return "the key has an unknown escape; use \\t \\n \\\\ \\xHH";
    case AVO_LINE_VALUE_ESCAPE:
        return "the value has an unknown escape; use \\t \\n \\\\ \\xHH";
    }
    return "?";
}
