/* Values sealed for host memory: AES-256-GCM under a key that never leaves the store, a nonce from a counter, AAD = key, version
 * and length. The tag stays in the enclave, so the host can neither forge a value nor bring an older one back [B2, B4].
 *
 * In a slot: u64 counter, u32 length, u32 zero, then the ciphertext. Counter and length are read back once and need no trust: a
 * changed counter is another nonce, a changed length another AAD, and neither opens.
 */
#ifndef AVO_STORE_SEAL_H
#define AVO_STORE_SEAL_H

#include "base/random.h"
#include "protocol/channel/aead.h"
#include "protocol/version.h"

#define AVO_SEAL_HEADER_BYTES 16

/* AES blocks that one key may encrypt: of each value its 16-byte blocks, and one for its tag. What is sealed can be told from
 * random bytes with a chance of at most blocks^2 / 2^129 (the birthday bound of counter mode: McGrew and Viega 2004;
 * draft-irtf-cfrg-aead-limits 5.1), here 2^-33. It counts blocks, for a value has 0 to 65,536 of them. 2^48 blocks are 4 PiB. */
#define AVO_SEAL_BLOCK_MAX_COUNT (1ULL << 48)

struct avo_sealer {
    struct avo_aead_key key;
    const struct avo_aead *aead;
    uint64_t count;       /* the last counter used */
    uint64_t block_count; /* encrypted under the key */
};

/* Whose value it is. */
struct avo_seal_name {
    struct avo_slice key;
    struct avo_version version;
};

/* A sealer with a fresh key from `random`. `aead` is borrowed for its life. */
void avo_sealer_create(struct avo_sealer *sealer, const struct avo_aead *aead, struct avo_random *random);

/* Seals `value` into enclave memory at `to` (AVO_SEAL_HEADER_BYTES + value.length). AVO_ELIMIT: the key would encrypt
 * more than AVO_SEAL_BLOCK_MAX_COUNT blocks. */
AVO_MUST_USE enum avo_error avo_sealer_seal(struct avo_sealer *sealer, const struct avo_seal_name *name, struct avo_slice value,
                                            uint8_t *to, uint8_t tag[AVO_TAG_BYTES]);

/* What a slot of `slot_bytes` in host memory says its value's length is: read once, and possible. AVO_EDAMAGED if it is not. */
AVO_MUST_USE enum avo_error avo_seal_header_read(const uint8_t *slot, size_t slot_bytes, uint64_t *counter, uint32_t *length);
/* Copies the ciphertext in and opens it at `to` (capacity `length`). AVO_EDAMAGED: it does not open, `to` is zero. */
AVO_MUST_USE enum avo_error avo_sealer_open(const struct avo_sealer *sealer, const struct avo_seal_name *name, const uint8_t *slot,
                                            uint64_t counter, uint32_t length, const uint8_t tag[AVO_TAG_BYTES], uint8_t *to);

#endif
