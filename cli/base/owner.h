/* The owner's dialog with the CAS of a cluster that stands: under the owner's key, after the CAS has proven what it is. */
#ifndef AVO_CLI_BASE_OWNER_H
#define AVO_CLI_BASE_OWNER_H

#include "client/dialog/link.h"
#include "client/io/link.h"
#include "client/io/profile.h"

struct avo_owner {
    const char *command; /* begins every line of `why` */
    struct avo_key_pair key;
    struct avo_random random;
    struct avo_link_aead engine;
    struct avo_cas_link *cas;
};

/* Whom to speak to, and as whom. */
struct avo_owner_place {
    const char *command;
    const char *dir;        /* has owner.key and policy.json */
    const char *collateral; /* of the CPU's vendor */
    const struct avo_profile *profile;
    uint32_t call_ms; /* of connecting, and of every call */
};

/* Connects to the CAS of the profile and verifies its evidence. False with a line in `why`; avo_owner_close is due in any case.
 * `owner` stays where it is. */
AVO_MUST_USE bool avo_owner_open(struct avo_owner *owner, const struct avo_owner_place *place, struct avo_why *why);
void avo_owner_close(struct avo_owner *owner);
/* The newest view that the CAS knows, into `profile`. */
AVO_MUST_USE bool avo_owner_view(struct avo_owner *owner, struct avo_profile *profile, struct avo_why *why);
/* Has a slot added or removed: noted, not done yet. */
AVO_MUST_USE bool avo_owner_resize(struct avo_owner *owner, enum avo_resize change, unsigned slot, struct avo_why *why);
/* Says in `why` for what the CAS refused the enclave of a slot that is not in; nothing where it did not. */
void avo_owner_refusal(struct avo_owner *owner, unsigned slot, struct avo_why *why);

#endif
