/* Versions 4 and 5 wrap QE report and chain in a certification data of type 6. */
#include "attest/dcap/quote_layout.h"

enum avo_error avo_quote_v4_signature(struct avo_slice data, struct avo_quote *quote, struct avo_reason *reason) {
    struct avo_reader outer = avo_reader(data);
    quote->signature = avo_read_slice(&outer, 64);
    quote->attestation_key = avo_read_slice(&outer, 64);
    uint16_t type = avo_read_u16(&outer);
    struct avo_slice inner = avo_read_slice(&outer, avo_read_u32(&outer));
    if (!avo_reader_done(&outer) || type != AVO_QUOTE_CERT_QE_REPORT) {
        return avo_reason_set(reason, AVO_EFORMAT,
                              "quote signature data: no QE report certification data (type 6) that fills it exactly; the quote is "
                              "cut or altered, get it again");
    }
    struct avo_reader reader = avo_reader(inner);
    avo_quote_read_certification(&reader, quote);
    return avo_quote_end(&reader, quote, reason);
}
