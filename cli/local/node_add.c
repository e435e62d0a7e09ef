/* node add: the group is larger by a slot [V4, V6]. The owner has the CAS let one join there; it is started here where `up` made
 * the cluster, and by hand on its machine otherwise. */
#include "cli/base/policy_node.h"
#include "cli/base/process.h"
#include "cli/base/running.h"
#include "cli/local/node.h"
#include <stdio.h>
#include <unistd.h>

#define UNDO_TRIES 50
#define UNDO_PAUSE_US 200000

static bool slot_choose(struct avo_change *change) {
    if (change->up.common.argument_count > 0) {
        return avo_change_slot_read(change);
    }
    for (unsigned slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        bool used = avo_view_member(&change->up.profile.view, (uint8_t)slot) != NULL ||
                    avo_program_pid(change->up.dir, AVO_PROGRAM_NODE, slot) != 0;
        if (!used) {
            change->slot = slot;
            return true;
        }
    }
    avo_why_set(&change->up.why, "node add: all %d slots are taken; remove a node first", AVO_SLOT_MAX_COUNT);
    return false;
}

static bool check_new(struct avo_change *change) {
    return avo_view_member(&change->up.profile.view, (uint8_t)change->slot) == NULL ||
           avo_change_fail(change, "the cluster has it already; avocado node start or replace it, or add another slot");
}

/* What can be known before the CAS is asked: a refusal later would leave a node behind that cannot join. */
static bool check_here(struct avo_change *change) {
    struct avo_up *up = &change->up;
    char policy[AVO_PATH_BYTES];
    return avo_change_check_place(change) && avo_cli_path(policy, up->dir, "policy.json") &&
           avo_policy_takes_node(policy, up->enclave_program, change->command, &up->why) && avo_up_ports_free(up, change->slot);
}

/* The CAS forgets the slot again, or removes what joined there meanwhile; it says "not now" while a view is being chosen. */
static bool take_back(struct avo_change *change) {
    struct avo_why why;
    for (int tries = 0; tries < UNDO_TRIES; tries++) {
        if (avo_owner_resize(&change->owner, AVO_RESIZE_REMOVE, change->slot, &why)) {
            return avo_change_wait_gone(change);
        }
        (void)usleep(UNDO_PAUSE_US);
    }
    return false;
}

/* Nothing changed, or the line says what stays. */
static void undo(struct avo_change *change) {
    struct avo_why first = change->up.why;
    avo_owner_refusal(&change->owner, change->slot, &first);
    if (avo_change_end(change) && take_back(change)) {
        change->up.why = first;
    } else {
        avo_why_set(&change->up.why, "%.300s; and the cluster may list slot %u by now: avocado node remove %u takes it away",
                    first.text, change->slot, change->slot);
    }
}

static bool start_here(struct avo_change *change) {
    struct avo_up *up = &change->up;
    if (!check_here(change) || !avo_owner_resize(&change->owner, AVO_RESIZE_ADD, change->slot, &up->why)) {
        return false;
    }
    if (!avo_up_start_again(up, change->slot) || !avo_up_wait_admitted(up, change->slot)) {
        undo(change);
        return false;
    }
    return avo_up_slot_write(up, change->slot) && avo_change_profile_save(change) && avo_change_wait_voting(change) &&
           avo_change_profile_save(change);
}

static void say_may_join(const struct avo_change *change) {
    if (change->up.common.json) {
        avo_cli_json(json_pack("{s:i, s:s}", "slot", (int)change->slot, "role", "awaited"));
    } else {
        printf("node %u may join: start avocado-node --slot %u on its machine, with the options of the others\n", change->slot,
               change->slot);
    }
}

static bool work(struct avo_change *change) {
    struct avo_up *up = &change->up;
    bool local = avo_cluster_is_marked(up->dir);
    bool good = (!local || (avo_up_mark_read(up) && avo_up_check_programs(up))) && avo_up_profile_take(up) && avo_up_lock(up) &&
                avo_change_owner_open(change) && slot_choose(change) && check_new(change);
    if (good && local && start_here(change)) {
        avo_change_say(change, "added");
        return true;
    }
    if (good && !local && avo_owner_resize(&change->owner, AVO_RESIZE_ADD, change->slot, &up->why)) {
        say_may_join(change);
        return true;
    }
    return false;
}

int avo_cli_node_add(int argc, char **argv) {
    struct avo_change *change = avo_change_take("node add");
    const struct avo_option options[] = {
        {"budget", AVO_OPTION_COUNT, &change->up.budget_mib, "MIB", 1, 1 << 20, "memory of its enclave (as the others')"},
        {"host-memory", AVO_OPTION_COUNT, &change->up.host_memory_mib, "MIB", 1, 1 << 20, "for its sealed values (as the others')"},
        {"collateral", AVO_OPTION_TEXT, &change->collateral, "PATH", 0, 0, "the CPU vendor's, for the CAS (D/simcpu/collateral)"},
    };
    const struct avo_usage usage = {
        "node add",
        "[SLOT]",
        "Adds a node to the cluster, in the lowest free slot or this one. It pulls all data, then votes.",
        options,
        AVO_COUNT(options),
        0,
        1,
        AVO_TAKES_DIR | AVO_TAKES_PROFILE | AVO_TAKES_TIMEOUT,
        "until it is admitted (30), and again until it votes (600)"};
    return avo_change_run(change, &usage, argc, argv, work);
}
