#include "protocol/channel/noise.h"
#include "base/assert.h"
#include "base/secret.h"
#include "protocol/channel/noise_steps.h"
#include <sodium.h>
#include <string.h>

/* Pattern IK of Noise rev 34 (7.5):
 *   <- s      ...      -> e, es, s, ss      <- e, ee, se
 */
#define PROTOCOL_NAME "Noise_IK_25519_AESGCM_SHA256"

void avo_key_pair_make(struct avo_key_pair *pair, struct avo_random *random) {
    avo_random_fill(random, pair->secret, AVO_SECRET_KEY_BYTES);
    crypto_scalarmult_curve25519_base(pair->public, pair->secret);
}

void avo_noise_initiate(struct avo_noise *noise, const struct avo_aead *aead, const struct avo_key_pair *own_static,
                        const uint8_t remote_static[AVO_PUBLIC_KEY_BYTES], struct avo_slice prologue) {
    avo_noise_start(noise, PROTOCOL_NAME, aead, true, own_static, prologue);
    memcpy(noise->remote_static, remote_static, AVO_PUBLIC_KEY_BYTES);
    avo_noise_mix_hash(noise, AVO_SLICE_OF(noise->remote_static));
}

void avo_noise_respond(struct avo_noise *noise, const struct avo_aead *aead, const struct avo_key_pair *own_static,
                       struct avo_slice prologue) {
    avo_noise_start(noise, PROTOCOL_NAME, aead, false, own_static, prologue);
    avo_noise_mix_hash(noise, AVO_SLICE_OF(noise->own_static.public));
}

static void ephemeral_write(struct avo_noise *noise, struct avo_random *random, struct avo_writer *to) {
    avo_key_pair_make(&noise->ephemeral, random);
    avo_write_slice(to, AVO_SLICE_OF(noise->ephemeral.public));
    avo_noise_mix_hash(noise, AVO_SLICE_OF(noise->ephemeral.public));
}

static void ephemeral_read(struct avo_noise *noise, struct avo_reader *from) {
    avo_read_bytes(from, noise->remote_ephemeral, AVO_PUBLIC_KEY_BYTES);
    avo_noise_mix_hash(noise, AVO_SLICE_OF(noise->remote_ephemeral));
}

/* -> e, es, s, ss */
enum avo_error avo_noise_first_write(struct avo_noise *noise, struct avo_random *random, struct avo_slice payload,
                                     struct avo_writer *to) {
    AVO_ASSERT(noise->initiator);
    ephemeral_write(noise, random, to);
    enum avo_error error = avo_noise_mix_shared(noise, noise->ephemeral.secret, noise->remote_static);
    if (error != AVO_OK) {
        return error;
    }
    avo_noise_encrypt(noise, AVO_SLICE_OF(noise->own_static.public), to);
    error = avo_noise_mix_shared(noise, noise->own_static.secret, noise->remote_static);
    if (error != AVO_OK) {
        return error;
    }
    avo_noise_encrypt(noise, payload, to);
    return to->failed ? AVO_ESPACE : AVO_OK;
}

static enum avo_error first_open(struct avo_noise *noise, struct avo_slice message, struct avo_buffer *payload) {
    struct avo_reader reader = avo_reader(message);
    ephemeral_read(noise, &reader);
    enum avo_error error = avo_noise_mix_shared(noise, noise->own_static.secret, noise->remote_ephemeral);
    if (error != AVO_OK) {
        return error;
    }
    struct avo_slice sealed_static = avo_read_slice(&reader, AVO_PUBLIC_KEY_BYTES + AVO_TAG_BYTES);
    error = avo_noise_decrypt(noise, sealed_static, noise->remote_static, sizeof noise->remote_static);
    if (error != AVO_OK) {
        return error;
    }
    error = avo_noise_mix_shared(noise, noise->own_static.secret, noise->remote_static);
    if (error != AVO_OK) {
        return error;
    }
    payload->length = reader.left - AVO_TAG_BYTES;
    return avo_noise_decrypt(noise, avo_read_slice(&reader, reader.left), payload->data, payload->capacity);
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
    avo_noise_derive(noise, AVO_SLICE_EMPTY, output);
    memcpy(keys->send, output + (noise->initiator ? 0 : 32), 32);
    memcpy(keys->receive, output + (noise->initiator ? 32 : 0), 32);
    avo_secret_wipe(output, sizeof output);
}

/* <- e, ee, se */
enum avo_error avo_noise_second_write(struct avo_noise *noise, struct avo_random *random, struct avo_slice payload,
                                      struct avo_writer *to, struct avo_noise_keys *keys) {
    AVO_ASSERT(!noise->initiator);
    ephemeral_write(noise, random, to);
    enum avo_error error = avo_noise_mix_shared(noise, noise->ephemeral.secret, noise->remote_ephemeral);
    if (error == AVO_OK) {
        error = avo_noise_mix_shared(noise, noise->ephemeral.secret, noise->remote_static);
    }
    if (error != AVO_OK) {
        return error;
    }
    avo_noise_encrypt(noise, payload, to);
    split(noise, keys);
    return to->failed ? AVO_ESPACE : AVO_OK;
}

static enum avo_error second_open(struct avo_noise *noise, struct avo_slice message, struct avo_buffer *payload) {
    struct avo_reader reader = avo_reader(message);
    ephemeral_read(noise, &reader);
    enum avo_error error = avo_noise_mix_shared(noise, noise->ephemeral.secret, noise->remote_ephemeral);
    if (error == AVO_OK) {
        error = avo_noise_mix_shared(noise, noise->own_static.secret, noise->remote_ephemeral);
    }
    if (error != AVO_OK) {
        return error;
    }
    payload->length = reader.left - AVO_TAG_BYTES;
    return avo_noise_decrypt(noise, avo_read_slice(&reader, reader.left), payload->data, payload->capacity);
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
