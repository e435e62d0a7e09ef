/* What the CAS core needs of a policy. The file's format is attest/'s; its reader is injected, as the verifier is. */
#ifndef AVO_CAS_POLICY_H
#define AVO_CAS_POLICY_H

#include "protocol/control/verifier.h"

#define AVO_CAS_USER_MAX_COUNT 64
#define AVO_CAS_MACHINE_MAX_COUNT AVO_SLOT_MAX_COUNT /* each has a slot of its own */
#define AVO_CAS_MACHINE_NAME_BYTES 64
#define AVO_CAS_NO_MACHINE 255
#define AVO_CAS_USER_NAME_MAX_BYTES 32 /* as in a ticket: asserted in policy.c */

struct avo_cas_user {
    uint8_t name_length;
    uint8_t name[AVO_CAS_USER_NAME_MAX_BYTES];
    uint8_t public_key[AVO_PUBLIC_KEY_BYTES]; /* X25519: proven on the control channel */
    uint8_t rights;                           /* bits of enum avo_right (protocol/view/ticket.h) */
};

/* A machine whose LAS may vouch for the slots pinned to it. */
struct avo_cas_machine {
    char name[AVO_CAS_MACHINE_NAME_BYTES]; /* terminated */
    struct avo_chip chip;                  /* what evidence from it proves */
};

struct avo_cas_policy {
    uint32_t version;
    uint8_t owner[AVO_PUBLIC_KEY_BYTES]; /* X25519: who may upload and approve */
    uint8_t slot_count;                  /* 1 to AVO_SLOT_MAX_COUNT */
    uint16_t worker_count;
    uint16_t mtu_bytes;
    uint32_t value_max_bytes;
    uint32_t user_count;
    struct avo_cas_user users[AVO_CAS_USER_MAX_COUNT];
    bool las_required; /* a node joins through a LAS, or not at all */
    uint8_t machine_count;
    struct avo_cas_machine machines[AVO_CAS_MACHINE_MAX_COUNT];
    uint8_t slot_machine[AVO_SLOT_MAX_COUNT]; /* where a slot must run; AVO_CAS_NO_MACHINE: anywhere */
};

struct avo_cas_policy_reader {
    void *context;
    /* AVO_OK and `policy`, or an error and `reason` (line, key, what next). */
    enum avo_error (*read)(void *context, struct avo_slice text, struct avo_cas_policy *policy, struct avo_text *reason);
};

/* AVO_EINVAL with a reason when a number is out of the range a view allows. */
AVO_MUST_USE enum avo_error avo_cas_policy_check(const struct avo_cas_policy *policy, struct avo_text *reason);

/* What users[] grants a key, and nothing else does; 0 for a stranger. The owner is one too unless listed: who makes a policy is
 * then bound by it. `name` receives the user's name. */
uint8_t avo_cas_policy_rights(const struct avo_cas_policy *policy, const uint8_t key[AVO_PUBLIC_KEY_BYTES], struct avo_slice *name);
/* Whether the key is the owner's or a user's: who may ask for status and view. */
bool avo_cas_policy_knows(const struct avo_cas_policy *policy, const uint8_t key[AVO_PUBLIC_KEY_BYTES]);
/* The machine that evidence proves to come from: by its chip, or its platform instance. AVO_CAS_NO_MACHINE: none of the policy. */
uint8_t avo_cas_policy_machine(const struct avo_cas_policy *policy, const struct avo_attested *attested);
bool avo_cas_policy_is_owner(const struct avo_cas_policy *policy, const uint8_t key[AVO_PUBLIC_KEY_BYTES]);

#endif
