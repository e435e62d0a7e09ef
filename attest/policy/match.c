/* Measurements: evidence is accepted by the first rule of its role in which everything given holds. */
#include "attest/policy/parts.h"
#include <stdio.h>
#include <string.h>

static bool holds(const struct avo_policy_hash *expected, const uint8_t *actual, size_t length) {
    return !expected->given || memcmp(expected->bytes, actual, length) == 0;
}

/* For identity fields that nobody should have set: expected as given, else zero. */
static bool holds_or_zero(const struct avo_policy_hash *expected, const uint8_t *actual, size_t length) {
    return memcmp(expected->bytes, actual, length) == 0; /* bytes are zero when not given */
}

static bool sgx_holds(const struct avo_policy_rule *rule, const struct avo_sgx_report *report) {
    static const uint8_t zeros[16];
    if (!holds(&rule->measurement, report->mr_enclave, 32) || !holds(&rule->signer, report->mr_signer, 32)) {
        return false;
    }
    if ((rule->has_product && report->isv_product_id != rule->product) || report->isv_svn < rule->minimum_svn) {
        return false;
    }
    if (rule->any_measurement) {
        return holds(&rule->config_id, report->config_id, 64);
    }
    return holds_or_zero(&rule->config_id, report->config_id, 64) && memcmp(report->isv_family_id, zeros, 16) == 0 &&
           memcmp(report->isv_ext_product_id, zeros, 16) == 0;
}

static bool tdx_holds(const struct avo_policy_rule *rule, const struct avo_td_report *report) {
    bool held = holds(&rule->measurement, report->mr_td, 48);
    for (size_t i = 0; i < AVO_COUNT(rule->rtmr); i++) {
        held = held && holds(&rule->rtmr[i], report->rtmr[i], 48);
    }
    if (rule->any_measurement) {
        return held && holds(&rule->mr_config_id, report->mr_config_id, 48) && holds(&rule->mr_owner, report->mr_owner, 48) &&
               holds(&rule->mr_owner_config, report->mr_owner_config, 48) && holds(&rule->mr_service_td, report->mr_service_td, 48);
    }
    return held && holds_or_zero(&rule->mr_config_id, report->mr_config_id, 48) &&
           holds_or_zero(&rule->mr_owner, report->mr_owner, 48) &&
           holds_or_zero(&rule->mr_owner_config, report->mr_owner_config, 48) &&
           holds_or_zero(&rule->mr_service_td, report->mr_service_td, 48);
}

static bool snp_holds(const struct avo_policy_rule *rule, const struct avo_snp_report *report) {
    return holds(&rule->measurement, report->measurement, 48) && holds(&rule->signer, report->id_key_digest, 48) &&
           holds(&rule->host_data, report->host_data, 32) && holds(&rule->family_id, report->family_id, 16) &&
           holds(&rule->image_id, report->image_id, 16) && report->guest_svn >= rule->minimum_svn;
}

static bool rule_holds(const struct avo_policy_rule *rule, const struct avo_evidence *evidence) {
    if (rule->tee != evidence->tee) {
        return false; /* a hash of one kind of TEE is never compared with another's */
    }
    switch (rule->tee) {
    case AVO_TEE_SGX:
        return sgx_holds(rule, &evidence->quote.sgx);
    case AVO_TEE_TDX:
        return tdx_holds(rule, &evidence->quote.td);
    case AVO_TEE_SNP:
        return snp_holds(rule, &evidence->snp);
    default:
        return false;
    }
}

static void note_accepted(const struct avo_policy_rule *rule, unsigned role, struct avo_attest_result *result) {
    result->policy_line = rule->line;
    const char *extent = rule->any_measurement ? ", which takes any measurement" : "";
    if (rule->line == 0) {
        (void)avo_reason_set(&result->reason, AVO_OK, "accepted by the production defaults%s", extent);
    } else {
        (void)avo_reason_set(&result->reason, AVO_OK, "accepted by the rule on policy line %u for role %s%s", rule->line,
                             avo_attested_role_name((enum avo_attested_role)role), extent);
    }
}

enum avo_error avo_policy_apply_rules(const struct avo_attest_input *input, struct avo_attest_result *result) {
    unsigned first = input->role == AVO_ATTESTED_ROLE_ANY ? AVO_ATTESTED_ROLE_CAS : (unsigned)input->role;
    unsigned last = input->role == AVO_ATTESTED_ROLE_ANY ? AVO_ATTESTED_ROLE_COUNT - 1 : first;
    for (unsigned role = first; role <= last; role++) {
        const struct avo_policy_role *rules = &input->policy->role[role];
        for (uint32_t i = 0; i < rules->rule_count; i++) {
            if (rule_holds(&rules->rule[i], input->evidence)) {
                note_accepted(&rules->rule[i], role, result);
                return AVO_OK;
            }
        }
    }
    return avo_policy_deny(result, "roles",
                           "measurement: no rule of role %s accepts this %s; compare it with `avocado attest inspect` and add it "
                           "to the policy if it is yours",
                           avo_attested_role_name(input->role), avo_tee_name(input->evidence->tee));
}
