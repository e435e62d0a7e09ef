#include "client/cli/policy_make.h"
#include "client/cli/measure.h"
#include "client/io/file.h"
#include "client/io/hex.h"
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOT_MAX_BYTES 4095
#define MEASUREMENT_HEX_BYTES 65
#define CHIP_MAX_BYTES 160
#define CHIP_FILES_BYTES 4096

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
                     "users", "name", "client", "public_key", hex_of(plan->client_public), "rights", "read", "write",
                     "allow_simulated_root", 1, "simulated_root", root_pem, "roles", "node", role_of(node), "cas", role_of(cas));
}

static bool fail(const struct avo_policy_plan *plan, const char *path, struct avo_why *why) {
    avo_why_set(why, "%s: %s: %s; choose another --dir", plan->command, path, strerror(errno));
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

/* One machine, whose LAS the nodes of `count` slots from `slot` on must come through. */
static bool machine_add(json_t *machines, const struct avo_policy_plan *plan, const char *chip_file, uint64_t slot, uint64_t count,
                        struct avo_why *why) {
    struct avo_buffer chip;
    char name[16];
    if (!avo_file_take(chip_file, CHIP_MAX_BYTES, &chip)) {
        return fail(plan, chip_file, why);
    }
    json_t *slots = json_array();
    for (uint64_t i = 0; i < count; i++) {
        (void)json_array_append_new(slots, json_integer((json_int_t)(slot + i)));
    }
    (void)snprintf(name, sizeof name, "m%zu", json_array_size(machines) + 1);
    size_t digits = strspn((const char *)chip.data, "0123456789abcdef"); /* its newline is none */
    json_t *machine = json_pack("{s:s, s:s%, s:o}", "name", name, "chip", chip.data, digits, "slots", slots);
    free(chip.data);
    return json_array_append_new(machines, machine) == 0;
}

/* All nodes on one machine, or each on its own. */
static bool machines_add(json_t *machines, const struct avo_policy_plan *plan, struct avo_why *why) {
    char files[CHIP_FILES_BYTES];
    char *rest = NULL;
    if (strchr(plan->chips, ',') == NULL) {
        return machine_add(machines, plan, plan->chips, 0, plan->nodes, why);
    }
    if (snprintf(files, sizeof files, "%s", plan->chips) >= (int)sizeof files) {
        errno = ENAMETOOLONG;
        return fail(plan, "the list of chips", why);
    }
    for (char *file = strtok_r(files, ",", &rest); file != NULL; file = strtok_r(NULL, ",", &rest)) {
        if (!machine_add(machines, plan, file, json_array_size(machines), 1, why)) {
            return false;
        }
    }
    if (json_array_size(machines) != plan->nodes) {
        avo_why_set(why, "%s: chips of %zu machines for %llu nodes; name one file, or one for each slot", plan->command,
                    json_array_size(machines), (unsigned long long)plan->nodes);
        return false;
    }
    return true;
}

static bool las_add(json_t *policy, const struct avo_policy_plan *plan, const char *measurement, struct avo_why *why) {
    json_t *machines = json_array();
    json_t *las = json_pack("{s:b, s:o}", "required", 1, "machines", machines);
    return json_object_set_new(json_object_get(policy, "roles"), "las", role_of(measurement)) == 0 &&
           json_object_set_new(policy, "las", las) == 0 && machines_add(machines, plan, why);
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
    if (policy != NULL && plan->las_program != NULL && !las_add(policy, plan, las, why)) {
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
    return avo_file_put(path, 0600, avo_buffer_slice(to)) || fail(plan, path, why);
}

bool avo_policy_make(const struct avo_policy_plan *plan, const char *path, struct avo_buffer *text, struct avo_why *why) {
    struct avo_buffer root;
    if (!avo_file_take(plan->simulated_root, ROOT_MAX_BYTES, &root)) {
        return fail(plan, plan->simulated_root, why);
    }
    bool good = write_text(plan, (const char *)root.data, path, text, why);
    free(root.data);
    return good;
}
