/* Why evidence was refused, for a person: "CHECK: what was found; what to do next". */
#ifndef AVO_ATTEST_VERIFY_REASON_H
#define AVO_ATTEST_VERIFY_REASON_H

#include "avocado/error.h"
#include "base/compiler.h"

#define AVO_REASON_BYTES 400

struct avo_reason {
    char text[AVO_REASON_BYTES]; /* terminated; empty when nothing failed */
};

/* Writes the reason (printf style) and returns `error`, so that a check ends with `return avo_reason_set(...)`. */
enum avo_error avo_reason_set(struct avo_reason *reason, enum avo_error error, const char *format, ...) AVO_PRINTF(3, 4);

/* Control characters become '?': names and keys from outside end on terminals. */
void avo_reason_clean(struct avo_reason *reason);

#endif
