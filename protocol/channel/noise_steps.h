/* The steps that all patterns of Noise rev 34 are made of (section 5), for this folder's own patterns: noise.c (IK), wrap.c (N). */
#ifndef AVO_CHANNEL_NOISE_STEPS_H
#define AVO_CHANNEL_NOISE_STEPS_H

#include "protocol/channel/noise.h"

/* A handshake of the protocol `name`, with its prologue hashed in. */
void avo_noise_start(struct avo_noise *noise, const char *name, const struct avo_aead *aead, bool initiator,
                     const struct avo_key_pair *own_static, struct avo_slice prologue);
/* MixHash. */
void avo_noise_mix_hash(struct avo_noise *noise, struct avo_slice bytes);
/* MixKey(DH(secret, public)); AVO_EAUTH when the result is all zero. */
AVO_MUST_USE enum avo_error avo_noise_mix_shared(struct avo_noise *noise, const uint8_t *secret, const uint8_t *public);
/* Two outputs of HKDF with the chaining key as salt (4.3). */
void avo_noise_derive(const struct avo_noise *noise, struct avo_slice input, uint8_t output[64]);
/* EncryptAndHash: appends the sealed payload and its tag; what does not fit fails the writer. */
void avo_noise_encrypt(struct avo_noise *noise, struct avo_slice plain, struct avo_writer *to);
/* DecryptAndHash: opens `sealed` (payload and tag, at least a tag long) into `to`. AVO_EFORMAT: more than `capacity`; AVO_EAUTH. */
AVO_MUST_USE enum avo_error avo_noise_decrypt(struct avo_noise *noise, struct avo_slice sealed, uint8_t *to, size_t capacity);

#endif
