/* Kill: SIGKILL to a node's host, its enclave or both; the half that is left ends by itself. What the enclave knew is gone. When
 * the fault ends, the node is started again, as a new incarnation that pulls what it lacks. */
#include "cli/base/process.h"
#include "cli/torture/again.h"
#include <signal.h>

static bool kill_open(struct avo_fault_scene *scene, struct avo_why *why) {
    unsigned running = 0;
    for (unsigned node = 0; node < scene->view->member_count; node++) {
        running += avo_program_pid(scene->dir, AVO_PROGRAM_NODE, scene->view->members[node].slot) != 0;
    }
    if (running < scene->view->slot_count || scene->view->slot_count < 3) {
        avo_why_set(why,
                    "--nemesis: %u of %u nodes run under %s, and a kill or replacement must leave a majority; take a whole cluster "
                    "of 3 or more",
                    running, (unsigned)scene->view->slot_count, scene->dir);
        return false;
    }
    return true;
}

static bool kill_begin(struct avo_fault_scene *scene, const struct avo_fault *fault) {
    unsigned slot = scene->view->members[fault->node].slot;
    if (!avo_again_may_end(scene, fault->node)) {
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
    avo_again_ended(scene, fault->node);
    return true;
}

static bool kill_end(struct avo_fault_scene *scene, const struct avo_fault *fault) {
    (void)fault;
    avo_again_start(scene);
    return true;
}

const struct avo_fault_methods avo_fault_kill = {.open = kill_open, .begin = kill_begin, .end = kill_end};
