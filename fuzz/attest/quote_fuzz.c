/* Any bytes as evidence: parsed or refused, and what parsed lies inside the bytes. */
#include "attest/verify/evidence.h"
#include "attest/verify/parse.h"
#include "base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct avo_slice part, const uint8_t *data, size_t size) {
    AVO_ASSERT(part.length == 0 || (part.data >= data && part.data + part.length <= data + size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct avo_evidence evidence;
    struct avo_reason reason = {""};
    if (avo_evidence_parse(avo_slice(data, size), &evidence, &reason) != AVO_OK) {
        AVO_ASSERT(reason.text[0] != '\0');
        return 0;
    }
    if (evidence.tee == AVO_TEE_SNP) {
        AVO_ASSERT(size == AVO_SNP_REPORT_BYTES);
        return 0;
    }
    check_inside(evidence.quote.signed_bytes, data, size);
    check_inside(evidence.quote.certification_data, data, size);
    check_inside(evidence.quote.qe_report_bytes, data, size);
    AVO_ASSERT(evidence.quote.signature.length == 64 && evidence.quote.qe_report_bytes.length == AVO_SGX_REPORT_BYTES);
    AVO_ASSERT(evidence.quote.zero_tail_bytes < size);
    return 0;
}
