#include "cli/base/policy_make.h"
#include "cli/base/measure.h"
#include "cli/base/policy_users.h"
#include "client/io/file.h"
#include "client/io/hex.h"
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOT_MAX_BYTES 4095
#define MEASUREMENT_HEX_BYTES 65
#define PPID_DIGITS 32
#define SNP_CHIP_DIGITS 128
#define CHIP_FILE_MAX_BYTES 160
#define CHIP_FILES_BYTES 4096
#define MACHINE_NAME_BYTES 16

static json_t *hex_of(const uint8_t key[AVO_PUBLIC_KEY_BYTES]) {
    char hex[2 * AVO_PUBLIC_KEY_BYTES + 1];
    avo_hex_write(hex, avo_slice(key, AVO_PUBLIC_KEY_BYTES));
    return json_string(hex);
}

static json_t *role_of(const char *measurement) {
    return json_pack("{s:[{s:s, s:s}]}", "accept", "tee", "sgx", "measurement", measurement);
}

static json_t *policy_of(const struct avo_policy_plan *plan, const char *root_pem, const char *node, const char *cas) {
    return json_pack("{s:i, s:{s:s, s:I, s:I, s:i, s:I}, s:o, s:[{s:s, s:o, s:[s,s]}], s:b, s:s, s:{s:o, s:o}}", "version", 1,
                     "cluster", "name", "avocado", "nodes", (json_int_t)plan->nodes, "workers", (json_int_t)plan->workers,
                     "value_bytes_max", AVO_VALUE_MAX_BYTES, "mtu", (json_int_t)plan->mtu, "owner", hex_of(plan->owner_public),
                     "users", "name", AVO_POLICY_CLIENT, "public_key", hex_of(plan->client_public), "rights", "read", "write",
                     "allow_simulated_root", 1, "simulated_root", root_pem, "roles", "node", role_of(node), "cas", role_of(cas));
}

static bool fail_write(const struct avo_policy_plan *plan, const char *path, struct avo_why *why) {
    avo_why_set(why, "%s: %s: %s; choose another --dir", plan->command, path, strerror(errno));
    return false;
}

static bool fail_read(const struct avo_policy_plan *plan, const char *path, const char *what, const char *next,
                      struct avo_why *why) {
    avo_why_set(why, "%s: %s: %s; name the %s that avocado-simcpu wrote", plan->command, path, what, next);
    return false;
}

/* A measurement as it stands, or that of a program. */
static bool measurement_of(const char *program, char hex[MEASUREMENT_HEX_BYTES], struct avo_why *why) {
    uint8_t bytes[32];
    struct avo_buffer measurement = {.data = bytes, .capacity = sizeof bytes};
    if (avo_hex_read(program, &measurement) && measurement.length == sizeof bytes) {
        avo_hex_write(hex, avo_buffer_slice(&measurement));
        return true;
    }
    return avo_cli_measure_file(program, hex, why) == AVO_OK;
}

/* The one line of a chip.id: what evidence from that CPU proves. */
static bool chip_read(const struct avo_policy_plan *plan, const char *file, char chip[SNP_CHIP_DIGITS + 1], struct avo_why *why) {
    struct avo_buffer text;
    if (!avo_file_take(file, CHIP_FILE_MAX_BYTES, &text)) {
        const char *what = errno == EFBIG ? "is larger than any chip's id" : strerror(errno);
        return fail_read(plan, file, what, "chip.id", why);
    }
    size_t digits = strspn((const char *)text.data, "0123456789abcdef");
    bool ended = digits + strspn((const char *)text.data + digits, " \t\r\n") == text.length;
    bool good = ended && (digits == PPID_DIGITS || digits == SNP_CHIP_DIGITS);
    if (good) {
        memcpy(chip, text.data, digits);
        chip[digits] = '\0';
    }
    free(text.data);
    return good || fail_read(plan, file, "is no chip's id of 32 or 128 hex digits", "chip.id", why);
}

static json_t *machine_find(json_t *machines, const char *chip) {
    json_t *machine;
    size_t i;
    json_array_foreach(machines, i, machine) {
        if (strcmp(json_string_value(json_object_get(machine, "chip")), chip) == 0) {
            return machine;
        }
    }
    return NULL;
}

/* The node of this slot must come through the LAS of that CPU's machine. A chip is one machine, however many slots run there: its
 * LAS could not say which of two it stands for. */
static bool slot_pin(json_t *machines, const struct avo_policy_plan *plan, const char *chip_file, uint64_t slot,
                     struct avo_why *why) {
    char chip[SNP_CHIP_DIGITS + 1];
    char name[MACHINE_NAME_BYTES];
    if (!chip_read(plan, chip_file, chip, why)) {
        return false;
    }
    json_t *machine = machine_find(machines, chip);
    if (machine == NULL) {
        (void)snprintf(name, sizeof name, "m%zu", json_array_size(machines) + 1);
        machine = json_pack("{s:s, s:s, s:[]}", "name", name, "chip", chip, "slots");
        (void)json_array_append_new(machines, machine);
    }
    return json_array_append_new(json_object_get(machine, "slots"), json_integer((json_int_t)slot)) == 0;
}

/* All nodes on one machine, those too that are added later; or each where the list says. */
static bool slots_pin(json_t *machines, const struct avo_policy_plan *plan, struct avo_why *why) {
    char files[CHIP_FILES_BYTES];
    char *rest = NULL;
    uint64_t slot = 0;
    bool good = true;
    if (snprintf(files, sizeof files, "%s", plan->chips) >= (int)sizeof files) {
        avo_why_set(why, "%s: --chips: more than %d bytes; name the files by shorter paths", plan->command, CHIP_FILES_BYTES - 1);
        return false;
    }
    if (strchr(plan->chips, ',') == NULL) {
        for (; good && slot < AVO_SLOT_MAX_COUNT; slot++) {
            good = slot_pin(machines, plan, plan->chips, slot, why);
        }
        return good;
    }
    for (char *file = strtok_r(files, ",", &rest); good && file != NULL; file = strtok_r(NULL, ",", &rest)) {
        good = slot_pin(machines, plan, file, slot++, why);
    }
    if (good && slot != plan->nodes) {
        avo_why_set(why, "%s: --chips: %llu files for %llu nodes; name one file, or one for each slot", plan->command,
                    (unsigned long long)slot, (unsigned long long)plan->nodes);
    }
    return good && slot == plan->nodes;
}

static bool las_add(json_t *policy, const struct avo_policy_plan *plan, const char *measurement, struct avo_why *why) {
    json_t *machines = json_array();
    json_t *las = json_pack("{s:b, s:o}", "required", 1, "machines", machines);
    return json_object_set_new(json_object_get(policy, "roles"), "las", role_of(measurement)) == 0 &&
           json_object_set_new(policy, "las", las) == 0 && slots_pin(machines, plan, why);
}

/* Beside the program of now, those of an upgrade. */
static bool accept_add(json_t *policy, const struct avo_policy_plan *plan, struct avo_why *why) {
    json_t *rules = json_object_get(json_object_get(json_object_get(policy, "roles"), "node"), "accept");
    char hex[MEASUREMENT_HEX_BYTES];
    bool good = true;
    for (size_t i = 0; good && plan->accept != NULL && i < plan->accept->count; i++) {
        good = measurement_of(plan->accept->items[i], hex, why) &&
               json_array_append_new(rules, json_pack("{s:s, s:s}", "tee", "sgx", "measurement", hex)) == 0;
    }
    return good;
}

static bool write_text(const struct avo_policy_plan *plan, const char *root_pem, const char *path, struct avo_buffer *to,
                       struct avo_why *why) {
    char node[MEASUREMENT_HEX_BYTES];
    char cas[MEASUREMENT_HEX_BYTES];
    char las[MEASUREMENT_HEX_BYTES];
    if (!measurement_of(plan->enclave_program, node, why) || !measurement_of(plan->cas_program, cas, why) ||
        (plan->las_program != NULL && !measurement_of(plan->las_program, las, why))) {
        return false;
    }
    json_t *policy = policy_of(plan, root_pem, node, cas);
    bool good = policy == NULL || avo_policy_users_add(json_object_get(policy, "users"), plan->users, plan->command, why);
    good = good && (policy == NULL || accept_add(policy, plan, why));
    good = good && (policy == NULL || plan->las_program == NULL || las_add(policy, plan, las, why));
    if (!good) {
        json_decref(policy);
        return false;
    }
    char *text = policy == NULL ? NULL : json_dumps(policy, JSON_INDENT(2));
    json_decref(policy);
    if (text == NULL) {
        avo_why_set(why, "%s: %s: is no text; give the simulated root's PEM file", plan->command, plan->simulated_root);
        return false;
    }
    *to = (struct avo_buffer){.data = (uint8_t *)text, .length = strlen(text), .capacity = strlen(text)};
    return avo_file_put(path, 0600, avo_buffer_slice(to)) || fail_write(plan, path, why);
}

bool avo_policy_make(const struct avo_policy_plan *plan, const char *path, struct avo_buffer *text, struct avo_why *why) {
    struct avo_buffer root;
    if (!avo_file_take(plan->simulated_root, ROOT_MAX_BYTES, &root)) {
        const char *what = errno == EFBIG ? "is larger than any root's certificate" : strerror(errno);
        return fail_read(plan, plan->simulated_root, what, "root.pem", why);
    }
    bool good = write_text(plan, (const char *)root.data, path, text, why);
    free(root.data);
    return good;
}
