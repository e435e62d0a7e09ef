/* What avocado-cas was asked to do, outside its TEE and inside. */
#ifndef AVO_CAS_OPTIONS_H
#define AVO_CAS_OPTIONS_H

#include "service/options.h"

struct avo_cas_options {
    struct avo_service_options service; /* dir: state.sealed, state.recovery, public.key, cas.pid */
    const char *collateral;             /* a folder or a bundle (attest/verify/load.h) */
    struct avo_address listen;
    uint8_t recovery_public[AVO_SETTING_KEY_BYTES]; /* whom the state is wrapped for (cas/recovery.h); zeros: nobody */
};

/* AVO_EINVAL with `why`, which says which setting is wrong and what to give. The caller closes options->service.settings. */
AVO_MUST_USE enum avo_error avo_cas_options_read(int argc, char **argv, bool inside, struct avo_cas_options *options,
                                                 char why[AVO_SETTINGS_WHY_BYTES]);
#endif
