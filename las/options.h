/* What avocado-las was asked to do, outside its TEE and inside. */
#ifndef AVO_LAS_OPTIONS_H
#define AVO_LAS_OPTIONS_H

#include "base/limits.h"
#include "service/options.h"

struct avo_las_options {
    struct avo_service_options service; /* dir: las.sock, las.pid */
    struct avo_address cas;             /* where the CAS is */
    uint8_t cas_key[AVO_PUBLIC_KEY_BYTES];
};

/* AVO_EINVAL with `why`, which says which setting is wrong and what to give. The caller closes options->service.settings. */
AVO_MUST_USE enum avo_error avo_las_options_read(int argc, char **argv, bool inside, struct avo_las_options *options,
                                                 char why[AVO_SETTINGS_WHY_BYTES]);
#endif
