/* The command line of `avocado attest`. Internal to cli/attest. */
#ifndef AVO_CLI_ATTEST_OPTIONS_H
#define AVO_CLI_ATTEST_OPTIONS_H

#include "attest/policy/policy.h"

enum { AVO_CLI_ACCEPTED = 0, AVO_CLI_REFUSED = 1, AVO_CLI_UNEVALUATED = 2 };

struct avo_attest_options {
    const char *file;
    const char *collateral;
    const char *root;
    const char *policy;
    int64_t at_unix_s;
    enum avo_attested_role role;
    bool has_report_data;
    uint8_t report_data[64];
    bool json;
    bool help;
};

/* argv[0] is the subcommand. AVO_EINVAL with a reason for a command line that is none. */
AVO_MUST_USE enum avo_error avo_attest_options(int argc, char **argv, struct avo_attest_options *options,
                                               struct avo_reason *reason);

int avo_cli_attest_verify(const struct avo_attest_options *options);
int avo_cli_attest_inspect(const struct avo_attest_options *options);
/* The line on stderr; returns AVO_CLI_UNEVALUATED. */
int avo_cli_attest_fail(const char *command, const struct avo_reason *reason);

#endif
