/* "cluster" and "users": what the CAS needs; the verifier does not look at them. */
#include "attest/policy/rules.h"
#include <stdio.h>
#include <string.h>

void avo_policy_read_cluster(struct avo_policy_reader *reader, const json_t *value, void *into) {
    static const struct avo_policy_field fields[] = {
        {"name", AVO_FIELD_NAME, offsetof(struct avo_policy_cluster, name), 0, AVO_POLICY_NAME_BYTES, NULL, false},
        {"nodes", AVO_FIELD_NUMBER, offsetof(struct avo_policy_cluster, nodes), 1, AVO_POLICY_NODES_MAX, NULL, true},
        {"workers", AVO_FIELD_NUMBER, offsetof(struct avo_policy_cluster, workers), 1, 64, NULL, true},
        {"value_bytes_max", AVO_FIELD_NUMBER, offsetof(struct avo_policy_cluster, value_bytes_max), 1, 1u << 30, NULL, false},
        {"mtu", AVO_FIELD_NUMBER, offsetof(struct avo_policy_cluster, mtu), 576, 65507, NULL, false}};
    struct avo_policy_cluster *cluster = into;
    (void)snprintf(cluster->name, sizeof cluster->name, "avocado");
    cluster->value_bytes_max = 1u << 20;
    cluster->mtu = 1400;
    avo_policy_read_object(reader, value, fields, AVO_COUNT(fields), cluster);
    cluster->given = true;
}

static void read_right(struct avo_policy_reader *reader, const json_t *value, void *into) {
    static const char *const names[] = {"read", "write", "admin"};
    const char *name = json_string_value(value);
    uint32_t *rights = into;
    for (size_t i = 0; i < AVO_COUNT(names) && name != NULL; i++) {
        if (strcmp(name, names[i]) == 0) {
            *rights |= 1u << i;
            return;
        }
    }
    avo_policy_fail(reader, AVO_EFORMAT, "must be \"read\", \"write\" or \"admin\"");
}

static void read_rights(struct avo_policy_reader *reader, const json_t *value, void *into) {
    avo_policy_read_list(reader, value, 3, read_right, into);
}

struct raw_user {
    struct avo_policy_user user;
    struct avo_policy_hash public_key;
};

static void read_user(struct avo_policy_reader *reader, const json_t *value, void *into) {
    static const struct avo_policy_field fields[] = {
        {"name", AVO_FIELD_NAME, offsetof(struct raw_user, user.name), 0, AVO_POLICY_NAME_BYTES, NULL, true},
        {"public_key", AVO_FIELD_HASH, offsetof(struct raw_user, public_key), 0, 32, NULL, true},
        {"rights", AVO_FIELD_CUSTOM, offsetof(struct raw_user, user.rights), 0, 0, read_rights, true}};
    struct avo_policy *policy = into;
    struct raw_user raw = {0};
    avo_policy_read_object(reader, value, fields, AVO_COUNT(fields), &raw);
    memcpy(raw.user.public_key, raw.public_key.bytes, sizeof raw.user.public_key);
    for (uint32_t i = 0; i < policy->user_count && reader->error == AVO_OK; i++) {
        const struct avo_policy_user *other = &policy->user[i];
        if (strcmp(other->name, raw.user.name) == 0 || memcmp(other->public_key, raw.user.public_key, 32) == 0) {
            avo_policy_fail(reader, AVO_EINVAL, "has the name or the key of a user above");
        }
    }
    policy->user[policy->user_count++] = raw.user;
}

void avo_policy_read_users(struct avo_policy_reader *reader, const json_t *value, void *policy) {
    avo_policy_read_list(reader, value, AVO_POLICY_USERS_MAX, read_user, policy);
}
