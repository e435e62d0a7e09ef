#include "service/options.h"
#include "base/assert.h"
#include <string.h>

enum avo_error avo_service_options_read(const struct avo_service_usage *usage, int argc, char **argv, bool inside,
                                        struct avo_service_options *options, char why[AVO_SETTINGS_WHY_BYTES]) {
    struct avo_setting all[AVO_SETTINGS_MAX_COUNT];
    AVO_ASSERT(usage->own_count + 2 <= AVO_COUNT(all));
    *options = (struct avo_service_options){.dir = NULL};
    all[0] = (struct avo_setting){"--dir", AVO_SETTING_PATH, &options->dir, "D", .needed = true, .help = usage->dir_help};
    memcpy(all + 1, usage->own, usage->own_count * sizeof *usage->own);
    all[1 + usage->own_count] = (struct avo_setting){"--simcpu", AVO_SETTING_TEXT, &options->simcpu,
                                                     "SOCKET",   .needed = true,   .help = "the simulated CPU's socket"};
    const struct avo_settings_usage whole = {.program = usage->program,
                                             .summary = usage->summary,
                                             .settings = all,
                                             .count = 1 + usage->own_count + (inside ? 0 : 1),
                                             .inside = inside,
                                             .manual = usage->manual};
    return avo_settings_read(&whole, argc, argv, &options->settings, why);
}

struct avo_outside_settings avo_service_outside(const struct avo_service_options *options) {
    return (struct avo_outside_settings){.settings = &options->settings, .place = options->simcpu, .dir = options->dir};
}
