/* What the commands of `node` wait for, and what must hold before they begin. */
#include "cli/base/health.h"
#include "cli/base/process.h"
#include "cli/base/running.h"
#include "cli/local/node.h"
#include "client/io/clock.h"
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define ADMIT_US 30000000
#define VOTE_US 600000000 /* it pulls everything first */
#define GONE_US 30000000
#define ASK_US 500000
#define POLL_US 100000
#define LEAVE_US 5000000 /* an enclave that was removed ends by itself */
#define KILL_US 3000000
#define LOOK_US 5000

bool avo_change_check_place(struct avo_change *change) {
    struct avo_up *up = &change->up;
    pid_t host = avo_program_pid(up->dir, AVO_PROGRAM_NODE, change->slot);
    pid_t enclave = avo_program_pid(up->dir, AVO_PROGRAM_ENCLAVE, change->slot);
    if (host != 0 || enclave != 0) {
        avo_why_set(&up->why, "%s %u: it runs (process %d); end that one first, or leave it alone", change->command, change->slot,
                    (int)(host != 0 ? host : enclave));
        return false;
    }
    if (avo_program_is_hidden(up->dir, AVO_PROGRAM_NODE, change->slot)) {
        return avo_change_fail(change, "it runs where it cannot be seen from here, as in a container; end it there first");
    }
    if (avo_program_pid(up->dir, AVO_PROGRAM_SIMCPU, 0) == 0) {
        return avo_change_fail(change, "the simulated CPU ended, and every enclave with it: no majority comes back; avocado down");
    }
    if (avo_program_pid(up->dir, AVO_PROGRAM_CAS, 0) == 0) {
        return avo_change_fail(change,
                               "the CAS does not run, and only it admits a node; the cluster serves without it; start it with "
                               "avocado cas start, then this again");
    }
    return true;
}

/* True once the enclave answers under the newest view. */
static bool answers(struct avo_change *change, struct avo_health *health) {
    if (!avo_health_ask(&change->up.profile, ASK_US, ASK_US, false, health)) {
        return false;
    }
    for (uint8_t i = 0; i < health->figures.count; i++) {
        if (health->figures.nodes[i].slot == change->slot) {
            return health->figures.nodes[i].serving;
        }
    }
    return false;
}

static bool late(struct avo_change *change, const char *what) {
    avo_why_set(&change->up.why, "%s %u: %s: it goes on; see log/node-%u.log and avocado status", change->command, change->slot,
                what, change->slot);
    return false;
}

bool avo_change_wait_admitted(struct avo_change *change) {
    uint64_t end_us = avo_clock_us() + avo_up_patience_us(&change->up, ADMIT_US);
    struct avo_health health;
    while (!answers(change, &health)) {
        if (!avo_up_all_well(&change->up)) {
            return false;
        }
        if (avo_clock_us() >= end_us) {
            return late(change, "started, and not admitted yet");
        }
        (void)usleep(POLL_US);
    }
    return true;
}

static bool votes(const struct avo_change *change) {
    const struct avo_member *member = avo_view_member(&change->up.profile.view, (uint8_t)change->slot);
    return member != NULL && member->role == AVO_ROLE_VOTING;
}

static bool gone(const struct avo_change *change) {
    return avo_view_member(&change->up.profile.view, (uint8_t)change->slot) == NULL;
}

/* Asks the CAS for its newest view until that is so. */
static bool wait_view(struct avo_change *change, bool (*is_so)(const struct avo_change *change), uint64_t patience_us,
                      const char *lateness) {
    uint64_t end_us = avo_clock_us() + avo_up_patience_us(&change->up, patience_us);
    for (;;) {
        if (!avo_owner_view(&change->owner, &change->up.profile, &change->up.why)) {
            return false;
        }
        if (is_so(change)) {
            return true;
        }
        if (!avo_up_all_well(&change->up)) {
            return false;
        }
        if (avo_clock_us() >= end_us) {
            return late(change, lateness);
        }
        (void)usleep(POLL_US);
    }
}

bool avo_change_wait_voting(struct avo_change *change) {
    return wait_view(change, votes, VOTE_US, "admitted, and still pulls what it lacks");
}

bool avo_change_wait_gone(struct avo_change *change) {
    return wait_view(change, gone, GONE_US, "the CAS has noted it, and no view without it is chosen yet");
}

static bool runs(const struct avo_change *change) {
    return avo_program_pid(change->up.dir, AVO_PROGRAM_NODE, change->slot) != 0 ||
           avo_program_pid(change->up.dir, AVO_PROGRAM_ENCLAVE, change->slot) != 0;
}

static bool wait_ended(const struct avo_change *change, uint64_t patience_us) {
    uint64_t end_us = avo_clock_us() + patience_us;
    while (runs(change)) {
        (void)waitpid(-1, NULL, WNOHANG); /* where we are its parent */
        if (avo_clock_us() >= end_us) {
            return false;
        }
        (void)usleep(LOOK_US);
    }
    return true;
}

static void tell(const struct avo_change *change, enum avo_program program, int number) {
    pid_t pid = avo_program_pid(change->up.dir, program, change->slot);
    if (pid != 0) {
        (void)kill(pid, number);
        (void)kill(pid, SIGCONT); /* a stopped process cannot end itself */
    }
}

bool avo_change_end(struct avo_change *change) {
    if (gone(change) && wait_ended(change, LEAVE_US)) {
        return true;
    }
    tell(change, AVO_PROGRAM_NODE, SIGTERM);
    if (wait_ended(change, KILL_US)) {
        return true;
    }
    tell(change, AVO_PROGRAM_NODE, SIGKILL);
    tell(change, AVO_PROGRAM_ENCLAVE, SIGKILL);
    return wait_ended(change, KILL_US) || avo_change_fail(change, "a process of it does not end, even killed; look for it with ps");
}

void avo_change_say(const struct avo_change *change, const char *done) {
    const struct avo_up *up = &change->up;
    const struct avo_member *member = avo_view_member(&up->profile.view, (uint8_t)change->slot);
    uint32_t incarnation = member == NULL ? 0 : member->incarnation;
    const char *role = member == NULL ? "removed" : member->role == AVO_ROLE_VOTING ? "voting" : "joining";
    if (up->common.json) {
        avo_cli_json(json_pack("{s:i, s:I, s:s, s:I, s:i}", "slot", (int)change->slot, "incarnation", (json_int_t)incarnation,
                               "role", role, "epoch", (json_int_t)up->profile.view.epoch, "nodes",
                               (int)up->profile.view.slot_count));
    } else if (member == NULL) {
        printf("node %u %s: the group has %u nodes, view %u\n", change->slot, done, up->profile.view.slot_count,
               up->profile.view.epoch);
    } else {
        printf("node %u %s: incarnation %u, %s; avocado status --dir %s shows more\n", change->slot, done, incarnation, role,
               up->shown_dir);
    }
}
