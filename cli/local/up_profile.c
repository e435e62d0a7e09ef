/* What `up` finds in its folder that no `up` left there: it makes keys, a policy and a profile of its own. `down` takes the profile
 * away, so one that is there belongs to another cluster; client.key is made by `policy init` alone. */
#include "cli/base/pin.h"
#include "cli/local/up.h"
#include <stdio.h>
#include <unistd.h>

bool avo_up_profile_free(struct avo_up *up, const char *dir) {
    char path[AVO_PATH_BYTES];
    struct avo_pin pin;
    if (!avo_cli_path(path, dir, "client.key")) {
        return false;
    }
    if (access(path, F_OK) == 0) {
        avo_why_set(
            &up->why,
            "up: %s has the keys and the policy of avocado policy init, which up would replace by its own; choose another --dir",
            up->shown_dir);
        return false;
    }
    return avo_cli_path(path, dir, "client.profile") && avo_pin_read(&pin, "up", path, up->replace_profile, &up->why) &&
           avo_pin_is_free(&pin, &up->why);
}
