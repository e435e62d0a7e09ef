/* up's share of genesis: its policy, what view 1 must be, the files it leaves, and that every replica serves. */
#include "cli/base/form.h"
#include "cli/base/health.h"
#include "cli/base/key_file.h"
#include "cli/base/policy_make.h"
#include "cli/local/up.h"
#include "client/io/endpoint.h"
#include "client/io/hex.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FORM_US 20000000
#define CALL_MS 5000
#define SERVE_US 5000000

bool avo_up_policy_make(struct avo_up *up) {
    char root[AVO_PATH_BYTES];
    char chip[AVO_PATH_BYTES];
    char path[AVO_PATH_BYTES];
    if (!avo_cli_path(chip, up->dir, "simcpu/chip.id") || !avo_cli_path(root, up->dir, "simcpu/root.pem") ||
        !avo_cli_path(path, up->dir, "policy.json")) {
        return false;
    }
    if (!avo_recovery_key_open(up->dir, &up->random, &up->recovery, &up->why)) {
        return false;
    }
    avo_key_pair_make(&up->owner, &up->random);
    avo_key_pair_make(&up->client, &up->random);
    const struct avo_policy_plan plan = {.command = "up",
                                         .nodes = up->nodes,
                                         .workers = up->workers,
                                         .mtu = up->mtu,
                                         .simulated_root = root,
                                         .enclave_program = up->enclave_program,
                                         .cas_program = up->cas_program,
                                         .las_program = avo_up_has_las(up) ? up->las_program : NULL,
                                         .chips = chip,
                                         .owner_public = up->owner.public,
                                         .client_public = up->client.public,
                                         .accept = &up->accept,
                                         .users = &up->users};
    return avo_policy_make(&plan, path, &up->policy, &up->why);
}

static bool goes_on(void *context, struct avo_why *why) {
    struct avo_up *up = context;
    bool well = avo_up_all_well(up);
    *why = up->why;
    return well;
}

/* Approve only what we started: our number of nodes and workers, at our ports. */
static bool is_expected(void *context, const struct avo_view *view, struct avo_why *why) {
    const struct avo_up *up = context;
    bool good = view->epoch == 1 && view->member_count == up->nodes && view->worker_count == up->workers;
    for (uint8_t i = 0; good && i < view->member_count; i++) {
        good = view->members[i].address.port == avo_up_node_port(up, view->members[i].slot);
    }
    if (!good) {
        avo_why_set(why, "up: the CAS proposes another view than what was started; look at %s/log/cas.log", up->shown_dir);
    }
    return good;
}

static bool files_write(struct avo_up *up) {
    char path[AVO_PATH_BYTES];
    struct avo_profile *profile = &up->profile;
    (void)snprintf(profile->mode, sizeof profile->mode, "%s", up->mode);
    (void)snprintf(profile->transport, sizeof profile->transport, "%s", up->transport);
    if (!avo_cli_path(path, up->dir, "owner.key") ||
        !avo_file_put(path, 0600, avo_slice(up->owner.secret, sizeof up->owner.secret)) ||
        !avo_cli_path(path, up->dir, "view.bin") ||
        !avo_file_put(path, 0600, avo_slice(profile->signed_view.bytes, profile->signed_view.length))) {
        avo_why_set(&up->why, "up: %s: %s; choose another --dir", path, strerror(errno));
        return false;
    }
    return avo_cli_path(path, up->dir, "client.profile") && avo_profile_save(path, profile, &up->why) == AVO_OK;
}

bool avo_up_form(struct avo_up *up) {
    char collateral[AVO_PATH_BYTES];
    char logs[AVO_PATH_BYTES];
    char address[32];
    struct avo_form form = {.command = "up",
                            .log_hint = logs,
                            .collateral = collateral,
                            .recovery_public = up->recovery.public,
                            .recovery_needed = true,
                            .policy = avo_buffer_slice(&up->policy),
                            .owner = &up->owner,
                            .client = &up->client,
                            .aead = up->engine.aead,
                            .random = &up->random,
                            .call_ms = CALL_MS,
                            .patience_us = avo_up_patience_us(up, FORM_US),
                            .context = up,
                            .goes_on = goes_on,
                            .is_expected = is_expected};
    struct avo_buffer key = {.data = form.cas_key, .capacity = sizeof form.cas_key};
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", avo_up_cas_port(up));
    if (!avo_endpoint_read(address, &form.cas) || !avo_hex_read(up->cas_key_hex, &key)) {
        avo_why_set(&up->why, "up: cas/public.key is no key; look at %s/log/cas.log", up->shown_dir);
        return false;
    }
    form.cas_advertised = form.cas;
    return avo_cli_path(collateral, up->dir, "simcpu/collateral") && avo_cli_path(logs, up->common.dir, "log") &&
           avo_form_cluster(&form, &up->profile, &up->why) && files_write(up);
}

/* Every replica, and a read that a majority answers. */
bool avo_up_serving(struct avo_up *up) {
    struct avo_health health;
    up->profile.key = up->client;
    if (!avo_up_all_well(up)) {
        return false;
    }
    if (!avo_health_ask(&up->profile, SERVE_US, SERVE_US, true, &health)) {
        avo_why_set(&up->why, "up: no memory or socket; free some and try again");
        return false;
    }
    for (uint8_t i = 0; i < health.figures.count; i++) {
        const struct avo_node_figures *node = &health.figures.nodes[i];
        if (!node->serving) {
            avo_why_set(&up->why, "up: node %u joined but does not answer; look at %s/log/node-%u.log", node->slot, up->shown_dir,
                        node->slot);
            return false;
        }
        up->plain = up->plain || node->totals.secret_memory == AVO_MEMORY_PLAIN;
    }
    if (health.read != AVO_OK && health.read != AVO_ENOTFOUND) {
        avo_why_set(&up->why, "up: the cluster does not serve: %s", health.why.text);
        return false;
    }
    return avo_up_all_well(up);
}
