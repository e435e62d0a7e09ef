#include "attest/verify/json.h"
#include "attest/x509/clock.h"
#include <string.h>

void avo_json_fail(struct avo_json *json, const char *key, const char *problem) {
    if (json->error == AVO_OK) {
        json->error = avo_reason_set(json->reason, AVO_EFORMAT, "%s: \"%s\" %s; fetch fresh collateral", json->what, key, problem);
    }
}

json_t *avo_json_load(struct avo_json *json, struct avo_slice text) {
    json_error_t error;
    if (json->error != AVO_OK) {
        return NULL;
    }
    json_t *root = json_loadb((const char *)text.data, text.length, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        json->error = avo_reason_set(json->reason, AVO_EFORMAT, "%s: line %d: %s; it must be a JSON object", json->what, error.line,
                                     error.text);
    }
    return root;
}

json_t *avo_json_member(struct avo_json *json, const json_t *object, const char *key, json_type type) {
    if (json->error != AVO_OK) {
        return NULL;
    }
    json_t *member = json_object_get(object, key);
    if (member == NULL) {
        avo_json_fail(json, key, "is missing");
        return NULL;
    }
    if (json_typeof(member) != type) {
        avo_json_fail(json, key, "has the wrong type");
        return NULL;
    }
    return member;
}

const char *avo_json_string(struct avo_json *json, const json_t *object, const char *key) {
    const json_t *member = avo_json_member(json, object, key, JSON_STRING);
    return member == NULL ? "" : json_string_value(member);
}

uint32_t avo_json_number(struct avo_json *json, const json_t *object, const char *key, uint32_t maximum) {
    const json_t *member = avo_json_member(json, object, key, JSON_INTEGER);
    if (member == NULL) {
        return 0;
    }
    json_int_t value = json_integer_value(member);
    if (value < 0 || value > (json_int_t)maximum) {
        avo_json_fail(json, key, "is out of range");
        return 0;
    }
    return (uint32_t)value;
}

static int hex_digit(uint8_t c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool avo_hex_decode(struct avo_slice text, uint8_t *out, size_t length) {
    if (text.length != 2 * length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        int high = hex_digit(text.data[2 * i]);
        int low = hex_digit(text.data[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

void avo_hex_encode(struct avo_slice bytes, char *out) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.length; i++) {
        out[2 * i] = digits[bytes.data[i] >> 4];
        out[2 * i + 1] = digits[bytes.data[i] & 15];
    }
    out[2 * bytes.length] = '\0';
}

void avo_json_hex(struct avo_json *json, const json_t *object, const char *key, uint8_t *out, size_t length) {
    const char *text = avo_json_string(json, object, key);
    memset(out, 0, length);
    if (json->error == AVO_OK && !avo_hex_decode(avo_slice_string(text), out, length)) {
        avo_json_fail(json, key, "is not hex of the right length");
    }
}

int64_t avo_json_date(struct avo_json *json, const json_t *object, const char *key) {
    int64_t unix_s = 0;
    const char *text = avo_json_string(json, object, key);
    if (json->error == AVO_OK && avo_date_parse(avo_slice_string(text), &unix_s) != AVO_OK) {
        avo_json_fail(json, key, "is not a date");
    }
    return unix_s;
}
