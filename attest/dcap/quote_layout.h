/* The parts of a quote that versions share; internal to attest/. */
#ifndef AVO_ATTEST_DCAP_QUOTE_LAYOUT_H
#define AVO_ATTEST_DCAP_QUOTE_LAYOUT_H

#include "attest/verify/evidence.h"
#include "base/cursor.h"

enum {
    AVO_QUOTE_HEADER_BYTES = 48,
    AVO_QUOTE_BODY_SGX = 1,
    AVO_QUOTE_BODY_TD10 = 2,
    AVO_QUOTE_BODY_TD15 = 3,
    AVO_QUOTE_CERT_PPID = 1,
    AVO_QUOTE_CERT_PCK_CHAIN = 5,
    AVO_QUOTE_CERT_QE_REPORT = 6,
};

/* The signature data (without its length prefix) of version 3, and of versions 4 and 5. `data` must be used up exactly. */
AVO_MUST_USE enum avo_error avo_quote_v3_signature(struct avo_slice data, struct avo_quote *quote, struct avo_reason *reason);
AVO_MUST_USE enum avo_error avo_quote_v4_signature(struct avo_slice data, struct avo_quote *quote, struct avo_reason *reason);
/* QE report, its signature, auth data and the certification data behind them. */
void avo_quote_read_certification(struct avo_reader *reader, struct avo_quote *quote);
/* The reader is done and the parts fit together, or AVO_EFORMAT. */
AVO_MUST_USE enum avo_error avo_quote_end(const struct avo_reader *reader, struct avo_quote *quote, struct avo_reason *reason);

#endif
