#include "cli/local/node.h"
#include "base/secret.h"
#include "cli/base/running.h"
#include "cli/base/signals.h"
#include "client/io/file.h"
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CALL_MS 5000

struct avo_change *avo_change_take(const char *command) {
    struct avo_change *change = avo_cli_take(sizeof *change);
    avo_up_blank(&change->up);
    change->command = command;
    change->up.command = command;
    change->slot = AVO_SLOT_MAX_COUNT;
    return change;
}

bool avo_change_fail(struct avo_change *change, const char *what) {
    avo_why_set(&change->up.why, "%s %u: %s", change->command, change->slot, what);
    return false;
}

bool avo_change_slot_read(struct avo_change *change) {
    const char *text = change->up.common.arguments[0];
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || number >= AVO_SLOT_MAX_COUNT) {
        avo_why_set(&change->up.why, "%s %.40s: is no slot; give its number, as avocado status shows it", change->command, text);
        return false;
    }
    change->slot = (unsigned)number;
    return true;
}

bool avo_change_owner_open(struct avo_change *change) {
    struct avo_up *up = &change->up;
    change->owner_open = true;
    return avo_up_owner_open(up, &change->owner, change->command, change->collateral, CALL_MS) &&
           avo_owner_view(&change->owner, &up->profile, &up->why);
}

bool avo_change_profile_save(struct avo_change *change) {
    struct avo_profile *now;
    struct avo_up *up = &change->up;
    char path[AVO_PATH_BYTES];
    const char *to = up->common.profile;
    if (to == NULL && !avo_cli_path(path, up->common.dir, "client.profile")) {
        return false;
    }
    to = to != NULL ? to : path;
    enum avo_error error = avo_profile_open(to, &now, &up->why); /* its ticket may have been renewed meanwhile */
    if (error == AVO_OK) {
        now->signed_view = up->profile.signed_view;
        error = avo_profile_save(to, now, &up->why);
    }
    avo_profile_close(now);
    return error == AVO_OK;
}

static void slots_list(const struct avo_view *view, char to[64]) {
    size_t length = 0;
    to[0] = '\0';
    for (uint8_t i = 0; i < view->member_count && length < 60; i++) {
        length += (size_t)snprintf(to + length, 64 - length, "%s%u", i == 0 ? "" : ", ", view->members[i].slot);
    }
}

bool avo_change_check_listed(struct avo_change *change) {
    char slots[64];
    if (avo_view_member(&change->up.profile.view, (uint8_t)change->slot) != NULL) {
        return true;
    }
    slots_list(&change->up.profile.view, slots);
    avo_why_set(&change->up.why, "%s %u: the cluster has no such slot; it has slots %s", change->command, change->slot, slots);
    return false;
}

static bool folder_find(struct avo_change *change) {
    struct avo_up *up = &change->up;
    (void)avo_cli_quote(up->shown_dir, up->common.dir);
    if (!avo_cli_dir(up->common.dir, up->dir)) {
        avo_why_set(&up->why, "%s: %s: %s; give the --dir of a running cluster", change->command, up->shown_dir, strerror(errno));
        return false;
    }
    return true;
}

int avo_change_run(struct avo_change *change, const struct avo_usage *usage, int argc, char **argv,
                   bool (*work)(struct avo_change *change)) {
    sigset_t signals;
    enum avo_parsed parsed = avo_options_parse(usage, argc, argv, &change->up.common);
    int code = parsed == AVO_PARSED_HELP ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
    if (parsed == AVO_PARSED_RUN && sodium_init() >= 0) {
        avo_signals_block(&signals);
        if (folder_find(change) && work(change)) {
            code = AVO_EXIT_DONE;
        } else if (change->up.why.text[0] != '\0') {
            avo_cli_say("%s", change->up.why.text);
        }
    }
    if (change->owner_open) {
        avo_owner_close(&change->owner);
    }
    avo_secret_wipe(change, sizeof *change);
    free(change);
    return code;
}

int avo_cli_node(int argc, char **argv) {
    static const struct avo_command commands[] = {{"start", avo_cli_node_start},
                                                  {"add", avo_cli_node_add},
                                                  {"remove", avo_cli_node_remove},
                                                  {"replace", avo_cli_node_replace}};
    return avo_cli_group(commands, AVO_COUNT(commands), NULL, argc, argv);
}
