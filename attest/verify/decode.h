/* Bytes that came as text. */
#ifndef AVO_ATTEST_DECODE_H
#define AVO_ATTEST_DECODE_H

#include "attest/verify/reason.h"
#include "base/bytes.h"

/* In place: hex digits and white space alone (0x in front or not) become the bytes they stand for; what is anything else stays.
 * `bytes` has room for one byte more than it holds. `name` is the file's in the reason. AVO_EFORMAT for an odd number of digits. */
AVO_MUST_USE enum avo_error avo_decode_hex_text(struct avo_buffer *bytes, const char *name, struct avo_reason *reason);

/* The same for hex, and for base64 (RFC 4648, both alphabets, padded or not). */
AVO_MUST_USE enum avo_error avo_decode_text(struct avo_buffer *bytes, const char *name, struct avo_reason *reason);

#endif
