/* The settings that the services (CAS, LAS) share: their folder, and outside the TEE that is to start them. */
#ifndef AVO_SERVICE_OPTIONS_H
#define AVO_SERVICE_OPTIONS_H

#include "daemon/settings.h"
#include "service/outside.h"

struct avo_service_options {
    struct avo_settings settings;
    const char *dir;
    const char *simcpu; /* outside only: the simulated CPU's socket */
};

/* A service's command line, but for what all have. */
struct avo_service_usage {
    const char *program;
    const char *summary;
    const char *manual;
    const char *dir_help;
    const struct avo_setting *own; /* its own settings, own_count of them; shown between --dir and --simcpu */
    size_t own_count;
};

/* AVO_EINVAL with `why`, which says which setting is wrong and what to give. The caller closes options->settings. */
AVO_MUST_USE enum avo_error avo_service_options_read(const struct avo_service_usage *usage, int argc, char **argv, bool inside,
                                                     struct avo_service_options *options, char why[AVO_SETTINGS_WHY_BYTES]);
/* What its outside is to start. */
struct avo_outside_settings avo_service_outside(const struct avo_service_options *options);

#endif
