/* The commands of `avocado profile`. */
#ifndef AVO_CLI_USER_PROFILE_H
#define AVO_CLI_USER_PROFILE_H

#include "cli/base/cli.h"

int avo_cli_profile_new(int argc, char **argv);

#endif
