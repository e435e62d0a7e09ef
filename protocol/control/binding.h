/* What evidence is bound to [DESIGN 11.2], computed by the attester and by the verifier.
 *
 * report_data = SHA-512("avocado evidence v1" || u8 TEE kind || u8 role || verifier's nonce 32 || own channel public key 32 ||
 * CAS public key 32 || handshake hash 32 || configuration hash 32). Every field has a fixed width, so no two bindings share bytes.
 * Relayed evidence has another handshake hash and channel key, replayed evidence another nonce, reflected evidence another role,
 * diverted evidence another CAS key.
 */
#ifndef AVO_CONTROL_BINDING_H
#define AVO_CONTROL_BINDING_H

#include "base/role.h"
#include "protocol/control/control.h"

#define AVO_BINDING_BYTES 64

struct avo_binding {
    uint8_t tee; /* enum avo_tee */
    enum avo_attested_role role;
    uint8_t nonce[AVO_NONCE32_BYTES];
    uint8_t channel_key[AVO_PUBLIC_KEY_BYTES]; /* the attester's Noise static key, proven on this very connection */
    uint8_t cas_key[AVO_PUBLIC_KEY_BYTES];     /* the CAS's Noise static key on this connection */
    uint8_t handshake_hash[AVO_HASH_BYTES];
    uint8_t configuration_hash[AVO_HASH_BYTES]; /* a node's: avo_launch_hash; avo_cas_, avo_las_configuration_hash */
};

void avo_binding_report_data(const struct avo_binding *binding, uint8_t report_data[AVO_BINDING_BYTES]);

/* A CAS's configuration is its signing key, and the key that it wraps its state for, zeros where there is none: who has the secret
 * of that one can be this CAS. SHA-256("avocado cas configuration v2" || key || key). */
void avo_cas_configuration_hash(const uint8_t cas_sign_public[AVO_PUBLIC_KEY_BYTES],
                                const uint8_t recovery_public[AVO_PUBLIC_KEY_BYTES], uint8_t hash[AVO_HASH_BYTES]);
/* A LAS's is its signing key: SHA-256("avocado las configuration v1" || key). */
void avo_las_configuration_hash(const uint8_t las_sign_public[AVO_PUBLIC_KEY_BYTES], uint8_t hash[AVO_HASH_BYTES]);

#endif
