#include "attest/dcap/quote_layout.h"

void avo_quote_read_certification(struct avo_reader *reader, struct avo_quote *quote) {
    quote->qe_report_bytes = avo_read_slice(reader, AVO_SGX_REPORT_BYTES);
    quote->qe_signature = avo_read_slice(reader, 64);
    quote->auth_data = avo_read_slice(reader, avo_read_u16(reader));
    quote->certification_type = avo_read_u16(reader);
    quote->certification_data = avo_read_slice(reader, avo_read_u32(reader));
}

enum avo_error avo_quote_end(const struct avo_reader *reader, struct avo_quote *quote, struct avo_reason *reason) {
    if (!avo_reader_done(reader)) {
        return avo_reason_set(reason, AVO_EFORMAT,
                              "quote signature data: its inner lengths do not add up; the quote is cut or altered, get it again");
    }
    if (quote->certification_type != AVO_QUOTE_CERT_PCK_CHAIN && quote->certification_type != AVO_QUOTE_CERT_PPID) {
        return avo_reason_set(reason, AVO_EFORMAT,
                              "quote certification data: type %u is not a PCK chain (5); have the platform quote with its "
                              "certificate chain",
                              quote->certification_type);
    }
    if (avo_sgx_report_parse(quote->qe_report_bytes, &quote->qe_report) != AVO_OK) {
        return avo_reason_set(reason, AVO_EFORMAT, "quoting enclave report: not 384 bytes; get the quote again");
    }
    return AVO_OK;
}
