#include "cli/torture/watch.h"
#include "cli/base/process.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATIENCE_TRIES 100 /* for those of a killed node to end */
#define PATIENCE_US 50000
#define PIDS_MAX (4 + 2 * AVO_SLOT_MAX_COUNT)

/* Those whose children are the cluster's too. */
struct known {
    pid_t pids[PIDS_MAX];
    unsigned count;
};

static void known_add(struct known *known, pid_t pid) {
    if (pid != 0) {
        known->pids[known->count++] = pid;
    }
}

static bool known_has(const struct known *known, pid_t pid) {
    for (unsigned i = 0; i < known->count; i++) {
        if (known->pids[i] == pid) {
            return true;
        }
    }
    return false;
}

static struct known known_find(const struct avo_watch *watch) {
    struct known known = {.count = 0};
    known_add(&known, avo_program_pid(watch->dir, AVO_PROGRAM_SIMCPU, 0));
    known_add(&known, avo_program_pid(watch->dir, AVO_PROGRAM_CAS, 0));
    known_add(&known, avo_program_pid(watch->dir, AVO_PROGRAM_LAS, 0));
    for (unsigned i = 0; i < watch->view->member_count; i++) {
        known_add(&known, avo_program_pid(watch->dir, AVO_PROGRAM_NODE, watch->view->members[i].slot));
        known_add(&known, avo_program_pid(watch->dir, AVO_PROGRAM_ENCLAVE, watch->view->members[i].slot));
    }
    return known;
}

/* The cluster's processes, and all children of theirs, ended and not reaped ones too. */
static unsigned processes_count(const struct avo_watch *watch) {
    struct known known = known_find(watch);
    unsigned count = 0;
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    while (proc != NULL && (entry = readdir(proc)) != NULL) {
        struct avo_process_look look;
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        count += pid > 0 && (known_has(&known, pid) || (avo_process_look(pid, &look) && known_has(&known, look.parent)));
    }
    if (proc != NULL) {
        (void)closedir(proc);
    }
    return count;
}

struct avo_watch avo_watch_begin(const char *dir, const struct avo_view *view) {
    struct avo_watch watch = {.dir = dir, .view = view};
    watch.processes_before = dir != NULL ? processes_count(&watch) : 0;
    return watch;
}

static uint64_t resident_bytes(const struct avo_watch *watch, unsigned slot) {
    struct avo_process_look look;
    uint64_t bytes = 0;
    pid_t host = avo_program_pid(watch->dir, AVO_PROGRAM_NODE, slot);
    pid_t enclave = avo_program_pid(watch->dir, AVO_PROGRAM_ENCLAVE, slot);
    if (host == 0 || enclave == 0) {
        return 0; /* half of it is no measure */
    }
    bytes += avo_process_look(host, &look) ? look.resident_bytes : 0;
    bytes += enclave != host && avo_process_look(enclave, &look) ? look.resident_bytes : 0;
    return bytes;
}

void avo_watch_memory(struct avo_watch *watch) {
    for (unsigned i = 0; watch->dir != NULL && i < watch->view->member_count; i++) {
        uint64_t bytes = resident_bytes(watch, watch->view->members[i].slot);
        struct avo_watch_node *node = &watch->nodes[i];
        node->first_bytes = node->first_bytes == 0 ? bytes : node->first_bytes;
        node->last_bytes = bytes;
    }
}

bool avo_watch_end(struct avo_watch *watch, struct avo_why *why) {
    if (watch->dir == NULL) {
        return true;
    }
    for (int i = 0; i < PATIENCE_TRIES && (watch->processes_after = processes_count(watch)) != watch->processes_before; i++) {
        (void)usleep(PATIENCE_US);
    }
    avo_watch_memory(watch);
    if (watch->processes_after != watch->processes_before) {
        avo_why_set(why, "the cluster had %u processes, and has %u now; see its logs and `ps`", watch->processes_before,
                    watch->processes_after);
        return false;
    }
    for (unsigned i = 0; i < watch->view->member_count; i++) {
        const struct avo_watch_node *node = &watch->nodes[i];
        if (node->last_bytes > node->first_bytes + node->first_bytes / 8 + AVO_WATCH_GROWTH_BYTES) {
            avo_why_set(why, "the memory of node %u grew from %llu to %llu KiB; run it longer to see whether that goes on",
                        (unsigned)watch->view->members[i].slot, (unsigned long long)node->first_bytes / 1024,
                        (unsigned long long)node->last_bytes / 1024);
            return false;
        }
    }
    return true;
}
