/* node: a replica of a cluster of this machine. `start` brings one back that ended: a new incarnation, which the CAS admits, and
 * which pulls what it lacks before it votes [V5]. */
#include "base/secret.h"
#include "cli/base/process.h"
#include "cli/base/running.h"
#include "cli/base/signals.h"
#include "cli/local/up.h"
#include "daemon/lock.h"
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool fail_slot(struct avo_up *up, unsigned slot, const char *what) {
    avo_why_set(&up->why, "node start %u: %s", slot, what);
    return false;
}

static bool check_running(struct avo_up *up, unsigned slot) {
    pid_t node = avo_program_pid(up->dir, AVO_PROGRAM_NODE, slot);
    pid_t enclave = avo_program_pid(up->dir, AVO_PROGRAM_ENCLAVE, slot);
    if (slot >= up->nodes) {
        avo_why_set(&up->why, "node start %u: the cluster has slots 0 to %llu", slot, (unsigned long long)(up->nodes - 1));
        return false;
    }
    if (node != 0 || enclave != 0) {
        avo_why_set(&up->why, "node start %u: it runs (process %d); end that one first, or leave it alone", slot,
                    (int)(node != 0 ? node : enclave));
        return false;
    }
    if (avo_program_is_hidden(up->dir, AVO_PROGRAM_NODE, slot)) {
        return fail_slot(up, slot, "it runs where it cannot be seen from here, as in a container; end it there first");
    }
    if (avo_program_pid(up->dir, AVO_PROGRAM_SIMCPU, 0) == 0) {
        return fail_slot(up, slot, "the simulated CPU ended, and every enclave with it: no majority comes back; avocado down");
    }
    if (avo_program_pid(up->dir, AVO_PROGRAM_CAS, 0) == 0) {
        return fail_slot(up, slot,
                         "the CAS does not run, and only it admits a node; the cluster serves without it; start it with avocado "
                         "cas start, then this again");
    }
    return true;
}

/* One command at a time works on the folder. */
static bool lock(struct avo_up *up) {
    up->lock = avo_lock_hold(up->dir, AVO_UP_LOCK);
    if (up->lock < 0) {
        avo_why_set(&up->why, "node: another avocado up, down or node works on %s; wait for it", up->shown_dir);
    }
    return up->lock >= 0;
}

static bool profile_take(struct avo_up *up) {
    struct avo_profile *profile;
    if (avo_cli_profile(&up->common, &profile) != AVO_OK) {
        up->why.text[0] = '\0'; /* it was said */
        return false;
    }
    up->profile = *profile;
    avo_cli_profile_free(profile);
    return true;
}

static bool start(struct avo_up *up, unsigned slot) {
    return avo_up_mark_read(up) && avo_up_check_programs(up) && check_running(up, slot) && lock(up) && profile_take(up) &&
           avo_up_start_again(up, slot) && avo_up_wait_admitted(up, slot);
}

/* Others may work on the folder meanwhile. */
static bool wait_voting(struct avo_up *up, unsigned slot) {
    (void)close(up->lock);
    up->lock = -1;
    return avo_up_wait_voting(up, slot);
}

static void say_started(const struct avo_up *up, unsigned slot) {
    const struct avo_member *member = avo_view_member(&up->profile.view, (uint8_t)slot);
    uint32_t incarnation = member == NULL ? 0 : member->incarnation;
    const char *role = member != NULL && member->role == AVO_ROLE_VOTING ? "voting" : "joining";
    if (up->common.json) {
        avo_cli_json(json_pack("{s:i, s:I, s:s, s:I}", "slot", (int)slot, "incarnation", (json_int_t)incarnation, "role", role,
                               "epoch", (json_int_t)up->profile.view.epoch));
    } else {
        printf("node %u started: incarnation %u, %s; avocado status --dir %s shows how far it is\n", slot, incarnation, role,
               up->shown_dir);
    }
}

static bool slot_read(struct avo_up *up, unsigned *slot) {
    const char *text = up->common.arguments[0];
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || number >= AVO_SLOT_MAX_COUNT) {
        avo_why_set(&up->why, "node start %.40s: is no slot; give its number, as avocado status shows it", text);
        return false;
    }
    *slot = (unsigned)number;
    return true;
}

static int run(struct avo_up *up) {
    unsigned slot;
    (void)avo_cli_quote(up->shown_dir, up->common.dir);
    if (!avo_cli_dir(up->common.dir, up->dir)) {
        avo_cli_say("node: %s: %s; give the --dir of a running cluster", up->shown_dir, strerror(errno));
        return AVO_EXIT_REFUSED;
    }
    if (!slot_read(up, &slot) || !start(up, slot) || (up->wait && !wait_voting(up, slot))) {
        if (up->why.text[0] != '\0') {
            avo_cli_say("%s", up->why.text);
        }
        return AVO_EXIT_REFUSED;
    }
    say_started(up, slot);
    return AVO_EXIT_DONE;
}

static int node_start(int argc, char **argv) {
    struct avo_up *up = avo_cli_take(sizeof *up);
    sigset_t signals;
    *up = (struct avo_up){.cas_connection = -1, .las_connection = -1, .lock = -1};
    memset(up->node_connections, 0xff, sizeof up->node_connections); /* -1: none */
    const struct avo_option options[] = {
        {"budget", AVO_OPTION_COUNT, &up->budget_mib, "MIB", 1, 1 << 20, "memory of its enclave (as the others')"},
        {"host-memory", AVO_OPTION_COUNT, &up->host_memory_mib, "MIB", 1, 1 << 20, "for its sealed values (as the others')"},
        {"wait", AVO_OPTION_FLAG, &up->wait, NULL, 0, 0, "return when it votes"},
    };
    const struct avo_usage usage = {"node start",
                                    "SLOT",
                                    "Starts a node again that ended. It joins empty, pulls what it lacks, then votes.",
                                    options,
                                    AVO_COUNT(options),
                                    1,
                                    1,
                                    AVO_TAKES_DIR | AVO_TAKES_TIMEOUT,
                                    "until the CAS has admitted it (30); with --wait, until it votes (600)"};
    enum avo_parsed parsed = avo_options_parse(&usage, argc, argv, &up->common);
    int code = parsed == AVO_PARSED_HELP ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
    if (parsed == AVO_PARSED_RUN && sodium_init() >= 0) {
        avo_signals_block(&signals);
        code = run(up);
    }
    avo_secret_wipe(up, sizeof *up);
    free(up);
    return code;
}

int avo_cli_node(int argc, char **argv) {
    static const struct avo_command commands[] = {{"start", node_start}};
    return avo_cli_group(commands, AVO_COUNT(commands), "add, remove, replace", argc, argv);
}
