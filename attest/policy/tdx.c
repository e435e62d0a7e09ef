#include "attest/policy/parts.h"

enum {
    ATTRIBUTE_LASS = 27,
    ATTRIBUTE_SEPT_VE_DISABLE = 28,
    ATTRIBUTE_MIGRATABLE = 29,
    ATTRIBUTE_PKS = 30,
    ATTRIBUTE_KL = 31,
    ATTRIBUTE_PERFMON = 63,
};

static uint64_t bit(unsigned number) {
    return UINT64_C(1) << number;
}

static enum avo_error check_attributes(const struct avo_policy_tdx *policy, uint64_t attributes, struct avo_attest_result *result) {
    uint64_t known =
        bit(ATTRIBUTE_LASS) | bit(ATTRIBUTE_SEPT_VE_DISABLE) | bit(ATTRIBUTE_PKS) | bit(ATTRIBUTE_KL) | bit(ATTRIBUTE_PERFMON);
    if ((attributes & bit(ATTRIBUTE_MIGRATABLE)) != 0) {
        return avo_policy_deny(result, NULL, "TD attributes: the guest is migratable, so it may move to another machine");
    }
    if ((attributes & ~known) != 0) {
        return avo_policy_deny(result, NULL, "TD attributes: %016llx has reserved bits set", (unsigned long long)attributes);
    }
    if ((attributes & bit(ATTRIBUTE_SEPT_VE_DISABLE)) == 0 && policy->require_sept_ve_disable) {
        return avo_policy_deny(result, "tdx.require_sept_ve_disable",
                               "TD attributes: SEPT_VE_DISABLE is off, so the host may inject #VE; turn it on, or allow it");
    }
    if ((attributes & bit(ATTRIBUTE_LASS)) != 0 && !policy->allow_lass) {
        return avo_policy_deny(result, "tdx.allow_lass", "TD attributes: LASS is on, and the policy does not allow it");
    }
    if ((attributes & bit(ATTRIBUTE_PERFMON)) != 0 && !policy->allow_perfmon) {
        return avo_policy_deny(result, "tdx.allow_perfmon", "TD attributes: PERFMON is on, and the policy does not allow it");
    }
    return AVO_OK;
}

enum avo_error avo_policy_apply_tdx(const struct avo_attest_input *input, struct avo_attest_result *result) {
    const struct avo_policy_tdx *policy = &input->policy->tdx;
    const struct avo_td_report *report = &input->evidence->quote.td;
    enum avo_error error = check_attributes(policy, report->td_attributes, result);
    if (error != AVO_OK) {
        return error;
    }
    if ((report->xfam & ~policy->xfam_allowed) != 0) {
        return avo_policy_deny(result, "tdx.xfam_allowed", "XFAM: %016llx goes beyond the policy's xfam_allowed",
                               (unsigned long long)report->xfam);
    }
    return avo_policy_check_package(result, policy->allow_smt, "tdx.allow_smt", policy->allow_dynamic_platform,
                                    "tdx.allow_dynamic_platform");
}
