#include "cli/base/arguments.h"
#include "cli/base/process.h"
#include "cli/base/signals.h"
#include "cli/local/up.h"
#include "client/io/clock.h"
#include "client/io/hex.h"
#include "daemon/log.h"
#include "tee/outside/outside.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_US 10000000 /* patience with one program */
#define POLL_US 2000

static void log_path(const struct avo_up *up, const char *name, char path[PATH_MAX]) {
    (void)snprintf(path, PATH_MAX, "%s/log/%s.log", up->dir, name);
}

static const char *command_of(const struct avo_up *up) {
    return up->command != NULL ? up->command : "up";
}

static bool fail(struct avo_up *up, const char *name, const char *what) {
    char log[PATH_MAX];
    char tail[260];
    log_path(up, name, log);
    avo_log_tail(log, tail, sizeof tail);
    if (tail[0] != '\0') {
        avo_why_set(&up->why, "%s: %s %s: %s; its log is %s/log/%s.log", command_of(up), name, what, tail, up->shown_dir, name);
    } else {
        avo_why_set(&up->why, "%s: %s %s, and its log %s/log/%s.log is empty: %s; see to that, or choose another --dir",
                    command_of(up), name, what, up->shown_dir, name, avo_log_silence(log));
    }
    return false;
}

static bool interrupted(struct avo_up *up) {
    if (avo_signals_pending()) {
        avo_why_set(&up->why,
                    up->command == NULL ? "up: interrupted; nothing was left behind"
                                        : "%s: interrupted; what it started goes on: see avocado status",
                    up->command);
        return true;
    }
    return false;
}

static bool ended(pid_t pid) {
    return pid != 0 && waitpid(pid, NULL, WNOHANG) == pid;
}

bool avo_up_measured_ended(int connection) {
    struct pollfd polled = {.fd = connection, .events = POLLIN};
    return connection >= 0 && poll(&polled, 1, 0) > 0;
}

bool avo_up_all_well(struct avo_up *up) {
    if (interrupted(up)) {
        return false;
    }
    if (ended(up->simcpu_pid)) {
        up->simcpu_pid = 0;
        return fail(up, "simcpu", "ended");
    }
    if (avo_up_measured_ended(up->cas_connection)) {
        return fail(up, "cas", "ended");
    }
    if (avo_up_measured_ended(up->las_connection)) {
        return fail(up, "las", "ended");
    }
    for (unsigned slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) { /* those that are not ours: 0, -1 */
        char name[32];
        (void)snprintf(name, sizeof name, "node-%u", slot);
        if (ended(up->node_pids[slot])) {
            up->node_pids[slot] = 0;
            return fail(up, name, "ended");
        }
        if (avo_up_measured_ended(up->node_connections[slot])) {
            return fail(up, name, "ended");
        }
    }
    return true;
}

/* Waits until the file is there, or something is wrong. */
static bool wait_file(struct avo_up *up, const char *path, const char *name) {
    uint64_t end_us = avo_clock_us() + avo_up_patience_us(up, START_US);
    while (access(path, F_OK) != 0) {
        if (!avo_up_all_well(up)) {
            return false;
        }
        if (avo_clock_us() >= end_us) {
            return fail(up, name, "does not get ready");
        }
        (void)usleep(POLL_US);
    }
    return true;
}

/* The log of a program that is about to start, its arguments completed by it. What an earlier run left there is put aside. */
static void log_begin(const struct avo_up *up, const char *name, struct avo_arguments *arguments, char log[PATH_MAX]) {
    struct stat earlier;
    log_path(up, name, log);
    if (stat(log, &earlier) == 0 && earlier.st_size > 0) {
        (void)avo_log_put_aside(log, AVO_LOG_KEEP_DEFAULT_COUNT); /* else it is overwritten */
    }
    avo_arguments_add(arguments, "--log-file");
    avo_arguments_add(arguments, "%s", log);
}

/* A process of ours. */
static bool process_run(struct avo_up *up, const char *name, struct avo_arguments *arguments, pid_t *pid) {
    char log[PATH_MAX];
    log_begin(up, name, arguments, log);
    *pid = avo_process_start(arguments->items, log);
    if (*pid == 0) {
        avo_why_set(&up->why, "up: %s: %s; install all of avocado, and see that `ulimit -u` suffices", arguments->items[0],
                    strerror(errno));
    }
    return *pid != 0;
}

/* Has the simulated CPU measure and start a program, and keeps the connection that tells of its end. */
static bool measured_run(struct avo_up *up, const char *name, struct avo_arguments *arguments, int *connection) {
    char why[AVO_TEE_WHY_BYTES];
    char log[PATH_MAX];
    log_begin(up, name, arguments, log);
    int log_fd = avo_log_open(log);
    if (log_fd < 0) {
        avo_why_set(&up->why, "up: %s: %s; choose another --dir", log, strerror(errno));
        return false;
    }
    const struct avo_tee_start start = {.place = up->socket,
                                        .file = arguments->items[0],
                                        .arguments = (const char *const *)arguments->items,
                                        .argument_count = arguments->count,
                                        .log_fd = log_fd};
    struct avo_tee_started started;
    bool good = avo_tee_outside()->start(&start, &started, why) == AVO_OK;
    (void)close(log_fd);
    if (!good) {
        avo_why_set(&up->why, "%s: %s: %s", command_of(up), name, why);
        return false;
    }
    *connection = started.connection;
    return true;
}

static void add(struct avo_arguments *arguments, const char *name, const char *value) {
    avo_arguments_add(arguments, "%s", name);
    avo_arguments_add(arguments, "%s", value);
}

static void add_number(struct avo_arguments *arguments, const char *name, uint64_t value) {
    avo_arguments_add(arguments, "%s", name);
    avo_arguments_add(arguments, "%llu", (unsigned long long)value);
}

static void add_cas(struct avo_arguments *arguments, const struct avo_up *up) {
    avo_arguments_add(arguments, "--cas");
    avo_arguments_add(arguments, "127.0.0.1:%u", avo_up_cas_port(up));
    add(arguments, "--cas-key", up->cas_key_hex);
}

bool avo_up_start_cpu(struct avo_up *up) {
    char folder[AVO_PATH_BYTES];
    struct avo_arguments arguments = {.count = 0};
    if (!avo_cli_path(folder, up->dir, "simcpu") || !avo_cli_path(up->socket, up->dir, "simcpu/simcpu.sock")) {
        return fail(up, "simcpu", "cannot start");
    }
    avo_arguments_add(&arguments, "%s", up->simcpu_program);
    add(&arguments, "--dir", folder);
    return process_run(up, "simcpu", &arguments, &up->simcpu_pid) && wait_file(up, up->socket, "simcpu");
}

static bool cas_key_read(struct avo_up *up, const char *path) {
    struct avo_buffer text;
    uint64_t end_us = avo_clock_us() + avo_up_patience_us(up, START_US);
    while (avo_clock_us() < end_us) { /* the file may be there before its text is */
        if (!avo_up_all_well(up)) {
            return false;
        }
        bool read = avo_file_take(path, 256, &text);
        bool whole = read && text.length >= sizeof up->cas_key_hex;
        if (whole) {
            memcpy(up->cas_key_hex, text.data, sizeof up->cas_key_hex - 1);
        }
        free(text.data);
        if (whole) {
            return true;
        }
        (void)usleep(POLL_US);
    }
    return fail(up, "cas", "wrote no public key");
}

bool avo_up_start_cas_in(struct avo_up *up, const char *name, const char *recovery_hex) {
    char folder[AVO_PATH_BYTES];
    char collateral[AVO_PATH_BYTES];
    char key[AVO_PATH_BYTES];
    struct avo_arguments arguments = {.count = 0};
    if (!avo_cli_path(folder, up->dir, name) || !avo_cli_path(collateral, up->dir, "simcpu/collateral") ||
        !avo_cli_path(key, folder, "public.key")) {
        return fail(up, "cas", "cannot start");
    }
    avo_arguments_add(&arguments, "%s", up->cas_program);
    add(&arguments, "--dir", folder);
    avo_arguments_add(&arguments, "--listen");
    avo_arguments_add(&arguments, "127.0.0.1:%u", avo_up_cas_port(up));
    add(&arguments, "--collateral", collateral);
    if (recovery_hex != NULL) {
        add(&arguments, "--recovery-key", recovery_hex);
    }
    return measured_run(up, "cas", &arguments, &up->cas_connection) && wait_file(up, key, "cas") && cas_key_read(up, key);
}

bool avo_up_start_cas(struct avo_up *up) {
    char hex[2 * AVO_PUBLIC_KEY_BYTES + 1];
    avo_hex_write(hex, avo_slice(up->recovery.public, AVO_PUBLIC_KEY_BYTES));
    return avo_up_start_cas_in(up, "cas", hex);
}

/* Nobody waits for it: it holds what the enclaves ask until the CAS has verified it. */
bool avo_up_start_las(struct avo_up *up) {
    char folder[AVO_PATH_BYTES];
    struct avo_arguments arguments = {.count = 0};
    if (!avo_up_has_las(up)) {
        return true;
    }
    if (!avo_cli_path(folder, up->dir, "las") || !avo_cli_path(up->las_socket, up->dir, "las/las.sock")) {
        return fail(up, "las", "cannot start");
    }
    avo_arguments_add(&arguments, "%s", up->las_program);
    add(&arguments, "--dir", folder);
    add_cas(&arguments, up);
    return measured_run(up, "las", &arguments, &up->las_connection);
}

/* avocado-node is a process of ours, and learns what it has started, and for whom; avocado-inline is both halves, so the simulated
 * CPU starts it. */
static bool node_start(struct avo_up *up, unsigned slot) {
    char name[32];
    struct avo_arguments arguments = {.count = 0};
    (void)snprintf(name, sizeof name, "node-%u", slot);
    avo_arguments_add(&arguments, "%s", up->node_program);
    add(&arguments, "--dir", up->dir);
    add_cas(&arguments, up);
    add(&arguments, "--transport", up->transport);
    add_number(&arguments, "--slot", slot);
    add_number(&arguments, "--port", avo_up_node_port(up, slot));
    add_number(&arguments, "--workers", up->workers);
    add_number(&arguments, "--budget", up->budget_mib);
    add_number(&arguments, "--host-memory", up->host_memory_mib);
    add_number(&arguments, "--mtu", up->mtu);
    if (avo_up_has_las(up)) {
        add(&arguments, "--las", up->las_socket);
    }
    if (avo_up_is_inline(up)) {
        return measured_run(up, name, &arguments, &up->node_connections[slot]);
    }
    add(&arguments, "--enclave", up->enclave_program);
    add(&arguments, "--simcpu", up->socket);
    return process_run(up, name, &arguments, &up->node_pids[slot]);
}

bool avo_up_start_nodes(struct avo_up *up) {
    for (unsigned slot = 0; slot < up->nodes; slot++) {
        if (!node_start(up, slot)) {
            return false;
        }
    }
    return true;
}

bool avo_up_start_node(struct avo_up *up, unsigned slot) {
    return node_start(up, slot);
}

bool avo_up_start_again(struct avo_up *up, unsigned slot) {
    char key[AVO_PATH_BYTES];
    bool fits = avo_cli_path(key, up->dir, "cas/public.key") && avo_cli_path(up->socket, up->dir, "simcpu/simcpu.sock") &&
                avo_cli_path(up->las_socket, up->dir, "las/las.sock");
    return fits && cas_key_read(up, key) && node_start(up, slot);
}
