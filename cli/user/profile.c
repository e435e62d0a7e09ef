/* profile: this file only finds the command. */
#include "cli/user/profile.h"

int avo_cli_profiles(int argc, char **argv) {
    static const struct avo_command commands[] = {
        {"new", avo_cli_profile_new}, {"show", avo_cli_profile_show}, {"renew", avo_cli_profile_renew}};
    return avo_cli_group(commands, AVO_COUNT(commands), NULL, argc, argv);
}
