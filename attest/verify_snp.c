#include "attest/verify_parts.h"

enum avo_error avo_snp_verify(const struct avo_attest_input *input, struct avo_attest_result *result) {
    (void)input;
    return avo_reason_set(&result->reason, AVO_EFORMAT, "SNP report: not evaluated by this build");
}
enum avo_error avo_policy_apply_snp(const struct avo_attest_input *input, struct avo_attest_result *result) {
    (void)input;
    return avo_reason_set(&result->reason, AVO_EDENIED, "SNP report: not evaluated by this build");
}
