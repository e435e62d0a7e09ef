/* The owner's part of a recovery: verify a new CAS, hand it the wrapped state of the lost one and the recovery key [DESIGN 11.5].
 */
#ifndef AVO_CLI_BASE_RECOVER_H
#define AVO_CLI_BASE_RECOVER_H

#include "cli/base/cli.h"

/* What the caller gives; borrowed. */
struct avo_recovery {
    const char *from;     /* a copy of the lost CAS's state.recovery */
    const char *key_file; /* recovery.key */
    struct avo_address cas;
    uint8_t cas_key[AVO_PUBLIC_KEY_BYTES]; /* as in the new CAS's public.key: a hint that evidence confirms */
    const char *collateral;
    const char *policy_file;           /* says what a CAS may be */
    const struct avo_profile *profile; /* pins the lost CAS and its cluster */
    const struct avo_aead *aead;
    struct avo_random *random;
    uint32_t call_ms;
};

/* Only looks at the files: false with a line in `why` when they cannot be right. Nothing is started or sent before. */
AVO_MUST_USE bool avo_recovery_check(const struct avo_recovery *recovery, struct avo_why *why);
/* The new CAS is the lost one afterwards, and has written that down. False with a line in `why`: it is as it was. */
AVO_MUST_USE bool avo_recovery_run(const struct avo_recovery *recovery, struct avo_why *why);

#endif
