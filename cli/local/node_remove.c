/* node remove: the group is smaller by a slot, whether its node runs or not [V6]. Its enclave ends when it sees the view. */
#include "cli/base/running.h"
#include "cli/local/node.h"

#define GROUP_MIN_COUNT 3

/* One that only joins is not counted yet, where its slot is new. */
static bool check_size(struct avo_change *change) {
    const struct avo_view *view = &change->up.profile.view;
    if (view->member_count > GROUP_MIN_COUNT) {
        return true;
    }
    avo_why_set(&change->up.why, "%s %u: the group has %u nodes, and fewer than %d bear no loss; add another one first",
                change->command, change->slot, view->slot_count, GROUP_MIN_COUNT);
    return false;
}

static bool work(struct avo_change *change) {
    struct avo_up *up = &change->up;
    bool good = avo_change_slot_read(change) && avo_up_profile_take(up) && avo_up_lock(up) && avo_change_owner_open(change) &&
                avo_change_check_listed(change) && check_size(change) &&
                avo_owner_resize(&change->owner, AVO_RESIZE_REMOVE, change->slot, &up->why) && avo_change_wait_gone(change) &&
                avo_change_end(change) && avo_change_profile_save(change);
    if (good) {
        avo_change_say(change, "removed");
    }
    return good;
}

int avo_cli_node_remove(int argc, char **argv) {
    struct avo_change *change = avo_change_take("node remove");
    const struct avo_option options[] = {
        {"collateral", AVO_OPTION_TEXT, &change->collateral, "PATH", 0, 0, "the CPU vendor's, for the CAS (D/simcpu/collateral)"},
    };
    const struct avo_usage usage = {"node remove",
                                    "SLOT",
                                    "Takes a node out of the cluster: its slot counts no more, and its process ends.",
                                    options,
                                    AVO_COUNT(options),
                                    1,
                                    1,
                                    AVO_TAKES_DIR | AVO_TAKES_PROFILE | AVO_TAKES_TIMEOUT,
                                    "until a view without it is chosen (30)"};
    return avo_change_run(change, &usage, argc, argv, work);
}
