/* down: the command. */
#include "cli/local/down.h"
#include <stdio.h>

int avo_cli_down(int argc, char **argv) {
    bool all = false;
    bool yes = false;
    const struct avo_option options[] = {
        {"all", AVO_OPTION_FLAG, &all, NULL, 0, 0, "every cluster that you started on this machine, wherever its folder is"},
        {"yes", AVO_OPTION_FLAG, &yes, NULL, 0, 0, "with --all: do not ask"},
    };
    const struct avo_usage usage = {"down",
                                    "",
                                    "Stops the cluster of --dir. Its data is gone: it lived in memory.",
                                    options,
                                    AVO_COUNT(options),
                                    0,
                                    0,
                                    AVO_TAKES_DIR | AVO_TAKES_TIMEOUT,
                                    "wait so long for another up or down there (0)"};
    struct avo_common common;
    char dir[AVO_PATH_BYTES];
    char shown[AVO_QUOTED_BYTES];
    enum avo_parsed parsed = avo_options_parse(&usage, argc, argv, &common);
    if (parsed != AVO_PARSED_RUN) {
        return parsed == AVO_PARSED_HELP ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
    }
    if ((all && common.dir_given) || (yes && !all)) {
        avo_cli_say("down: %s; leave it out", all ? "--dir does nothing with --all" : "--yes does nothing without --all");
        return AVO_EXIT_REFUSED;
    }
    if (all) {
        return (int)avo_cluster_down_all(&common, yes);
    }
    bool found =
        avo_cli_dir(common.dir, dir) && (avo_cluster_is_marked(dir) || avo_cluster_running(dir) > 0 || avo_cluster_is_hidden(dir));
    if (!found) {
        (void)avo_cli_quote(shown, common.dir);
        avo_cli_say("down: no cluster runs in %s; start one with avocado up --dir %s, or see avocado down --all", shown, shown);
        return AVO_EXIT_REFUSED;
    }
    enum avo_exit code = avo_cluster_down(dir, common.dir, avo_cluster_down_patience_us(&common));
    if (code == AVO_EXIT_DONE && common.json) {
        avo_cli_json(json_pack("{s:b}", "ok", 1));
    } else if (code == AVO_EXIT_DONE) {
        (void)avo_cli_quote(shown, common.dir);
        (void)fprintf(stderr, "avocado: the cluster in %s is down; its data is gone, its logs are in %s/log\n", shown, shown);
    }
    return (int)code;
}
