/* The cluster and the CAS that an existing profile follows. A host that restores an old file of the CAS, or starts another one,
 * gets another cluster, in which nothing of the user's data is: no command makes a profile follow that without being told to [V0,
 * V8]. */
#ifndef AVO_CLI_BASE_PIN_H
#define AVO_CLI_BASE_PIN_H

#include "cli/base/cli.h"

#define AVO_PIN_OPTION "replace-profile" /* the word that goes on */

struct avo_pin {
    const char *command; /* begins every line of `why`; borrowed, as is ... */
    const char *path;    /* ... the profile's file */
    bool held;           /* there is one, and it is not to be replaced */
    uint8_t cas_public_key[AVO_PUBLIC_KEY_BYTES];
    uint8_t cluster_id[AVO_CLUSTER_ID_BYTES];
};

/* Reads what stands at `path`; nothing may. False with a line in `why`: something is there that is no profile, and not to be
 * replaced either. */
AVO_MUST_USE bool avo_pin_read(struct avo_pin *pin, const char *command, const char *path, bool replace, struct avo_why *why);
/* False with a line in `why` that names both: the profile follows another CAS than the one of this key. */
AVO_MUST_USE bool avo_pin_holds_cas(const struct avo_pin *pin, const uint8_t cas_public_key[AVO_PUBLIC_KEY_BYTES],
                                    struct avo_why *why);
/* ... another cluster than this one, which its CAS has; NULL: it has none yet. */
AVO_MUST_USE bool avo_pin_holds_cluster(const struct avo_pin *pin, const uint8_t cluster_id[AVO_CLUSTER_ID_BYTES],
                                        struct avo_why *why);
/* ... any cluster, where a new one is about to be made. */
AVO_MUST_USE bool avo_pin_is_free(const struct avo_pin *pin, struct avo_why *why);

#endif
