#include "las/options.h"
#include <string.h>

#define SETTING_COUNT 4
#define INSIDE_COUNT 3

static struct avo_settings_usage usage_of(struct avo_las_options *options, bool inside,
                                          struct avo_setting settings[SETTING_COUNT]) {
    const struct avo_setting all[SETTING_COUNT] = {
        {"--dir", AVO_SETTING_TEXT, &options->dir, "D", .needed = true,
         .help = "a folder for las.sock, where nodes ask, and las.pid"},
        {"--cas", AVO_SETTING_ENDPOINT, &options->cas, "ADDR:PORT", .needed = true, .help = "where the CAS is"},
        {"--cas-key", AVO_SETTING_KEY, options->cas_key, "FILE|HEX", .needed = true,
         .help = "its public key: the only CAS this LAS proves itself to"},
        {"--simcpu", AVO_SETTING_TEXT, &options->simcpu, "SOCKET", .needed = true, .help = "the simulated CPU's socket"},
    };
    memcpy(settings, all, sizeof all);
    return (struct avo_settings_usage){
        .program = "avocado-las",
        .summary = "The local attestation service, one a machine: the CAS verifies it once by its CPU vendor's evidence, then it\n"
                   "vouches for the enclaves beside it. Has the simulated CPU measure and start it.",
        .settings = settings,
        .count = inside ? INSIDE_COUNT : SETTING_COUNT,
        .inside = inside,
        .manual = "avocado-las(8)"};
}

enum avo_error avo_las_options_read(int argc, char **argv, bool inside, struct avo_las_options *options,
                                    char why[AVO_SETTINGS_WHY_BYTES]) {
    struct avo_setting settings[SETTING_COUNT];
    *options = (struct avo_las_options){0};
    struct avo_settings_usage usage = usage_of(options, inside, settings);
    return avo_settings_read(&usage, argc, argv, &options->settings, why);
}
