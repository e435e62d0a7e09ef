#include "attest/policy/rules.h"
#include "attest/verify/json.h"
#include <stdio.h>
#include <string.h>

static struct avo_policy defaults(void) {
    struct avo_policy policy = {.tcb_statuses = 1u << AVO_TCB_UP_TO_DATE};
    policy.sgx = (struct avo_policy_sgx){.allow_smt = true, .allow_dynamic_platform = true, .xfrm_allowed = UINT64_MAX};
    policy.tdx = (struct avo_policy_tdx){
        .allow_smt = true, .allow_dynamic_platform = true, .require_sept_ve_disable = true, .xfam_allowed = UINT64_MAX};
    policy.snp.products = 1u << AVO_SNP_GENOA | 1u << AVO_SNP_TURIN;
    for (unsigned product = 0; product < AVO_SNP_PRODUCT_COUNT; product++) {
        policy.snp.of[product] = (struct avo_policy_snp_product){.allow_vlek = true, .allow_smt = true, .require_crl = true};
    }
    return policy;
}

struct avo_policy avo_policy_default_production(void) {
    struct avo_policy policy = defaults();
    for (unsigned role = AVO_ATTESTED_ROLE_CAS; role < AVO_ATTESTED_ROLE_COUNT; role++) {
        for (unsigned tee = AVO_TEE_SGX; tee <= AVO_TEE_SNP; tee++) {
            struct avo_policy_role *rules = &policy.role[role];
            rules->rule[rules->rule_count++] = (struct avo_policy_rule){.tee = (enum avo_tee)tee, .any_measurement = true};
        }
    }
    return policy;
}

static void read_status(struct avo_policy_reader *reader, const json_t *value, void *into) {
    enum avo_tcb_status status = AVO_TCB_NOT_SUPPORTED;
    if (!json_is_string(value) || !avo_tcb_status_parse(json_string_value(value), &status)) {
        avo_policy_fail(reader, AVO_EFORMAT, "is not a TCB status such as \"UpToDate\" or \"SWHardeningNeeded\"");
    } else if (status == AVO_TCB_REVOKED) {
        avo_policy_fail(reader, AVO_EINVAL, "Revoked is never accepted");
    }
    *(uint32_t *)into |= 1u << status;
}

static void read_statuses(struct avo_policy_reader *reader, const json_t *value, void *into) {
    *(uint32_t *)into = 0;
    avo_policy_read_list(reader, value, AVO_TCB_STATUS_COUNT, read_status, into);
}

static void read_advisory(struct avo_policy_reader *reader, const json_t *value, void *into) {
    struct avo_policy *policy = into;
    const char *id = json_string_value(value);
    if (id == NULL || id[0] == '\0' || strlen(id) >= AVO_ADVISORY_BYTES) {
        avo_policy_fail(reader, AVO_EFORMAT, "must be an advisory's name such as \"INTEL-SA-00615\"");
        return;
    }
    (void)snprintf(policy->advisory[policy->advisory_count++], AVO_ADVISORY_BYTES, "%s", id);
}

static void read_advisories(struct avo_policy_reader *reader, const json_t *value, void *into) {
    avo_policy_read_list(reader, value, AVO_POLICY_ADVISORIES_MAX, read_advisory, into);
}

static void read_chip(struct avo_policy_reader *reader, const json_t *value, void *into) {
    struct avo_policy *policy = into;
    avo_policy_read_chip(reader, value, &policy->chip[policy->chip_count++]);
}

static void read_chips(struct avo_policy_reader *reader, const json_t *value, void *into) {
    avo_policy_read_list(reader, value, AVO_POLICY_CHIPS_MAX, read_chip, into);
}

static void read_version(struct avo_policy_reader *reader, const json_t *value, void *into) {
    (void)into;
    if (!json_is_integer(value) || json_integer_value(value) != 1) {
        avo_policy_fail(reader, AVO_EFORMAT, "must be 1, the only version there is");
    }
}

static void read_debug(struct avo_policy_reader *reader, const json_t *value, void *into) {
    (void)into;
    if (!json_is_false(value)) {
        avo_policy_fail(reader, AVO_EINVAL, "a debug enclave is never accepted: anyone can read its memory");
    }
}

static void read_owner(struct avo_policy_reader *reader, const json_t *value, void *into) {
    struct avo_policy *policy = into;
    const char *hex = json_string_value(value);
    policy->has_owner = hex != NULL && avo_hex_decode(avo_slice_string(hex), policy->owner, sizeof policy->owner);
    if (!policy->has_owner) {
        avo_policy_fail(reader, AVO_EFORMAT, "must be a string of 64 hex digits (an X25519 public key)");
    }
}

#define AT(member) offsetof(struct avo_policy, member)

static const struct avo_policy_field fields[] = {
    {"version", AVO_FIELD_CUSTOM, 0, 0, 0, read_version, true},
    {"cluster", AVO_FIELD_CUSTOM, AT(cluster), 0, 0, avo_policy_read_cluster, false},
    {"owner", AVO_FIELD_CUSTOM, 0, 0, 0, read_owner, false},
    {"users", AVO_FIELD_CUSTOM, 0, 0, 0, avo_policy_read_users, false},
    {"roles", AVO_FIELD_CUSTOM, AT(role), 0, 0, avo_policy_read_roles, true},
    {"debug", AVO_FIELD_CUSTOM, 0, 0, 0, read_debug, false},
    {"allow_simulated_root", AVO_FIELD_BOOL, AT(allow_simulated_root), 0, 0, NULL, false},
    {"simulated_root", AVO_FIELD_TEXT, AT(simulated_root), 0, AVO_POLICY_ROOT_BYTES_MAX, NULL, false},
    {"minimum_tcb_evaluation_number", AVO_FIELD_NUMBER, AT(minimum_tcb_evaluation_number), 0, UINT32_MAX, NULL, false},
    {"tcb_statuses", AVO_FIELD_CUSTOM, AT(tcb_statuses), 0, 0, read_statuses, false},
    {"advisories", AVO_FIELD_CUSTOM, 0, 0, 0, read_advisories, false},
    {"chips", AVO_FIELD_CUSTOM, 0, 0, 0, read_chips, false},
    {"las", AVO_FIELD_CUSTOM, AT(las), 0, 0, avo_policy_read_las, false},
    {"sgx", AVO_FIELD_CUSTOM, AT(sgx), 0, 0, avo_policy_read_sgx, false},
    {"tdx", AVO_FIELD_CUSTOM, AT(tdx), 0, 0, avo_policy_read_tdx, false},
    {"snp", AVO_FIELD_CUSTOM, AT(snp), 0, 0, avo_policy_read_snp, false},
};

/* What the parts cannot see: that they contradict each other, or leave nothing to accept. */
static void check_whole(struct avo_policy_reader *reader, const struct avo_policy *policy) {
    uint32_t rule_count = 0;
    bool any = false;
    for (unsigned role = 0; role < AVO_ATTESTED_ROLE_COUNT; role++) {
        rule_count += policy->role[role].rule_count;
        for (uint32_t i = 0; i < policy->role[role].rule_count; i++) {
            any = any || policy->role[role].rule[i].any_measurement;
        }
    }
    if (rule_count == 0) {
        avo_policy_fail_at(reader, "roles", "no role accepts anything, so the policy accepts nothing");
    }
    if (any && policy->cluster.given) {
        avo_policy_fail_at(reader, "roles",
                           "\"any\" measurement is for looking at evidence, not for a policy that names a cluster");
    }
    if (policy->cluster.given && policy->role[AVO_ATTESTED_ROLE_NODE].rule_count == 0) {
        avo_policy_fail_at(reader, "roles", "a cluster without a rule for \"node\" accepts no node");
    }
    if (policy->allow_simulated_root && policy->simulated_root[0] == '\0') {
        avo_policy_fail_at(reader, "allow_simulated_root", "is true, but no simulated_root is given");
    }
}

static void check_root(struct avo_policy_reader *reader, const struct avo_policy *policy) {
    struct avo_roots roots;
    struct avo_reason ignored;
    if (reader->error == AVO_OK && avo_policy_roots(policy, &roots, &ignored) != AVO_OK) {
        avo_policy_fail_at(reader, "simulated_root", "is not one self-issued certificate in PEM");
    }
}

enum avo_error avo_policy_parse(struct avo_slice text, const char *name, struct avo_policy *policy, struct avo_reason *reason) {
    struct avo_policy_reader reader = {.text = text, .name = name, .reason = reason};
    json_error_t error;
    *policy = defaults();
    json_t *root = json_loadb((const char *)text.data, text.length, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        return avo_reason_set(reason, AVO_EFORMAT, "%s:%d: %s", name, error.line, error.text);
    }
    policy->snp.of[AVO_SNP_UNKNOWN].require_crl = json_object_get(root, "cluster") != NULL; /* else it is for looking at evidence */
    avo_policy_snp_spread(&policy->snp);
    avo_policy_read_object(&reader, root, fields, AVO_COUNT(fields), policy);
    check_whole(&reader, policy);
    avo_policy_check_breadth(&reader, policy);
    avo_policy_check_las(&reader, policy);
    check_root(&reader, policy);
    json_decref(root);
    return reader.error;
}

enum avo_error avo_policy_roots(const struct avo_policy *policy, struct avo_roots *roots, struct avo_reason *reason) {
    *roots = avo_roots_vendor();
    if (policy->simulated_root[0] == '\0') {
        return AVO_OK;
    }
    return avo_roots_add(roots, avo_slice_string(policy->simulated_root), AVO_ROOT_SIMULATED, reason);
}
