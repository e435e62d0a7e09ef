#include "cli/base/process.h"
#include "cli/local/up.h"
#include "client/io/clock.h"
#include "tee/outside/outside.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_US 10000000 /* patience with one program */
#define POLL_US 2000
#define NUMBER_BYTES 24

static void log_path(const struct avo_up *up, const char *name, char path[PATH_MAX]) {
    (void)snprintf(path, PATH_MAX, "%s/log/%s.log", up->dir, name);
}

static bool fail(struct avo_up *up, const char *name, const char *what) {
    char log[PATH_MAX];
    char tail[260];
    log_path(up, name, log);
    avo_log_tail(log, tail, sizeof tail);
    if (tail[0] != '\0') {
        avo_why_set(&up->why, "up: %s %s: %s; its log is %s/log/%s.log", name, what, tail, up->shown_dir, name);
    } else {
        avo_why_set(&up->why, "up: %s %s, and its log %s/log/%s.log is empty: %s; see to that, or choose another --dir", name, what,
                    up->shown_dir, name, avo_log_silence(log));
    }
    return false;
}

static bool interrupted(struct avo_up *up) {
    sigset_t pending;
    if (sigpending(&pending) == 0 &&
        (sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGHUP) == 1)) {
        avo_why_set(&up->why, "up: interrupted; nothing was left behind");
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
    for (unsigned slot = 0; slot < up->nodes; slot++) {
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

bool avo_up_start_cpu(struct avo_up *up) {
    char folder[AVO_PATH_BYTES];
    char log[PATH_MAX];
    if (!avo_cli_path(folder, up->dir, "simcpu") || !avo_cli_path(up->socket, up->dir, "simcpu/simcpu.sock")) {
        return fail(up, "simcpu", "cannot start");
    }
    char dir_option[] = "--dir";
    char *const arguments[] = {up->simcpu_program, dir_option, folder, NULL};
    log_path(up, "simcpu", log);
    up->simcpu_pid = avo_process_start(arguments, log);
    if (up->simcpu_pid == 0) {
        avo_why_set(&up->why, "up: %s: %s; install all of avocado, and see that `ulimit -u` suffices", up->simcpu_program,
                    strerror(errno));
        return false;
    }
    return wait_file(up, up->socket, "simcpu");
}

/* Has the simulated CPU measure and start a program, and keeps the connection that tells of its end. */
static bool measured_start(struct avo_up *up, const char *name, const char *const *arguments, size_t count, int log_fd,
                           int *connection) {
    char why[AVO_TEE_WHY_BYTES];
    const struct avo_tee_start start = {
        .place = up->socket, .file = arguments[0], .arguments = arguments, .argument_count = count, .log_fd = log_fd};
    struct avo_tee_started started;
    if (avo_tee_outside()->start(&start, &started, why) != AVO_OK) {
        avo_why_set(&up->why, "up: %s: %s", name, why);
        return false;
    }
    *connection = started.connection;
    return true;
}

static bool cas_run(struct avo_up *up, int log_fd) {
    char folder[AVO_PATH_BYTES];
    char collateral[AVO_PATH_BYTES];
    char listen[AVO_PATH_BYTES];
    (void)snprintf(listen, sizeof listen, "127.0.0.1:%u", avo_up_cas_port(up));
    if (!avo_cli_path(folder, up->dir, "cas") || !avo_cli_path(collateral, up->dir, "simcpu/collateral")) {
        return false;
    }
    const char *const arguments[] = {up->cas_program, "--dir", folder, "--listen", listen, "--collateral", collateral};
    return measured_start(up, "cas", arguments, AVO_COUNT(arguments), log_fd, &up->cas_connection);
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

bool avo_up_start_cas(struct avo_up *up) {
    char log[PATH_MAX];
    char key[AVO_PATH_BYTES];
    log_path(up, "cas", log);
    int log_fd = avo_log_open(log);
    if (log_fd < 0 || !avo_cli_path(key, up->dir, "cas/public.key")) {
        avo_why_set(&up->why, "up: %s: %s; choose another --dir", log, strerror(errno));
        return false;
    }
    bool good = cas_run(up, log_fd);
    (void)close(log_fd);
    return good && wait_file(up, key, "cas") && cas_key_read(up, key);
}

/* Nobody waits for it: it holds what the enclaves ask until the CAS has verified it. */
bool avo_up_start_las(struct avo_up *up) {
    char log[PATH_MAX];
    char folder[AVO_PATH_BYTES];
    char cas[64];
    if (!avo_up_has_las(up)) {
        return true;
    }
    log_path(up, "las", log);
    int log_fd = avo_log_open(log);
    if (log_fd < 0 || !avo_cli_path(folder, up->dir, "las") || !avo_cli_path(up->las_socket, up->dir, "las/las.sock")) {
        avo_why_set(&up->why, "up: %s: %s; choose another --dir", log, strerror(errno));
        return false;
    }
    (void)snprintf(cas, sizeof cas, "127.0.0.1:%u", avo_up_cas_port(up));
    const char *const arguments[] = {up->las_program, "--dir", folder, "--cas", cas, "--cas-key", up->cas_key_hex};
    bool good = measured_start(up, "las", arguments, AVO_COUNT(arguments), log_fd, &up->las_connection);
    (void)close(log_fd);
    return good;
}

/* avocado-node is a process of ours, and has its enclave started; avocado-inline is both, so the simulated CPU starts it. */
static bool node_run(struct avo_up *up, unsigned slot, char *const *arguments, size_t count) {
    char name[32];
    char log[PATH_MAX];
    (void)snprintf(name, sizeof name, "node-%u", slot);
    log_path(up, name, log);
    if (!avo_up_is_inline(up)) {
        up->node_pids[slot] = avo_process_start(arguments, log);
        if (up->node_pids[slot] == 0) {
            avo_why_set(&up->why, "up: %s: %s; install all of avocado, and see that `ulimit -u` suffices", arguments[0],
                        strerror(errno));
        }
        return up->node_pids[slot] != 0;
    }
    int log_fd = avo_log_open(log);
    if (log_fd < 0) {
        avo_why_set(&up->why, "up: %s: %s; choose another --dir", log, strerror(errno));
        return false;
    }
    bool good = measured_start(up, name, (const char *const *)arguments, count, log_fd, &up->node_connections[slot]);
    (void)close(log_fd);
    return good;
}

/* The last words are for avocado-node only: what it has started, and by whom. */
static bool node_start(struct avo_up *up, unsigned slot) {
    static const char *const names[] = {"--slot", "--port", "--workers", "--budget", "--host-memory", "--mtu"};
    const uint64_t numbers[AVO_COUNT(names)] = {slot,           avo_up_node_port(up, slot), up->workers,
                                                up->budget_mib, up->host_memory_mib,        up->mtu};
    char texts[AVO_COUNT(names)][NUMBER_BYTES];
    char cas[64];
    (void)snprintf(cas, sizeof cas, "127.0.0.1:%u", avo_up_cas_port(up));
    const char *fixed[] = {up->node_program, "--dir",         up->dir,       "--cas",      cas,
                           "--cas-key",      up->cas_key_hex, "--transport", up->transport};
    const char *apart[] = {"--enclave", up->enclave_program, "--simcpu", up->socket};
    const char *las[] = {"--las", up->las_socket};
    char *arguments[AVO_COUNT(fixed) + 2 * AVO_COUNT(names) + AVO_COUNT(apart) + AVO_COUNT(las) + 1] = {NULL};
    size_t count = AVO_COUNT(fixed);
    memcpy(arguments, fixed, sizeof fixed); /* execv takes them as it takes string literals: unchanged */
    for (size_t i = 0; i < AVO_COUNT(names); i++) {
        (void)snprintf(texts[i], sizeof texts[i], "%llu", (unsigned long long)numbers[i]);
        memcpy(&arguments[count++], &names[i], sizeof names[i]);
        arguments[count++] = texts[i];
    }
    if (avo_up_has_las(up)) {
        memcpy(&arguments[count], las, sizeof las);
        count += AVO_COUNT(las);
    }
    if (!avo_up_is_inline(up)) {
        memcpy(&arguments[count], apart, sizeof apart);
        count += AVO_COUNT(apart);
    }
    return node_run(up, slot, arguments, count);
}

bool avo_up_start_nodes(struct avo_up *up) {
    for (unsigned slot = 0; slot < up->nodes; slot++) {
        if (!node_start(up, slot)) {
            return false;
        }
    }
    return true;
}
