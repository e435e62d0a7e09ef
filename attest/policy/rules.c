/* "roles": which measurements each role may have. */
#include "attest/policy/rules.h"
#include <string.h>

struct raw_rule {
    struct avo_policy_rule rule;
    const json_t *measurement; /* its length depends on the TEE, and the order of keys is free: read afterwards */
    const json_t *signer;
};

static void read_tee(struct avo_policy_reader *reader, const json_t *value, void *into) {
    const char *name = json_string_value(value);
    enum avo_tee *tee = into;
    for (int i = AVO_TEE_SGX; i <= AVO_TEE_SNP && name != NULL; i++) {
        if (strcmp(name, avo_tee_name((enum avo_tee)i)) == 0) {
            *tee = (enum avo_tee)i;
            return;
        }
    }
    avo_policy_fail(reader, AVO_EFORMAT, "must be \"sgx\", \"tdx\" or \"snp\"");
}

static void keep(struct avo_policy_reader *reader, const json_t *value, void *into) {
    if (!json_is_string(value)) {
        avo_policy_fail(reader, AVO_EFORMAT, "must be a string");
    }
    *(const json_t **)into = value;
}

#define RULE(member) offsetof(struct raw_rule, rule.member)

static const struct avo_policy_field rule_fields[] = {
    {"tee", AVO_FIELD_CUSTOM, RULE(tee), 0, 0, read_tee, true},
    {"measurement", AVO_FIELD_CUSTOM, offsetof(struct raw_rule, measurement), 0, 0, keep, false},
    {"signer", AVO_FIELD_CUSTOM, offsetof(struct raw_rule, signer), 0, 0, keep, false},
    {"product", AVO_FIELD_NUMBER, RULE(product), 0, UINT16_MAX, NULL, false},
    {"minimum_svn", AVO_FIELD_NUMBER, RULE(minimum_svn), 0, UINT32_MAX, NULL, false},
    {"config_id", AVO_FIELD_HASH, RULE(config_id), 0, 64, NULL, false},
    {"rtmr0", AVO_FIELD_OPEN, RULE(rtmr[0]), 0, 48, NULL, false},
    {"rtmr1", AVO_FIELD_OPEN, RULE(rtmr[1]), 0, 48, NULL, false},
    {"rtmr2", AVO_FIELD_OPEN, RULE(rtmr[2]), 0, 48, NULL, false},
    {"rtmr3", AVO_FIELD_OPEN, RULE(rtmr[3]), 0, 48, NULL, false},
    {"mr_config_id", AVO_FIELD_HASH, RULE(mr_config_id), 0, 48, NULL, false},
    {"mr_owner", AVO_FIELD_HASH, RULE(mr_owner), 0, 48, NULL, false},
    {"mr_owner_config", AVO_FIELD_HASH, RULE(mr_owner_config), 0, 48, NULL, false},
    {"mr_service_td", AVO_FIELD_HASH, RULE(mr_service_td), 0, 48, NULL, false},
    {"host_data", AVO_FIELD_HASH, RULE(host_data), 0, 32, NULL, false},
    {"family_id", AVO_FIELD_HASH, RULE(family_id), 0, 16, NULL, false},
    {"image_id", AVO_FIELD_HASH, RULE(image_id), 0, 16, NULL, false},
    {"any_role", AVO_FIELD_BOOL, RULE(any_role), 0, 0, NULL, false},
};

/* The hash length of a TEE's measurements. */
static uint32_t hash_bytes(enum avo_tee tee) {
    return tee == AVO_TEE_SGX ? 32 : 48;
}

static void read_hash_member(struct avo_policy_reader *reader, const json_t *object, const char *key, enum avo_tee tee,
                             struct avo_policy_hash *hash) {
    struct avo_policy_field field = {key, AVO_FIELD_HASH, 0, 0, hash_bytes(tee), NULL, false};
    json_t *one = json_pack("{s:O}", key, json_object_get(object, key));
    avo_policy_read_object(reader, one, &field, 1, hash);
    json_decref(one);
}

/* What a guest without an ID block has is nobody's signer: it must not be written as one. */
static void read_signer(struct avo_policy_reader *reader, const json_t *object, struct avo_policy_rule *rule) {
    static const uint8_t zeros[sizeof rule->signer.bytes];
    if (strcmp(json_string_value(json_object_get(object, "signer")), "none") == 0) {
        rule->signer.given = rule->unsigned_only = true;
        return;
    }
    read_hash_member(reader, object, "signer", rule->tee, &rule->signer);
    if (rule->signer.given && memcmp(rule->signer.bytes, zeros, sizeof zeros) == 0) {
        size_t mark = avo_policy_enter(reader, "signer", 0);
        avo_policy_fail(reader, AVO_EINVAL,
                        "is zero, as for everything that nobody signed: name a key, or write \"none\" beside a measurement");
        avo_policy_leave(reader, mark);
    }
}

static void check_tee(struct avo_policy_reader *reader, const json_t *object, enum avo_tee tee) {
    static const struct {
        const char *key;
        enum avo_tee tee;
    } only[] = {{"product", AVO_TEE_SGX},       {"config_id", AVO_TEE_SGX}, {"rtmr0", AVO_TEE_TDX},
                {"rtmr1", AVO_TEE_TDX},         {"rtmr2", AVO_TEE_TDX},     {"rtmr3", AVO_TEE_TDX},
                {"mr_config_id", AVO_TEE_TDX},  {"mr_owner", AVO_TEE_TDX},  {"mr_owner_config", AVO_TEE_TDX},
                {"mr_service_td", AVO_TEE_TDX}, {"host_data", AVO_TEE_SNP}, {"family_id", AVO_TEE_SNP},
                {"image_id", AVO_TEE_SNP}};
    for (size_t i = 0; i < AVO_COUNT(only); i++) {
        if (json_object_get(object, only[i].key) != NULL && only[i].tee != tee) {
            size_t mark = avo_policy_enter(reader, only[i].key, 0);
            avo_policy_fail(reader, AVO_EFORMAT, "does not exist for this tee");
            avo_policy_leave(reader, mark);
        }
    }
}

/* A signer alone would accept everything that signer ever signed. */
static void check_complete(struct avo_policy_reader *reader, const json_t *object, const struct avo_policy_rule *rule) {
    bool svn = json_object_get(object, "minimum_svn") != NULL;
    bool bounded = svn && (rule->tee != AVO_TEE_SGX || rule->has_product);
    if ((svn || rule->signer.given) && rule->tee == AVO_TEE_TDX) {
        avo_policy_fail(reader, AVO_EINVAL, "a TD has no signer and no SVN: give its measurement");
    } else if (rule->unsigned_only && (rule->tee != AVO_TEE_SNP || !rule->measurement.given)) {
        avo_policy_fail(reader, AVO_EINVAL, "the signer \"none\" is for snp, and needs a measurement beside it");
    } else if (rule->any_role && !rule->signer.given) {
        avo_policy_fail(reader, AVO_EINVAL, "any_role is about a signer, and the rule names none");
    } else if (rule->signer.given && !rule->measurement.given && !bounded) {
        avo_policy_fail(reader, AVO_EINVAL, "a signer needs minimum_svn (and product, for sgx) beside it");
    } else if (!rule->signer.given && !rule->measurement.given && !rule->any_measurement) {
        avo_policy_fail(reader, AVO_EINVAL, "names neither a measurement nor a signer, so it says nothing");
    }
}

static void read_rule(struct avo_policy_reader *reader, const json_t *value, void *into) {
    struct avo_policy_role *role = into;
    struct raw_rule raw = {0};
    raw.rule.line = avo_policy_line(reader);
    avo_policy_read_object(reader, value, rule_fields, AVO_COUNT(rule_fields), &raw);
    if (reader->error != AVO_OK) {
        return;
    }
    check_tee(reader, value, raw.rule.tee);
    raw.rule.has_product = json_object_get(value, "product") != NULL;
    raw.rule.any_measurement = raw.measurement != NULL && strcmp(json_string_value(raw.measurement), "any") == 0;
    if (raw.measurement != NULL && !raw.rule.any_measurement) {
        read_hash_member(reader, value, "measurement", raw.rule.tee, &raw.rule.measurement);
    }
    if (raw.signer != NULL) {
        read_signer(reader, value, &raw.rule);
    }
    check_complete(reader, value, &raw.rule);
    role->rule[role->rule_count++] = raw.rule;
}

static void read_accept(struct avo_policy_reader *reader, const json_t *value, void *into) {
    avo_policy_read_list(reader, value, AVO_POLICY_RULES_MAX, read_rule, into);
}

static void read_role(struct avo_policy_reader *reader, const json_t *value, void *into) {
    static const struct avo_policy_field fields[] = {{"accept", AVO_FIELD_CUSTOM, 0, 0, 0, read_accept, true}};
    avo_policy_read_object(reader, value, fields, AVO_COUNT(fields), into);
}

void avo_policy_read_roles(struct avo_policy_reader *reader, const json_t *value, void *policy_roles) {
    static const struct avo_policy_field fields[] = {
        {"node", AVO_FIELD_CUSTOM, AVO_ATTESTED_ROLE_NODE * sizeof(struct avo_policy_role), 0, 0, read_role, false},
        {"cas", AVO_FIELD_CUSTOM, AVO_ATTESTED_ROLE_CAS * sizeof(struct avo_policy_role), 0, 0, read_role, false},
        {"las", AVO_FIELD_CUSTOM, AVO_ATTESTED_ROLE_LAS * sizeof(struct avo_policy_role), 0, 0, read_role, false}};
    avo_policy_read_object(reader, value, fields, AVO_COUNT(fields), policy_roles);
}
