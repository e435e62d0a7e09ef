#include "client/io/profile_key.h"
#include "client/io/hex.h"
#include <string.h>

#define QUOTED_FIELD "\"" AVO_PROFILE_KEY_FIELD "\""
#define DIGITS (2 * AVO_SECRET_KEY_BYTES)

static uint8_t *find(const struct avo_buffer *text, size_t from) {
    return memmem(text->data + from, text->length - from, QUOTED_FIELD, strlen(QUOTED_FIELD));
}

static size_t space_skip(const struct avo_buffer *text, size_t at) {
    while (at < text->length && memchr(" \t\r\n", text->data[at], 4) != NULL) {
        at++;
    }
    return at;
}

/* Where the digits of the one field begin; NULL when the text is not so. */
static uint8_t *digits_of(const struct avo_buffer *text) {
    const uint8_t *field = find(text, 0);
    if (field == NULL) {
        return NULL;
    }
    size_t at = (size_t)(field - text->data) + strlen(QUOTED_FIELD);
    if (find(text, at) != NULL) {
        return NULL;
    }
    at = space_skip(text, at);
    if (at == text->length || text->data[at] != ':') {
        return NULL;
    }
    at = space_skip(text, at + 1);
    bool whole = text->length - at >= DIGITS + 2 && text->data[at] == '"' && text->data[at + DIGITS + 1] == '"';
    return whole ? text->data + at + 1 : NULL;
}

bool avo_profile_key_take(struct avo_buffer *text, uint8_t secret[AVO_SECRET_KEY_BYTES]) {
    uint8_t *digits = digits_of(text);
    for (size_t i = 0; digits != NULL && i < AVO_SECRET_KEY_BYTES; i++) {
        int high = avo_hex_digit((char)digits[2 * i]);
        int low = avo_hex_digit((char)digits[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        secret[i] = (uint8_t)(high << 4 | low);
    }
    if (digits != NULL) {
        memset(digits, '0', DIGITS);
    }
    return digits != NULL;
}

bool avo_profile_key_put(struct avo_buffer *text, const uint8_t secret[AVO_SECRET_KEY_BYTES]) {
    static const char hex[] = "0123456789abcdef";
    uint8_t *digits = digits_of(text);
    for (size_t i = 0; digits != NULL && i < AVO_SECRET_KEY_BYTES; i++) {
        digits[2 * i] = (uint8_t)hex[secret[i] >> 4];
        digits[2 * i + 1] = (uint8_t)hex[secret[i] & 15];
    }
    return digits != NULL;
}

_Static_assert(sizeof AVO_PROFILE_KEY_NONE == DIGITS + 1, "as many zeros as digits");
