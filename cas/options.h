/* The command line of avocado-cas. */
#ifndef AVO_CAS_OPTIONS_H
#define AVO_CAS_OPTIONS_H

#include "base/address.h"
#include "base/compiler.h"
#include <stdbool.h>
#include <stddef.h>

struct avo_cas_options {
    const char *dir;        /* an existing folder: state.sealed, public.key, cas.pid */
    const char *collateral; /* a folder or a bundle (attest/load.h) */
    struct avo_address listen;
    const char *listen_text; /* as it was given */
    bool help;
    bool version;
};

/* False, and `why` (of `why_bytes`) says which option and what to give, when the command line is not understood. */
AVO_MUST_USE bool avo_cas_options_read(int argc, char **argv, struct avo_cas_options *options, char *why, size_t why_bytes);

#endif
