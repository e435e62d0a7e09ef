#include "protocol/channel/noise_steps.h"
#include "base/assert.h"
#include "base/secret.h"
#include "protocol/channel/hkdf.h"
#include <sodium.h>
#include <string.h>

void avo_noise_mix_hash(struct avo_noise *noise, struct avo_slice bytes) {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, noise->hash, sizeof noise->hash);
    crypto_hash_sha256_update(&state, bytes.data, bytes.length);
    crypto_hash_sha256_final(&state, noise->hash);
}

/* Two outputs of HKDF with the chaining key as salt (4.3). */
void avo_noise_derive(const struct avo_noise *noise, struct avo_slice input, uint8_t output[64]) {
    uint8_t prk[AVO_HKDF_HASH_BYTES];
    avo_hkdf_extract(prk, AVO_SLICE_OF(noise->chaining_key), input);
    avo_hkdf_expand(output, 64, prk, AVO_SLICE_EMPTY);
    avo_secret_wipe(prk, sizeof prk);
}

/* MixKey(DH(secret, public)); AVO_EAUTH when the result is all zero. */
enum avo_error avo_noise_mix_shared(struct avo_noise *noise, const uint8_t *secret, const uint8_t *public) {
    uint8_t shared[crypto_scalarmult_curve25519_BYTES], output[64];
    enum avo_error error = crypto_scalarmult_curve25519(shared, secret, public) == 0 ? AVO_OK : AVO_EAUTH;
    if (error == AVO_OK) {
        avo_noise_derive(noise, AVO_SLICE_OF(shared), output);
        memcpy(noise->chaining_key, output, 32);
        avo_aead_key_set(noise->aead, &noise->key, output + 32);
        noise->nonce = 0;
    }
    avo_secret_wipe(shared, sizeof shared);
    avo_secret_wipe(output, sizeof output);
    return error;
}

static void next_nonce(struct avo_noise *noise, uint8_t nonce[AVO_NONCE_BYTES]) {
    avo_aead_nonce(nonce, noise->nonce++);
}

/* Appends the sealed payload and its tag. */
void avo_noise_encrypt(struct avo_noise *noise, struct avo_slice plain, struct avo_writer *to) {
    uint8_t nonce[AVO_NONCE_BYTES], tag[AVO_TAG_BYTES];
    size_t start = to->length;
    avo_write_slice(to, plain);
    if (to->failed) {
        return;
    }
    next_nonce(noise, nonce);
    avo_aead_seal(noise->aead, &noise->key, nonce, AVO_SLICE_OF(noise->hash), to->data + start, plain.length, tag);
    avo_write_bytes(to, tag, sizeof tag);
    if (!to->failed) {
        avo_noise_mix_hash(noise, avo_slice(to->data + start, plain.length + AVO_TAG_BYTES));
    }
}

/* Opens `sealed` (payload and tag) into `to`. */
enum avo_error avo_noise_decrypt(struct avo_noise *noise, struct avo_slice sealed, uint8_t *to, size_t capacity) {
    uint8_t nonce[AVO_NONCE_BYTES];
    size_t length = sealed.length - AVO_TAG_BYTES;
    if (length > capacity) {
        return AVO_EFORMAT; /* longer than any payload the caller expects; the sender chose it, so it must not break a promise */
    }
    avo_copy(to, capacity, avo_slice_part(sealed, 0, length));
    next_nonce(noise, nonce);
    enum avo_error error =
        avo_aead_open(noise->aead, &noise->key, nonce, AVO_SLICE_OF(noise->hash), to, length, sealed.data + length);
    if (error == AVO_OK) {
        avo_noise_mix_hash(noise, sealed);
    }
    return error;
}

void avo_noise_start(struct avo_noise *noise, const char *name, const struct avo_aead *aead, bool initiator,
                     const struct avo_key_pair *own_static, struct avo_slice prologue) {
    AVO_ASSERT(strlen(name) <= AVO_HASH_BYTES); /* the name itself, zero-padded, is the first hash (5.2) */
    memset(noise, 0, sizeof *noise);
    noise->aead = aead;
    noise->initiator = initiator;
    noise->own_static = *own_static;
    memcpy(noise->hash, name, strlen(name));
    memcpy(noise->chaining_key, noise->hash, sizeof noise->hash);
    avo_noise_mix_hash(noise, prologue);
}
