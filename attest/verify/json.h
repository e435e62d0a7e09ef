/* Typed reading of JSON by jansson, sticky like base/cursor.h: after the first member that does not fit, everything yields
 * zeros and the reason stays. Internal to attest/. */
#ifndef AVO_ATTEST_VERIFY_JSON_H
#define AVO_ATTEST_VERIFY_JSON_H

#include "attest/verify/reason.h"
#include "base/bytes.h"
#include <jansson.h>

struct avo_json {
    const char *what; /* the document's name in reasons */
    struct avo_reason *reason;
    enum avo_error error;
};

/* The document in `text`, owned; NULL after a failure. Duplicate keys are refused. */
json_t *avo_json_load(struct avo_json *json, struct avo_slice text);
/* A member of this type; NULL after a failure. Borrowed from `object`. */
json_t *avo_json_member(struct avo_json *json, const json_t *object, const char *key, json_type type);
/* "" after a failure. */
const char *avo_json_string(struct avo_json *json, const json_t *object, const char *key);
/* A whole number in 0..maximum. */
uint32_t avo_json_number(struct avo_json *json, const json_t *object, const char *key, uint32_t maximum);
/* Exactly `length` bytes in hex of either case. */
void avo_json_hex(struct avo_json *json, const json_t *object, const char *key, uint8_t *out, size_t length);
/* RFC 3339 to seconds since 1970. */
int64_t avo_json_date(struct avo_json *json, const json_t *object, const char *key);
/* Records that `key` is not as it must be. */
void avo_json_fail(struct avo_json *json, const char *key, const char *problem);

/* Exactly `length` bytes from `2 * length` hex digits. */
AVO_MUST_USE bool avo_hex_decode(struct avo_slice text, uint8_t *out, size_t length);
/* Lower case, terminated; `out` holds 2 * length + 1. */
void avo_hex_encode(struct avo_slice bytes, char *out);

#endif
