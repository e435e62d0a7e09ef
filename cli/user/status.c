/* status: each enclave is asked itself, and a read shows whether a majority of them answers together. */
#include "cli/user/status.h"
#include "cli/base/process.h"
#include "cli/base/restarts.h"
#include "cli/base/running.h"
#include "cli/user/node_warnings.h"
#include "client/io/explain.h"
#include <sodium.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_US 1200000 /* a dead node is not waited for longer than this */

/* The nodes that `up` started in this folder and of which no process is seen. */
static unsigned ended_count(const struct avo_status *status) {
    char mark[AVO_PATH_BYTES];
    const struct avo_view *view = &status->profile->view;
    unsigned count = 0;
    if (!status->local || !avo_cli_path(mark, status->dir, AVO_UP_FILE) || access(mark, F_OK) != 0) {
        return 0;
    }
    for (uint8_t i = 0; i < view->member_count; i++) {
        uint8_t slot = view->members[i].slot;
        count += avo_program_pid(status->dir, AVO_PROGRAM_NODE, slot) == 0 ||
                 avo_program_pid(status->dir, AVO_PROGRAM_ENCLAVE, slot) == 0;
    }
    return count;
}

/* Whether refusals alone explain the `missing`; then says so. */
static bool refusal_say(const struct avo_status *status, unsigned missing) {
    struct avo_why why;
    const struct avo_cluster_figures *figures = &status->health.figures;
    const struct avo_node_figures *refusing = NULL;
    unsigned count = 0;
    for (uint8_t i = 0; i < figures->count; i++) {
        const struct avo_node_figures *node = &figures->nodes[i];
        if (node->error == AVO_EVERSION || node->error == AVO_EDENIED || node->error == AVO_EEXPIRED || node->hint != AVO_OK) {
            refusing = node;
            count++;
        }
    }
    if (refusing == NULL || count < missing) {
        return false;
    }
    if (refusing->hint != AVO_OK) {
        avo_explain_hint(&why, "status", refusing->hint, refusing->other_version);
    } else {
        avo_explain_refusal(&why, "status", refusing->error, refusing->other_version);
    }
    avo_cli_say("%s", why.text);
    return true;
}

/* Silence is no loss [V8]: what may all be there must not be thrown away by our advice. */
static void missing_say(const struct avo_status *status) {
    const struct avo_view *view = &status->profile->view;
    unsigned needed = avo_view_quorum(view);
    unsigned voting = status->health.voting;
    unsigned missing = needed - voting;
    unsigned ended = ended_count(status);
    if (refusal_say(status, missing)) {
        return;
    }
    if (view->member_count - ended >= needed) {
        avo_cli_say(
            "status: %u of %u replicas answered, %u needed, %u missing; nothing is lost while they run: see the network on the "
            "way to them and their logs, and wait: they serve again once they are in reach",
            voting, view->slot_count, needed, missing);
    } else {
        avo_cli_say(
            "status: %u of %u replicas answered, %u needed, %u missing; %u have no process here: see their logs; if they "
            "ended, no majority comes back and its data is lost: then avocado cluster reset --yes-lose-data begins an empty one",
            voting, view->slot_count, needed, missing, ended);
    }
}

/* What `up --restart` says of nodes that ended: the host's word. */
static void restarts_warn(struct avo_status *status) {
    struct avo_restarts restarts;
    avo_restarts_read(&restarts, status->dir);
    for (unsigned slot = 0; slot < restarts.count; slot++) {
        const struct avo_restart *restart = &restarts.slots[slot];
        if (restart->state == AVO_RESTART_LEFT) {
            avo_warning_add(&status->warnings, "not_restarted", (int)slot, restart->ended_s,
                            "it ended for good, so up --restart does not start it again: see log/up.log and log/node-%u.log, then "
                            "avocado node start %u",
                            slot, slot);
        } else if (restart->state == AVO_RESTART_WAITS || restart->count > 1) {
            avo_warning_add(&status->warnings, "restarted", (int)slot, restart->ended_s,
                            "it ended %u times within a minute of its start, and up --restart starts it again: see log/up.log and "
                            "log/node-%u.log",
                            restart->count, slot);
        }
    }
}

/* What somebody should look at although it serves. */
static void warnings_gather(struct avo_status *status) {
    uint32_t timeout_ms = avo_cli_timeout_ms(&status->common);
    uint32_t patience_ms = PATIENCE_US / 1000;
    status->ends = avo_ends_ask(status->profile, timeout_ms < patience_ms ? timeout_ms : patience_ms, &status->warnings);
    avo_ends_warn(&status->ends, (int64_t)time(NULL), &status->warnings);
    avo_nodes_warn(&status->profile->view, &status->health, (int64_t)time(NULL), &status->warnings);
    if (status->local) {
        restarts_warn(status);
    }
}

static int conclude(const struct avo_status *status) {
    const struct avo_view *view = &status->profile->view;
    const struct avo_health *health = &status->health;
    bool all = health->voting == view->slot_count;
    bool enough = health->voting >= avo_view_quorum(view);
    bool apart = enough && (health->read == AVO_EQUORUM || health->read == AVO_ETIMEOUT);
    const char *state = apart || !enough ? "not serving" : all ? "serving" : "degraded but serving";
    avo_status_print(status, state);
    if (!enough) {
        missing_say(status);
    } else if (apart) {
        avo_cli_say(
            "status: %u of %u replicas answered, but a read found no majority: they do not reach each other; nothing is lost "
            "while they run: see the network between them and their logs, and wait",
            health->voting, view->slot_count);
    }
    return apart || !enough ? 2 : all && status->warnings.count == 0 ? 0 : 1;
}

static int ask(struct avo_status *status) {
    uint64_t timeout_us = (uint64_t)(status->common.timeout_s * 1000000);
    bool reading = !status->common.json; /* a program that gathers figures must not move them by looking */
    if (!avo_health_ask(status->profile, PATIENCE_US, timeout_us, reading, &status->health)) {
        avo_cli_say("status: no memory or socket; free some and try again");
        return AVO_EXIT_REFUSED;
    }
    warnings_gather(status);
    return conclude(status);
}

int avo_cli_status(int argc, char **argv) {
    const struct avo_usage usage = {"status",
                                    "",
                                    "Asks every replica, and reads (not with --json). Exit code: 0 all vote, 1 serving but "
                                    "degraded or with a warning, 2 not serving.",
                                    NULL,
                                    0,
                                    0,
                                    0,
                                    AVO_TAKES_CLIENT,
                                    NULL};
    struct avo_status *status = avo_cli_take(sizeof *status);
    int code = AVO_EXIT_REFUSED;
    enum avo_parsed parsed = avo_options_parse(&usage, argc, argv, &status->common);
    if (parsed == AVO_PARSED_HELP) {
        code = AVO_EXIT_DONE;
    } else if (parsed == AVO_PARSED_RUN && sodium_init() >= 0 && avo_cli_profile(&status->common, &status->profile) == AVO_OK) {
        status->local = status->common.profile == NULL && avo_cli_dir(status->common.dir, status->dir);
        code = ask(status);
        avo_cli_profile_free(status->profile);
    }
    free(status);
    return code;
}
