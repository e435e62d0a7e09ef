/* `up --restart`: nodes that ended are started again by the process that started them, which stays for that. */
#include "cli/base/process.h"
#include "cli/base/running.h"
#include "cli/local/up.h"
#include "client/io/clock.h"
#include "daemon/lock.h"
#include "daemon/log.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define UNSEEN SIGKILL /* how a node ended that somebody else had started */

static void ending_say(const struct avo_up *up, unsigned slot, int wait_status) {
    const struct avo_restart *restart = &up->restarts.slots[slot];
    char how[48];
    if (WIFEXITED(wait_status)) {
        (void)snprintf(how, sizeof how, "ended with status %d", WEXITSTATUS(wait_status));
    } else {
        (void)snprintf(how, sizeof how, "ended by signal %d", WTERMSIG(wait_status));
    }
    if (restart->state == AVO_RESTART_LEFT) {
        avo_log_warn("node %u %s, and is not started again: see log/node-%u.log; avocado node start %u does so by hand", slot, how,
                     slot, slot);
    } else {
        avo_log_warn("node %u %s (%u in a row); it is started again in %llu s: see log/node-%u.log", slot, how, restart->count,
                     (unsigned long long)((restart->due_us - avo_clock_us() + 500000) / 1000000), slot);
    }
}

void avo_up_restart_ended(struct avo_up *up, unsigned slot, int wait_status) {
    avo_restart_ended(&up->restarts.slots[slot], wait_status, avo_clock_us(), (int64_t)time(NULL));
    ending_say(up, slot, wait_status);
    avo_restarts_write(&up->restarts, up->dir);
}

static bool is_ours(const struct avo_up *up, unsigned slot) {
    return up->node_pids[slot] != 0 || up->node_connections[slot] >= 0;
}

/* With the memory that a `node replace` may have given it. */
static bool start_as_before(struct avo_up *up, unsigned slot) {
    uint64_t budget_mib = up->budget_mib, host_memory_mib = up->host_memory_mib;
    up->budget_mib = up->host_memory_mib = 0;
    bool good = avo_up_slot_read(up, slot);
    up->budget_mib = up->budget_mib != 0 ? up->budget_mib : budget_mib;
    up->host_memory_mib = up->host_memory_mib != 0 ? up->host_memory_mib : host_memory_mib;
    good = good && avo_up_start_node(up, slot);
    up->budget_mib = budget_mib;
    up->host_memory_mib = host_memory_mib;
    return good;
}

static void start(struct avo_up *up, unsigned slot, uint64_t now_us) {
    avo_restart_started(&up->restarts.slots[slot], now_us);
    if (start_as_before(up, slot)) {
        avo_log_info("node %u is started again", slot);
    } else {
        avo_log_warn("node %u: %s", slot, up->why.text);
        avo_up_restart_ended(up, slot, UNSEEN);
    }
}

/* True when there is news of the slot. */
static bool slot_look(struct avo_up *up, unsigned slot, uint64_t now_us) {
    struct avo_restart *restart = &up->restarts.slots[slot];
    bool runs = is_ours(up, slot) || avo_program_pid(up->dir, AVO_PROGRAM_NODE, slot) != 0;
    if (restart->state == AVO_RESTART_RUNS && !runs) {
        avo_up_restart_ended(up, slot, UNSEEN);
    } else if (restart->state != AVO_RESTART_RUNS && runs) {
        avo_log_info("node %u was started by hand", slot);
        avo_restart_started(restart, now_us);
        return true;
    } else if (restart->state == AVO_RESTART_WAITS && now_us >= restart->due_us) {
        start(up, slot, now_us);
        return true;
    }
    return avo_restart_settles(restart, now_us);
}

void avo_up_restart_look(struct avo_up *up) {
    bool news = false;
    for (unsigned slot = 0; slot < up->nodes && up->simcpu_pid != 0; slot++) {
        news = slot_look(up, slot, avo_clock_us()) || news;
    }
    if (news) {
        avo_restarts_write(&up->restarts, up->dir);
    }
}

bool avo_up_restart_begin(struct avo_up *up) {
    up->stays = avo_lock_hold(up->dir, AVO_UP_STAYS);
    if (up->stays < 0) {
        avo_why_set(&up->why, "up: --restart: %s/%s cannot be locked; choose another --dir", up->shown_dir, AVO_UP_STAYS);
        return false;
    }
    up->restarts = (struct avo_restarts){.count = (unsigned)up->nodes};
    for (unsigned slot = 0; slot < up->nodes; slot++) {
        avo_restart_started(&up->restarts.slots[slot], avo_clock_us());
    }
    avo_log_name("avocado up");
    avo_restarts_write(&up->restarts, up->dir);
    return true;
}
