#include "attest/verify/collateral.h"
#include "attest/verify/json.h"
#include <string.h>

/* A response of Intel's service is an object of two members; the signed bytes are those of the first one as they stand, so the
 * text is walked member by member and jansson only says where each value ends. */
struct walk {
    struct avo_slice text;
    size_t at;
    bool failed;
};

static void skip_space(struct walk *walk) {
    while (walk->at < walk->text.length && walk->text.data[walk->at] != 0 && strchr(" \t\r\n", walk->text.data[walk->at]) != NULL) {
        walk->at++;
    }
}

static bool accept_byte(struct walk *walk, char byte) {
    skip_space(walk);
    if (walk->at >= walk->text.length || walk->text.data[walk->at] != (uint8_t)byte) {
        return false;
    }
    walk->at++;
    return true;
}

/* The bytes of the next JSON value. */
static struct avo_slice next_value(struct walk *walk, json_t **value) {
    json_error_t error;
    skip_space(walk);
    struct avo_slice rest = avo_slice_part(walk->text, walk->at, walk->text.length - walk->at);
    *value =
        json_loadb((const char *)rest.data, rest.length, JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &error);
    if (*value == NULL || error.position < 0 || (size_t)error.position > rest.length) {
        walk->failed = true;
        return AVO_SLICE_EMPTY;
    }
    walk->at += (size_t)error.position;
    return avo_slice_part(rest, 0, (size_t)error.position);
}

static void take_member(struct walk *walk, const char *member, struct avo_signed_json *out, bool seen[2]) {
    json_t *key = NULL;
    json_t *value = NULL;
    (void)next_value(walk, &key);
    walk->failed = walk->failed || !json_is_string(key) || !accept_byte(walk, ':');
    struct avo_slice bytes = walk->failed ? AVO_SLICE_EMPTY : next_value(walk, &value);
    if (!walk->failed && strcmp(json_string_value(key), member) == 0) {
        walk->failed = seen[0] || !json_is_object(value);
        out->object = bytes;
        seen[0] = true;
    } else if (!walk->failed && strcmp(json_string_value(key), "signature") == 0) {
        const char *hex = json_string_value(value);
        walk->failed = seen[1] || hex == NULL || !avo_hex_decode(avo_slice_string(hex), out->signature, sizeof out->signature);
        seen[1] = true;
    } else {
        walk->failed = true;
    }
    json_decref(key);
    json_decref(value);
}

enum avo_error avo_collateral_split(struct avo_slice text, struct avo_slice signature, const char *member, const char *what,
                                    struct avo_signed_json *out, struct avo_reason *reason) {
    memset(out, 0, sizeof *out);
    if (text.length == 0) {
        return avo_reason_set(reason, AVO_EFORMAT, "%s: not among the collateral; fetch it", what);
    }
    if (signature.length != 0) {
        out->object = text;
        return avo_hex_decode(signature, out->signature, sizeof out->signature)
                   ? AVO_OK
                   : avo_reason_set(reason, AVO_EFORMAT, "%s: its signature is not 64 bytes in hex; fetch fresh collateral", what);
    }
    struct walk walk = {.text = text};
    bool seen[2] = {false, false};
    walk.failed = !accept_byte(&walk, '{');
    while (!walk.failed) {
        take_member(&walk, member, out, seen);
        if (walk.failed || !accept_byte(&walk, ',')) {
            break;
        }
    }
    walk.failed = walk.failed || !accept_byte(&walk, '}');
    skip_space(&walk);
    if (walk.failed || walk.at != text.length || !seen[0] || !seen[1]) {
        return avo_reason_set(reason, AVO_EFORMAT, "%s: not an object of \"%s\" and \"signature\" alone; fetch fresh collateral",
                              what, member);
    }
    return AVO_OK;
}
