/* What a policy must not accept by what it leaves out. Who wants a rule that wide writes so; held against policies that name a
 * cluster, since others are for looking at evidence. */
#include "attest/policy/rules.h"
#include <stdio.h>
#include <string.h>

static void fail_at_rule(struct avo_policy_reader *reader, unsigned role, uint32_t rule, const char *problem) {
    char path[AVO_POLICY_PATH_BYTES];
    (void)snprintf(path, sizeof path, "roles.%s.accept[%u]", avo_attested_role_name((enum avo_attested_role)role), rule);
    avo_policy_fail_at(reader, path, problem);
}

static bool is_open(const struct avo_policy_hash *hash) {
    return !hash->given && !hash->any;
}

/* Given in both, and differently. */
static bool differs(const struct avo_policy_hash *a, const struct avo_policy_hash *b) {
    return a->given && b->given && memcmp(a->bytes, b->bytes, sizeof a->bytes) != 0;
}

/* By what the signer or the measurement covers. HOST_DATA and CONFIGID are not among it: the host that starts the program gives
 * it whichever it likes. */
static bool told_apart(const struct avo_policy_rule *a, const struct avo_policy_rule *b) {
    return a->tee != b->tee || differs(&a->signer, &b->signer) || differs(&a->measurement, &b->measurement) ||
           (a->has_product && b->has_product && a->product != b->product) || differs(&a->family_id, &b->family_id) ||
           differs(&a->image_id, &b->image_id);
}

/* By its signer, and by no measurement: everything that key ever signed fits, unless something else narrows it. */
static bool is_by_signer(const struct avo_policy_rule *rule) {
    return rule->signer.given && !rule->measurement.given;
}

/* One key signs programs of several roles: a node must not pass for the CAS. */
static void check_against_role(struct avo_policy_reader *reader, const struct avo_policy *policy, unsigned role, uint32_t at,
                               unsigned other_role) {
    const struct avo_policy_rule *rule = &policy->role[role].rule[at];
    const struct avo_policy_role *others = &policy->role[other_role];
    for (uint32_t i = 0; i < others->rule_count; i++) {
        const struct avo_policy_rule *other = &others->rule[i];
        bool same_key = rule->signer.given && other->signer.given && (is_by_signer(rule) || is_by_signer(other));
        if (same_key && !told_apart(rule, other) && !(rule->any_role && other->any_role)) {
            char problem[240];
            (void)snprintf(problem, sizeof problem,
                           "its signer also signs for role %s (line %u), and nothing tells the two apart: give each its own %s, or "
                           "any_role: true to both",
                           avo_attested_role_name((enum avo_attested_role)other_role), other->line,
                           rule->tee == AVO_TEE_SNP ? "family_id or image_id" : "product");
            fail_at_rule(reader, role, at, problem);
        }
    }
}

/* A product that is accepted, and of whose firmware nothing is said. */
static bool takes_any_firmware(const struct avo_policy_snp *snp) {
    bool any = false;
    for (unsigned product = AVO_SNP_MILAN; product < AVO_SNP_PRODUCT_COUNT; product++) {
        any |= (snp->products >> product & 1) != 0 && !snp->of[product].has_minimum_tcb;
    }
    return any;
}

static void check_rule(struct avo_policy_reader *reader, const struct avo_policy *policy, unsigned role, uint32_t at) {
    const struct avo_policy_rule *rule = &policy->role[role].rule[at];
    if (rule->tee == AVO_TEE_TDX && (is_open(&rule->rtmr[1]) || is_open(&rule->rtmr[2]))) {
        fail_at_rule(reader, role, at,
                     "without rtmr1 and rtmr2 it accepts any kernel, initrd and command line: give both, or write \"any\" for each "
                     "that may be anything");
    }
    if (rule->tee == AVO_TEE_SNP && takes_any_firmware(&policy->snp)) {
        fail_at_rule(reader, role, at,
                     "without snp.minimum_tcb it accepts AMD firmware of any age: give each product its floor, as "
                     "snp.Genoa.minimum_tcb, or write \"minimum_tcb\": {} where any will do");
    }
    for (unsigned other = 0; other < role; other++) {
        check_against_role(reader, policy, role, at, other);
    }
}

static void check_floors(struct avo_policy_reader *reader, const struct avo_policy_snp *snp) {
    uint32_t shared = snp->shared_floor & snp->products;
    if ((shared & (shared - 1)) != 0) {
        avo_policy_fail_at(reader, "snp.minimum_tcb",
                           "one floor does not fit several products, which number their firmware apart: give each its own, as "
                           "snp.Genoa.minimum_tcb and snp.Turin.minimum_tcb, or name one product");
    }
}

void avo_policy_check_breadth(struct avo_policy_reader *reader, const struct avo_policy *policy) {
    if (!policy->cluster.given) {
        return;
    }
    for (unsigned role = 0; role < AVO_ATTESTED_ROLE_COUNT; role++) {
        for (uint32_t i = 0; i < policy->role[role].rule_count; i++) {
            check_rule(reader, policy, role, i);
        }
    }
    check_floors(reader, &policy->snp);
}
