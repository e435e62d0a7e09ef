/* The policy's questions that every TEE shares, in the order in which they are answered. */
#include "attest/policy/apply.h"
#include "attest/policy/parts.h"
#include <string.h>

static enum avo_error deny_simulated(const struct avo_policy *policy, struct avo_attest_result *result) {
    if (result->claims.simulated && !policy->allow_simulated_root) {
        return avo_policy_deny(result, "allow_simulated_root",
                               "root: \"%s\" is a simulated CPU's, and the policy does not allow one", result->claims.root);
    }
    return AVO_OK;
}

static enum avo_error deny_debug(struct avo_attest_result *result) {
    if (result->claims.debug) {
        return avo_policy_deny(result, "debug", "debug: the %s runs in debug mode, so its host can read it; start it without",
                               result->claims.tee == AVO_TEE_SGX ? "enclave" : "guest");
    }
    return AVO_OK;
}

static bool advisory_allowed(const struct avo_policy *policy, const char *id) {
    for (uint32_t i = 0; i < policy->advisory_count; i++) {
        if (strcmp(policy->advisory[i], id) == 0) {
            return true;
        }
    }
    return false;
}

/* AMD publishes no such statuses: for SNP the policy's minimum_tcb takes their place. */
static enum avo_error deny_status(const struct avo_policy *policy, struct avo_attest_result *result) {
    enum avo_tcb_status status = result->status;
    bool never = status < AVO_TCB_UP_TO_DATE || status >= AVO_TCB_REVOKED;
    if (never || (policy->tcb_statuses >> status & 1) == 0) {
        return avo_policy_deny(result, "tcb_statuses",
                               "TCB status: %s is not among the accepted ones; update the platform, or allow the status "
                               "together with its advisories",
                               avo_tcb_status_name(status));
    }
    if (result->claims.has_current && result->claims.current_status == AVO_TCB_REVOKED) {
        return avo_policy_deny(
            result, "tcb_statuses",
            "TCB status: the TDX module that runs now is Revoked, whatever the guest was started under; have the "
            "platform update it");
    }
    for (uint32_t i = 0; i < result->advisory_count; i++) {
        if (!advisory_allowed(policy, result->advisory[i])) {
            return avo_policy_deny(
                result, "advisories",
                "TCB advisories: %s applies and is not among the accepted ones; update the platform, or accept it by name",
                result->advisory[i]);
        }
    }
    return AVO_OK;
}

static enum avo_error deny_old_collateral(const struct avo_policy *policy, struct avo_attest_result *result) {
    const struct avo_claims *claims = &result->claims;
    uint32_t lower =
        claims->tcb_evaluation_number < claims->qe_evaluation_number ? claims->tcb_evaluation_number : claims->qe_evaluation_number;
    if (lower < policy->minimum_tcb_evaluation_number) {
        return avo_policy_deny(result, "minimum_tcb_evaluation_number",
                               "collateral: TCB evaluation number %u is below the policy's %u, so newer advisories may be hidden; "
                               "fetch fresh collateral",
                               lower, policy->minimum_tcb_evaluation_number);
    }
    return AVO_OK;
}

static enum avo_error deny_chip(const struct avo_policy *policy, struct avo_attest_result *result) {
    const struct avo_claims *claims = &result->claims;
    bool allowed = policy->chip_count == 0;
    for (uint32_t i = 0; i < policy->chip_count && !allowed; i++) {
        size_t length = policy->chip[i].length;
        const uint8_t *bytes = policy->chip[i].bytes;
        allowed = (length == claims->chip_id_bytes && memcmp(bytes, claims->chip_id, length) == 0) ||
                  (claims->has_platform && length == sizeof claims->platform_instance_id &&
                   memcmp(bytes, claims->platform_instance_id, length) == 0);
    }
    return allowed ? AVO_OK : avo_policy_deny(result, "chips", "chip: not on the policy's list; add it if it is yours");
}

/* Root, TCB, collateral and chip are the platform's: they were asked of the LAS's own evidence. */
enum avo_error avo_policy_apply_vouched(const struct avo_attest_input *input, struct avo_attest_result *result) {
    enum avo_error error = deny_debug(result);
    error = error != AVO_OK ? error : avo_policy_apply_sgx(input, result);
    return error != AVO_OK ? error : avo_policy_apply_rules(input, result);
}

enum avo_error avo_policy_apply(const struct avo_attest_input *input, struct avo_attest_result *result) {
    const struct avo_policy *policy = input->policy;
    bool intel = result->claims.tee != AVO_TEE_SNP;
    enum avo_error error = deny_simulated(policy, result);
    error = error != AVO_OK ? error : deny_debug(result);
    if (error == AVO_OK && intel) {
        error = deny_status(policy, result);
        error = error != AVO_OK ? error : deny_old_collateral(policy, result);
    }
    error = error != AVO_OK ? error : deny_chip(policy, result);
    if (error != AVO_OK) {
        return error;
    }
    switch (result->claims.tee) {
    case AVO_TEE_SGX:
        error = avo_policy_apply_sgx(input, result);
        break;
    case AVO_TEE_TDX:
        error = avo_policy_apply_tdx(input, result);
        break;
    default:
        error = avo_policy_apply_snp(input, result);
        break;
    }
    return error != AVO_OK ? error : avo_policy_apply_rules(input, result);
}
