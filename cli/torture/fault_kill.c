/* Kill: SIGKILL to a node's host, its enclave or both; the half that is left ends by itself. What the enclave knew is gone, so no
 * node is started again: of the nodes a majority is left alone for the whole run, and the cluster stays degraded after it. */
#include "cli/base/cli.h"
#include "cli/base/process.h"
#include "cli/torture/fault.h"
#include <signal.h>
#include <stdlib.h>

struct state {
    bool killed[AVO_SLOT_MAX_COUNT];
    unsigned count;
};

static bool kill_open(struct avo_fault_scene *scene, struct avo_why *why) {
    unsigned running = 0;
    for (unsigned node = 0; node < scene->view->member_count; node++) {
        running += avo_program_pid(scene->dir, AVO_PROGRAM_NODE, scene->view->members[node].slot) != 0;
    }
    if (running < scene->view->slot_count || scene->view->slot_count < 3) {
        avo_why_set(why,
                    "--nemesis kill: %u of %u nodes run under %s, and a majority must be left; take a whole cluster of 3 or more",
                    running, (unsigned)scene->view->slot_count, scene->dir);
        return false;
    }
    scene->state[AVO_FAULT_KILL] = avo_cli_take(sizeof(struct state));
    return true;
}

static bool kill_begin(struct avo_fault_scene *scene, const struct avo_fault *fault) {
    struct state *state = scene->state[AVO_FAULT_KILL];
    unsigned slot = scene->view->members[fault->node].slot;
    if (state->killed[fault->node] || state->count + avo_view_quorum(scene->view) >= scene->view->slot_count) {
        return false;
    }
    pid_t host = avo_program_pid(scene->dir, AVO_PROGRAM_NODE, slot);
    pid_t enclave = avo_program_pid(scene->dir, AVO_PROGRAM_ENCLAVE, slot);
    pid_t first = fault->way == AVO_STOP_ENCLAVE && enclave != 0 ? enclave : host;
    if (first == 0 || kill(first, SIGKILL) != 0) {
        return false;
    }
    if (fault->way == AVO_STOP_BOTH && enclave != 0) {
        (void)kill(enclave, SIGKILL);
    }
    scene->lost_processes += 1 + (enclave != 0 && enclave != host);
    state->killed[fault->node] = true;
    state->count++;
    return true;
}

static bool kill_end(struct avo_fault_scene *scene, const struct avo_fault *fault) {
    (void)scene;
    (void)fault;
    return true;
}

static void kill_close(struct avo_fault_scene *scene) {
    free(scene->state[AVO_FAULT_KILL]);
    scene->state[AVO_FAULT_KILL] = NULL;
}

const struct avo_fault_methods avo_fault_kill = {.open = kill_open, .begin = kill_begin, .end = kill_end, .close = kill_close};
