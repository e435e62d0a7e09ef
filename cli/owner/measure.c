/* measure: what the simulated CPU will find a program to be; what a policy lists. */
#include "cli/base/measure.h"
#include "cli/base/cli.h"
#include <stdio.h>

int avo_cli_measure(int argc, char **argv) {
    const struct avo_usage usage = {"measure",      "FILE", "Prints the measurement of a statically linked program.", NULL, 0, 1, 1,
                                    AVO_TAKES_NONE, NULL};
    struct avo_common common;
    char hex[AVO_TEE_MEASURE_HEX_BYTES];
    struct avo_why why;
    enum avo_parsed parsed = avo_options_parse(&usage, argc, argv, &common);
    if (parsed != AVO_PARSED_RUN) {
        return parsed == AVO_PARSED_HELP ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
    }
    if (avo_cli_measure_file(common.arguments[0], hex, &why) != AVO_OK) {
        avo_cli_say("measure %s", why.text);
        return AVO_EXIT_REFUSED;
    }
    if (common.json) {
        avo_cli_json(json_pack("{s:s, s:s}", "file", common.arguments[0], "measurement", hex));
    } else {
        (void)puts(hex);
    }
    return AVO_EXIT_DONE;
}
