#include "attest/verify/json.h"
#include "cli/attest/fields.h"
#include <stdio.h>

void avo_sink_bytes(struct avo_sink *sink, const char *name, const uint8_t *bytes, size_t length) {
    char hex[2 * 256 + 1];
    length = length < 256 ? length : 256; /* nothing listed is longer, but lengths come from the evidence */
    avo_hex_encode(avo_slice(bytes, length), hex);
    sink->text(sink, name, hex);
}

void avo_sink_mask(struct avo_sink *sink, const char *name, uint64_t value) {
    char hex[17];
    (void)snprintf(hex, sizeof hex, "%016llx", (unsigned long long)value);
    sink->text(sink, name, hex);
}
