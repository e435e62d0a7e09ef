/* What `avocado status` found out, and how it is printed. */
#ifndef AVO_CLI_USER_STATUS_H
#define AVO_CLI_USER_STATUS_H

#include "cli/base/cli.h"
#include "cli/base/health.h"
#include "cli/user/ends.h"

struct avo_status {
    struct avo_common common;
    char dir[AVO_PATH_BYTES];
    bool local; /* `dir` is the cluster's own folder */
    struct avo_profile *profile;
    struct avo_health health;
    struct avo_ends ends;
    struct avo_warnings warnings;
};

/* On standard output, as text or as JSON; `state` is the cluster's, in words. */
void avo_status_print(const struct avo_status *status, const char *state);

#endif
