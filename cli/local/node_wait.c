/* A node that was started: until the CAS has admitted it, and until it votes. */
#include "cli/base/health.h"
#include "cli/local/up.h"
#include "client/io/clock.h"
#include <unistd.h>

#define START_US 30000000 /* until the CAS has admitted it ... */
#define VOTE_US 600000000 /* ... and until it has pulled all */
#define ASK_US 500000
#define POLL_US 100000

/* True once the enclave answers under the newest view, and, with `voting`, once that lets it vote. */
static bool answers(struct avo_up *up, unsigned slot, bool voting) {
    struct avo_health health;
    if (!avo_health_ask(&up->profile, ASK_US, ASK_US, false, &health)) {
        return false;
    }
    const struct avo_member *member = avo_view_member(&up->profile.view, (uint8_t)slot);
    bool votes = member != NULL && member->role == AVO_ROLE_VOTING;
    for (uint8_t i = 0; i < health.figures.count; i++) {
        if (health.figures.nodes[i].slot == slot) {
            return health.figures.nodes[i].serving && (votes || !voting);
        }
    }
    return false;
}

static bool wait_for(struct avo_up *up, unsigned slot, bool voting, const char *what) {
    uint64_t end_us = avo_clock_us() + avo_up_patience_us(up, voting ? VOTE_US : START_US);
    while (!answers(up, slot, voting)) {
        if (!avo_up_all_well(up)) {
            return false;
        }
        if (avo_clock_us() >= end_us) {
            avo_why_set(&up->why, "%s %u: started, and %s; see log/node-%u.log and avocado status",
                        up->command != NULL ? up->command : "node", slot, what, slot);
            return false;
        }
        (void)usleep(POLL_US);
    }
    return true;
}

bool avo_up_wait_admitted(struct avo_up *up, unsigned slot) {
    return wait_for(up, slot, false, "not admitted yet");
}

bool avo_up_wait_voting(struct avo_up *up, unsigned slot) {
    return wait_for(up, slot, true, "does not vote yet");
}
