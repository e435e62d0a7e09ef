#include "las/options.h"

enum avo_error avo_las_options_read(int argc, char **argv, bool inside, struct avo_las_options *options,
                                    char why[AVO_SETTINGS_WHY_BYTES]) {
    const struct avo_setting own[] = {
        {"--cas", AVO_SETTING_ENDPOINT, &options->cas, "ADDR:PORT", .needed = true, .help = "where the CAS is"},
        {"--cas-key", AVO_SETTING_KEY, options->cas_key, "FILE|HEX", .needed = true,
         .help = "its public key: the only CAS this LAS proves itself to"},
    };
    const struct avo_service_usage usage = {
        .program = "avocado-las",
        .summary = "The local attestation service, one a machine: the CAS verifies it once by its CPU vendor's evidence, then it\n"
                   "vouches for the enclaves beside it. Has the simulated CPU measure and start it.",
        .manual = "avocado-las(8)",
        .dir_help = "a folder for las.sock, where nodes ask, and las.pid",
        .own = own,
        .own_count = AVO_COUNT(own)};
    *options = (struct avo_las_options){.cas_key = {0}};
    return avo_service_options_read(&usage, argc, argv, inside, &options->service, why);
}
