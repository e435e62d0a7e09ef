#include "attest/policy/parts.h"

enum avo_error avo_policy_apply_sgx(const struct avo_attest_input *input, struct avo_attest_result *result) {
    const struct avo_policy_sgx *policy = &input->policy->sgx;
    const struct avo_sgx_report *report = &input->evidence->quote.sgx;
    uint64_t needed = AVO_SGX_FLAG_INIT | AVO_SGX_FLAG_MODE64;
    uint64_t known = needed | AVO_SGX_FLAG_KSS | UINT64_C(0x400); /* 0x400: AEX-Notify */
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
    if (report->misc_select > 1) {
        return avo_policy_deny(result, NULL, "SGX MISCSELECT: %08x has bits beyond EXINFO", report->misc_select);
    }
    if (result->claims.smt_enabled && !policy->allow_smt) {
        return avo_policy_deny(result, "sgx.allow_smt", "platform: hyper-threading is on, and the policy does not allow it");
    }
    if (result->claims.dynamic_platform && !policy->allow_dynamic_platform) {
        return avo_policy_deny(result, "sgx.allow_dynamic_platform",
                               "platform: packages may be added to it, and the policy does not allow that");
    }
    return AVO_OK;
}
