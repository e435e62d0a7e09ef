#include "client/cli/process.h"
#include "client/cli/up.h"
#include "client/io/hex.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROOT_MAX_BYTES 4095

static json_t *hex_of(const uint8_t key[AVO_PUBLIC_KEY_BYTES]) {
    char hex[2 * AVO_PUBLIC_KEY_BYTES + 1];
    avo_hex_write(hex, avo_slice(key, AVO_PUBLIC_KEY_BYTES));
    return json_string(hex);
}

static json_t *role_of(const char *measurement) {
    return json_pack("{s:[{s:s, s:s}]}", "accept", "tee", "sgx", "measurement", measurement);
}

static json_t *policy_of(const struct avo_up *up, const char *root_pem, const char *node, const char *cas) {
    return json_pack("{s:i, s:{s:s, s:I, s:I, s:i, s:I}, s:o, s:[{s:s, s:o, s:[s,s]}], s:b, s:s, s:{s:o, s:o}}", "version", 1,
                     "cluster", "name", "avocado", "nodes", (json_int_t)up->nodes, "workers", (json_int_t)up->workers,
                     "value_bytes_max", AVO_VALUE_MAX_BYTES, "mtu", (json_int_t)up->mtu, "owner", hex_of(up->owner.public), "users",
                     "name", "client", "public_key", hex_of(up->client.public), "rights", "read", "write", "allow_simulated_root",
                     1, "simulated_root", root_pem, "roles", "node", role_of(node), "cas", role_of(cas));
}

static bool fail(struct avo_up *up, const char *path) {
    avo_why_set(&up->why, "up: %s: %s; choose another --dir", path, strerror(errno));
    return false;
}

static bool write_text(struct avo_up *up, const char *root_pem) {
    char path[AVO_PATH_BYTES];
    char node[65];
    char cas[65];
    if (avo_cli_measure_file(up->enclave_program, node, &up->why) != AVO_OK ||
        avo_cli_measure_file(up->cas_program, cas, &up->why) != AVO_OK || !avo_cli_path(path, up->dir, "policy.json")) {
        return false;
    }
    json_t *policy = policy_of(up, root_pem, node, cas);
    char *text = policy == NULL ? NULL : json_dumps(policy, JSON_INDENT(2));
    json_decref(policy);
    if (text == NULL) {
        errno = ENOMEM;
        return fail(up, path);
    }
    up->policy = (struct avo_buffer){.data = (uint8_t *)text, .length = strlen(text), .capacity = strlen(text)};
    return avo_file_put(path, 0600, avo_buffer_slice(&up->policy)) || fail(up, path);
}

bool avo_up_policy_make(struct avo_up *up) {
    char path[AVO_PATH_BYTES];
    struct avo_buffer root;
    if (!avo_cli_path(path, up->dir, "simcpu/root.pem")) {
        return false;
    }
    if (!avo_file_take(path, ROOT_MAX_BYTES, &root)) {
        return fail(up, path);
    }
    avo_key_pair_make(&up->owner, &up->random);
    avo_key_pair_make(&up->client, &up->random);
    bool good = write_text(up, (const char *)root.data);
    free(root.data);
    return good;
}
