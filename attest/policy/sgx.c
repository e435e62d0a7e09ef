#include "attest/policy/parts.h"

enum { MISC_EXINFO = 1, MISC_CPINFO = 2 /* for exceptions of control-flow protection */ };

enum avo_error avo_policy_apply_sgx(const struct avo_attest_input *input, struct avo_attest_result *result) {
    const struct avo_policy_sgx *policy = &input->policy->sgx;
    const struct avo_sgx_report *report = &input->evidence->quote.sgx;
    uint64_t needed = AVO_SGX_FLAG_INIT | AVO_SGX_FLAG_MODE64;
    uint64_t known = needed | AVO_SGX_FLAG_KSS | AVO_SGX_FLAG_CET | UINT64_C(0x400); /* 0x400: AEX-Notify */
    uint32_t misc_known = MISC_EXINFO | (policy->allow_cet ? MISC_CPINFO : 0);
    if ((report->flags & AVO_SGX_FLAG_CET) != 0 && !policy->allow_cet) {
        return avo_policy_deny(result, "sgx.allow_cet",
                               "SGX attributes: flags %016llx; CET is on, and the policy does not allow it",
                               (unsigned long long)report->flags);
    }
    if ((report->flags & needed) != needed || (report->flags & ~known) != 0) {
        return avo_policy_deny(
            result, NULL,
            "SGX attributes: flags %016llx; an initialised 64-bit enclave without debug, provisioning or launch keys is asked for",
            (unsigned long long)report->flags);
    }
    if ((report->xfrm & ~policy->xfrm_allowed) != 0) {
        return avo_policy_deny(result, "sgx.xfrm_allowed", "SGX attributes: XFRM %016llx goes beyond the policy's xfrm_allowed",
                               (unsigned long long)report->xfrm);
    }
    if ((report->misc_select & ~misc_known) != 0) {
        return avo_policy_deny(result, NULL, "SGX MISCSELECT: %08x has bits beyond EXINFO (and CPINFO, with sgx.allow_cet)",
                               report->misc_select);
    }
    return avo_policy_check_package(result, policy->allow_smt, "sgx.allow_smt", policy->allow_dynamic_platform,
                                    "sgx.allow_dynamic_platform");
}
