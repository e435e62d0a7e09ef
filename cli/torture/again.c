#include "cli/torture/again.h"
#include "cli/base/arguments.h"
#include "cli/base/cli.h"
#include "cli/base/process.h"
#include "client/io/clock.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define VOTE_S "120"      /* for one start, until it votes */
#define WAIT_US 150000000 /* for the last one, when all faults have ended */
#define POLL_US 20000
#define LOG_NAME "log/torture-start.log"

static unsigned slot_of(const struct avo_fault_scene *scene, unsigned node) {
    return scene->view->members[node].slot;
}

static bool runs(const struct avo_fault_scene *scene, unsigned node) {
    return avo_program_pid(scene->dir, AVO_PROGRAM_NODE, slot_of(scene, node)) != 0 &&
           avo_program_pid(scene->dir, AVO_PROGRAM_ENCLAVE, slot_of(scene, node)) != 0;
}

static bool is_gone(const struct avo_fault_scene *scene, unsigned node) {
    return avo_program_pid(scene->dir, AVO_PROGRAM_NODE, slot_of(scene, node)) == 0 &&
           avo_program_pid(scene->dir, AVO_PROGRAM_ENCLAVE, slot_of(scene, node)) == 0;
}

bool avo_again_may_end(struct avo_fault_scene *scene, unsigned node) {
    avo_again_look(scene);
    for (unsigned other = 0; other < scene->view->member_count; other++) {
        if (!runs(scene, other)) {
            return false;
        }
    }
    bool tampers = scene->state[AVO_FAULT_TAMPER] != NULL;
    return scene->again.step == AVO_AGAIN_NONE && (!tampers || node == scene->tampered);
}

void avo_again_ended(struct avo_fault_scene *scene, unsigned node) {
    scene->again = (struct avo_fault_again){.step = AVO_AGAIN_ENDED, .node = node};
}

void avo_again_start(struct avo_fault_scene *scene) {
    if (scene->again.step == AVO_AGAIN_ENDED) {
        scene->again.step = AVO_AGAIN_WANTED;
        avo_again_look(scene);
    }
}

static void launch(struct avo_fault_scene *scene) {
    char program[AVO_PATH_BYTES];
    char log[AVO_PATH_BYTES];
    struct avo_arguments arguments = {.count = 0};
    if (!avo_program_path(program, sizeof program, "avocado") || !avo_cli_path(log, scene->dir, LOG_NAME)) {
        scene->again.step = AVO_AGAIN_FAILED;
        return;
    }
    avo_arguments_add(&arguments, "%s", program);
    avo_arguments_add(&arguments, "node");
    avo_arguments_add(&arguments, "start");
    avo_arguments_add(&arguments, "%u", slot_of(scene, scene->again.node));
    avo_arguments_add(&arguments, "--wait");
    avo_arguments_add(&arguments, "--timeout");
    avo_arguments_add(&arguments, VOTE_S);
    avo_arguments_add(&arguments, "--dir");
    avo_arguments_add(&arguments, "%s", scene->dir);
    scene->again.starter = avo_process_start(arguments.items, log);
    scene->again.step = scene->again.starter != 0 ? AVO_AGAIN_STARTED : AVO_AGAIN_FAILED;
}

void avo_again_look(struct avo_fault_scene *scene) {
    struct avo_fault_again *again = &scene->again;
    int status = 0;
    if (again->step == AVO_AGAIN_WANTED && is_gone(scene, again->node)) {
        launch(scene);
    } else if (again->step == AVO_AGAIN_STARTED && waitpid(again->starter, &status, WNOHANG) == again->starter) {
        bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        again->step = good ? AVO_AGAIN_NONE : AVO_AGAIN_FAILED;
        scene->restarts += good;
    }
}

bool avo_again_wait(struct avo_fault_scene *scene, struct avo_why *why) {
    char log[AVO_PATH_BYTES];
    char tail[200] = "";
    uint64_t end_us = avo_clock_us() + WAIT_US;
    for (avo_again_look(scene); scene->again.step != AVO_AGAIN_NONE && scene->again.step != AVO_AGAIN_FAILED;
         avo_again_look(scene)) {
        if (avo_clock_us() >= end_us) {
            break;
        }
        (void)usleep(POLL_US);
    }
    if (scene->again.step == AVO_AGAIN_NONE) {
        return true;
    }
    if (avo_cli_path(log, scene->dir, LOG_NAME)) {
        avo_log_tail(log, tail, sizeof tail);
    }
    avo_why_set(why, "node %u did not come back: %s", slot_of(scene, scene->again.node),
                tail[0] != '\0' ? tail : "see its log and avocado status");
    return false;
}
