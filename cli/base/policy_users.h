/* Users of a policy as the command line names them: NAME=PUBKEY:RIGHTS. */
#ifndef AVO_CLI_BASE_POLICY_USERS_H
#define AVO_CLI_BASE_POLICY_USERS_H

#include "cli/base/options.h"
#include "client/io/profile.h"
#include <jansson.h>

#define AVO_POLICY_CLIENT "client" /* the user that an owner's own client is */
/* What --user takes. */
#define AVO_POLICY_USER_FORM "NAME=PUBKEY:RIGHTS"

/* Adds one user for each of `words` to the policy's array `users`. PUBKEY is 64 hex digits, or a file that holds them; RIGHTS are
 * of read, write and admin, separated by commas. False with a line in `why`, which begins with `command`: a word of another form,
 * or the name or the key of a user before. */
AVO_MUST_USE bool avo_policy_users_add(json_t *users, const struct avo_words *words, const char *command, struct avo_why *why);
/* Whether it would, beside a user of the name `other`: before anything is written. */
AVO_MUST_USE bool avo_policy_users_check(const struct avo_words *words, const char *other, const char *command,
                                         struct avo_why *why);

#endif
