#include "attest/verify/verify.h"
#include "attest/dcap/verify_dcap.h"
#include "attest/policy/apply.h"
#include "attest/snp/verify_snp.h"
#include "base/secret.h"
#include <string.h>

enum avo_error avo_attest_check_evidence(const struct avo_attest_input *input, struct avo_attest_result *result) {
    memset(result, 0, sizeof *result);
    avo_result_claim(input->evidence, &result->claims);
    switch (input->evidence->tee) {
    case AVO_TEE_SGX:
    case AVO_TEE_TDX:
        return avo_dcap_verify(input, result);
    case AVO_TEE_SNP:
        return avo_snp_verify(input, result);
    default:
        return avo_reason_set(&result->reason, AVO_EFORMAT, "evidence: of no known kind");
    }
}

static enum avo_error check_report_data(const struct avo_attest_input *input, struct avo_attest_result *result) {
    if (input->report_data == NULL || avo_secret_equal(input->report_data, result->claims.report_data, AVO_REPORT_DATA_BYTES)) {
        return AVO_OK;
    }
    return avo_reason_set(&result->reason, AVO_EAUTH,
                          "report data: the evidence is not bound to this session; it was "
                          "made for another, ask for new evidence");
}

void avo_attest_verify(const struct avo_attest_input *input, struct avo_attest_result *result) {
    result->error = avo_attest_check_evidence(input, result);
    result->valid = result->error == AVO_OK;
    if (result->valid) {
        result->error = check_report_data(input, result);
    }
    if (result->error == AVO_OK) {
        result->error = avo_policy_apply(input, result);
    }
    result->accepted = result->valid && result->error == AVO_OK;
}

void avo_attest_verify_vouched(const struct avo_attest_input *input, struct avo_attest_result *result) {
    memset(result, 0, sizeof *result);
    avo_result_claim(input->evidence, &result->claims);
    result->valid = true; /* on the word of the LAS that vouched */
    result->error = check_report_data(input, result);
    if (result->error == AVO_OK) {
        result->error = avo_policy_apply_vouched(input, result);
    }
    result->accepted = result->error == AVO_OK;
}
