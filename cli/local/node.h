/* `avocado node`: replicas of a running cluster come and go. The steps of its commands; each returns false with a line in up->why,
 * or with none where it was said already. */
#ifndef AVO_CLI_LOCAL_NODE_H
#define AVO_CLI_LOCAL_NODE_H

#include "cli/base/owner.h"
#include "cli/local/up.h"

/* One command under way. */
struct avo_change {
    struct avo_up up;
    const char *command; /* "node add" */
    const char *collateral;
    unsigned slot;
    struct avo_owner owner;
    bool owner_open;
};

/* The commands: argv[0] is their second word. */
int avo_cli_node_start(int argc, char **argv);
int avo_cli_node_add(int argc, char **argv);
int avo_cli_node_remove(int argc, char **argv);
int avo_cli_node_replace(int argc, char **argv);

/* node.c: parses, finds the folder, runs `work`, frees `node`. The exit code. */
int avo_change_run(struct avo_change *change, const struct avo_usage *usage, int argc, char **argv,
                   bool (*work)(struct avo_change *change));
AVO_MUST_USE struct avo_change *avo_change_take(const char *command);
/* "node add 3: WHAT" in up->why; false. */
bool avo_change_fail(struct avo_change *change, const char *what);
/* The slot that stands as argument. */
AVO_MUST_USE bool avo_change_slot_read(struct avo_change *change);
/* The owner's dialog with the CAS, and the newest view in the profile. */
AVO_MUST_USE bool avo_change_owner_open(struct avo_change *change);
/* The profile's file gets the newest view, so that who begins with it finds the members of now. */
AVO_MUST_USE bool avo_change_profile_save(struct avo_change *change);
/* ... a slot of the newest view; says which there are when it is not. */
AVO_MUST_USE bool avo_change_check_listed(struct avo_change *change);

/* node_steps.c: what must run beside a node that is started here does, and nothing runs in its slot. */
AVO_MUST_USE bool avo_change_check_place(struct avo_change *change);
/* The nodes' newest view in the profile, where one answers. */
AVO_MUST_USE bool avo_change_view_ask(struct avo_change *change);
/* Until the slot votes; others may work on the folder meanwhile. */
AVO_MUST_USE bool avo_change_wait_voting(struct avo_change *change);
/* Until the CAS's newest view lists the slot no more. */
AVO_MUST_USE bool avo_change_wait_gone(struct avo_change *change);
/* Ends the slot's processes, if some run here: asks, then kills. */
AVO_MUST_USE bool avo_change_end(struct avo_change *change);
/* Says how it ended: slot, incarnation, role, epoch. */
void avo_change_say(const struct avo_change *change, const char *done);

#endif
