/* cas: the CAS of a cluster of this machine. `start` brings it back after it ended: it opens its sealed state, asks the members
 * what it missed, and goes on [V7]. */
#include "base/secret.h"
#include "cli/base/process.h"
#include "cli/base/running.h"
#include "cli/local/up.h"
#include "client/dialog/link.h"
#include "client/io/clock.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMAND "cas start"
#define START_US 10000000
#define ASK_MS 500
#define POLL_US 50000

static bool fail(struct avo_up *up, const char *what) {
    avo_why_set(&up->why, "%s", what);
    return false;
}

bool avo_up_check_cas(struct avo_up *up) {
    pid_t cas = avo_program_pid(up->dir, AVO_PROGRAM_CAS, 0);
    if (cas != 0) {
        avo_why_set(&up->why, "it runs (process %d); see avocado status --dir %s", (int)cas, up->shown_dir);
        return false;
    }
    if (avo_program_is_hidden(up->dir, AVO_PROGRAM_CAS, 0)) {
        return fail(up, "it runs where it cannot be seen from here, as in a container; see to it there");
    }
    if (avo_program_pid(up->dir, AVO_PROGRAM_SIMCPU, 0) == 0) {
        return fail(up, "the simulated CPU ended, and every enclave with it: the data is lost; avocado down, then up");
    }
    return true;
}

/* Whether it answers under the pinned key; `reason` when it does not. */
static enum avo_error ask(struct avo_up *up, uint32_t timeout_ms, struct avo_text *reason) {
    struct avo_cas_link *link;
    struct avo_cas_link_config config = {.address = up->profile.cas_address,
                                         .own_key = &up->profile.key,
                                         .aead = up->engine.aead,
                                         .random = &up->random,
                                         .timeout_ms = timeout_ms};
    memcpy(config.cas_public_key, up->profile.cas_public_key, sizeof config.cas_public_key);
    enum avo_error error = avo_cas_link_open(&config, &link, reason);
    avo_cas_link_close(link);
    return error;
}

bool avo_up_cas_answers(struct avo_up *up) {
    struct avo_text reason;
    up->random = avo_system_random();
    bool good = avo_link_aead_open(&up->engine) && ask(up, avo_cli_timeout_ms(&up->common), &reason) == AVO_OK;
    avo_link_aead_close(&up->engine);
    return good;
}

bool avo_up_wait_cas(struct avo_up *up) {
    uint64_t end_us = avo_clock_us() + avo_up_patience_us(up, START_US);
    struct avo_text reason = {0};
    while (ask(up, ASK_MS, &reason) != AVO_OK) {
        if (!avo_up_all_well(up)) {
            return false;
        }
        if (avo_clock_us() >= end_us) {
            return fail(up, reason.bytes);
        }
        (void)usleep(POLL_US);
    }
    return true;
}

static bool start(struct avo_up *up) {
    return avo_up_mark_read(up) && avo_up_check_programs(up) && avo_up_check_cas(up) && avo_up_lock(up) &&
           avo_up_profile_take(up) && avo_cli_path(up->socket, up->dir, "simcpu/simcpu.sock") &&
           avo_up_start_cas_in(up, "cas", NULL) && avo_up_wait_cas(up);
}

static void say_started(const struct avo_up *up) {
    int pid = (int)avo_program_pid(up->dir, AVO_PROGRAM_CAS, 0);
    if (up->common.json) {
        avo_cli_json(json_pack("{s:i, s:i}", "pid", pid, "port", (int)avo_up_cas_port(up)));
    } else {
        printf(
            "the CAS runs again at 127.0.0.1:%u (process %d); it admits and issues tickets once a majority of the nodes is there\n",
            avo_up_cas_port(up), pid);
    }
}

static int run(void *command) {
    struct avo_up *up = command;
    (void)avo_cli_quote(up->shown_dir, up->common.dir);
    if (!avo_cli_dir(up->common.dir, up->dir)) {
        avo_cli_say(COMMAND ": %s: %s; give the --dir of a cluster that avocado up made", up->shown_dir, strerror(errno));
        return AVO_EXIT_REFUSED;
    }
    if (!start(up)) {
        avo_up_say_why(up, COMMAND);
        return AVO_EXIT_REFUSED;
    }
    say_started(up);
    return AVO_EXIT_DONE;
}

static int cas_start(int argc, char **argv) {
    struct avo_up *up = avo_cli_take(sizeof *up);
    avo_up_blank(up);
    const struct avo_usage usage = {.command = COMMAND,
                                    .arguments = "",
                                    .summary =
                                        "Starts the CAS of a cluster of this machine again, which ended: the same CAS, from its "
                                        "sealed state.",
                                    .takes = AVO_TAKES_DIR | AVO_TAKES_TIMEOUT,
                                    .timeout = "until it answers (10)"};
    int code = avo_up_command(up, &usage, argc, argv, run, up);
    avo_secret_wipe(up, sizeof *up);
    free(up);
    return code;
}

int avo_cli_cas(int argc, char **argv) {
    static const struct avo_command commands[] = {{"start", cas_start}, {"recover", avo_cli_cas_recover}};
    return avo_cli_group(commands, AVO_COUNT(commands), NULL, argc, argv);
}
