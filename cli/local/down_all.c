/* down --all: clusters are found by their simulated CPUs, each of which holds the lock of its pid file, whether or not the folder
 * of that file is still there. */
#include "cli/base/process.h"
#include "cli/local/down.h"
#include "client/io/clock.h"
#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CLUSTER_MAX_COUNT 64
#define CPU_NAME "avocado-simcpu\n"
#define PID_FILE "/simcpu/simcpu.pid"
#define DELETED " (deleted)"
#define ASK_US 5000000 /* its children, which it ends first, have two seconds of it */
#define KILL_US 2000000
#define POLL_US 5000

struct found {
    pid_t cpu;
    char dir[PATH_MAX]; /* where its folder is, or was */
    bool gone;          /* it was removed */
};

struct all {
    struct found found[CLUSTER_MAX_COUNT];
    size_t count;
};

/* Of this user, in the same PID namespace: elsewhere paths and process ids mean other things. */
static bool is_ours(const char *pid) {
    char path[PATH_MAX], own[64], its[64], name[32] = "";
    struct stat status;
    (void)snprintf(path, sizeof path, "/proc/%s/comm", pid);
    FILE *file = fopen(path, "re");
    bool named = file != NULL && fgets(name, sizeof name, file) != NULL && strcmp(name, CPU_NAME) == 0;
    if (file != NULL) {
        (void)fclose(file);
    }
    (void)snprintf(path, sizeof path, "/proc/%s/ns/pid", pid);
    ssize_t length = named ? readlink(path, its, sizeof its) : -1;
    bool same = length > 0 && readlink("/proc/self/ns/pid", own, sizeof own) == length && memcmp(own, its, (size_t)length) == 0;
    (void)snprintf(path, sizeof path, "/proc/%s", pid);
    return same && stat(path, &status) == 0 && status.st_uid == geteuid();
}

/* Whether the open file `link`, named `name`, is the pid file of a cluster that `up` started. */
static bool is_cluster(const char *link, char *name, struct found *found) {
    struct stat held, there;
    char *end = strstr(name, PID_FILE);
    if (end == NULL || stat(link, &held) != 0) {
        return false;
    }
    found->gone = held.st_nlink == 0 && strcmp(end, PID_FILE DELETED) == 0;
    bool reached =
        strcmp(end, PID_FILE) == 0 && stat(name, &there) == 0 && there.st_dev == held.st_dev && there.st_ino == held.st_ino;
    *end = '\0';
    (void)snprintf(found->dir, sizeof found->dir, "%s", name);
    return found->gone || (reached && avo_cluster_is_marked(found->dir));
}

static bool folder_find(const char *pid, struct found *found) {
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "/proc/%s/fd", pid);
    DIR *files = opendir(path);
    bool good = false;
    for (struct dirent *file; !good && files != NULL && (file = readdir(files)) != NULL;) {
        char name[PATH_MAX];
        (void)snprintf(path, sizeof path, "/proc/%s/fd/%s", pid, file->d_name);
        ssize_t length = readlink(path, name, sizeof name - 1);
        name[length > 0 ? length : 0] = '\0';
        good = is_cluster(path, name, found);
    }
    if (files != NULL) {
        (void)closedir(files);
    }
    return good;
}

static void find(struct all *all) {
    DIR *processes = opendir("/proc");
    for (struct dirent *process; processes != NULL && (process = readdir(processes)) != NULL;) {
        struct found *found = &all->found[all->count];
        bool number = process->d_name[0] >= '1' && process->d_name[0] <= '9';
        if (number && all->count < CLUSTER_MAX_COUNT && is_ours(process->d_name) && folder_find(process->d_name, found)) {
            found->cpu = (pid_t)strtol(process->d_name, NULL, 10);
            all->count++;
        }
    }
    if (processes != NULL) {
        (void)closedir(processes);
    }
}

static bool wait_ended(pid_t pid, uint64_t patience_us) {
    uint64_t end_us = avo_clock_us() + patience_us;
    while (avo_process_runs(pid)) {
        if (avo_clock_us() >= end_us) {
            return false;
        }
        (void)usleep(POLL_US);
    }
    return true;
}

/* Nothing runs without its CPU: enclaves, CAS and LAS are its children, and nodes see them end. */
static bool cpu_end(pid_t pid) {
    (void)kill(pid, SIGTERM);
    (void)kill(pid, SIGCONT);
    if (wait_ended(pid, ASK_US)) {
        return true;
    }
    (void)kill(pid, SIGKILL);
    return wait_ended(pid, KILL_US);
}

static enum avo_exit stop(const struct found *found, uint64_t patience_us) {
    if (!found->gone) {
        return avo_cluster_down(found->dir, found->dir, patience_us);
    }
    if (cpu_end(found->cpu)) {
        return AVO_EXIT_DONE;
    }
    avo_cli_say("down --all: process %d does not end, even killed; look for it with ps", (int)found->cpu);
    return AVO_EXIT_REFUSED;
}

/* The prompt goes where errors go, as the list does: standard output holds the answer alone. */
static bool agreed(const struct all *all, bool yes) {
    char answer[16];
    for (size_t i = 0; i < all->count; i++) {
        (void)fprintf(stderr, "  %s%s, simulated CPU %d\n", all->found[i].dir, all->found[i].gone ? " (the folder is gone)" : "",
                      (int)all->found[i].cpu);
    }
    if (yes) {
        return true;
    }
    if (isatty(STDIN_FILENO) != 1) {
        avo_cli_say("down --all: nobody was asked whether to stop these; give --yes, or run it at a terminal");
        return false;
    }
    (void)fprintf(stderr, "Stop all of these? Their data lives in memory, and goes. [y/N] ");
    bool agreed = fgets(answer, sizeof answer, stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
    if (!agreed) {
        avo_cli_say("down --all: nothing was stopped");
    }
    return agreed;
}

enum avo_exit avo_cluster_down_all(const struct avo_common *common, bool yes) {
    struct all *all = avo_cli_take(sizeof *all);
    find(all);
    enum avo_exit code = all->count == 0 || agreed(all, yes) ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
    size_t stopped = 0;
    for (size_t i = 0; code == AVO_EXIT_DONE && i < all->count; i++) {
        code = stop(&all->found[i], avo_cluster_down_patience_us(common));
        stopped += code == AVO_EXIT_DONE;
    }
    if (code == AVO_EXIT_DONE && common->json) {
        avo_cli_json(json_pack("{s:b, s:I}", "ok", 1, "stopped", (json_int_t)stopped));
    } else if (code == AVO_EXIT_DONE) {
        (void)fprintf(stderr, "avocado: %zu cluster%s stopped\n", stopped, stopped == 1 ? "" : "s");
    }
    free(all);
    return code;
}
