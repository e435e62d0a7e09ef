/* node start: a replica that ended is started again: a new incarnation, which the CAS admits, and which pulls what it lacks before
 * it votes [V5]. */
#include "cli/local/node.h"

static bool work(struct avo_change *change) {
    struct avo_up *up = &change->up;
    bool good = avo_change_slot_read(change) && avo_up_slot_read(up, change->slot) && avo_up_mark_read(up) &&
                avo_up_check_programs(up) && avo_up_profile_take(up) && avo_up_lock(up) && avo_change_check_place(change) &&
                avo_change_view_ask(change) && avo_change_check_listed(change) && avo_up_start_again(up, change->slot) &&
                avo_up_wait_admitted(up, change->slot) && avo_up_slot_write(up, change->slot) &&
                (!up->wait || avo_change_wait_voting(change));
    if (good) {
        avo_change_say(change, "started");
    }
    return good;
}

int avo_cli_node_start(int argc, char **argv) {
    struct avo_change *change = avo_change_take("node start");
    const struct avo_option options[] = {
        {"budget", AVO_OPTION_COUNT, &change->up.budget_mib, "MIB", 1, 1 << 20, "memory of its enclave (as before)"},
        {"host-memory", AVO_OPTION_COUNT, &change->up.host_memory_mib, "MIB", 1, 1 << 20, "for its sealed values (as before)"},
        {"wait", AVO_OPTION_FLAG, &change->up.wait, NULL, 0, 0, "return when it votes"},
    };
    const struct avo_usage usage = {"node start",
                                    "SLOT",
                                    "Starts a node again that ended. It joins empty, pulls what it lacks, then votes.",
                                    options,
                                    AVO_COUNT(options),
                                    1,
                                    1,
                                    AVO_TAKES_DIR | AVO_TAKES_TIMEOUT,
                                    "until the CAS has admitted it (30); with --wait, until it votes (600)"};
    return avo_change_run(change, &usage, argc, argv, work);
}
