/* What the commands share that work on the folder of a cluster: how they begin, what they take, and how they say why not. */
#include "cli/base/owner.h"
#include "cli/base/running.h"
#include "cli/base/signals.h"
#include "cli/local/up.h"
#include "client/dialog/link.h"
#include "client/io/clock.h"
#include "daemon/lock.h"
#include <sodium.h>
#include <string.h>

void avo_up_blank(struct avo_up *up) {
    *up = (struct avo_up){.cas_connection = -1, .las_connection = -1, .lock = -1};
    memset(up->node_connections, 0xff, sizeof up->node_connections); /* -1: none */
    up->random = avo_system_random();
}

bool avo_up_profile_take(struct avo_up *up) {
    struct avo_profile *profile;
    if (avo_cli_profile(&up->common, &profile) != AVO_OK) {
        up->why.text[0] = '\0'; /* it was said */
        return false;
    }
    up->profile = *profile;
    avo_cli_profile_free(profile);
    return true;
}

bool avo_up_lock(struct avo_up *up) {
    up->lock = avo_lock_hold(up->dir, AVO_UP_LOCK);
    if (up->lock < 0) {
        avo_why_set(&up->why, "%s: another avocado up, down, node or cas works on %s; wait for it",
                    up->command != NULL ? up->command : "up", up->shown_dir);
    }
    return up->lock >= 0;
}

bool avo_up_owner_open(struct avo_up *up, struct avo_owner *owner, const char *command, const char *collateral, uint32_t call_ms) {
    char own[AVO_PATH_BYTES];
    if (!avo_cli_path(own, up->dir, "simcpu/collateral")) {
        return false;
    }
    const struct avo_owner_place place = {.command = command,
                                          .dir = up->dir,
                                          .collateral = collateral != NULL ? collateral : own,
                                          .profile = &up->profile,
                                          .call_ms = call_ms};
    return avo_owner_open(owner, &place, &up->why);
}

void avo_up_say_why(const struct avo_up *up, const char *command) {
    static const char *const others[] = {"up: ", "node: "};
    const char *text = up->why.text;
    for (size_t i = 0; i < AVO_COUNT(others); i++) {
        text += strncmp(text, others[i], strlen(others[i])) == 0 ? strlen(others[i]) : 0;
    }
    if (text[0] != '\0') {
        avo_cli_say("%s: %s", command, text);
    }
}

int avo_up_command(struct avo_up *up, const struct avo_usage *usage, int argc, char **argv, int (*run)(void *command),
                   void *command) {
    sigset_t signals;
    enum avo_parsed parsed = avo_options_parse(usage, argc, argv, &up->common);
    int code = parsed == AVO_PARSED_HELP ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
    if (parsed == AVO_PARSED_RUN && sodium_init() >= 0 && avo_link_aead_open(&up->engine)) {
        avo_signals_block(&signals);
        code = run(command);
        avo_link_aead_close(&up->engine);
    }
    return code;
}
