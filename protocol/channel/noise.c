#include "protocol/channel/noise.h"
#include "base/assert.h"
#include "base/secret.h"
#include "protocol/channel/hkdf.h"
#include <sodium.h>
#include <string.h>

/* The names below are those of Noise rev 34, section 5: MixHash, MixKey, EncryptAndHash, DecryptAndHash. Pattern IK (7.5):
 *   <- s      ...      -> e, es, s, ss      <- e, ee, se
 */
#define PROTOCOL_NAME "Noise_IK_25519_AESGCM_SHA256"

void avo_key_pair_make(struct avo_key_pair *pair, struct avo_random *random) {
    avo_random_fill(random, pair->secret, AVO_SECRET_KEY_BYTES);
    crypto_scalarmult_curve25519_base(pair->public, pair->secret);
}

static void mix_hash(struct avo_noise *noise, struct avo_slice bytes) {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, noise->hash, sizeof noise->hash);
    crypto_hash_sha256_update(&state, bytes.data, bytes.length);
    crypto_hash_sha256_final(&state, noise->hash);
}

/* Two outputs of HKDF with the chaining key as salt (4.3). */
static void derive(const struct avo_noise *noise, struct avo_slice input, uint8_t output[64]) {
    uint8_t prk[AVO_HKDF_HASH_BYTES];
    avo_hkdf_extract(prk, AVO_SLICE_OF(noise->chaining_key), input);
    avo_hkdf_expand(output, 64, prk, AVO_SLICE_EMPTY);
    avo_secret_wipe(prk, sizeof prk);
}

/* MixKey(DH(secret, public)); AVO_EAUTH when the result is all zero. */
static enum avo_error mix_shared(struct avo_noise *noise, const uint8_t *secret, const uint8_t *public) {
    uint8_t shared[crypto_scalarmult_curve25519_BYTES], output[64];
    enum avo_error error = crypto_scalarmult_curve25519(shared, secret, public) == 0 ? AVO_OK : AVO_EAUTH;
    if (error == AVO_OK) {
        derive(noise, AVO_SLICE_OF(shared), output);
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
static void encrypt_and_hash(struct avo_noise *noise, struct avo_slice plain, struct avo_writer *to) {
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
        mix_hash(noise, avo_slice(to->data + start, plain.length + AVO_TAG_BYTES));
    }
}

/* Opens `sealed` (payload and tag) into `to`. */
static enum avo_error decrypt_and_hash(struct avo_noise *noise, struct avo_slice sealed, uint8_t *to, size_t capacity) {
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
        mix_hash(noise, sealed);
    }
    return error;
}

static void start(struct avo_noise *noise, const struct avo_aead *aead, bool initiator, const struct avo_key_pair *own_static,
                  struct avo_slice prologue) {
    _Static_assert(sizeof PROTOCOL_NAME - 1 <= AVO_HASH_BYTES, "the name itself, zero-padded, is the first hash (5.2)");
    memset(noise, 0, sizeof *noise);
    noise->aead = aead;
    noise->initiator = initiator;
    noise->own_static = *own_static;
    memcpy(noise->hash, PROTOCOL_NAME, sizeof PROTOCOL_NAME - 1);
    memcpy(noise->chaining_key, noise->hash, sizeof noise->hash);
    mix_hash(noise, prologue);
}

void avo_noise_initiate(struct avo_noise *noise, const struct avo_aead *aead, const struct avo_key_pair *own_static,
                        const uint8_t remote_static[AVO_PUBLIC_KEY_BYTES], struct avo_slice prologue) {
    start(noise, aead, true, own_static, prologue);
    memcpy(noise->remote_static, remote_static, AVO_PUBLIC_KEY_BYTES);
    mix_hash(noise, AVO_SLICE_OF(noise->remote_static));
}

void avo_noise_respond(struct avo_noise *noise, const struct avo_aead *aead, const struct avo_key_pair *own_static,
                       struct avo_slice prologue) {
    start(noise, aead, false, own_static, prologue);
    mix_hash(noise, AVO_SLICE_OF(noise->own_static.public));
}

static void ephemeral_write(struct avo_noise *noise, struct avo_random *random, struct avo_writer *to) {
    avo_key_pair_make(&noise->ephemeral, random);
    avo_write_slice(to, AVO_SLICE_OF(noise->ephemeral.public));
    mix_hash(noise, AVO_SLICE_OF(noise->ephemeral.public));
}

static void ephemeral_read(struct avo_noise *noise, struct avo_reader *from) {
    avo_read_bytes(from, noise->remote_ephemeral, AVO_PUBLIC_KEY_BYTES);
    mix_hash(noise, AVO_SLICE_OF(noise->remote_ephemeral));
}

/* -> e, es, s, ss */
enum avo_error avo_noise_first_write(struct avo_noise *noise, struct avo_random *random, struct avo_slice payload,
                                     struct avo_writer *to) {
    AVO_ASSERT(noise->initiator);
    ephemeral_write(noise, random, to);
    enum avo_error error = mix_shared(noise, noise->ephemeral.secret, noise->remote_static);
    if (error != AVO_OK) {
        return error;
    }
    encrypt_and_hash(noise, AVO_SLICE_OF(noise->own_static.public), to);
    error = mix_shared(noise, noise->own_static.secret, noise->remote_static);
    if (error != AVO_OK) {
        return error;
    }
    encrypt_and_hash(noise, payload, to);
    return to->failed ? AVO_ESPACE : AVO_OK;
}

static enum avo_error first_open(struct avo_noise *noise, struct avo_slice message, struct avo_buffer *payload) {
    struct avo_reader reader = avo_reader(message);
    ephemeral_read(noise, &reader);
    enum avo_error error = mix_shared(noise, noise->own_static.secret, noise->remote_ephemeral);
    if (error != AVO_OK) {
        return error;
    }
    struct avo_slice sealed_static = avo_read_slice(&reader, AVO_PUBLIC_KEY_BYTES + AVO_TAG_BYTES);
    error = decrypt_and_hash(noise, sealed_static, noise->remote_static, sizeof noise->remote_static);
    if (error != AVO_OK) {
        return error;
    }
    error = mix_shared(noise, noise->own_static.secret, noise->remote_static);
    if (error != AVO_OK) {
        return error;
    }
    payload->length = reader.left - AVO_TAG_BYTES;
    return decrypt_and_hash(noise, avo_read_slice(&reader, reader.left), payload->data, payload->capacity);
}

/* A forged message must not spoil the handshake that the genuine one may still finish: what a message changes is kept only once
 * all of it verified. */
static enum avo_error keep_if_genuine(struct avo_noise *noise, struct avo_noise *attempt, enum avo_error error,
                                      struct avo_buffer *payload) {
    if (error == AVO_OK) {
        *noise = *attempt;
    } else {
        payload->length = 0;
    }
    avo_secret_wipe(attempt, sizeof *attempt);
    return error;
}

enum avo_error avo_noise_first_read(struct avo_noise *noise, struct avo_slice message, struct avo_buffer *payload) {
    AVO_ASSERT(!noise->initiator);
    if (message.length < AVO_NOISE_FIRST_OVERHEAD_BYTES) {
        return AVO_EFORMAT;
    }
    struct avo_noise attempt = *noise;
    return keep_if_genuine(noise, &attempt, first_open(&attempt, message, payload), payload);
}

/* Split() (5.2): the initiator sends with the first key. */
static void split(struct avo_noise *noise, struct avo_noise_keys *keys) {
    uint8_t output[64];
    derive(noise, AVO_SLICE_EMPTY, output);
    memcpy(keys->send, output + (noise->initiator ? 0 : 32), 32);
    memcpy(keys->receive, output + (noise->initiator ? 32 : 0), 32);
    avo_secret_wipe(output, sizeof output);
}

/* <- e, ee, se */
enum avo_error avo_noise_second_write(struct avo_noise *noise, struct avo_random *random, struct avo_slice payload,
                                      struct avo_writer *to, struct avo_noise_keys *keys) {
    AVO_ASSERT(!noise->initiator);
    ephemeral_write(noise, random, to);
    enum avo_error error = mix_shared(noise, noise->ephemeral.secret, noise->remote_ephemeral);
    if (error == AVO_OK) {
        error = mix_shared(noise, noise->ephemeral.secret, noise->remote_static);
    }
    if (error != AVO_OK) {
        return error;
    }
    encrypt_and_hash(noise, payload, to);
    split(noise, keys);
    return to->failed ? AVO_ESPACE : AVO_OK;
}

static enum avo_error second_open(struct avo_noise *noise, struct avo_slice message, struct avo_buffer *payload) {
    struct avo_reader reader = avo_reader(message);
    ephemeral_read(noise, &reader);
    enum avo_error error = mix_shared(noise, noise->ephemeral.secret, noise->remote_ephemeral);
    if (error == AVO_OK) {
        error = mix_shared(noise, noise->own_static.secret, noise->remote_ephemeral);
    }
    if (error != AVO_OK) {
        return error;
    }
    payload->length = reader.left - AVO_TAG_BYTES;
    return decrypt_and_hash(noise, avo_read_slice(&reader, reader.left), payload->data, payload->capacity);
}

enum avo_error avo_noise_second_read(struct avo_noise *noise, struct avo_slice message, struct avo_buffer *payload,
                                     struct avo_noise_keys *keys) {
    AVO_ASSERT(noise->initiator);
    if (message.length < AVO_NOISE_SECOND_OVERHEAD_BYTES) {
        return AVO_EFORMAT;
    }
    struct avo_noise attempt = *noise;
    enum avo_error error = keep_if_genuine(noise, &attempt, second_open(&attempt, message, payload), payload);
    if (error == AVO_OK) {
        split(noise, keys);
    }
    return error;
}

void avo_noise_wipe(struct avo_noise *noise) {
    avo_secret_wipe(noise, sizeof *noise);
}
