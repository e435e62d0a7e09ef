/* Stopping: first the hosts, whose enclaves end with them; then the CAS; the simulated CPU last. */
#include "cli/base/running.h"
#include "base/limits.h"
#include "cli/base/process.h"
#include "cli/base/restarts.h"
#include "client/io/clock.h"
#include "daemon/lock.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ASK_US 3000000 /* then SIGKILL */
#define KILL_US 2000000
#define REAP_US 1500000
#define LEAVE_US 3000000
#define POLL_US 5000

static unsigned slots_of(enum avo_program program) {
    return program == AVO_PROGRAM_NODE || program == AVO_PROGRAM_ENCLAVE ? AVO_SLOT_MAX_COUNT : 1;
}

static unsigned running(const char *dir, enum avo_program program) {
    unsigned count = 0;
    for (unsigned slot = 0; slot < slots_of(program); slot++) {
        count += avo_program_pid(dir, program, slot) != 0;
    }
    return count;
}

/* Inline, a node's two halves are one process. */
static unsigned enclaves_apart(const char *dir) {
    unsigned count = 0;
    for (unsigned slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        pid_t pid = avo_program_pid(dir, AVO_PROGRAM_ENCLAVE, slot);
        count += pid != 0 && pid != avo_program_pid(dir, AVO_PROGRAM_NODE, slot);
    }
    return count;
}

unsigned avo_cluster_running(const char *dir) {
    return running(dir, AVO_PROGRAM_NODE) + enclaves_apart(dir) + running(dir, AVO_PROGRAM_LAS) + running(dir, AVO_PROGRAM_CAS) +
           running(dir, AVO_PROGRAM_SIMCPU);
}

bool avo_cluster_is_hidden(const char *dir) {
    static const enum avo_program programs[] = {AVO_PROGRAM_SIMCPU, AVO_PROGRAM_CAS, AVO_PROGRAM_LAS, AVO_PROGRAM_NODE};
    bool hidden = false;
    for (size_t i = 0; i < AVO_COUNT(programs); i++) {
        for (unsigned slot = 0; slot < slots_of(programs[i]); slot++) {
            hidden |= avo_program_is_hidden(dir, programs[i], slot);
        }
    }
    return hidden;
}

bool avo_cluster_is_worked_on(const char *dir) {
    char lock[AVO_PATH_BYTES];
    return avo_cli_path(lock, dir, AVO_UP_LOCK) && avo_lock_holder(lock) != 0;
}

bool avo_cluster_is_marked(const char *dir) {
    char mark[AVO_PATH_BYTES];
    return avo_cli_path(mark, dir, AVO_UP_FILE) && access(mark, F_OK) == 0;
}

static void signal_all(const char *dir, enum avo_program program, int number) {
    for (unsigned slot = 0; slot < slots_of(program); slot++) {
        pid_t pid = avo_program_pid(dir, program, slot);
        if (pid != 0) {
            (void)kill(pid, number);
            (void)kill(pid, SIGCONT); /* a stopped process cannot end itself */
        }
    }
}

static bool wait_gone(const char *dir, enum avo_program program, uint64_t patience_us) {
    uint64_t end_us = avo_clock_us() + patience_us;
    while (running(dir, program) > 0) {
        (void)waitpid(-1, NULL, WNOHANG); /* when we are its parent */
        if (avo_clock_us() >= end_us) {
            return false;
        }
        (void)usleep(POLL_US);
    }
    return true;
}

static bool stop(const char *dir, enum avo_program program) {
    signal_all(dir, program, SIGTERM);
    if (wait_gone(dir, program, ASK_US)) {
        return true;
    }
    signal_all(dir, program, SIGKILL);
    return wait_gone(dir, program, KILL_US);
}

struct processes {
    pid_t pids[2 * AVO_SLOT_MAX_COUNT + 3];
    unsigned count;
};

static void processes_add(struct processes *processes, const char *dir, enum avo_program program) {
    for (unsigned slot = 0; slot < slots_of(program); slot++) {
        pid_t pid = avo_program_pid(dir, program, slot);
        if (pid != 0) {
            processes->pids[processes->count++] = pid;
        }
    }
}

/* What ended is in the process table until its parent has looked. */
static void wait_reaped(const struct processes *processes) {
    uint64_t end_us = avo_clock_us() + REAP_US;
    for (unsigned i = 0; i < processes->count; i++) {
        while (kill(processes->pids[i], 0) == 0 && avo_clock_us() < end_us) {
            (void)waitpid(-1, NULL, WNOHANG);
            (void)usleep(POLL_US);
        }
    }
}

bool avo_cluster_stop_nodes(const char *dir) {
    struct processes processes = {.count = 0};
    processes_add(&processes, dir, AVO_PROGRAM_NODE);
    processes_add(&processes, dir, AVO_PROGRAM_ENCLAVE);
    bool good = stop(dir, AVO_PROGRAM_NODE);
    good = (wait_gone(dir, AVO_PROGRAM_ENCLAVE, ASK_US / 4) || stop(dir, AVO_PROGRAM_ENCLAVE)) && good;
    wait_reaped(&processes);
    return good;
}

bool avo_cluster_stop(const char *dir) {
    struct processes processes = {.count = 0};
    processes_add(&processes, dir, AVO_PROGRAM_NODE);
    processes_add(&processes, dir, AVO_PROGRAM_ENCLAVE);
    processes_add(&processes, dir, AVO_PROGRAM_LAS);
    processes_add(&processes, dir, AVO_PROGRAM_CAS);
    processes_add(&processes, dir, AVO_PROGRAM_SIMCPU);
    bool good = stop(dir, AVO_PROGRAM_NODE);
    good = (wait_gone(dir, AVO_PROGRAM_ENCLAVE, ASK_US / 4) || stop(dir, AVO_PROGRAM_ENCLAVE)) && good;
    good = stop(dir, AVO_PROGRAM_LAS) && good;
    good = stop(dir, AVO_PROGRAM_CAS) && good;
    good = stop(dir, AVO_PROGRAM_SIMCPU) && good;
    wait_reaped(&processes);
    return good;
}

void avo_cluster_mark_down(const char *dir) {
    char path[AVO_PATH_BYTES];
    static const char *const ends[] = {"client.profile", AVO_RESTARTS_FILE, AVO_UP_FILE};
    for (size_t i = 0; i < AVO_COUNT(ends); i++) {
        if (avo_cli_path(path, dir, ends[i])) {
            (void)unlink(path);
        }
    }
}

void avo_cluster_wait_left(const char *dir) {
    char lock[AVO_PATH_BYTES];
    uint64_t end_us = avo_clock_us() + LEAVE_US;
    while (avo_cli_path(lock, dir, AVO_UP_STAYS) && avo_lock_holder(lock) > 0 && avo_clock_us() < end_us) {
        (void)usleep(POLL_US);
    }
}
