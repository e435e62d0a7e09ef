/* node replace: another start in a slot of the cluster: with more memory, or of another build that the policy accepts. The former
 * one ends first; what it held is pulled from the others. */
#include "cli/base/health.h"
#include "cli/base/policy_node.h"
#include "cli/base/process.h"
#include "cli/local/node.h"

#define ASK_US 2000000

/* [V4] While a new slot joins, no voter starts again: it would be ended for nothing. */
static bool check_no_new_slot(struct avo_change *change) {
    const struct avo_view *view = &change->up.profile.view;
    const struct avo_member *member = avo_view_member(view, (uint8_t)change->slot);
    return view->member_count == view->slot_count || member == NULL || member->role != AVO_ROLE_VOTING ||
           avo_change_fail(change,
                           "another slot is new and joins, and no voter can start again meanwhile; wait until that one votes, "
                           "or remove it");
}

/* [V4] What the former one holds must not be needed: it is gone before the new one has anything. */
static bool check_spare(struct avo_change *change) {
    const struct avo_view *view = &change->up.profile.view;
    struct avo_health health;
    if (!avo_health_ask(&change->up.profile, ASK_US, ASK_US, false, &health)) {
        return avo_change_fail(change, "no memory or socket; free some and try again");
    }
    unsigned others = 0;
    for (uint8_t i = 0; i < view->member_count; i++) {
        others +=
            health.figures.nodes[i].serving && view->members[i].role == AVO_ROLE_VOTING && view->members[i].slot != change->slot;
    }
    if (others >= avo_view_quorum(view)) {
        return true;
    }
    avo_why_set(&change->up.why,
                "%s %u: without it only %u voting node(s) answer, and the cluster needs %u; start the others first, or wait until "
                "they vote",
                change->command, change->slot, others, avo_view_quorum(view));
    return false;
}

static bool check_here(struct avo_change *change) {
    struct avo_up *up = &change->up;
    char policy[AVO_PATH_BYTES];
    if (avo_program_is_hidden(up->dir, AVO_PROGRAM_NODE, change->slot)) {
        return avo_change_fail(change, "it runs where it cannot be seen from here, as in a container; replace it there");
    }
    return avo_cli_path(policy, up->dir, "policy.json") &&
           avo_policy_takes_node(policy, up->enclave_program, change->command, &up->why) &&
           avo_policy_is_of_view(policy, &up->profile.view, change->command, &up->why) && check_no_new_slot(change) &&
           check_spare(change);
}

static bool work(struct avo_change *change) {
    struct avo_up *up = &change->up;
    bool good = avo_change_slot_read(change) && avo_up_slot_read(up, change->slot) && avo_up_mark_read(up) &&
                avo_up_check_programs(up) && avo_up_profile_take(up) && avo_up_lock(up) && avo_change_owner_open(change) &&
                avo_change_check_listed(change) && check_here(change) && avo_change_end(change) && avo_change_check_place(change) &&
                avo_up_start_again(up, change->slot) && avo_up_wait_admitted(up, change->slot) &&
                avo_up_slot_write(up, change->slot) && avo_change_profile_save(change) && avo_change_wait_voting(change) &&
                avo_change_profile_save(change);
    if (good) {
        avo_change_say(change, "replaced");
    }
    return good;
}

int avo_cli_node_replace(int argc, char **argv) {
    struct avo_change *change = avo_change_take("node replace");
    const struct avo_option options[] = {
        {"budget", AVO_OPTION_COUNT, &change->up.budget_mib, "MIB", 1, 1 << 20, "memory of its enclave (as before)"},
        {"host-memory", AVO_OPTION_COUNT, &change->up.host_memory_mib, "MIB", 1, 1 << 20, "for its sealed values (as before)"},
        {"collateral", AVO_OPTION_TEXT, &change->collateral, "PATH", 0, 0, "the CPU vendor's, for the CAS (D/simcpu/collateral)"},
    };
    const struct avo_usage usage = {
        "node replace",
        "SLOT",
        "Ends a node and starts another one in its slot, of the programs beside this one. It pulls all data, then votes.",
        options,
        AVO_COUNT(options),
        1,
        1,
        AVO_TAKES_DIR | AVO_TAKES_TIMEOUT,
        "until it is admitted (30), and again until it votes (600)"};
    return avo_change_run(change, &usage, argc, argv, work);
}
