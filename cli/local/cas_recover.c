/* cas recover: a new CAS takes over from one that is lost, by its wrapped state and the owner's recovery key [DESIGN 11.5]. In a
 * cluster of this machine it is started, recovered aside, and put in the place of the lost one; with --cas it runs already, and is
 * on any machine. */
#include "base/secret.h"
#include "cli/base/key_file.h"
#include "cli/base/process.h"
#include "cli/base/recover.h"
#include "cli/base/running.h"
#include "cli/local/up.h"
#include "client/dialog/link.h"
#include "client/io/clock.h"
#include "client/io/endpoint.h"
#include "client/io/hex.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMAND "cas recover"
#define ASIDE "cas.new"
#define END_US 10000000
#define POLL_US 10000

struct recovering {
    struct avo_up up;
    struct avo_recovery recovery;
    const char *from;
    const char *key;
    const char *cas;
    const char *cas_key;
    const char *collateral;
    const char *policy;
    char from_path[AVO_PATH_BYTES];
    char key_path[AVO_PATH_BYTES];
    char policy_path[AVO_PATH_BYTES];
    char collateral_path[AVO_PATH_BYTES];
};

static bool fail(struct recovering *recovering, const char *option, const char *what) {
    avo_why_set(&recovering->up.why, "--%s: %s", option, what);
    return false;
}

/* What was given, or where the cluster of this machine has it. */
static bool path_of(const struct recovering *recovering, const char *given, const char *name, char path[AVO_PATH_BYTES]) {
    return given != NULL ? snprintf(path, AVO_PATH_BYTES, "%s", given) < AVO_PATH_BYTES
                         : avo_cli_path(path, recovering->up.dir, name);
}

static bool prepare(struct recovering *recovering) {
    struct avo_up *up = &recovering->up;
    struct avo_recovery *recovery = &recovering->recovery;
    if (!path_of(recovering, recovering->from, "cas/state.recovery", recovering->from_path) ||
        !path_of(recovering, recovering->key, "recovery.key", recovering->key_path) ||
        !path_of(recovering, recovering->policy, "policy.json", recovering->policy_path) ||
        !path_of(recovering, recovering->collateral, "simcpu/collateral", recovering->collateral_path)) {
        return fail(recovering, "dir", "a path is too long; choose a shorter one");
    }
    *recovery = (struct avo_recovery){.from = recovering->from_path,
                                      .key_file = recovering->key_path,
                                      .collateral = recovering->collateral_path,
                                      .policy_file = recovering->policy_path,
                                      .profile = &up->profile,
                                      .aead = up->engine.aead,
                                      .random = &up->random,
                                      .call_ms = avo_cli_timeout_ms(&up->common)};
    return avo_up_profile_take(up) && avo_recovery_check(recovery, &up->why);
}

/* DIR/cas.new/NAME. */
static bool aside(const struct avo_up *up, const char *name, char path[AVO_PATH_BYTES]) {
    char folder[AVO_PATH_BYTES];
    return avo_cli_path(folder, up->dir, ASIDE) && avo_cli_path(path, folder, name);
}

static void aside_remove(const struct avo_up *up) {
    static const char *const names[] = {"state.sealed", "state.recovery", "public.key", "cas.pid"};
    char path[AVO_PATH_BYTES];
    for (size_t i = 0; i < AVO_COUNT(names); i++) {
        if (aside(up, names[i], path)) {
            (void)unlink(path);
        }
    }
    if (avo_cli_path(path, up->dir, ASIDE)) {
        (void)rmdir(path);
    }
}

static bool aside_make(struct avo_up *up) {
    char path[AVO_PATH_BYTES];
    aside_remove(up);
    if (!avo_cli_path(path, up->dir, ASIDE) || (mkdir(path, 0700) != 0 && errno != EEXIST)) {
        avo_why_set(&up->why, "%s/" ASIDE ": %s; give access to it", up->shown_dir, strerror(errno));
        return false;
    }
    return true;
}

/* What was started aside, whatever became of it. */
static bool aside_end(struct avo_up *up) {
    char path[AVO_PATH_BYTES];
    uint64_t end_us = avo_clock_us() + END_US;
    pid_t pid = aside(up, "cas.pid", path) ? avo_pid_read(path) : 0;
    while (up->cas_connection >= 0 && !avo_up_measured_ended(up->cas_connection)) {
        if (avo_clock_us() >= end_us) {
            avo_why_set(&up->why, "the CAS in %s/" ASIDE " does not end; end it, then try again", up->shown_dir);
            return false;
        }
        if (pid > 0) {
            (void)kill(pid, SIGTERM);
        }
        (void)usleep(POLL_US);
        pid = pid == 0 && aside(up, "cas.pid", path) ? avo_pid_read(path) : pid;
    }
    if (up->cas_connection >= 0) {
        (void)close(up->cas_connection);
        up->cas_connection = -1;
    }
    return true;
}

/* The copy first: the sealed state is what a start goes by. */
static bool put_in_place(struct avo_up *up) {
    static const char *const names[] = {"state.recovery", "state.sealed"};
    char from[AVO_PATH_BYTES];
    char folder[AVO_PATH_BYTES];
    char to[AVO_PATH_BYTES];
    for (size_t i = 0; i < AVO_COUNT(names); i++) {
        if (!aside(up, names[i], from) || !avo_cli_path(folder, up->dir, "cas") || !avo_cli_path(to, folder, names[i]) ||
            rename(from, to) != 0) {
            avo_why_set(&up->why, "%s/cas/%s: %s; give access to it, then try again", up->shown_dir, names[i], strerror(errno));
            return false;
        }
    }
    return true;
}

static bool recover_aside(struct recovering *recovering) {
    struct avo_up *up = &recovering->up;
    struct avo_recovery *recovery = &recovering->recovery;
    struct avo_buffer key = {.data = recovery->cas_key, .capacity = sizeof recovery->cas_key};
    recovery->cas = up->profile.cas_address;
    bool good = avo_up_start_cas_in(up, ASIDE, NULL) && avo_hex_read(up->cas_key_hex, &key) &&
                avo_recovery_run(recovery, &up->why) && avo_up_wait_cas(up);
    return aside_end(up) && good;
}

static bool run_here(struct recovering *recovering) {
    struct avo_up *up = &recovering->up;
    if (!avo_up_mark_read(up) || !avo_up_check_programs(up) || !avo_up_check_cas(up) || !avo_up_lock(up) || !prepare(recovering) ||
        !avo_cli_path(up->socket, up->dir, "simcpu/simcpu.sock") || !aside_make(up)) {
        return false;
    }
    bool good = recover_aside(recovering) && put_in_place(up);
    aside_remove(up);
    return good && avo_up_start_cas_in(up, "cas", NULL) && avo_up_wait_cas(up);
}

/* Where it is from now on stands in the profile, once it has shown the pinned cluster under the pinned key. */
static bool profile_move(struct recovering *recovering) {
    struct avo_up *up = &recovering->up;
    struct avo_profile *profile = &up->profile;
    profile->cas_address = recovering->recovery.cas;
    return avo_up_wait_cas(up) && (profile->path[0] == '\0' || avo_profile_save(profile->path, profile, &up->why) == AVO_OK);
}

static bool run_there(struct recovering *recovering) {
    struct avo_recovery *recovery = &recovering->recovery;
    struct avo_why *why = &recovering->up.why;
    struct avo_why problem;
    if (recovering->cas_key == NULL || !avo_public_key_read(recovering->cas_key, recovery->cas_key, &problem)) {
        return fail(recovering, "cas-key", "give the new CAS's public.key: the file, or its 64 hex digits");
    }
    uint8_t key[AVO_PUBLIC_KEY_BYTES];
    memcpy(key, recovery->cas_key, sizeof key);
    if (!prepare(recovering)) {
        return false;
    }
    memcpy(recovery->cas_key, key, sizeof key);
    if (!avo_endpoint_read(recovering->cas, &recovery->cas)) {
        return fail(recovering, "cas", "give a numeric ADDR:PORT, IPv6 as [ADDR]:PORT");
    }
    return avo_recovery_run(recovery, why) && profile_move(recovering);
}

static void say_done(const struct recovering *recovering) {
    char address[AVO_ENDPOINT_TEXT_BYTES];
    avo_endpoint_write(address, &recovering->up.profile.cas_address);
    if (recovering->up.common.json) {
        avo_cli_json(json_pack("{s:s}", "cas", address));
    } else {
        printf("the CAS is recovered, at %s, under the same keys; it admits and issues tickets once a majority of the nodes is "
               "there\n",
               address);
    }
}

static int run(void *command) {
    struct recovering *recovering = command;
    struct avo_up *up = &recovering->up;
    (void)avo_cli_quote(up->shown_dir, up->common.dir);
    if (!avo_cli_dir(up->common.dir, up->dir)) {
        avo_cli_say(COMMAND ": %s: %s; give the --dir of the cluster's owner", up->shown_dir, strerror(errno));
        return AVO_EXIT_REFUSED;
    }
    if (recovering->cas != NULL ? run_there(recovering) : run_here(recovering)) {
        say_done(recovering);
        return AVO_EXIT_DONE;
    }
    avo_up_say_why(up, COMMAND);
    return AVO_EXIT_REFUSED;
}

int avo_cli_cas_recover(int argc, char **argv) {
    struct recovering *recovering = avo_cli_take(sizeof *recovering);
    struct avo_up *up = &recovering->up;
    avo_up_blank(up);
    const struct avo_option options[] = {
        {"from", AVO_OPTION_TEXT, &recovering->from, "FILE", 0, 0, "a copy of its state.recovery (D/cas/state.recovery)"},
        {"key", AVO_OPTION_TEXT, &recovering->key, "FILE", 0, 0, "the owner's recovery key (D/recovery.key)"},
        {"cas", AVO_OPTION_TEXT, &recovering->cas, "ADDR:PORT", 0, 0, "where a new CAS runs that is to take over (started here)"},
        {"cas-key", AVO_OPTION_TEXT, &recovering->cas_key, "FILE|HEX", 0, 0, "its public.key; with --cas"},
        {"collateral", AVO_OPTION_TEXT, &recovering->collateral, "PATH", 0, 0, "its CPU vendor's (D/simcpu/collateral)"},
        {"policy", AVO_OPTION_TEXT, &recovering->policy, "FILE", 0, 0, "the cluster's, which it must satisfy (D/policy.json)"},
    };
    const struct avo_usage usage = {COMMAND,
                                    "",
                                    "Has a new CAS take over from one that is lost, by its wrapped state and the recovery key.",
                                    options,
                                    AVO_COUNT(options),
                                    0,
                                    0,
                                    AVO_TAKES_DIR | AVO_TAKES_PROFILE | AVO_TAKES_TIMEOUT,
                                    "for each answer of the CAS (5)"};
    int code = avo_up_command(up, &usage, argc, argv, run, recovering);
    avo_secret_wipe(recovering, sizeof *recovering);
    free(recovering);
    return code;
}
