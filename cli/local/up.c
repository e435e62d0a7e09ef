/* up: the command. */
#include "cli/local/up.h"
#include "base/secret.h"
#include "cli/base/pin.h"
#include "cli/base/policy_users.h"
#include "cli/base/process.h"
#include "cli/base/signals.h"
#include "cli/local/down.h"
#include "client/io/clock.h"
#include "client/io/hex.h"
#include "tee/outside/outside.h"
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WATCH_NS 300000000
#define END_US 3000000
#define GONE SIGKILL /* how an inline node ends with its simulated CPU */
#define POLL_US 5000

/* What was started a moment ago may not have written its pid file yet, so no `down` would find it. */
static void child_end(pid_t pid) {
    uint64_t kill_us = avo_clock_us() + END_US;
    while (pid != 0 && waitpid(pid, NULL, WNOHANG) == 0) {
        (void)kill(pid, avo_clock_us() < kill_us ? SIGTERM : SIGKILL);
        (void)usleep(POLL_US);
    }
}

static void children_end(const struct avo_up *up) {
    for (unsigned slot = 0; slot < up->nodes; slot++) {
        child_end(up->node_pids[slot]);
    }
    child_end(up->simcpu_pid);
}

static bool start(struct avo_up *up) {
    return avo_up_start_cpu(up) && avo_up_policy_make(up) && avo_up_start_cas(up) && avo_up_start_las(up) &&
           avo_up_start_nodes(up) && avo_up_form(up) && avo_up_serving(up);
}

static void summary(const struct avo_up *up, uint64_t took_us) {
    char id[2 * AVO_CLUSTER_ID_BYTES + 1];
    uint8_t pin[AVO_HASH_BYTES];
    char pin_hex[2 * AVO_HASH_BYTES + 1];
    avo_hex_write(id, AVO_SLICE_OF(up->profile.cluster_id));
    avo_profile_pin(&up->profile, pin);
    avo_hex_write(pin_hex, AVO_SLICE_OF(pin));
    if (up->common.json) {
        avo_cli_json(json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:b, s:I}", "cluster_id", id, "pin", pin_hex, "dir", up->dir,
                               "nodes", (json_int_t)up->nodes, "workers", (json_int_t)up->workers, "mode", up->mode, "simulated", 1,
                               "ready_ms", (json_int_t)(took_us / 1000)));
    } else {
        printf("Avocado is up: cluster %s\n", id);
        printf("  %llu replicas x %llu worker(s) at 127.0.0.1, UDP %u to %u; CAS at TCP %u; ready in %.1f s\n",
               (unsigned long long)up->nodes, (unsigned long long)up->workers, avo_up_node_port(up, 0),
               (unsigned)(avo_up_node_port(up, up->nodes) - 1), avo_up_cas_port(up), (double)took_us / 1e6);
        printf("  SIMULATED TEE: attested by a simulated CPU; it protects nothing from the owner of this machine.\n");
        if (avo_up_is_inline(up)) {
            printf("  INLINE: each replica is one process, which isolates nothing by itself; for machines that are trusted as a "
                   "whole.\n");
        }
        if (up->plain) {
            printf(
                "  PLAIN memory: the kernel may swap secrets out; raise the locked-memory limit (ulimit -l) before the next up.\n");
        }
        if (up->earlier) {
            printf("  A new and empty cluster with a new id: the earlier one's data was in memory and is gone.\n");
        }
        if (up->users.count > 0) {
            printf("  Each --user runs: avocado profile new --cas 127.0.0.1:%u --cas-key %s --pin %s --key FILE --profile FILE\n",
                   avo_up_cas_port(up), up->cas_key_hex, pin_hex);
        }
        printf("\n  avocado put --dir %s hello world\n  avocado get --dir %s hello\n  avocado status --dir %s\n"
               "  avocado down --dir %s\n",
               up->shown_dir, up->shown_dir, up->shown_dir, up->shown_dir);
    }
}

static void node_ended(struct avo_up *up, unsigned slot, int wait_status) {
    if (up->restart) {
        avo_up_restart_ended(up, slot, wait_status);
        return;
    }
    avo_cli_say("node %u ended; see %s/log/node-%u.log and avocado status --dir %s", slot, up->shown_dir, slot, up->shown_dir);
}

static void inline_nodes_look(struct avo_up *up) {
    for (unsigned slot = 0; slot < up->nodes; slot++) {
        int status = GONE;
        if (avo_up_measured_ended(up->node_connections[slot])) {
            (void)avo_tee_outside()->ended(up->node_connections[slot], &status);
            (void)close(up->node_connections[slot]);
            up->node_connections[slot] = -1;
            node_ended(up, slot, status);
        }
    }
}

static void child_ended(struct avo_up *up, pid_t pid, int status, bool told) {
    for (unsigned slot = 0; slot < up->nodes; slot++) {
        if (up->node_pids[slot] == pid) {
            up->node_pids[slot] = 0;
            if (!told) {
                node_ended(up, slot, status);
            }
        }
    }
    if (up->simcpu_pid == pid) {
        up->simcpu_pid = 0;
        if (!told) {
            avo_cli_say("the simulated CPU ended, and every enclave with it; avocado down --dir %s, then up", up->shown_dir);
        }
    }
}

/* Stops what was started, and unmarks the folder; false: some process does not end. */
static bool start_undo(struct avo_up *up) {
    bool stopped = avo_cluster_stop(up->at);
    children_end(up);
    if (stopped) {
        avo_cluster_mark_down(up->at);
    }
    return stopped;
}

/* Says what ended, unless a `down` is ending it, or has. */
static void children_look(struct avo_up *up) {
    bool told = avo_cluster_is_worked_on(up->at) || !avo_cluster_is_marked(up->at);
    pid_t pid;
    int status;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        child_ended(up, pid, status, told);
    }
    if (!told) {
        inline_nodes_look(up);
    }
    if (!told && up->restart) {
        avo_up_restart_look(up);
    }
}

/* The mark is gone while the cluster runs: a `down` takes it last. */
static int folder_gone(struct avo_up *up) {
    (void)start_undo(up);
    avo_cli_say("up: the folder %s is gone; the cluster was stopped, its data is gone too", up->common.dir);
    return AVO_EXIT_REFUSED;
}

/* In the foreground until Ctrl-C, or until a `down` elsewhere took the mark away. */
static int watch(struct avo_up *up, const sigset_t *signals) {
    const struct timespec pause = {.tv_nsec = WATCH_NS};
    if (!up->common.json && !up->detach) {
        printf("\nIn the foreground: Ctrl-C stops the cluster (or use --detach).\n");
        (void)fflush(stdout);
    }
    while (avo_cluster_is_marked(up->at)) {
        int got = sigtimedwait(signals, NULL, &pause);
        children_look(up);
        if (got > 0) {
            return start_undo(up) ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
        }
    }
    children_look(up);
    if (up->restart) {
        children_end(up); /* one may have been started while a `down` was at work */
    }
    return up->simcpu_pid == 0 ? AVO_EXIT_DONE : folder_gone(up);
}

static void on_no_memory(void *up) {
    (void)start_undo(up);
}

/* They are in their files now; this process may stay for as long as the cluster. */
static void keys_wipe(struct avo_up *up) {
    avo_secret_wipe(&up->owner, sizeof up->owner);
    avo_secret_wipe(&up->recovery, sizeof up->recovery);
    avo_secret_wipe(&up->client, sizeof up->client);
    avo_secret_wipe(&up->profile.key, sizeof up->profile.key);
}

static int run(struct avo_up *up, const sigset_t *signals) {
    uint64_t started_us = avo_clock_us();
    if (!avo_up_check(up) || !avo_up_folder_make(up)) {
        avo_cli_say("%s", up->why.text);
        return AVO_EXIT_REFUSED;
    }
    avo_cli_undo(on_no_memory, up);
    if (!start(up) || (up->restart && !avo_up_restart_begin(up))) {
        bool stopped = start_undo(up);
        avo_cli_say("%s%s", up->why.text, stopped ? "" : " (and a process does not end: avocado down)");
        return AVO_EXIT_REFUSED;
    }
    keys_wipe(up);
    summary(up, avo_clock_us() - started_us);
    if (fflush(stdout) != 0) { /* nobody knows that it runs */
        int kept = errno;
        (void)start_undo(up);
        avo_cli_say("up: cannot write the answer: %s; it was stopped again: check where standard output goes", strerror(kept));
        return AVO_EXIT_REFUSED;
    }
    avo_cli_undo(NULL, NULL);
    (void)close(up->lock);
    if (up->detach && up->restart) {
        avo_up_stay(up);
    }
    return up->detach && !up->restart ? AVO_EXIT_DONE : watch(up, signals);
}

static int run_with_engine(struct avo_up *up, const sigset_t *signals) {
    if (sodium_init() < 0 || !avo_link_aead_open(&up->engine)) {
        avo_cli_say("up: no memory: %s; free some and try again", strerror(errno));
        return AVO_EXIT_REFUSED;
    }
    int code = run(up, signals);
    avo_link_aead_close(&up->engine);
    return code;
}

int avo_cli_up(int argc, char **argv) {
    sigset_t signals;
    struct avo_up *up = calloc(1, sizeof *up);
    if (up == NULL) {
        avo_cli_say("up: no memory; free some and try again");
        return AVO_EXIT_REFUSED;
    }
    *up = (struct avo_up){.nodes = 3,
                          .workers = 1,
                          .port = 7100,
                          .budget_mib = 90,
                          .mtu = AVO_MTU_DEFAULT_BYTES,
                          .mode = "process",
                          .transport = "udp",
                          .cas_connection = -1,
                          .las_connection = -1};
    memset(up->node_connections, 0xff, sizeof up->node_connections); /* -1: none */
    const struct avo_option options[] = {
        {"nodes", AVO_OPTION_COUNT, &up->nodes, "N", 1, AVO_SLOT_MAX_COUNT, "replicas (3)"},
        {"workers", AVO_OPTION_COUNT, &up->workers, "W", 1, AVO_WORKER_MAX_COUNT, "threads a replica (1)"},
        {"mode", AVO_OPTION_CHOICE, &up->mode, "process|inline", 0, 0, "inline: both halves of a node in one process (process)"},
        {"transport", AVO_OPTION_TEXT, &up->transport, "NAME", 0, 0, "udp; others: a later version"},
        {"port", AVO_OPTION_COUNT, &up->port, "BASE", 1025, 65000, "UDP ports from here; the CAS's TCP port is BASE - 1 (7100)"},
        {"budget", AVO_OPTION_COUNT, &up->budget_mib, "MIB", 1, 1 << 20, "memory of an enclave (90)"},
        {"host-memory", AVO_OPTION_COUNT, &up->host_memory_mib, "MIB", 1, 1 << 20,
         "for the sealed values of a node (1024, or what fits)"},
        {"mtu", AVO_OPTION_COUNT, &up->mtu, "BYTES", AVO_MTU_MIN_BYTES, AVO_MTU_MAX_BYTES, "largest IP packet (1500)"},
        {AVO_PIN_OPTION, AVO_OPTION_FLAG, &up->replace_profile, NULL, 0, 0, "though D/client.profile follows another cluster"},
        {"user", AVO_OPTION_LIST, &up->users, AVO_POLICY_USER_FORM, 0, 0,
         "one user more, by the key that avocado key new printed; again for each"},
        {"restart", AVO_OPTION_FLAG, &up->restart, NULL, 0, 0,
         "start nodes that end again; with --detach a process stays for that"},
        {"accept", AVO_OPTION_LIST, &up->accept, "FILE|HEX", 0, 0,
         "a program, or its measurement, that a node may be replaced by; again for each"},
        {"detach", AVO_OPTION_FLAG, &up->detach, NULL, 0, 0, "return when the cluster serves"},
    };
    const struct avo_usage usage = {"up",
                                    "",
                                    "Starts a cluster on this machine: a SIMULATED CPU, the CAS, attested replicas.",
                                    options,
                                    AVO_COUNT(options),
                                    0,
                                    0,
                                    AVO_TAKES_DIR | AVO_TAKES_TIMEOUT,
                                    "for each step: a program's start (10), genesis (20)"};
    int code = AVO_EXIT_REFUSED;
    enum avo_parsed parsed = avo_options_parse(&usage, argc, argv, &up->common);
    up->random = avo_system_random();
    if (parsed == AVO_PARSED_HELP) {
        code = AVO_EXIT_DONE;
    } else if (parsed == AVO_PARSED_RUN) {
        (void)avo_cli_quote(up->shown_dir, up->common.dir);
        avo_signals_block(&signals);
        bool other_stays = up->detach && up->restart && !avo_up_stay_fork(up, &code); /* before the engine: it survives no fork */
        code = other_stays ? code : run_with_engine(up, &signals);
    }
    free(up->policy.data);
    avo_secret_wipe(up, sizeof *up);
    free(up);
    return code;
}
