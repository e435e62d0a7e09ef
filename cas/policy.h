/* What the CAS core needs of a policy. The file's format is attest/'s; whoever reads it is injected, as the verifier is. */
#ifndef AVO_CAS_POLICY_H
#define AVO_CAS_POLICY_H

#include "protocol/control/verifier.h"

#define AVO_CAS_USER_MAX_COUNT 64
#define AVO_CAS_USER_NAME_MAX_BYTES 32 /* as in a ticket: asserted in policy.c */

struct avo_cas_user {
    uint8_t name_length;
    uint8_t name[AVO_CAS_USER_NAME_MAX_BYTES];
    uint8_t public_key[AVO_PUBLIC_KEY_BYTES]; /* X25519: proven on the control channel */
    uint8_t rights;                           /* bits of enum avo_right (protocol/view/ticket.h) */
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
};

struct avo_cas_policy_reader {
    void *context;
    /* AVO_OK and `policy`, or an error and `reason` (line, key, what next). */
    enum avo_error (*read)(void *context, struct avo_slice text, struct avo_cas_policy *policy, struct avo_text *reason);
};

/* AVO_EINVAL with a reason when a number is out of the range a view allows. */
AVO_MUST_USE enum avo_error avo_cas_policy_check(const struct avo_cas_policy *policy, struct avo_text *reason);

/* The rights of a key: all for the owner, a user's own, 0 for a stranger. `name` (optional) receives the user's name. */
uint8_t avo_cas_policy_rights(const struct avo_cas_policy *policy, const uint8_t key[AVO_PUBLIC_KEY_BYTES], struct avo_slice *name);
bool avo_cas_policy_is_owner(const struct avo_cas_policy *policy, const uint8_t key[AVO_PUBLIC_KEY_BYTES]);

#endif
