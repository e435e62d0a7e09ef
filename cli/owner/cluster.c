/* cluster form: the owner makes a cluster of machines that run already. */
#include "base/secret.h"
#include "cli/base/cli.h"
#include "cli/base/form.h"
#include "cli/base/key_file.h"
#include "cli/base/pin.h"
#include "client/io/clock.h"
#include "client/io/endpoint.h"
#include "client/io/file.h"
#include "client/io/hex.h"
#include "client/io/link.h"
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMAND "cluster form"
#define WAIT_S 60

struct cluster {
    struct avo_common common;
    const char *cas;
    const char *cas_key;
    const char *cas_advertise;
    const char *collateral;
    const char *recovery_key;
    uint8_t recovery_public[AVO_PUBLIC_KEY_BYTES];
    const char *policy_path;
    const char *members;
    bool any_members;
    const char *mode;
    double wait_s; /* below 0: not given */
    bool replace_profile;
    char profile_path[AVO_PATH_BYTES];
    struct avo_pin pin;
    struct avo_form form;
    struct avo_key_pair owner;
    struct avo_key_pair client;
    struct avo_random random;
    struct avo_link_aead engine;
    struct avo_buffer policy;
    struct avo_profile profile;
    struct avo_why why;
};

static bool fail(struct cluster *cluster, const char *option, const char *value, const char *what) {
    avo_why_set(&cluster->why, COMMAND ": --%s %.80s: %s", option, value == NULL ? "is missing" : value, what);
    return false;
}

static bool cas_key_read(struct cluster *cluster) {
    static const char next[] = "give the CAS's public.key: the file, or its 64 hex digits";
    char what[AVO_WHY_BYTES];
    struct avo_why problem;
    if (cluster->cas_key == NULL) {
        return fail(cluster, "cas-key", NULL, next);
    }
    if (avo_public_key_read(cluster->cas_key, cluster->form.cas_key, &problem)) {
        return true;
    }
    (void)snprintf(what, sizeof what, "%.200s; %s", problem.text, next);
    return fail(cluster, "cas-key", cluster->cas_key, what);
}

/* Before anything is sent: a list that no cluster can match would be seen only when all nodes have joined. */
static bool members_are_addresses(const char *members) {
    char text[AVO_ENDPOINT_TEXT_BYTES];
    struct avo_address address;
    for (const char *at = members;;) {
        size_t length = strcspn(at, ",");
        if (length >= sizeof text) {
            return false;
        }
        memcpy(text, at, length);
        text[length] = '\0';
        if (!avo_endpoint_read(text, &address)) {
            return false;
        }
        if (at[length] == '\0') {
            return true;
        }
        at += length + 1;
    }
}

static bool addresses_read(struct cluster *cluster) {
    static const char next[] = "give a numeric ADDR:PORT, IPv6 as [ADDR]:PORT";
    if (cluster->cas == NULL || !avo_endpoint_read(cluster->cas, &cluster->form.cas)) {
        return fail(cluster, "cas", cluster->cas, next);
    }
    cluster->form.cas_advertised = cluster->form.cas;
    if (cluster->cas_advertise != NULL && !avo_endpoint_read(cluster->cas_advertise, &cluster->form.cas_advertised)) {
        return fail(cluster, "cas-advertise", cluster->cas_advertise, next);
    }
    if (cluster->collateral == NULL) {
        return fail(cluster, "collateral", NULL, "give the CPU vendor's collateral, e.g. the folder that avocado-simcpu wrote");
    }
    if ((cluster->members == NULL) != cluster->any_members) {
        return fail(cluster, "members", cluster->members, "give either the addresses of all nodes, or --any-members");
    }
    if (cluster->members != NULL && !members_are_addresses(cluster->members)) {
        return fail(cluster, "members", cluster->members, "list a numeric ADDR:PORT for each slot, with commas between them");
    }
    return true;
}

/* What is given must hold; what lies in the folder must not be contradicted. */
static bool recovery_read(struct cluster *cluster) {
    char path[AVO_PATH_BYTES];
    struct avo_why problem;
    if (!avo_cli_path(path, cluster->common.dir, "recovery.pub")) {
        return false;
    }
    if (cluster->recovery_key == NULL && access(path, F_OK) != 0) {
        return true;
    }
    const char *given = cluster->recovery_key != NULL ? cluster->recovery_key : path;
    if (!avo_public_key_read(given, cluster->recovery_public, &problem)) {
        return fail(cluster, "recovery-key", given, "give the owner's recovery.pub: the file, or its 64 hex digits");
    }
    cluster->form.recovery_public = cluster->recovery_public;
    cluster->form.recovery_needed = cluster->recovery_key != NULL;
    return true;
}

static bool policy_read(struct cluster *cluster) {
    char path[AVO_PATH_BYTES];
    if (cluster->policy_path == NULL && !avo_cli_path(path, cluster->common.dir, "policy.json")) {
        return false;
    }
    const char *from = cluster->policy_path != NULL ? cluster->policy_path : path;
    if (!avo_file_take(from, AVO_POLICY_MAX_BYTES, &cluster->policy)) {
        return fail(cluster, "policy", from,
                    errno == ENOENT ? "there is none; make one with avocado policy init" : strerror(errno));
    }
    cluster->form.policy = avo_buffer_slice(&cluster->policy);
    return true;
}

/* The address of each slot in turn, as the owner listed them. */
static bool members_match(const char *members, const struct avo_view *view) {
    char text[AVO_ENDPOINT_TEXT_BYTES];
    struct avo_address address;
    const char *at = members;
    for (uint8_t slot = 0; slot < view->slot_count; slot++) {
        size_t length = strcspn(at, ",");
        const struct avo_member *member = avo_view_member(view, slot);
        if (member == NULL || length >= sizeof text) {
            return false;
        }
        memcpy(text, at, length);
        text[length] = '\0';
        if (!avo_endpoint_read(text, &address) || address.port != member->address.port ||
            memcmp(address.ip, member->address.ip, sizeof address.ip) != 0) {
            return false;
        }
        at += length + (at[length] == ',');
    }
    return *at == '\0';
}

static void members_say(const struct avo_view *view) {
    char hash_hex[2 * AVO_HASH_BYTES + 1];
    uint8_t hash[AVO_HASH_BYTES];
    avo_view_hash(view, hash);
    avo_hex_write(hash_hex, AVO_SLICE_OF(hash));
    avo_cli_say("view 1 is %s", hash_hex);
    for (uint8_t i = 0; i < view->member_count; i++) {
        char address[AVO_ENDPOINT_TEXT_BYTES];
        char measurement[65];
        avo_endpoint_write(address, &view->members[i].address);
        avo_hex_write(measurement, avo_slice(view->members[i].measurement, 32));
        avo_cli_say("node %u at %s, measurement %s%s", view->members[i].slot, address, measurement,
                    view->members[i].simulated ? ", SIMULATED" : "");
    }
}

static bool is_expected(void *context, const struct avo_view *view, struct avo_why *why) {
    const struct cluster *cluster = context;
    if (!cluster->common.json) {
        members_say(view);
    }
    if (cluster->any_members || members_match(cluster->members, view)) {
        return true;
    }
    avo_why_set(why, COMMAND ": other addresses joined than --members lists; start the nodes as listed, or correct the list");
    if (cluster->common.json) {
        members_say(view);
    }
    return false;
}

static void waiting(void *context, const char *what) {
    (void)context;
    avo_cli_say(COMMAND ": waiting %s", what);
}

/* Where the profile goes, and what stands there. */
static bool profile_find(struct cluster *cluster) {
    const struct avo_common *common = &cluster->common;
    bool good = common->profile == NULL ? avo_cli_path(cluster->profile_path, common->dir, "client.profile")
                                        : snprintf(cluster->profile_path, AVO_PATH_BYTES, "%s", common->profile) < AVO_PATH_BYTES;
    if (!good) {
        return fail(cluster, "profile", common->profile, "the path is too long; choose a shorter one");
    }
    return avo_pin_read(&cluster->pin, COMMAND, cluster->profile_path, cluster->replace_profile, &cluster->why);
}

static bool profile_write(struct cluster *cluster) {
    struct avo_profile *profile = &cluster->profile;
    (void)snprintf(profile->mode, sizeof profile->mode, "%s", cluster->mode);
    (void)snprintf(profile->transport, sizeof profile->transport, "udp");
    return avo_profile_save(cluster->profile_path, profile, &cluster->why) == AVO_OK;
}

static void summary(const struct cluster *cluster) {
    char id[2 * AVO_CLUSTER_ID_BYTES + 1];
    char pin_hex[2 * AVO_HASH_BYTES + 1];
    uint8_t pin[AVO_HASH_BYTES];
    avo_hex_write(id, AVO_SLICE_OF(cluster->profile.cluster_id));
    avo_profile_pin(&cluster->profile, pin);
    avo_hex_write(pin_hex, AVO_SLICE_OF(pin));
    const struct avo_ticket *ticket = &cluster->profile.ticket;
    bool reads = (ticket->rights & AVO_RIGHT_READ) != 0;
    bool writes = (ticket->rights & AVO_RIGHT_WRITE) != 0;
    if (cluster->common.json) {
        avo_cli_json(json_pack("{s:s, s:s, s:i, s:s%, s:b, s:b}", "cluster_id", id, "pin", pin_hex, "nodes",
                               cluster->profile.view.slot_count, "user", ticket->name, (size_t)ticket->name_length, "may_read",
                               reads, "may_write", writes));
    } else {
        printf("cluster %s of %u nodes; pin %s; %.*s may %s\n", id, cluster->profile.view.slot_count, pin_hex, ticket->name_length,
               (const char *)ticket->name,
               reads && writes ? "read and write"
               : reads         ? "read"
                               : "write");
    }
}

static uint64_t patience_us(const struct cluster *cluster) {
    double seconds = cluster->wait_s >= 0 ? cluster->wait_s : cluster->common.timeout_given ? cluster->common.timeout_s : WAIT_S;
    return (uint64_t)(seconds * 1e6);
}

static bool run(struct cluster *cluster) {
    struct avo_form *form = &cluster->form;
    const char *dir = cluster->common.dir;
    if (!profile_find(cluster) || !cas_key_read(cluster) || !addresses_read(cluster) || !recovery_read(cluster) ||
        !policy_read(cluster) || !avo_key_file_open(dir, "owner.key", NULL, &cluster->owner, &cluster->why) ||
        !avo_key_file_open(dir, "client.key", NULL, &cluster->client, &cluster->why)) {
        return false;
    }
    cluster->random = avo_system_random();
    if (!avo_link_aead_open(&cluster->engine)) {
        return fail(cluster, "dir", dir, "no memory; free some");
    }
    form->command = COMMAND;
    form->collateral = cluster->collateral;
    form->owner = &cluster->owner;
    form->client = &cluster->client;
    form->aead = cluster->engine.aead;
    form->random = &cluster->random;
    form->pin = &cluster->pin;
    form->call_ms = avo_cli_timeout_ms(&cluster->common);
    form->waits_on = true;
    form->patience_us = patience_us(cluster);
    form->waiting = waiting;
    form->context = cluster;
    form->is_expected = is_expected;
    bool good = avo_form_cluster(form, &cluster->profile, &cluster->why) && profile_write(cluster);
    avo_link_aead_close(&cluster->engine);
    return good;
}

static int cluster_form(int argc, char **argv) {
    struct cluster *cluster = avo_cli_take(sizeof *cluster);
    cluster->wait_s = -1;
    cluster->mode = "process";
    const struct avo_option options[] = {
        {"cas", AVO_OPTION_TEXT, &cluster->cas, "ADDR:PORT", 0, 0, "where the CAS is; needed"},
        {"cas-key", AVO_OPTION_TEXT, &cluster->cas_key, "FILE|HEX", 0, 0, "its public.key; needed"},
        {"cas-advertise", AVO_OPTION_TEXT, &cluster->cas_advertise, "ADDR:PORT", 0, 0, "where clients find it (as --cas)"},
        {"expect-cas", AVO_OPTION_TEXT, &cluster->form.expect_cas, "HEX", 0, 0, "its measurement, beside what the policy says"},
        {"collateral", AVO_OPTION_TEXT, &cluster->collateral, "PATH", 0, 0, "the CPU vendor's collateral; needed"},
        {"recovery-key", AVO_OPTION_TEXT, &cluster->recovery_key, "FILE|HEX", 0, 0,
         "whom alone the CAS may be recovered by, and must (may: D/recovery.pub)"},
        {"policy", AVO_OPTION_TEXT, &cluster->policy_path, "FILE", 0, 0, "the policy (D/policy.json)"},
        {"members", AVO_OPTION_TEXT, &cluster->members, "ADDR:PORT,...", 0, 0, "the members that view 1 must have, slot by slot"},
        {"any-members", AVO_OPTION_FLAG, &cluster->any_members, NULL, 0, 0, "approve every member that the policy admits"},
        {AVO_PIN_OPTION, AVO_OPTION_FLAG, &cluster->replace_profile, NULL, 0, 0, "though it follows another cluster or CAS"},
        {"mode", AVO_OPTION_CHOICE, &cluster->mode, "process|inline", 0, 0, "how the nodes run, for the profile (process)"},
        {"wait", AVO_OPTION_SECONDS, &cluster->wait_s, "SECONDS", 0, 86400, "for the CAS, and again for the nodes (60)"},
    };
    const struct avo_usage usage = {COMMAND,
                                    "",
                                    "Verifies the CAS, gives it the policy, approves view 1, writes --profile FILE.",
                                    options,
                                    AVO_COUNT(options),
                                    0,
                                    0,
                                    AVO_TAKES_DIR | AVO_TAKES_PROFILE | AVO_TAKES_TIMEOUT,
                                    "for each answer of the CAS (5); without --wait, for all waiting"};
    enum avo_parsed parsed = avo_options_parse(&usage, argc, argv, &cluster->common);
    int code = parsed == AVO_PARSED_HELP ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
    if (parsed == AVO_PARSED_RUN && sodium_init() >= 0) {
        if (run(cluster)) {
            summary(cluster);
            code = AVO_EXIT_DONE;
        } else {
            avo_cli_say("%s", cluster->why.text);
        }
    }
    free(cluster->policy.data);
    avo_secret_wipe(cluster, sizeof *cluster);
    free(cluster);
    return code;
}

int avo_cli_cluster(int argc, char **argv) {
    static const struct avo_command commands[] = {{"form", cluster_form}, {"reset", avo_cli_cluster_reset}};
    return avo_cli_group(commands, AVO_COUNT(commands), NULL, argc, argv);
}
