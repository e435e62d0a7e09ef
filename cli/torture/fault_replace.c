/* Replace: a node is asked to end, and a new start takes its slot at once, with keys of its own: nothing of the former is left. Its
 * colleagues may still have packets for the former one under way. */
#include "cli/base/process.h"
#include "cli/torture/again.h"
#include <signal.h>

static bool replace_open(struct avo_fault_scene *scene, struct avo_why *why) {
    return avo_fault_kill.open(scene, why);
}

static bool replace_begin(struct avo_fault_scene *scene, const struct avo_fault *fault) {
    pid_t host = avo_program_pid(scene->dir, AVO_PROGRAM_NODE, scene->view->members[fault->node].slot);
    if (!avo_again_may_end(scene, fault->node) || host == 0 || kill(host, SIGTERM) != 0) {
        return false;
    }
    (void)kill(host, SIGCONT); /* a stopped process cannot end itself */
    avo_again_ended(scene, fault->node);
    avo_again_start(scene);
    return true;
}

static bool replace_end(struct avo_fault_scene *scene, const struct avo_fault *fault) {
    (void)scene;
    (void)fault;
    return true;
}

const struct avo_fault_methods avo_fault_replace = {.open = replace_open, .begin = replace_begin, .end = replace_end};
