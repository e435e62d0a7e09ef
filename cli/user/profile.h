/* The commands of `avocado profile`. */
#ifndef AVO_CLI_USER_PROFILE_H
#define AVO_CLI_USER_PROFILE_H

#include "cli/base/cli.h"
#include "client/io/profile.h"

int avo_cli_profile_new(int argc, char **argv);
int avo_cli_profile_show(int argc, char **argv);
int avo_cli_profile_renew(int argc, char **argv);

/* What a ticket's holder may do, as it follows "may". Static storage. */
const char *avo_profile_rights_text(uint8_t rights);

/* Prints what it says, but for the secret key, as text or as JSON. */
void avo_profile_show(const struct avo_profile *profile, bool json);

#endif
