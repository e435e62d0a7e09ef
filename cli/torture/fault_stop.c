/* Stop: SIGSTOP to a node's host, its enclave or both, then SIGCONT. What came for a stopped host waits in its sockets. */
#include "cli/base/cli.h"
#include "cli/base/process.h"
#include "cli/torture/fault.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum half { HOST, ENCLAVE, HALVES };

/* A half may be stopped by several faults at a time. */
struct stopped {
    pid_t pid;
    unsigned faults;
};

struct state {
    struct stopped halves[AVO_SLOT_MAX_COUNT][HALVES];
};

static pid_t half_pid(const struct avo_fault_scene *scene, unsigned node, enum half half) {
    unsigned slot = scene->view->members[node].slot;
    pid_t host = avo_program_pid(scene->dir, AVO_PROGRAM_NODE, slot);
    pid_t enclave = avo_program_pid(scene->dir, AVO_PROGRAM_ENCLAVE, slot);
    return half == HOST ? host : enclave == host ? 0 : enclave; /* inline they are one */
}

static bool half_is_meant(const struct avo_fault *fault, enum half half) {
    return fault->way == AVO_STOP_BOTH || (fault->way == AVO_STOP_HOST) == (half == HOST);
}

static bool stop_open(struct avo_fault_scene *scene, struct avo_why *why) {
    for (unsigned node = 0; node < scene->view->member_count; node++) {
        pid_t pid = half_pid(scene, node, HOST);
        if (pid == 0 || kill(pid, 0) != 0) {
            avo_why_set(why,
                        "--nemesis stop: no process of node %u under %s that may be stopped from here; name the folder of a "
                        "cluster that `avocado up` started as this user",
                        (unsigned)scene->view->members[node].slot, scene->dir);
            return false;
        }
    }
    scene->state[AVO_FAULT_STOP] = avo_cli_take(sizeof(struct state));
    return true;
}

/* Faults that stopped it do not count for the one that takes its place; and a stopped process cannot end by itself. */
static void halves_forget(struct avo_fault_scene *scene, unsigned node) {
    struct state *state = scene->state[AVO_FAULT_STOP];
    for (enum half half = HOST; half < HALVES; half++) {
        if (state->halves[node][half].faults > 0) {
            (void)kill(state->halves[node][half].pid, SIGCONT);
        }
    }
    memset(state->halves[node], 0, sizeof state->halves[node]);
}

static bool half_stop(struct avo_fault_scene *scene, const struct avo_fault *fault, enum half half) {
    struct state *state = scene->state[AVO_FAULT_STOP];
    struct stopped *stopped = &state->halves[fault->node][half];
    if (stopped->faults == 0) {
        stopped->pid = half_pid(scene, fault->node, half);
        if (stopped->pid == 0 || kill(stopped->pid, SIGSTOP) != 0) {
            return false;
        }
    }
    stopped->faults++;
    return true;
}

static void half_go_on(struct avo_fault_scene *scene, const struct avo_fault *fault, enum half half) {
    struct state *state = scene->state[AVO_FAULT_STOP];
    struct stopped *stopped = &state->halves[fault->node][half];
    if (stopped->faults > 0 && --stopped->faults == 0) {
        (void)kill(stopped->pid, SIGCONT);
    }
}

static bool stop_begin(struct avo_fault_scene *scene, const struct avo_fault *fault) {
    bool host = half_is_meant(fault, HOST) && half_stop(scene, fault, HOST);
    bool enclave = half_is_meant(fault, ENCLAVE) && half_stop(scene, fault, ENCLAVE);
    if (fault->way == AVO_STOP_BOTH && host != enclave) { /* inline, or one has ended */
        struct avo_fault one = *fault;
        one.way = host ? AVO_STOP_HOST : AVO_STOP_ENCLAVE;
        half_go_on(scene, &one, host ? HOST : ENCLAVE);
        return false;
    }
    return host || enclave;
}

static bool stop_end(struct avo_fault_scene *scene, const struct avo_fault *fault) {
    for (enum half half = HOST; half < HALVES; half++) {
        if (half_is_meant(fault, half)) {
            half_go_on(scene, fault, half);
        }
    }
    return true;
}

static void stop_close(struct avo_fault_scene *scene) {
    free(scene->state[AVO_FAULT_STOP]);
    scene->state[AVO_FAULT_STOP] = NULL;
}

const struct avo_fault_methods avo_fault_stop = {
    .open = stop_open, .begin = stop_begin, .end = stop_end, .forget = halves_forget, .close = stop_close};
