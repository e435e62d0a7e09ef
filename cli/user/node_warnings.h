/* What the figures of the nodes give reason to warn of (base/condition.h): memory that runs out, copies that are missing,
 * tampering, narrow paths. */
#ifndef AVO_CLI_USER_NODE_WARNINGS_H
#define AVO_CLI_USER_NODE_WARNINGS_H

#include "cli/base/health.h"
#include "cli/user/warnings.h"

/* `now_s`: Unix time, for since when each condition has held. */
void avo_nodes_warn(const struct avo_view *view, const struct avo_health *health, int64_t now_s, struct avo_warnings *warnings);

#endif
