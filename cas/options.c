#include "cas/options.h"
#include <string.h>

#define SETTING_COUNT 4
#define INSIDE_COUNT 3

static struct avo_settings_usage usage_of(struct avo_cas_options *options, bool inside,
                                          struct avo_setting settings[SETTING_COUNT]) {
    const struct avo_setting all[SETTING_COUNT] = {
        {"--dir", AVO_SETTING_TEXT, &options->dir, "D", .needed = true,
         .help = "a folder for state.sealed, public.key and cas.pid"},
        {"--listen", AVO_SETTING_ENDPOINT, &options->listen, "ADDR:PORT", .needed = true,
         .help = "e.g. 127.0.0.1:7400 or [::1]:7400; 0.0.0.0 and [::] are all addresses"},
        {"--collateral", AVO_SETTING_TEXT, &options->collateral, "PATH", .needed = true,
         .help = "a folder or bundle with the CPU vendor's collateral"},
        {"--simcpu", AVO_SETTING_TEXT, &options->simcpu, "SOCKET", .needed = true, .help = "the simulated CPU's socket"},
    };
    memcpy(settings, all, sizeof all);
    return (struct avo_settings_usage){
        .program = "avocado-cas",
        .summary =
            "The configuration and attestation service: takes the owner's policy, admits the enclaves it accepts, signs the\n"
            "cluster's views and its users' tickets. Has the simulated CPU measure and start it.",
        .settings = settings,
        .count = inside ? INSIDE_COUNT : SETTING_COUNT,
        .inside = inside,
        .manual = "avocado-cas(8)"};
}

enum avo_error avo_cas_options_read(int argc, char **argv, bool inside, struct avo_cas_options *options,
                                    char why[AVO_SETTINGS_WHY_BYTES]) {
    struct avo_setting settings[SETTING_COUNT];
    *options = (struct avo_cas_options){0};
    struct avo_settings_usage usage = usage_of(options, inside, settings);
    return avo_settings_read(&usage, argc, argv, &options->settings, why);
}
