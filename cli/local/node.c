/* node: a replica of a cluster of this machine. `start` brings one back that ended: a new incarnation, which the CAS admits, and
 * which pulls what it lacks before it votes [V5]. */
#include "base/secret.h"
#include "cli/base/health.h"
#include "cli/base/process.h"
#include "cli/base/running.h"
#include "cli/base/signals.h"
#include "cli/local/up.h"
#include "client/io/clock.h"
#include "daemon/lock.h"
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START_US 30000000 /* until the CAS has admitted it */
#define ASK_US 500000
#define POLL_US 100000

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
    return true;
}

/* It may run elsewhere by now (cas recover). */
static bool check_cas(struct avo_up *up, unsigned slot) {
    if (avo_program_pid(up->dir, AVO_PROGRAM_CAS, 0) != 0 || avo_up_cas_answers(up)) {
        return true;
    }
    return fail_slot(up, slot,
                     "the CAS does not run, and only it admits a node; the cluster serves without it; start it with avocado "
                     "cas start, then this again");
}

/* True once the enclave answers under the newest view. */
static bool answers(struct avo_up *up, unsigned slot, struct avo_health *health) {
    if (!avo_health_ask(&up->profile, ASK_US, ASK_US, false, health)) {
        return false;
    }
    for (uint8_t i = 0; i < health->figures.count; i++) {
        if (health->figures.nodes[i].slot == slot) {
            return health->figures.nodes[i].serving;
        }
    }
    return false;
}

static bool wait_admitted(struct avo_up *up, unsigned slot) {
    uint64_t end_us = avo_clock_us() + avo_up_patience_us(up, START_US);
    struct avo_health health;
    while (!answers(up, slot, &health)) {
        if (!avo_up_all_well(up)) {
            return false;
        }
        if (avo_clock_us() >= end_us) {
            avo_why_set(&up->why,
                        "node start %u: started, and not admitted yet: it goes on trying; see log/node-%u.log and avocado status",
                        slot, slot);
            return false;
        }
        (void)usleep(POLL_US);
    }
    return true;
}

static bool start(struct avo_up *up, unsigned slot) {
    return avo_up_mark_read(up) && avo_up_check_programs(up) && check_running(up, slot) && avo_up_lock(up) &&
           avo_up_profile_take(up) && check_cas(up, slot) && avo_up_start_again(up, slot) && wait_admitted(up, slot);
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
    if (!slot_read(up, &slot) || !start(up, slot)) {
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
    avo_up_blank(up);
    const struct avo_option options[] = {
        {"budget", AVO_OPTION_COUNT, &up->budget_mib, "MIB", 1, 1 << 20, "memory of its enclave (as the others')"},
        {"host-memory", AVO_OPTION_COUNT, &up->host_memory_mib, "MIB", 1, 1 << 20, "for its sealed values (as the others')"},
    };
    const struct avo_usage usage = {"node start",
                                    "SLOT",
                                    "Starts a node again that ended. It joins empty, pulls what it lacks, then votes.",
                                    options,
                                    AVO_COUNT(options),
                                    1,
                                    1,
                                    AVO_TAKES_DIR | AVO_TAKES_TIMEOUT,
                                    "until the CAS has admitted it (30)"};
    enum avo_parsed parsed = avo_options_parse(&usage, argc, argv, &up->common);
    int code = parsed == AVO_PARSED_HELP ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
    if (parsed == AVO_PARSED_RUN && sodium_init() >= 0 && avo_link_aead_open(&up->engine)) {
        avo_signals_block(&signals);
        code = run(up);
        avo_link_aead_close(&up->engine);
    }
    avo_secret_wipe(up, sizeof *up);
    free(up);
    return code;
}

int avo_cli_node(int argc, char **argv) {
    static const struct avo_command commands[] = {{"start", node_start}};
    return avo_cli_group(commands, AVO_COUNT(commands), "add, remove, replace", argc, argv);
}
