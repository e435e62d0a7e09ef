/* torture: the command. */
#include "cli/base/cli.h"
#include "cli/torture/check.h"

int avo_cli_torture(int argc, char **argv) {
    struct avo_common common;
    const char *check = NULL;
    const struct avo_option options[] = {
        {"check", AVO_OPTION_TEXT, &check, "FILE", 0, 0, "say whether a history is linearizable"},
    };
    const struct avo_usage usage = {"torture",
                                    "",
                                    "Judges what clients of a cluster saw. Exit code: 0 linearizable, 1 not, 2 could not be read.",
                                    options,
                                    AVO_COUNT(options),
                                    0,
                                    0,
                                    AVO_TAKES_NONE,
                                    NULL};
    switch (avo_options_parse(&usage, argc, argv, &common)) {
    case AVO_PARSED_HELP:
        return AVO_EXIT_DONE;
    case AVO_PARSED_WRONG:
        return AVO_EXIT_REFUSED;
    case AVO_PARSED_RUN:
        break;
    }
    if (check == NULL) {
        avo_cli_say("torture: which history? give --check FILE");
        return AVO_EXIT_REFUSED;
    }
    return avo_torture_check(check, common.json);
}
