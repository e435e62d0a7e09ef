#include "cas/policy.h"
#include "base/secret.h"
#include "protocol/view/ticket.h"

_Static_assert(AVO_CAS_USER_NAME_MAX_BYTES == AVO_USER_NAME_MAX_BYTES, "a user's name fits its ticket");

static enum avo_error out_of_range(struct avo_text *reason, const char *what, uint64_t found, uint64_t low, uint64_t high) {
    avo_text_clear(reason);
    avo_text_add_string(reason, "policy: ");
    avo_text_add_string(reason, what);
    avo_text_add_string(reason, " is ");
    avo_text_add_number(reason, found);
    avo_text_add_string(reason, ": give a number from ");
    avo_text_add_number(reason, low);
    avo_text_add_string(reason, " to ");
    avo_text_add_number(reason, high);
    return AVO_EINVAL;
}

enum avo_error avo_cas_policy_check(const struct avo_cas_policy *policy, struct avo_text *reason) {
    if (policy->version == 0) {
        return out_of_range(reason, "version", 0, 1, UINT32_MAX);
    }
    if (policy->slot_count < 1 || policy->slot_count > AVO_SLOT_MAX_COUNT) {
        return out_of_range(reason, "the number of nodes", policy->slot_count, 1, AVO_SLOT_MAX_COUNT);
    }
    if (policy->worker_count < 1 || policy->worker_count > AVO_WORKER_MAX_COUNT) {
        return out_of_range(reason, "the number of workers", policy->worker_count, 1, AVO_WORKER_MAX_COUNT);
    }
    if (policy->mtu_bytes < AVO_MTU_MIN_BYTES || policy->mtu_bytes > AVO_MTU_MAX_BYTES) {
        return out_of_range(reason, "the mtu", policy->mtu_bytes, AVO_MTU_MIN_BYTES, AVO_MTU_MAX_BYTES);
    }
    if (policy->value_max_bytes < 1 || policy->value_max_bytes > AVO_VALUE_MAX_BYTES) {
        return out_of_range(reason, "the largest value", policy->value_max_bytes, 1, AVO_VALUE_MAX_BYTES);
    }
    if (policy->user_count > AVO_CAS_USER_MAX_COUNT) {
        return out_of_range(reason, "the number of users", policy->user_count, 0, AVO_CAS_USER_MAX_COUNT);
    }
    if (policy->machine_count > AVO_CAS_MACHINE_MAX_COUNT) {
        return out_of_range(reason, "the number of machines", policy->machine_count, 0, AVO_CAS_MACHINE_MAX_COUNT);
    }
    for (uint8_t i = 0; i < policy->slot_count; i++) {
        if (policy->slot_machine[i] != AVO_CAS_NO_MACHINE && policy->slot_machine[i] >= policy->machine_count) {
            return out_of_range(reason, "the machine of a slot", policy->slot_machine[i], 0, policy->machine_count);
        }
    }
    return AVO_OK;
}

static bool same_chip(const struct avo_chip *a, const struct avo_chip *b) {
    return a->length > 0 && avo_slice_equal(avo_slice(a->bytes, a->length), avo_slice(b->bytes, b->length));
}

uint8_t avo_cas_policy_machine(const struct avo_cas_policy *policy, const struct avo_attested *attested) {
    for (uint8_t i = 0; i < policy->machine_count; i++) {
        const struct avo_chip *chip = &policy->machines[i].chip;
        if (same_chip(chip, &attested->chip) || same_chip(chip, &attested->platform_instance)) {
            return i;
        }
    }
    return AVO_CAS_NO_MACHINE;
}

bool avo_cas_policy_is_owner(const struct avo_cas_policy *policy, const uint8_t key[AVO_PUBLIC_KEY_BYTES]) {
    return avo_secret_equal(policy->owner, key, AVO_PUBLIC_KEY_BYTES);
}

uint8_t avo_cas_policy_rights(const struct avo_cas_policy *policy, const uint8_t key[AVO_PUBLIC_KEY_BYTES],
                              struct avo_slice *name) {
    for (uint32_t i = 0; i < policy->user_count; i++) {
        const struct avo_cas_user *user = &policy->users[i];
        if (avo_secret_equal(user->public_key, key, AVO_PUBLIC_KEY_BYTES)) {
            *name = avo_slice(user->name, user->name_length);
            return user->rights;
        }
    }
    *name = AVO_SLICE_EMPTY;
    return 0;
}

bool avo_cas_policy_knows(const struct avo_cas_policy *policy, const uint8_t key[AVO_PUBLIC_KEY_BYTES]) {
    struct avo_slice name;
    return avo_cas_policy_is_owner(policy, key) || avo_cas_policy_rights(policy, key, &name) != 0;
}
