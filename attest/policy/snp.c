#include "attest/policy/parts.h"
#include "attest/snp/vek.h"
#include <string.h>

enum {
    POLICY_SMT = 16,
    POLICY_RESERVED_ONE = 17,
    POLICY_MIGRATE_MA = 18,
    POLICY_SINGLE_SOCKET = 20,
    POLICY_CIPHERTEXT_HIDING = 24,
    POLICY_FIRST_UNKNOWN = 26,
    PLATFORM_CIPHERTEXT_HIDING = 4,
    PLATFORM_ALIAS_CHECK_COMPLETE = 5,
};

static bool has(uint64_t bits, unsigned number) {
    return (bits >> number & 1) != 0;
}

static enum avo_error check_guest_policy(const struct avo_policy_snp_product *policy, const struct avo_snp_report *report,
                                         struct avo_attest_result *result) {
    uint64_t bits = report->policy;
    uint32_t major = bits >> 8 & 0xFF;
    uint32_t minor = bits & 0xFF;
    if (!has(bits, POLICY_RESERVED_ONE) || bits >> POLICY_FIRST_UNKNOWN != 0) {
        return avo_policy_deny(result, NULL, "SNP guest policy: reserved bits are not as they must be");
    }
    if (has(bits, POLICY_SMT) && !policy->allow_smt) {
        return avo_policy_deny(result, "snp.allow_smt", "SNP guest policy: it permits hyper-threading, and the policy does not");
    }
    if (has(bits, POLICY_MIGRATE_MA) && !policy->allow_migrate_ma) {
        return avo_policy_deny(result, "snp.allow_migrate_ma",
                               "SNP guest policy: it permits a migration agent, and the policy does not");
    }
    if (!has(bits, POLICY_SINGLE_SOCKET) && policy->require_single_socket) {
        return avo_policy_deny(result, "snp.require_single_socket", "SNP guest policy: it is not bound to a single socket");
    }
    if (policy->require_ciphertext_hiding &&
        (!has(bits, POLICY_CIPHERTEXT_HIDING) || !has(report->platform_info, PLATFORM_CIPHERTEXT_HIDING))) {
        return avo_policy_deny(result, "snp.require_ciphertext_hiding",
                               "SNP guest policy: ciphertext hiding is not required of, or not on at, the platform");
    }
    if (major < policy->minimum_abi_major || (major == policy->minimum_abi_major && minor < policy->minimum_abi_minor)) {
        return avo_policy_deny(result, "snp.minimum_abi_major", "SNP guest policy: its minimum ABI version is below the policy's");
    }
    return AVO_OK;
}

static bool reaches(enum avo_snp_product product, const uint8_t tcb[8], const uint8_t minimum[5]) {
    uint8_t parts[5];
    avo_snp_tcb_parts(product, tcb, parts);
    for (size_t i = 0; i < sizeof parts; i++) {
        if (parts[i] < minimum[i]) {
            return false;
        }
    }
    return true;
}

static bool firmware_is_committed(const struct avo_snp_report *report) {
    return memcmp(report->current_tcb, report->committed_tcb, sizeof report->current_tcb) == 0 &&
           report->current_build == report->committed_build && report->current_minor == report->committed_minor &&
           report->current_major == report->committed_major;
}

/* Part by part, never as one number; and each of the four versions a report names. */
static enum avo_error check_firmware(const struct avo_policy_snp_product *policy, const struct avo_snp_report *report,
                                     struct avo_attest_result *result) {
    enum avo_snp_product product = result->claims.snp_product;
    const uint8_t *minimum = policy->minimum_tcb;
    if (!firmware_is_committed(report) && !policy->allow_provisional_firmware) {
        return avo_policy_deny(result, "snp.allow_provisional_firmware",
                               "SNP firmware: the current one is not the committed one, so it can be rolled back");
    }
    if (!policy->has_minimum_tcb) {
        return AVO_OK;
    }
    bool reached = reaches(product, report->reported_tcb, minimum) && reaches(product, report->committed_tcb, minimum) &&
                   reaches(product, report->launch_tcb, minimum) && reaches(product, report->current_tcb, minimum);
    result->status = reached ? AVO_TCB_UP_TO_DATE : AVO_TCB_OUT_OF_DATE;
    return reached ? AVO_OK
                   : avo_policy_deny(result, "snp.minimum_tcb",
                                     "SNP firmware: a part of the TCB is below the policy's; update the platform");
}

static enum avo_error check_platform(const struct avo_policy_snp_product *policy, const struct avo_snp_report *report,
                                     struct avo_attest_result *result) {
    if (policy->require_alias_check && !has(report->platform_info, PLATFORM_ALIAS_CHECK_COMPLETE)) {
        return avo_policy_deny(result, "snp.require_alias_check",
                               "SNP platform: memory alias check is not complete (BadRAM), and the policy asks for it");
    }
    if (policy->require_crl && !result->claims.revocation_checked) {
        return avo_policy_deny(result, "snp.require_crl",
                               "SNP revocation: the collateral has no AMD CRL, and the policy asks for one; fetch it (crl.der)");
    }
    if ((report->current_mit_vector & policy->required_mitigations) != policy->required_mitigations ||
        (report->launch_mit_vector & policy->required_mitigations) != policy->required_mitigations) {
        return avo_policy_deny(result, "snp.required_mitigations", "SNP mitigations: one that the policy asks for is off");
    }
    return AVO_OK;
}

static enum avo_error check_guest(const struct avo_policy_snp_product *policy, const struct avo_snp_report *report,
                                  struct avo_attest_result *result) {
    if (report->vmpl != policy->vmpl) {
        return avo_policy_deny(result, "snp.vmpl", "SNP VMPL: the report is for level %u, and the policy asks for %u", report->vmpl,
                               policy->vmpl);
    }
    if (report->guest_svn < policy->minimum_guest_svn) {
        return avo_policy_deny(result, "snp.minimum_guest_svn", "SNP guest SVN: below the policy's");
    }
    return AVO_OK;
}

enum avo_error avo_policy_apply_snp(const struct avo_attest_input *input, struct avo_attest_result *result) {
    const struct avo_policy_snp_product *policy = &input->policy->snp.of[result->claims.snp_product];
    const struct avo_snp_report *report = &input->evidence->snp;
    if ((input->policy->snp.products >> result->claims.snp_product & 1) == 0) {
        return avo_policy_deny(
            result, "snp.products", "SNP product: %s is not among the policy's%s", avo_snp_product_name(result->claims.snp_product),
            result->claims.snp_product == AVO_SNP_MILAN ? "; extraction of its root seed was claimed in 2026" : "");
    }
    if (result->claims.vlek && !policy->allow_vlek) {
        return avo_policy_deny(result, "snp.allow_vlek", "SNP signing key: a VLEK names no chip, and the policy does not allow it");
    }
    enum avo_error error = check_guest_policy(policy, report, result);
    error = error != AVO_OK ? error : check_guest(policy, report, result);
    error = error != AVO_OK ? error : check_platform(policy, report, result);
    return error != AVO_OK ? error : check_firmware(policy, report, result);
}
