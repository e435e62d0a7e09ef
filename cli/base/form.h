/* The owner's part of genesis: verify the CAS, give it the policy, approve hash(view 1), take the view and the client's ticket,
 * which is the policy's to grant [DESIGN 11, V0]. `avocado up` and `avocado cluster form` are two ways to call it. */
#ifndef AVO_CLI_BASE_FORM_H
#define AVO_CLI_BASE_FORM_H

#include "cli/base/pin.h"
#include "client/dialog/link.h"
#include "client/io/profile.h"

struct avo_form {
    /* What the caller gives; borrowed. */
    const char *command;                   /* begins every line of `why` */
    const char *log_hint;                  /* a folder of logs that `why` names; NULL: none */
    struct avo_address cas;                /* where to reach the CAS now */
    struct avo_address cas_advertised;     /* where the profile says it is */
    uint8_t cas_key[AVO_PUBLIC_KEY_BYTES]; /* as in cas/public.key: a hint that evidence confirms */
    const char *collateral;
    const char
        *expect_cas; /* the measurement in hex that the CAS must have besides satisfying the policy; NULL: any of the policy */
    const uint8_t *recovery_public; /* whom alone the CAS may wrap its state for; NULL: nobody */
    bool recovery_needed;           /* ... and must */
    struct avo_slice policy;
    const struct avo_pin *pin; /* what `profile` will be written over; NULL: nothing */
    const struct avo_key_pair *owner;
    const struct avo_key_pair *client; /* whose ticket goes into the profile; the policy must let it read or write */
    const struct avo_aead *aead;
    struct avo_random *random;
    uint32_t call_ms;     /* for each answer of the CAS */
    bool waits_on;        /* a member that was refused may still be started right */
    uint64_t patience_us; /* with a CAS that does not listen yet, and again with members that did not join yet */
    void *context;
    /* Called again and again while it waits; false, with a line in `why`, ends the wait. NULL: nothing else can go wrong. */
    bool (*goes_on)(void *context, struct avo_why *why);
    /* What is waited for, each time that it is something else; NULL: nobody wants to know. */
    void (*waiting)(void *context, const char *what);
    /* Whether view 1 is what the owner started; false, with a line in `why`, leaves it unapproved. */
    bool (*is_expected)(void *context, const struct avo_view *view, struct avo_why *why);
};

/* Forms the cluster, or finds it formed under this very policy, and fills `profile`: keys, cluster id, view, ticket, addresses.
 * `mode` and `transport` are the caller's to fill. Run again after a failure it goes on where it was. False with a line in `why`.
 */
AVO_MUST_USE bool avo_form_cluster(const struct avo_form *form, struct avo_profile *profile, struct avo_why *why);

#endif
