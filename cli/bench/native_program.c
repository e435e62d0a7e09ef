/* Programs that bench --native starts, waits for, and ends. */
#include "cli/base/process.h"
#include "cli/bench/native.h"
#include "client/io/clock.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define POLL_US 5000
#define END_US 10000000 /* then SIGKILL: an `up` that is interrupted takes down what it started */

void avo_native_path(const struct avo_native *native, const char *name, char path[PATH_MAX]) {
    (void)snprintf(path, PATH_MAX, "%s/%s", native->dir, name);
}

bool avo_native_interrupted(struct avo_native *native, uint64_t wait_us) {
    const struct timespec wait = {.tv_sec = (time_t)(wait_us / 1000000), .tv_nsec = (long)(wait_us % 1000000 * 1000)};
    if (sigtimedwait(&native->signals, NULL, &wait) <= 0) {
        return false;
    }
    avo_why_set(&native->why, "bench --native: interrupted; nothing was left behind");
    return true;
}

static void end(pid_t pid) {
    uint64_t kill_us = avo_clock_us() + END_US;
    (void)kill(pid, SIGTERM);
    while (waitpid(pid, NULL, WNOHANG) == 0) {
        if (avo_clock_us() >= kill_us) {
            (void)kill(pid, SIGKILL);
        }
        (void)usleep(POLL_US);
    }
}

bool avo_native_program(struct avo_native *native, const struct avo_arguments *arguments, const char *log, double patience_s) {
    char path[PATH_MAX];
    char tail[300];
    int status = 0;
    avo_native_path(native, log, path);
    uint64_t end_us = avo_clock_us() + (uint64_t)(patience_s * 1e6);
    pid_t pid = avo_process_start(arguments->items, path);
    if (pid == 0) {
        avo_why_set(&native->why, "bench --native: %s: %s; build all of avocado", arguments->items[0], strerror(errno));
        return false;
    }
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (avo_native_interrupted(native, POLL_US)) {
            end(pid);
            return false;
        }
        if (avo_clock_us() >= end_us) {
            end(pid);
            avo_why_set(&native->why, "bench --native: %s: no end within %.0f s; give a smaller load", log, patience_s);
            return false;
        }
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        avo_log_tail(path, tail, sizeof tail);
        avo_why_set(&native->why, "bench --native: %s: %s", log, tail);
        return false;
    }
    return true;
}
