/* up's share of genesis: its policy, what view 1 must be, the files it leaves, and that every replica serves. */
#include "client/cli/form.h"
#include "client/cli/policy_make.h"
#include "client/cli/up.h"
#include "client/io/client.h"
#include "client/io/endpoint.h"
#include "client/io/hex.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FORM_US 20000000
#define SERVE_US 5000000
#define PROBE_KEY "avocado up probes with this key"

bool avo_up_policy_make(struct avo_up *up) {
    char root[AVO_PATH_BYTES];
    char chip[AVO_PATH_BYTES];
    char path[AVO_PATH_BYTES];
    if (!avo_cli_path(chip, up->dir, "simcpu/chip.id") || !avo_cli_path(root, up->dir, "simcpu/root.pem") ||
        !avo_cli_path(path, up->dir, "policy.json")) {
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
                                         .client_public = up->client.public};
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
        avo_why_set(why, "up: the CAS proposes another view than what was started; look at %s/log/cas.log", up->common.dir);
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
                            .policy = avo_buffer_slice(&up->policy),
                            .owner = &up->owner,
                            .client = &up->client,
                            .aead = up->engine.aead,
                            .random = &up->random,
                            .patience_us = FORM_US,
                            .context = up,
                            .goes_on = goes_on,
                            .is_expected = is_expected};
    struct avo_buffer key = {.data = form.cas_key, .capacity = sizeof form.cas_key};
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", avo_up_cas_port(up));
    if (!avo_endpoint_read(address, &form.cas) || !avo_hex_read(up->cas_key_hex, &key)) {
        avo_why_set(&up->why, "up: cas/public.key is no key; look at %s/log/cas.log", up->common.dir);
        return false;
    }
    form.cas_advertised = form.cas;
    return avo_cli_path(collateral, up->dir, "simcpu/collateral") && avo_cli_path(logs, up->common.dir, "log") &&
           avo_form_cluster(&form, &up->profile, &up->why) && files_write(up);
}

static bool get_works(struct avo_up *up) {
    struct avo_client *client;
    struct avo_slice value;
    if (avo_client_open(&up->profile, NULL, &client, &up->why) != AVO_OK) {
        return false;
    }
    enum avo_error error = avo_client_get(client, avo_slice_string(PROBE_KEY), SERVE_US / 1000, &value);
    bool good = error == AVO_OK || error == AVO_ENOTFOUND;
    if (!good) {
        avo_why_set(&up->why, "up: the cluster does not serve: %s", avo_detail(client));
    }
    avo_close(client);
    return good;
}

/* Every replica, not only the one that a first get happens to ask. */
static bool all_answer(struct avo_up *up) {
    struct avo_replica_figures figures[AVO_SLOT_MAX_COUNT];
    struct avo_client *client;
    size_t count = 0;
    if (avo_client_open(&up->profile, NULL, &client, &up->why) != AVO_OK) {
        return false;
    }
    enum avo_error error = avo_status(client, figures, AVO_COUNT(figures), &count, SERVE_US / 1000);
    avo_close(client);
    for (size_t i = 0; i < count; i++) {
        if (error != AVO_OK || figures[i].serving == 0) {
            avo_why_set(&up->why, "up: node %u joined but does not answer; look at %s/log/node-%u.log", figures[i].slot,
                        up->common.dir, figures[i].slot);
            return false;
        }
    }
    return true;
}

bool avo_up_serving(struct avo_up *up) {
    up->profile.key = up->client;
    return avo_up_all_well(up) && all_answer(up) && get_works(up) && avo_up_all_well(up);
}
