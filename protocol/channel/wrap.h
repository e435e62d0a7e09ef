/* Bytes for the holder of a secret key, from anybody: Noise_N_25519_AESGCM_SHA256 (Noise rev 34, 7.4), its one message.
 *   <- s      ...      -> e, es
 * A fresh ephemeral key makes each a key of its own. It proves nothing of the writer: what is inside must.
 */
#ifndef AVO_CHANNEL_WRAP_H
#define AVO_CHANNEL_WRAP_H

#include "protocol/channel/noise.h"

#define AVO_WRAP_OVERHEAD_BYTES (AVO_PUBLIC_KEY_BYTES + AVO_TAG_BYTES)

/* Appends `plain` for the holder of `to_public` to `to`; `prologue` is bound and not written. AVO_EAUTH: `to_public` is a low-order
 * point; AVO_ESPACE. */
AVO_MUST_USE enum avo_error avo_wrap(const struct avo_aead *aead, struct avo_random *random,
                                     const uint8_t to_public[AVO_PUBLIC_KEY_BYTES], struct avo_slice prologue,
                                     struct avo_slice plain, struct avo_writer *to);
/* Opens `wrapped` into `plain`. AVO_EFORMAT: too short, or more than `plain` holds; AVO_EAUTH: changed, for another key, or with
 * another prologue. After a failure `plain` is empty. */
AVO_MUST_USE enum avo_error avo_unwrap(const struct avo_aead *aead, const struct avo_key_pair *own, struct avo_slice prologue,
                                       struct avo_slice wrapped, struct avo_buffer *plain);

#endif
