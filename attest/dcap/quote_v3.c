#include "attest/dcap/quote_layout.h"

enum avo_error avo_quote_v3_signature(struct avo_slice data, struct avo_quote *quote, struct avo_reason *reason) {
    struct avo_reader reader = avo_reader(data);
    quote->signature = avo_read_slice(&reader, 64);
    quote->attestation_key = avo_read_slice(&reader, 64);
    avo_quote_read_certification(&reader, quote);
    return avo_quote_end(&reader, quote, reason);
}
