#include "protocol/control/binding.h"
#include "base/assert.h"
#include <sodium.h>

#define BINDING_TAG "avocado evidence v1"
#define CAS_TAG "avocado cas configuration v2"
#define LAS_TAG "avocado las configuration v1"

void avo_binding_report_data(const struct avo_binding *binding, uint8_t report_data[AVO_BINDING_BYTES]) {
    uint8_t bytes[sizeof BINDING_TAG - 1 + 2 + 5 * 32];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_write_slice(&writer, avo_slice_string(BINDING_TAG));
    avo_write_u8(&writer, binding->tee);
    avo_write_u8(&writer, (uint8_t)binding->role);
    avo_write_bytes(&writer, binding->nonce, sizeof binding->nonce);
    avo_write_bytes(&writer, binding->channel_key, sizeof binding->channel_key);
    avo_write_bytes(&writer, binding->cas_key, sizeof binding->cas_key);
    avo_write_bytes(&writer, binding->handshake_hash, sizeof binding->handshake_hash);
    avo_write_bytes(&writer, binding->configuration_hash, sizeof binding->configuration_hash);
    AVO_ASSERT(!writer.failed && writer.length == sizeof bytes);
    crypto_hash_sha512(report_data, bytes, sizeof bytes);
}

void avo_cas_configuration_hash(const uint8_t cas_sign_public[AVO_PUBLIC_KEY_BYTES],
                                const uint8_t recovery_public[AVO_PUBLIC_KEY_BYTES], uint8_t hash[AVO_HASH_BYTES]) {
    uint8_t bytes[sizeof CAS_TAG - 1 + 2 * AVO_PUBLIC_KEY_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_write_slice(&writer, avo_slice_string(CAS_TAG));
    avo_write_bytes(&writer, cas_sign_public, AVO_PUBLIC_KEY_BYTES);
    avo_write_bytes(&writer, recovery_public, AVO_PUBLIC_KEY_BYTES);
    AVO_ASSERT(!writer.failed && writer.length == sizeof bytes);
    crypto_hash_sha256(hash, bytes, sizeof bytes);
}

void avo_las_configuration_hash(const uint8_t las_sign_public[AVO_PUBLIC_KEY_BYTES], uint8_t hash[AVO_HASH_BYTES]) {
    uint8_t bytes[sizeof LAS_TAG - 1 + AVO_PUBLIC_KEY_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_write_slice(&writer, avo_slice_string(LAS_TAG));
    avo_write_bytes(&writer, las_sign_public, AVO_PUBLIC_KEY_BYTES);
    AVO_ASSERT(!writer.failed && writer.length == sizeof bytes);
    crypto_hash_sha256(hash, bytes, sizeof bytes);
}
