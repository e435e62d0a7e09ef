#include "cli/attest/options.h"
#include <stdio.h>

int avo_cli_attest_fail(const char *command, const struct avo_reason *reason) {
    (void)fprintf(stderr, "avocado attest %s: %s\n", command, reason->text);
    return AVO_CLI_UNEVALUATED;
}
