#include "trusted/store/seal.h"
#include "base/assert.h"
#include "base/secret.h"
#include "boundary/shared.h"

#define COUNTER_OFFSET 0
#define LENGTH_OFFSET 8
#define AES_BLOCK_BYTES 16
#define AAD_MAX_BYTES (AVO_KEY_MAX_BYTES + AVO_VERSION_BYTES + 4)

void avo_sealer_create(struct avo_sealer *sealer, const struct avo_aead *aead, struct avo_random *random) {
    uint8_t key[AVO_AEAD_KEY_BYTES];
    avo_random_fill(random, key, sizeof key);
    sealer->aead = aead;
    sealer->count = 0;
    sealer->block_count = 0;
    avo_aead_key_set(aead, &sealer->key, key);
    avo_secret_wipe(key, sizeof key);
}

/* What follows the key has a fixed size, so no two names give the same bytes. */
static struct avo_slice aad_write(uint8_t bytes[AAD_MAX_BYTES], const struct avo_seal_name *name, uint32_t length) {
    struct avo_writer writer = avo_writer(bytes, AAD_MAX_BYTES);
    avo_write_slice(&writer, name->key);
    avo_version_write(&writer, name->version);
    avo_write_u32(&writer, length);
    AVO_ASSERT(!writer.failed);
    return avo_writer_slice(&writer);
}

enum avo_error avo_sealer_seal(struct avo_sealer *sealer, const struct avo_seal_name *name, struct avo_slice value, uint8_t *to,
                               uint8_t tag[AVO_TAG_BYTES]) {
    uint64_t block_count = 1 + (value.length + AES_BLOCK_BYTES - 1) / AES_BLOCK_BYTES;
    if (block_count > AVO_SEAL_BLOCK_MAX_COUNT - sealer->block_count) {
        return AVO_ELIMIT;
    }
    sealer->block_count += block_count;
    uint64_t counter = ++sealer->count;
    struct avo_writer header = avo_writer(to, AVO_SEAL_HEADER_BYTES);
    avo_write_u64(&header, counter);
    avo_write_u32(&header, (uint32_t)value.length);
    avo_write_u32(&header, 0);
    avo_copy(to + AVO_SEAL_HEADER_BYTES, value.length, value);
    uint8_t aad[AAD_MAX_BYTES];
    uint8_t nonce[AVO_NONCE_BYTES];
    avo_aead_nonce(nonce, counter);
    avo_aead_seal(sealer->aead, &sealer->key, nonce, aad_write(aad, name, (uint32_t)value.length), to + AVO_SEAL_HEADER_BYTES,
                  value.length, tag);
    return AVO_OK;
}

enum avo_error avo_seal_header_read(const uint8_t *slot, size_t slot_bytes, uint64_t *counter, uint32_t *length) {
    *counter = avo_shared_load(slot + COUNTER_OFFSET);
    *length = avo_shared_load_u32(slot + LENGTH_OFFSET);
    return *length <= AVO_VALUE_MAX_BYTES && *length <= slot_bytes - AVO_SEAL_HEADER_BYTES ? AVO_OK : AVO_EDAMAGED;
}

enum avo_error avo_sealer_open(const struct avo_sealer *sealer, const struct avo_seal_name *name, const uint8_t *slot,
                               uint64_t counter, uint32_t length, const uint8_t tag[AVO_TAG_BYTES], uint8_t *to) {
    uint8_t aad[AAD_MAX_BYTES];
    uint8_t nonce[AVO_NONCE_BYTES];
    avo_aead_nonce(nonce, counter);
    avo_shared_copy_in(to, slot + AVO_SEAL_HEADER_BYTES, length);
    enum avo_error error = avo_aead_open(sealer->aead, &sealer->key, nonce, aad_write(aad, name, length), to, length, tag);
    return error == AVO_OK ? AVO_OK : AVO_EDAMAGED;
}
