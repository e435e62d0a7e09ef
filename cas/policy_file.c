#include "cas/policy_file.h"
#include "attest/policy/policy.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_VERSION 1 /* of a cluster's policy; updates by views count on from here */

static enum avo_error refuse(const char *name, struct avo_text *reason, const char *text) {
    avo_text_add_string(reason, name);
    avo_text_add_string(reason, text);
    return AVO_EINVAL;
}

static enum avo_error take_users(const char *name, const struct avo_policy *from, struct avo_cas_policy *to,
                                 struct avo_text *reason) {
    for (uint32_t i = 0; i < from->user_count; i++) {
        struct avo_cas_user *user = &to->users[i];
        size_t length = strlen(from->user[i].name);
        if (length > sizeof user->name) {
            avo_text_add_string(reason, name);
            avo_text_add_string(reason, ": users: ");
            avo_text_add_string(reason, from->user[i].name);
            return refuse("", reason, ": a name has at most 32 bytes: shorten it");
        }
        user->name_length = (uint8_t)length;
        memcpy(user->name, from->user[i].name, length);
        memcpy(user->public_key, from->user[i].public_key, sizeof user->public_key);
        user->rights = (uint8_t)from->user[i].rights;
    }
    to->user_count = from->user_count;
    return AVO_OK;
}

static void take_machines(const struct avo_policy_las *from, struct avo_cas_policy *to) {
    memset(to->slot_machine, AVO_CAS_NO_MACHINE, sizeof to->slot_machine);
    to->las_required = from->required;
    for (uint8_t i = 0; i < from->machine_count && i < AVO_COUNT(to->machines); i++) {
        struct avo_cas_machine *machine = &to->machines[to->machine_count++];
        memcpy(machine->name, from->machine[i].name, sizeof machine->name);
        memcpy(machine->chip.bytes, from->machine[i].chip.bytes, sizeof machine->chip.bytes);
        machine->chip.length = (uint8_t)from->machine[i].chip.length;
        for (size_t slot = 0; slot < AVO_COUNT(to->slot_machine); slot++) {
            if ((from->machine[i].slots >> slot & 1) != 0) {
                to->slot_machine[slot] = i;
            }
        }
    }
}

static enum avo_error take(const char *name, const struct avo_policy *from, struct avo_cas_policy *to, struct avo_text *reason) {
    if (!from->cluster.given) {
        return refuse(name, reason, ": it describes no cluster: add \"cluster\" with nodes and workers");
    }
    if (!from->has_owner) {
        return refuse(name, reason, ": it names no owner: add \"owner\" with the owner's public key");
    }
    if (from->cluster.nodes > AVO_SLOT_MAX_COUNT) {
        return refuse(name, reason, ": cluster.nodes: at most 9 nodes hold a key in this version: lower it");
    }
    *to = (struct avo_cas_policy){.version = FIRST_VERSION,
                                  .slot_count = (uint8_t)from->cluster.nodes,
                                  .worker_count = (uint16_t)from->cluster.workers,
                                  .mtu_bytes = (uint16_t)from->cluster.mtu,
                                  .value_max_bytes = from->cluster.value_bytes_max};
    memcpy(to->owner, from->owner, sizeof to->owner);
    take_machines(&from->las, to); /* at most one a node: a parsed policy gives each slots of its own */
    return take_users(name, from, to, reason);
}

static enum avo_error read_policy(void *context, struct avo_slice text, struct avo_cas_policy *policy, struct avo_text *reason) {
    const char *name = context;
    struct avo_reason why = {0};
    struct avo_policy *parsed = calloc(1, sizeof *parsed);
    if (parsed == NULL) {
        return refuse("policy", reason, ": no memory to read it: give the CAS more");
    }
    enum avo_error error = avo_policy_parse(text, name, parsed, &why);
    if (error == AVO_OK) {
        error = take(name, parsed, policy, reason);
    } else {
        avo_text_add_string(reason, why.text);
    }
    free(parsed);
    return error;
}

struct avo_cas_policy_reader avo_cas_policy_file(const char *name) {
    return (struct avo_cas_policy_reader){(void *)(uintptr_t)name, read_policy};
}

_Static_assert(AVO_CAS_MACHINE_NAME_BYTES == AVO_POLICY_NAME_BYTES, "a machine's name fits");
_Static_assert(AVO_CAS_USER_MAX_COUNT >= AVO_POLICY_USERS_MAX, "every user of a policy fits");
