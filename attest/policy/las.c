/* "las": which machine's LAS vouches for which slots. */
#include "attest/policy/rules.h"
#include "attest/verify/json.h"
#include <stdio.h>
#include <string.h>

void avo_policy_read_chip(struct avo_policy_reader *reader, const json_t *value, void *chip) {
    static const uint8_t zeros[sizeof((struct avo_policy_chip *)0)->bytes];
    struct avo_policy_chip *into = chip;
    const char *hex = json_string_value(value);
    size_t length = hex == NULL ? 0 : strlen(hex) / 2;
    bool known = length == 16 || length == 64;
    if (!known || !avo_hex_decode(avo_slice_string(hex), into->bytes, length)) {
        avo_policy_fail(reader, AVO_EFORMAT, "must be 32 (PPID or platform instance) or 128 (SNP chip id) hex digits");
        return;
    }
    if (memcmp(into->bytes, zeros, length) == 0) {
        avo_policy_fail(reader, AVO_EINVAL, "is zero, which is no chip's own: a VLEK-signed report names no chip");
    }
    into->length = length;
}

static void read_slot(struct avo_policy_reader *reader, const json_t *value, void *into) {
    uint32_t *slots = into;
    json_int_t slot = json_integer_value(value);
    if (!json_is_integer(value) || slot < 0 || slot >= AVO_POLICY_NODES_MAX) {
        avo_policy_fail(reader, AVO_EFORMAT, "must be a slot: a whole number from 0");
        return;
    }
    if ((*slots >> slot & 1) != 0) {
        avo_policy_fail(reader, AVO_EINVAL, "stands here twice");
    }
    *slots |= 1u << slot;
}

static void read_slots(struct avo_policy_reader *reader, const json_t *value, void *into) {
    avo_policy_read_list(reader, value, AVO_POLICY_NODES_MAX, read_slot, into);
}

static void read_machine(struct avo_policy_reader *reader, const json_t *value, void *into) {
    static const struct avo_policy_field fields[] = {
        {"name", AVO_FIELD_NAME, offsetof(struct avo_policy_machine, name), 0, AVO_POLICY_NAME_BYTES, NULL, true},
        {"chip", AVO_FIELD_CUSTOM, offsetof(struct avo_policy_machine, chip), 0, 0, avo_policy_read_chip, true},
        {"slots", AVO_FIELD_CUSTOM, offsetof(struct avo_policy_machine, slots), 0, 0, read_slots, true}};
    struct avo_policy_las *las = into;
    struct avo_policy_machine machine = {.line = avo_policy_line(reader)};
    avo_policy_read_object(reader, value, fields, AVO_COUNT(fields), &machine);
    for (uint32_t i = 0; i < las->machine_count && reader->error == AVO_OK; i++) {
        const struct avo_policy_machine *other = &las->machine[i];
        bool same_chip =
            other->chip.length == machine.chip.length && memcmp(other->chip.bytes, machine.chip.bytes, machine.chip.length) == 0;
        if (same_chip || strcmp(other->name, machine.name) == 0) {
            avo_policy_fail(reader, AVO_EINVAL, "has the name or the chip of a machine above");
        } else if ((other->slots & machine.slots) != 0) {
            avo_policy_fail(reader, AVO_EINVAL, "has a slot that a machine above has: a slot is pinned to one machine");
        }
    }
    las->machine[las->machine_count++] = machine;
}

static void read_machines(struct avo_policy_reader *reader, const json_t *value, void *into) {
    avo_policy_read_list(reader, value, AVO_POLICY_MACHINES_MAX, read_machine, into);
}

void avo_policy_read_las(struct avo_policy_reader *reader, const json_t *value, void *las) {
    static const struct avo_policy_field fields[] = {
        {"required", AVO_FIELD_BOOL, offsetof(struct avo_policy_las, required), 0, 0, NULL, false},
        {"machines", AVO_FIELD_CUSTOM, 0, 0, 0, read_machines, true}};
    struct avo_policy_las *into = las;
    avo_policy_read_object(reader, value, fields, AVO_COUNT(fields), into);
    into->given = true;
}

void avo_policy_check_las(struct avo_policy_reader *reader, const struct avo_policy *policy) {
    const struct avo_policy_las *las = &policy->las;
    uint32_t slots = 0;
    uint32_t all = policy->cluster.given ? (1u << policy->cluster.nodes) - 1 : 0;
    if (!las->given) {
        return;
    }
    for (uint32_t i = 0; i < las->machine_count; i++) {
        slots |= las->machine[i].slots;
    }
    if (!policy->cluster.given) {
        avo_policy_fail_at(reader, "las", "pins slots, but the policy names no cluster");
    } else if (las->required && (slots & all) != all) { /* slots beyond are of nodes that are added later */
        avo_policy_fail_at(reader, "las.required", "is true, but a slot is pinned to no machine, so nothing could join there");
    }
    if (policy->role[AVO_ATTESTED_ROLE_LAS].rule_count == 0) {
        avo_policy_fail_at(reader, "las", "is given, but roles.las accepts no LAS");
    }
}
