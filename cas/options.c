#include "cas/options.h"

enum avo_error avo_cas_options_read(int argc, char **argv, bool inside, struct avo_cas_options *options,
                                    char why[AVO_SETTINGS_WHY_BYTES]) {
    const struct avo_setting own[] = {
        {"--listen", AVO_SETTING_ENDPOINT, &options->listen, "ADDR:PORT", .needed = true,
         .help = "e.g. 127.0.0.1:7400 or [::1]:7400; 0.0.0.0 and [::] are all addresses"},
        {"--collateral", AVO_SETTING_PATH, &options->collateral, "PATH", .needed = true,
         .help = "a folder or bundle with the CPU vendors' collateral, read again when it changes"},
        {"--recovery-key", AVO_SETTING_KEY, options->recovery_public, "FILE|HEX",
         .help = "the owner's recovery.pub: its holder can recover this CAS elsewhere"},
    };
    const struct avo_service_usage usage = {
        .program = "avocado-cas",
        .summary =
            "The configuration and attestation service: takes the owner's policy, admits the enclaves it accepts, signs the\n"
            "cluster's views and its users' tickets. Has the simulated CPU measure and start it.",
        .manual = "avocado-cas(8)",
        .dir_help = "a folder for state.sealed, state.recovery, public.key and cas.pid",
        .own = own,
        .own_count = AVO_COUNT(own)};
    *options = (struct avo_cas_options){0};
    return avo_service_options_read(&usage, argc, argv, inside, &options->service, why);
}
