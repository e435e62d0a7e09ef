#include "attest/verify/parse.h"
#include "base/cursor.h"
#include <string.h>

/* A quote starts u16 version, u16 key type (2, never 0); an SNP report u32 version, whose upper half is 0. */
static bool looks_like_snp(struct avo_slice bytes) {
    struct avo_reader reader = avo_reader(bytes);
    (void)avo_read_u16(&reader);
    uint16_t upper = avo_read_u16(&reader);
    return !reader.failed && upper == 0;
}

enum avo_error avo_evidence_of_report(struct avo_slice body, struct avo_evidence *evidence, struct avo_reason *reason) {
    memset(evidence, 0, sizeof *evidence);
    evidence->bytes = body;
    evidence->tee = AVO_TEE_SGX;
    if (avo_sgx_report_parse(body, &evidence->quote.sgx) != AVO_OK) {
        return avo_reason_set(reason, AVO_EFORMAT, "report body: not of %d bytes; install the same version on both",
                              AVO_SGX_REPORT_BYTES);
    }
    return AVO_OK;
}

enum avo_error avo_evidence_parse(struct avo_slice bytes, struct avo_evidence *evidence, struct avo_reason *reason) {
    memset(evidence, 0, sizeof *evidence);
    evidence->bytes = bytes;
    if (looks_like_snp(bytes)) {
        evidence->tee = AVO_TEE_SNP;
        return avo_snp_report_parse(bytes, &evidence->snp, reason);
    }
    enum avo_error error = avo_quote_parse(bytes, &evidence->quote, reason);
    bool quote = evidence->quote.version >= 3 && evidence->quote.version <= 5;
    evidence->tee = !quote ? AVO_TEE_NONE : evidence->quote.tee_type == 0 ? AVO_TEE_SGX : AVO_TEE_TDX;
    return error;
}
