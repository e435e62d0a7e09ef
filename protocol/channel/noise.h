/* Noise_IK_25519_AESGCM_SHA256 (Noise rev 34), the handshake that opens everything but node-to-node channels [DESIGN 7].
 * Sans-IO: bytes in, bytes out; the ephemeral key is drawn from the injected source. libsodium X25519 and SHA-256, AEAD of aead.h.
 */
#ifndef AVO_CHANNEL_NOISE_H
#define AVO_CHANNEL_NOISE_H

#include "base/cursor.h"
#include "base/random.h"
#include "protocol/channel/aead.h"

struct avo_key_pair {
    uint8_t secret[AVO_SECRET_KEY_BYTES];
    uint8_t public[AVO_PUBLIC_KEY_BYTES];
};

void avo_key_pair_make(struct avo_key_pair *pair, struct avo_random *random);

/* Sizes of the two messages around their payloads. */
#define AVO_NOISE_FIRST_OVERHEAD_BYTES (32 + 32 + 16 + 16) /* e, sealed s, payload tag */
#define AVO_NOISE_SECOND_OVERHEAD_BYTES (32 + 16)

struct avo_noise {
    const struct avo_aead *aead;
    bool initiator;
    uint8_t chaining_key[32];
    uint8_t hash[AVO_HASH_BYTES]; /* after the second message: the handshake hash h, for channel binding */
    struct avo_key_pair own_static;
    struct avo_key_pair ephemeral;
    uint8_t remote_static[AVO_PUBLIC_KEY_BYTES]; /* responder: known after the first message */
    uint8_t remote_ephemeral[AVO_PUBLIC_KEY_BYTES];
    struct avo_aead_key key;
    uint64_t nonce;
};

/* Keys of the two directions after the handshake. */
struct avo_noise_keys {
    uint8_t send[AVO_AEAD_KEY_BYTES];
    uint8_t receive[AVO_AEAD_KEY_BYTES];
};

void avo_noise_initiate(struct avo_noise *noise, const struct avo_aead *aead, const struct avo_key_pair *own_static,
                        const uint8_t remote_static[AVO_PUBLIC_KEY_BYTES], struct avo_slice prologue);
void avo_noise_respond(struct avo_noise *noise, const struct avo_aead *aead, const struct avo_key_pair *own_static,
                       struct avo_slice prologue);
/* Initiator: first message around `payload`. AVO_EAUTH when a key is a low-order point (all-zero shared secret). */
AVO_MUST_USE enum avo_error avo_noise_first_write(struct avo_noise *noise, struct avo_random *random, struct avo_slice payload,
                                                  struct avo_writer *to);
/* Responder: opens it; `payload` receives the payload. AVO_EAUTH, AVO_EFORMAT (too short, or more payload than its capacity). After
 * a failure the handshake is as before: a forged message does not keep the genuine one out. */
AVO_MUST_USE enum avo_error avo_noise_first_read(struct avo_noise *noise, struct avo_slice message, struct avo_buffer *payload);
/* Responder: second message; then the keys are ready. */
AVO_MUST_USE enum avo_error avo_noise_second_write(struct avo_noise *noise, struct avo_random *random, struct avo_slice payload,
                                                   struct avo_writer *to, struct avo_noise_keys *keys);
AVO_MUST_USE enum avo_error avo_noise_second_read(struct avo_noise *noise, struct avo_slice message, struct avo_buffer *payload,
                                                  struct avo_noise_keys *keys);
/* Wipes every secret of a handshake, finished or not. */
void avo_noise_wipe(struct avo_noise *noise);

#endif
