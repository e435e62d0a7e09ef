/* policy: the owner makes one, and sees what the CAS would make of it. */
#include "cas/policy_file.h"
#include "cli/base/cli.h"
#include "cli/base/key_file.h"
#include "cli/base/policy_make.h"
#include "cli/base/policy_users.h"
#include "cli/base/process.h"
#include "client/io/clock.h"
#include "client/io/file.h"
#include "client/io/hex.h"
#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct init {
    struct avo_common common;
    const char *simulated_root;
    const char *node;
    const char *cas;
    const char *las;
    const char *chips;
    struct avo_words users;
    uint64_t nodes;
    uint64_t workers;
    uint64_t mtu;
    struct avo_key_pair owner;
    struct avo_key_pair client;
    struct avo_key_pair recovery;
    struct avo_why why;
};

static bool init_prepare(struct init *init, char path[AVO_PATH_BYTES]) {
    struct avo_random random = avo_system_random();
    const char *dir = init->common.dir;
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        avo_why_set(&init->why, "policy init: %s: %s; make its parent folder, or choose another --dir", dir, strerror(errno));
        return false;
    }
    if (!avo_cli_path(path, dir, "policy.json") || access(path, F_OK) == 0) {
        avo_why_set(&init->why, "policy init: %s/policy.json exists already; edit it, move it away, or choose another --dir", dir);
        return false;
    }
    return avo_recovery_key_open(dir, &random, &init->recovery, &init->why) &&
           avo_key_file_open(dir, "owner.key", &random, &init->owner, &init->why) &&
           avo_key_file_open(dir, "client.key", &random, &init->client, &init->why);
}

/* What was written is what the CAS would take: else it is taken away again. */
static bool policy_try(struct init *init, const char *path, struct avo_slice text) {
    struct avo_text reason = {0};
    struct avo_cas_policy policy = {0};
    struct avo_cas_policy_reader reader = avo_cas_policy_file("policy.json");
    if (reader.read(reader.context, text, &policy, &reason) == AVO_OK && avo_cas_policy_check(&policy, &reason) == AVO_OK) {
        return true;
    }
    (void)unlink(path);
    avo_why_set(&init->why, "policy init: nothing was written: %s; give --simulated-root the root.pem that avocado-simcpu wrote",
                reason.bytes);
    return false;
}

/* What is not named is the program beside this one. */
static bool init_write(struct init *init) {
    char path[AVO_PATH_BYTES];
    char node[PATH_MAX];
    char cas[PATH_MAX];
    char las[PATH_MAX];
    struct avo_buffer text = {0};
    if (!avo_policy_users_check(&init->users, AVO_POLICY_CLIENT, "policy init", &init->why) || !init_prepare(init, path) ||
        !avo_program_path(node, sizeof node, "avocado-enclave") || !avo_program_path(cas, sizeof cas, "avocado-cas") ||
        !avo_program_path(las, sizeof las, "avocado-las")) {
        return false;
    }
    const struct avo_policy_plan plan = {.command = "policy init",
                                         .nodes = init->nodes,
                                         .workers = init->workers,
                                         .mtu = init->mtu,
                                         .simulated_root = init->simulated_root,
                                         .enclave_program = init->node != NULL ? init->node : node,
                                         .cas_program = init->cas != NULL ? init->cas : cas,
                                         .las_program = init->chips == NULL ? NULL
                                                        : init->las != NULL ? init->las
                                                                            : las,
                                         .chips = init->chips,
                                         .owner_public = init->owner.public,
                                         .client_public = init->client.public,
                                         .users = &init->users};
    bool good = avo_policy_make(&plan, path, &text, &init->why) && policy_try(init, path, avo_buffer_slice(&text));
    free(text.data);
    if (good && init->common.json) {
        avo_cli_json(json_pack("{s:s}", "policy", path));
    } else if (good) {
        printf("%s\n", path);
    }
    return good;
}

static int policy_init(int argc, char **argv) {
    struct init init = {.nodes = 3, .workers = 1, .mtu = AVO_MTU_DEFAULT_BYTES};
    const struct avo_option options[] = {
        {"simulated-root", AVO_OPTION_TEXT, &init.simulated_root, "PEM", 0, 0,
         "the root that certified the simulated CPUs; needed"},
        {"user", AVO_OPTION_LIST, &init.users, AVO_POLICY_USER_FORM, 0, 0,
         "one user more, by the key that avocado key new printed; again for each"},
        {"nodes", AVO_OPTION_COUNT, &init.nodes, "N", 1, AVO_SLOT_MAX_COUNT, "replicas (3)"},
        {"workers", AVO_OPTION_COUNT, &init.workers, "W", 1, AVO_WORKER_MAX_COUNT, "threads a replica (1)"},
        {"mtu", AVO_OPTION_COUNT, &init.mtu, "BYTES", AVO_MTU_MIN_BYTES, AVO_MTU_MAX_BYTES, "largest IP packet (1500)"},
        {"node", AVO_OPTION_TEXT, &init.node, "FILE|HEX", 0, 0, "the enclave's program or measurement (avocado-enclave here)"},
        {"cas", AVO_OPTION_TEXT, &init.cas, "FILE|HEX", 0, 0, "the CAS's program or measurement (avocado-cas here)"},
        {"chips", AVO_OPTION_TEXT, &init.chips, "FILE,...", 0, 0,
         "each slot's machine by its chip.id: its LAS must vouch (no LAS)"},
        {"las", AVO_OPTION_TEXT, &init.las, "FILE|HEX", 0, 0, "the LAS's program or measurement (avocado-las here)"},
    };
    const struct avo_usage usage = {
        "policy init",
        "",
        "Makes D/policy.json, and D/owner.key, D/client.key and D/recovery.key where they are not there yet.",
        options,
        AVO_COUNT(options),
        0,
        0,
        AVO_TAKES_DIR,
        NULL};
    enum avo_parsed parsed = avo_options_parse(&usage, argc, argv, &init.common);
    if (parsed != AVO_PARSED_RUN) {
        return parsed == AVO_PARSED_HELP ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
    }
    if (init.las != NULL && init.chips == NULL) {
        avo_cli_say("policy init: --las does nothing without --chips, which pins slots to machines; give both, or neither");
        return AVO_EXIT_REFUSED;
    }
    avo_why_set(&init.why, "policy init: --simulated-root is missing; give the root.pem that avocado-simcpu --make-platform wrote");
    bool good = init.simulated_root != NULL && sodium_init() >= 0 && init_write(&init);
    if (!good) {
        avo_cli_say("%s", init.why.text);
    }
    sodium_memzero(&init, sizeof init);
    return good ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
}

static void policy_print(const struct avo_common *common, const struct avo_cas_policy *policy, struct avo_slice text) {
    uint8_t hash[32];
    char hash_hex[65];
    char owner[65];
    crypto_hash_sha256(hash, text.data, text.length);
    avo_hex_write(hash_hex, AVO_SLICE_OF(hash));
    avo_hex_write(owner, AVO_SLICE_OF(policy->owner));
    if (common->json) {
        avo_cli_json(json_pack("{s:b, s:s, s:i, s:i, s:i, s:i, s:s, s:i}", "valid", 1, "hash", hash_hex, "version",
                               (int)policy->version, "nodes", policy->slot_count, "workers", policy->worker_count, "mtu",
                               policy->mtu_bytes, "owner", owner, "users", (int)policy->user_count));
    } else {
        printf("policy %s: version %u, %u nodes of %u workers, mtu %u, owner %s, %u users\n", hash_hex, policy->version,
               policy->slot_count, policy->worker_count, policy->mtu_bytes, owner, policy->user_count);
    }
}

/* A value as the document has it, in one line. */
static void value_print(const char *what, const json_t *value) {
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    printf("%s%s\n", what, text != NULL ? text : "");
    free(text);
}

/* What loosens or tightens all of the above: nothing that the document says is left out. */
static void policy_list_rest(const json_t *root) {
    static const char *const rest[] = {"tcb_statuses", "advisories", "minimum_tcb_evaluation_number", "chips", "sgx", "tdx", "snp"};
    for (size_t i = 0; i < AVO_COUNT(rest); i++) {
        const json_t *value = json_object_get(root, rest[i]);
        if (value != NULL) {
            printf("  %s", rest[i]);
            value_print(": ", value);
        }
    }
}

/* What it lists, name by name; the document parsed before. */
static void policy_list(struct avo_slice text) {
    const char *role;
    json_t *rules;
    json_t *item;
    size_t i;
    json_t *root = json_loadb((const char *)text.data, text.length, 0, NULL);
    json_object_foreach(json_object_get(root, "roles"), role, rules) {
        json_array_foreach(json_object_get(rules, "accept"), i, item) {
            const char *measurement = json_string_value(json_object_get(item, "measurement"));
            printf("  role %s: %s ", role, json_string_value(json_object_get(item, "tee")));
            if (measurement != NULL && json_object_size(item) == 2) {
                printf("%s\n", measurement);
            } else {
                value_print("", item);
            }
        }
    }
    json_array_foreach(json_object_get(root, "users"), i, item) {
        printf("  user %s: key %s", json_string_value(json_object_get(item, "name")),
               json_string_value(json_object_get(item, "public_key")));
        value_print(", rights ", json_object_get(item, "rights"));
    }
    json_array_foreach(json_object_get(json_object_get(root, "las"), "machines"), i, item) {
        printf("  machine %s: chip %s", json_string_value(json_object_get(item, "name")),
               json_string_value(json_object_get(item, "chip")));
        value_print(", slots ", json_object_get(item, "slots"));
    }
    const json_t *las = json_object_get(root, "las");
    bool required = json_is_true(json_object_get(las, "required"));
    printf("  a node joins through a LAS: %s\n", required ? "always" : las != NULL ? "or by its vendor's evidence" : "never");
    policy_list_rest(root);
    printf("  simulated root: %s\n",
           json_is_true(json_object_get(root, "allow_simulated_root")) ? "ALLOWED, which protects nothing" : "no");
    json_decref(root);
}

/* By the reader and the checks of the CAS itself. */
static int policy_read(const struct avo_usage *usage, bool show, int argc, char **argv) {
    struct avo_common common;
    struct avo_buffer text;
    struct avo_text reason = {0};
    struct avo_cas_policy policy = {0};
    enum avo_parsed parsed = avo_options_parse(usage, argc, argv, &common);
    if (parsed != AVO_PARSED_RUN) {
        return parsed == AVO_PARSED_HELP ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
    }
    if (!avo_file_take(common.arguments[0], AVO_POLICY_MAX_BYTES, &text)) {
        avo_cli_say("%s: %s: %s; name a readable policy of at most 48 KiB", usage->command, common.arguments[0], strerror(errno));
        return AVO_EXIT_REFUSED;
    }
    struct avo_cas_policy_reader reader = avo_cas_policy_file(common.arguments[0]);
    enum avo_error error = reader.read(reader.context, avo_buffer_slice(&text), &policy, &reason);
    if (error == AVO_OK) {
        error = avo_cas_policy_check(&policy, &reason);
    }
    if (error == AVO_OK) {
        policy_print(&common, &policy, avo_buffer_slice(&text));
    } else {
        avo_cli_say("%s: %s", usage->command, reason.bytes);
    }
    if (error == AVO_OK && show && !common.json) {
        policy_list(avo_buffer_slice(&text));
    }
    free(text.data);
    return error == AVO_OK ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
}

static int policy_check(int argc, char **argv) {
    const struct avo_usage usage = {
        "policy check", "FILE", "Reads a policy as the CAS will, and says what is wrong with it and where.", NULL, 0, 1, 1,
        AVO_TAKES_NONE, NULL};
    return policy_read(&usage, false, argc, argv);
}

static int policy_show(int argc, char **argv) {
    const struct avo_usage usage = {"policy show",  "FILE", "Checks a policy and lists who may do and be what.", NULL, 0, 1, 1,
                                    AVO_TAKES_NONE, NULL};
    return policy_read(&usage, true, argc, argv);
}

int avo_cli_policy(int argc, char **argv) {
    static const struct avo_command commands[] = {{"init", policy_init}, {"check", policy_check}, {"show", policy_show}};
    return avo_cli_group(commands, AVO_COUNT(commands), "sign, apply and diff", argc, argv);
}
