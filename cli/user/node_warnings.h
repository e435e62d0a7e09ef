/* What the figures of the nodes give reason to warn of: memory that runs out, copies that are missing, tampering, narrow paths. */
#ifndef AVO_CLI_USER_NODE_WARNINGS_H
#define AVO_CLI_USER_NODE_WARNINGS_H

#include "cli/base/health.h"
#include "cli/user/warnings.h"

void avo_nodes_warn(const struct avo_view *view, const struct avo_health *health, struct avo_warnings *warnings);

#endif
