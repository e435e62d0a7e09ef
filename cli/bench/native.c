/* bench --native: what happens in which order, and that nothing stays behind. */
#include "cli/bench/native.h"
#include "cli/base/process.h"
#include "cli/base/signals.h"
#include "client/io/clock.h"
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define POLL_US 5000
#define END_US 10000000 /* then SIGKILL: an `up` that is interrupted takes down what it started */
#define NATIVE_PORTS 300
#define FOLDERS_OPEN 16

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

static int entry_remove(const char *path, const struct stat *status, int kind, struct FTW *where) {
    (void)status;
    (void)kind;
    (void)where;
    (void)remove(path);
    return 0;
}

static bool folder_make(struct avo_native *native) {
    const char *parent = getenv("TMPDIR");
    (void)snprintf(native->dir, sizeof native->dir, "%.900s/avocado-native-XXXXXX", parent == NULL ? "/tmp" : parent);
    if (mkdtemp(native->dir) == NULL) {
        avo_why_set(&native->why, "bench --native: %s: %s; name a writable folder in TMPDIR", native->dir, strerror(errno));
        native->dir[0] = '\0';
        return false;
    }
    return true;
}

static bool side_make(struct avo_native *native, struct avo_native_side *side, const char *name, const char *program) {
    side->name = name;
    side->rounds = json_array();
    if (!avo_program_path(side->program, sizeof side->program, program) || access(side->program, X_OK) != 0) {
        avo_why_set(&native->why,
                    "bench --native: %s is not beside this program; the native programs are built but not installed: run "
                    "build/avocado",
                    program);
        return false;
    }
    return avo_cli_path(side->dir, native->dir, name);
}

static bool prepare(struct avo_native *native) {
    native->sealed.port = (uint16_t)native->port;
    native->native.port = (uint16_t)(native->port + NATIVE_PORTS);
    return folder_make(native) && side_make(native, &native->sealed, "sealed", "avocado") &&
           side_make(native, &native->native, "native", "native/avocado");
}

static void progress(const struct avo_native *native, uint64_t round, const char *what) {
    if (isatty(STDERR_FILENO) == 1) {
        (void)fprintf(stderr, "\r\033[Kround %llu of %llu: %s", (unsigned long long)round + 1, (unsigned long long)native->rounds,
                      what);
    }
}

static bool rounds_run(struct avo_native *native) {
    bool good = true;
    for (uint64_t round = 0; good && round < native->rounds; round++) {
        struct avo_native_side *sides[] = {&native->sealed, &native->native};
        for (uint64_t i = 0; good && i < AVO_COUNT(sides); i++) {
            struct avo_native_side *side = sides[(i + round) % AVO_COUNT(sides)]; /* whoever is first, is so every other round */
            progress(native, round, side->name);
            good = avo_native_side_measure(native, side, round);
        }
        progress(native, round, "redis");
        good = good && avo_native_redis_measure(native, round);
    }
    if (isatty(STDERR_FILENO) == 1) {
        (void)fprintf(stderr, "\r\033[K");
    }
    return good;
}

static void clean(struct avo_native *native) {
    avo_native_redis_stop(native);
    if (native->dir[0] != '\0') {
        avo_native_side_down(&native->sealed);
        avo_native_side_down(&native->native);
        (void)nftw(native->dir, entry_remove, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
    }
    json_decref(native->sealed.rounds);
    json_decref(native->native.rounds);
}

int avo_native_run(struct avo_native *native) {
    avo_signals_block(&native->signals);
    bool good = prepare(native) && avo_native_side_up(native, &native->sealed) && avo_native_side_up(native, &native->native) &&
                avo_native_redis_start(native) && rounds_run(native);
    if (good) {
        avo_native_print(native);
    }
    clean(native);
    if (!good) {
        avo_cli_say("%s", native->why.text);
    }
    return good ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
}
