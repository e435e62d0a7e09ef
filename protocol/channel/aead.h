/* AES-256-GCM behind one small interface: intel-ipsec-mb where the CPU has AES-NI, nettle otherwise; the same bytes from both.
 * NIST SP 800-38D; 96-bit nonces only, 128-bit tags only. Nothing allocates. One engine a worker thread.
 */
#ifndef AVO_CHANNEL_AEAD_H
#define AVO_CHANNEL_AEAD_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/limits.h"
#include <avocado/error.h>

enum avo_aead_kind {
    AVO_AEAD_BEST = 0,
    AVO_AEAD_IPSEC_MB = 1,
    AVO_AEAD_NETTLE = 2,
};

/* What a worker needs once: the multi-buffer manager. Lives in the arena. */
struct avo_aead;

#define AVO_AEAD_SCHEDULE_BYTES 1088 /* an expanded key of either implementation; asserted in aead.c */
struct avo_aead_key {
    _Alignas(64) uint8_t schedule[AVO_AEAD_SCHEDULE_BYTES];
};

/* NULL when the arena is too small, or when IPSEC_MB is asked for on a CPU without AES-NI. */
struct avo_aead *avo_aead_create(struct avo_arena *arena, enum avo_aead_kind kind);
enum avo_aead_kind avo_aead_kind(const struct avo_aead *aead);
/* NULL; in the native programs, where aead_native.c stands in for this engine, the line that they must say at their start. */
const char *avo_aead_warning(void);

/* Expands a 32-byte key. The key may be wiped afterwards; wipe `key` with avo_secret_wipe where it dies. */
void avo_aead_key_set(const struct avo_aead *aead, struct avo_aead_key *key, const uint8_t bytes[AVO_AEAD_KEY_BYTES]);

/* Seals `length` bytes in place in enclave memory [B2] and writes the tag. The caller never uses a nonce twice with a key. */
void avo_aead_seal(const struct avo_aead *aead, const struct avo_aead_key *key, const uint8_t nonce[AVO_NONCE_BYTES],
                   struct avo_slice aad, uint8_t *data, size_t length, uint8_t tag[AVO_TAG_BYTES]);

/* Opens `length` bytes in place. AVO_EAUTH when the tag does not verify; `data` is then wiped to zero. */
AVO_MUST_USE enum avo_error avo_aead_open(const struct avo_aead *aead, const struct avo_aead_key *key,
                                          const uint8_t nonce[AVO_NONCE_BYTES], struct avo_slice aad, uint8_t *data, size_t length,
                                          const uint8_t tag[AVO_TAG_BYTES]);

/* Nonce = 4 zero bytes then the counter, big-endian, as Noise does for AESGCM (Noise rev 34, 12.4). */
void avo_aead_nonce(uint8_t nonce[AVO_NONCE_BYTES], uint64_t counter);

#endif
