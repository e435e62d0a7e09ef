/* Steps of the commands of `node`: what must hold first, and how a node is ended. */
#include "cli/base/health.h"
#include "cli/base/process.h"
#include "cli/base/running.h"
#include "cli/base/signals.h"
#include "cli/local/node.h"
#include "client/io/clock.h"
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define VIEW_ASK_US 1000000
#define GONE_US 30000000
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
    if (avo_program_pid(up->dir, AVO_PROGRAM_CAS, 0) == 0 && !avo_up_cas_answers(up)) { /* it may run elsewhere (cas recover) */
        return avo_change_fail(change,
                               "the CAS does not run, and only it admits a node; the cluster serves without it; start it with "
                               "avocado cas start, then this again");
    }
    return true;
}

static bool late(struct avo_change *change, const char *what) {
    avo_why_set(&change->up.why, "%s %u: %s: it goes on; see log/node-%u.log and avocado status", change->command, change->slot,
                what, change->slot);
    return false;
}

bool avo_change_view_ask(struct avo_change *change) {
    struct avo_health health;
    return avo_health_ask(&change->up.profile, VIEW_ASK_US, VIEW_ASK_US, false, &health) ||
           avo_change_fail(change, "no memory or socket; free some and try again");
}

bool avo_change_wait_voting(struct avo_change *change) {
    (void)close(change->up.lock);
    change->up.lock = -1;
    return avo_up_wait_voting(&change->up, change->slot);
}

static bool gone(const struct avo_change *change) {
    return avo_view_member(&change->up.profile.view, (uint8_t)change->slot) == NULL;
}

bool avo_change_wait_gone(struct avo_change *change) {
    uint64_t end_us = avo_clock_us() + avo_up_patience_us(&change->up, GONE_US);
    while (avo_owner_view(&change->owner, &change->up.profile, &change->up.why)) {
        if (gone(change)) {
            return true;
        }
        if (avo_clock_us() >= end_us || avo_signals_pending()) {
            return late(change, "the CAS has noted it, and no view without it is chosen yet");
        }
        (void)usleep(POLL_US);
    }
    return false;
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
