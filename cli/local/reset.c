/* cluster reset: the owner declares a cluster's data lost, and has an empty one take its place, of a new id, with the same policy,
 * keys and members [V8]. Nothing does that by itself. Profiles of the cluster before follow nothing any more [V0]. */
#include "base/secret.h"
#include "cli/base/health.h"
#include "cli/base/key_file.h"
#include "cli/base/owner.h"
#include "cli/base/process.h"
#include "cli/base/running.h"
#include "cli/local/up.h"
#include "client/io/hex.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMAND "cluster reset"
#define ASK_US 1200000
#define CALL_MS 10000

struct resetting {
    struct avo_up up;
    struct avo_owner owner;
    bool owner_open;
    bool sure;
    const char *collateral;
};

static bool is_here(const struct avo_up *up) {
    return avo_cluster_is_marked(up->dir);
}

/* What would be given up, as far as anybody answers. */
static bool refuse_unsure(struct avo_up *up) {
    struct avo_health health;
    char id[2 * AVO_CLUSTER_ID_BYTES + 1];
    uint64_t keys = 0;
    unsigned answered = 0;
    avo_hex_write(id, AVO_SLICE_OF(up->profile.cluster_id));
    bool asked = avo_health_ask(&up->profile, ASK_US, ASK_US, false, &health);
    for (uint8_t i = 0; asked && i < health.figures.count; i++) {
        const struct avo_node_figures *node = &health.figures.nodes[i];
        answered += node->serving;
        keys = node->serving && node->totals.keys > keys ? node->totals.keys : keys;
    }
    avo_why_set(
        &up->why,
        "nothing was changed: all data of cluster %s would be lost for good (%u of %u replicas answer, %llu keys), and every "
        "profile of it be refused; where that is meant, give --yes-lose-data",
        id, answered, up->profile.view.slot_count, (unsigned long long)keys);
    return false;
}

static bool keys_take(struct avo_up *up) {
    char path[AVO_PATH_BYTES];
    if (!avo_key_file_open(up->dir, "owner.key", NULL, &up->owner, &up->why) || !avo_cli_path(path, up->dir, "recovery.pub")) {
        return false;
    }
    if (!avo_public_key_read(path, up->recovery.public, &up->why)) {
        avo_why_set(&up->why, "%s/recovery.pub: cannot be read; put it back, it is the public half of the recovery key",
                    up->shown_dir);
        return false;
    }
    up->client = up->profile.key;
    return true;
}

static bool policy_take(struct avo_up *up) {
    char path[AVO_PATH_BYTES];
    if (!avo_cli_path(path, up->dir, "policy.json") || !avo_file_take(path, AVO_POLICY_MAX_BYTES, &up->policy)) {
        avo_why_set(&up->why, "%s/policy.json: %s; put back the policy that the cluster has", up->shown_dir, strerror(errno));
        return false;
    }
    return true;
}

static bool simcpu_runs(struct avo_up *up) {
    if (avo_program_pid(up->dir, AVO_PROGRAM_SIMCPU, 0) != 0) {
        return true;
    }
    avo_why_set(&up->why, "the simulated CPU ended, and every enclave with it; avocado down, then up starts an empty cluster");
    return false;
}

static bool cas_runs(struct avo_up *up) {
    return avo_program_pid(up->dir, AVO_PROGRAM_CAS, 0) != 0 || (avo_up_start_cas_in(up, "cas", NULL) && avo_up_wait_cas(up));
}

/* The CAS forgets the cluster; until then nothing is given up. */
static bool cas_reset(struct resetting *resetting) {
    struct avo_up *up = &resetting->up;
    struct avo_text reason;
    resetting->owner_open = true;
    if (!avo_up_owner_open(up, &resetting->owner, COMMAND, resetting->collateral, CALL_MS)) {
        return false;
    }
    if (avo_cas_link_reset(resetting->owner.cas, up->profile.cluster_id, &reason) != AVO_OK) {
        avo_why_set(&up->why, "%s", reason.bytes);
        return false;
    }
    return true;
}

static bool nodes_start(struct avo_up *up) {
    for (unsigned slot = 0; slot < up->nodes; slot++) {
        if (!avo_up_start_again(up, slot)) {
            return false;
        }
    }
    return true;
}

static bool reset_here(struct resetting *resetting) {
    struct avo_up *up = &resetting->up;
    if (!avo_up_mark_read(up) || !avo_up_check_programs(up) || !simcpu_runs(up) || !avo_up_lock(up) || !keys_take(up) ||
        !policy_take(up) || !avo_cli_path(up->socket, up->dir, "simcpu/simcpu.sock") || !cas_runs(up) || !cas_reset(resetting)) {
        return false;
    }
    if (!avo_cluster_stop_nodes(up->dir)) {
        avo_why_set(&up->why, "a node does not end, even killed; look for it with ps, then try again");
        return false;
    }
    return nodes_start(up) && avo_up_form(up) && avo_up_serving(up);
}

static void say_done(const struct avo_up *up, bool here) {
    char id[2 * AVO_CLUSTER_ID_BYTES + 1];
    avo_hex_write(id, AVO_SLICE_OF(up->profile.cluster_id));
    if (up->common.json) {
        avo_cli_json(json_pack("{s:o}", "cluster_id", here ? json_string(id) : json_null()));
    } else if (here) {
        printf("a new and empty cluster %s; client.profile here follows it, every other profile is refused\n", id);
    } else {
        printf("the CAS gave cluster %s up; start every node again, then: avocado cluster form --replace-profile\n", id);
    }
}

static int run(void *command) {
    struct resetting *resetting = command;
    struct avo_up *up = &resetting->up;
    (void)avo_cli_quote(up->shown_dir, up->common.dir);
    bool found = avo_cli_dir(up->common.dir, up->dir);
    if (!found) {
        avo_why_set(&up->why, "%s: %s; give the --dir of the cluster's owner", up->shown_dir, strerror(errno));
    }
    bool here = found && is_here(up);
    if (found && avo_up_profile_take(up) &&
        (resetting->sure ? here ? reset_here(resetting) : cas_reset(resetting) : refuse_unsure(up))) {
        say_done(up, here);
        return AVO_EXIT_DONE;
    }
    avo_up_say_why(up, COMMAND);
    return AVO_EXIT_REFUSED;
}

int avo_cli_cluster_reset(int argc, char **argv) {
    struct resetting *resetting = avo_cli_take(sizeof *resetting);
    struct avo_up *up = &resetting->up;
    avo_up_blank(up);
    const struct avo_option options[] = {
        {"yes-lose-data", AVO_OPTION_FLAG, &resetting->sure, NULL, 0, 0, "all data of the cluster is lost for good: go on"},
        {"collateral", AVO_OPTION_TEXT, &resetting->collateral, "PATH", 0, 0,
         "the CPU vendor's, for the CAS (D/simcpu/collateral)"},
    };
    const struct avo_usage usage = {COMMAND,
                                    "",
                                    "Gives the cluster and its data up, and begins an empty one with the same policy and keys.",
                                    options,
                                    AVO_COUNT(options),
                                    0,
                                    0,
                                    AVO_TAKES_DIR | AVO_TAKES_PROFILE | AVO_TAKES_TIMEOUT,
                                    "for each step: a program's start (10), genesis (20)"};
    int code = avo_up_command(up, &usage, argc, argv, run, resetting);
    if (resetting->owner_open) {
        avo_owner_close(&resetting->owner);
    }
    free(up->policy.data);
    avo_secret_wipe(resetting, sizeof *resetting);
    free(resetting);
    return code;
}
