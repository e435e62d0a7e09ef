/* HKDF-SHA256 (RFC 5869) on libsodium's HMAC. Noise's HKDF (rev 34, 4.3) is the same with the chaining key as salt and no info. */
#ifndef AVO_CHANNEL_HKDF_H
#define AVO_CHANNEL_HKDF_H

#include "base/bytes.h"

#define AVO_HKDF_HASH_BYTES 32
#define AVO_HKDF_MAX_BYTES (255 * AVO_HKDF_HASH_BYTES)

/* PRK = HMAC(salt, input). `prk` may be the memory of `salt`. */
void avo_hkdf_extract(uint8_t prk[AVO_HKDF_HASH_BYTES], struct avo_slice salt, struct avo_slice input);
/* `length` bytes, at most AVO_HKDF_MAX_BYTES, of output keys. */
void avo_hkdf_expand(uint8_t *to, size_t length, const uint8_t prk[AVO_HKDF_HASH_BYTES], struct avo_slice info);

#endif
