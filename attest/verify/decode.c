#include "attest/verify/decode.h"
#include "attest/verify/json.h"
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static const char space[] = " \n\r\t";
static const char hex_digits[] = "0123456789abcdefABCDEF";
static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=";

static bool is_of(uint8_t byte, const char *set) {
    return byte != 0 && strchr(set, byte) != NULL;
}

/* Of these digits and white space alone; not empty. */
static bool is_text_of(struct avo_slice text, const char *digits) {
    for (size_t i = 0; i < text.length; i++) {
        if (!is_of(text.data[i], digits) && !is_of(text.data[i], space)) {
            return false;
        }
    }
    return text.length > 0;
}

static size_t drop_space(struct avo_buffer *text, size_t from) {
    size_t length = 0;
    for (size_t i = from; i < text->length; i++) {
        if (!is_of(text->data[i], space)) {
            text->data[length++] = text->data[i];
        }
    }
    return length;
}

enum avo_error avo_decode_hex_text(struct avo_buffer *bytes, const char *name, struct avo_reason *reason) {
    struct avo_slice all = avo_buffer_slice(bytes);
    size_t prefix = all.length > 1 && all.data[0] == '0' && all.data[1] == 'x' ? 2 : 0;
    if (!is_text_of(avo_slice_part(all, prefix, all.length - prefix), hex_digits)) {
        return AVO_OK;
    }
    size_t digits = drop_space(bytes, prefix);
    bytes->length = digits / 2;
    if (digits % 2 != 0 || !avo_hex_decode(avo_slice(bytes->data, digits), bytes->data, digits / 2)) {
        return avo_reason_set(reason, AVO_EFORMAT, "%s: an odd number of hex digits; the file is cut, get the evidence again",
                              name);
    }
    return AVO_OK;
}

/* The one alphabet and the padding that OpenSSL's decoder takes. */
static size_t normalise(struct avo_buffer *text) {
    size_t digits = drop_space(text, 0);
    while (digits > 0 && text->data[digits - 1] == '=') {
        digits--;
    }
    for (size_t i = 0; i < digits; i++) {
        uint8_t *digit = &text->data[i];
        *digit = *digit == '-' ? '+' : *digit == '_' ? '/' : *digit;
    }
    return digits;
}

static enum avo_error decode_base64(struct avo_buffer *text, const char *name, struct avo_reason *reason) {
    size_t digits = normalise(text);
    size_t padding = (4 - digits % 4) % 4;
    uint8_t *padded = malloc(digits + padding + 1);
    int length = -1;
    if (padded == NULL) {
        return avo_reason_set(reason, AVO_EFULL, "%s: out of memory", name);
    }
    memcpy(padded, text->data, digits);
    memset(padded + digits, '=', padding);
    if (padding < 3 && memchr(padded, '=', digits) == NULL && digits + padding <= INT32_MAX) {
        length = EVP_DecodeBlock(text->data, padded, (int)(digits + padding));
    }
    free(padded);
    if (length < 0) {
        return avo_reason_set(reason, AVO_EFORMAT, "%s: base64 that does not decode; the file is cut, get the evidence again",
                              name);
    }
    text->length = (size_t)length - padding;
    return AVO_OK;
}

enum avo_error avo_decode_text(struct avo_buffer *bytes, const char *name, struct avo_reason *reason) {
    struct avo_slice all = avo_buffer_slice(bytes);
    bool hex = is_text_of(all, hex_digits) || (all.length > 1 && all.data[0] == '0' && all.data[1] == 'x');
    bool pem = all.length > 0 && all.data[0] == '-'; /* of the second alphabet too, and no evidence */
    return !hex && !pem && is_text_of(all, base64_digits) ? decode_base64(bytes, name, reason)
                                                          : avo_decode_hex_text(bytes, name, reason);
}
