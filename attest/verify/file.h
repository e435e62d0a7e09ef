/* Files and streams, whole. The verifier itself never opens one: this stands apart, for tools and for start-up. */
#ifndef AVO_ATTEST_FILE_H
#define AVO_ATTEST_FILE_H

#include "attest/verify/reason.h"
#include "base/bytes.h"

#define AVO_FILE_BYTES_MAX (UINT32_C(4) << 20)

/* A whole file, pipe or device from malloc, its `length` followed by a terminating NUL that is not counted. AVO_EIO with a reason.
 */
AVO_MUST_USE enum avo_error avo_file_read(const char *path, struct avo_buffer *out, struct avo_reason *reason);

/* The same; a file of hex digits and white space alone is decoded, as vendors' services send DER. AVO_EFORMAT for an odd number. */
AVO_MUST_USE enum avo_error avo_file_read_hex(const char *path, struct avo_buffer *out, struct avo_reason *reason);

/* Evidence: binary, hex or base64 (RFC 4648, both alphabets, padded or not), found out by itself; "-" is standard input.
 * AVO_EFORMAT for text that is cut. */
AVO_MUST_USE enum avo_error avo_evidence_load(const char *path, struct avo_buffer *out, struct avo_reason *reason);

#endif
