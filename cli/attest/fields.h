/* Every field of evidence and result under its name, once, for the readable report and for JSON. Internal to cli/attest. */
#ifndef AVO_CLI_ATTEST_FIELDS_H
#define AVO_CLI_ATTEST_FIELDS_H

#include "attest/verify/verify.h"

/* Where fields go; embed it first. A group ends with the next one, NULL ends the last. */
struct avo_sink {
    void (*group)(struct avo_sink *sink, const char *name);
    void (*text)(struct avo_sink *sink, const char *name, const char *value);
    void (*number)(struct avo_sink *sink, const char *name, uint64_t value);
    void (*flag)(struct avo_sink *sink, const char *name, bool value);
};

/* Hex of `length` bytes as text. */
void avo_sink_bytes(struct avo_sink *sink, const char *name, const uint8_t *bytes, size_t length);
/* 16 hex digits as text. */
void avo_sink_mask(struct avo_sink *sink, const char *name, uint64_t value);

void avo_fields_of_evidence(const struct avo_evidence *evidence, struct avo_sink *sink);
/* What the certificates inside a quote say; not verified. */
void avo_fields_of_certificates(const struct avo_evidence *evidence, struct avo_sink *sink);
void avo_fields_of_claims(const struct avo_claims *claims, struct avo_sink *sink);

/* Two sinks. */
struct avo_text_sink {
    struct avo_sink sink;
};
struct avo_text_sink avo_text_sink(void);

#endif
