/* What a policy says of a program that is to run a node. */
#ifndef AVO_CLI_BASE_POLICY_NODE_H
#define AVO_CLI_BASE_POLICY_NODE_H

#include "client/io/profile.h"

/* Whether the policy in the file `path` lists the measurement of `program` for nodes, or leaves measurements open. False, and a
 * line in `why` that begins with `command`, when it does not or one of the files cannot be read: the CAS would refuse it later. */
AVO_MUST_USE bool avo_policy_takes_node(const char *path, const char *program, const char *command, struct avo_why *why);
/* Whether the policy in the file is the one that the newest view is under: the CAS judges by that one. */
AVO_MUST_USE bool avo_policy_is_of_view(const char *path, const struct avo_view *view, const char *command, struct avo_why *why);

#endif
