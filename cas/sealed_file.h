/* The CAS's state on disk: readable only by the same program on the same CPU [DESIGN 11.5].
 *
 * File: "avocado cas state 1\n", salt 32, ciphertext, tag 16. Key = HKDF-SHA256(salt, sealing key, "avocado cas state v1"),
 * AES-256-GCM with nonce 0 since each salt makes its own key; the first two fields are the AAD. Sealing does not prevent rollback
 * to an older file: see avo_cas_restore.
 */
#ifndef AVO_CAS_SEALED_FILE_H
#define AVO_CAS_SEALED_FILE_H

#include "base/random.h"
#include "protocol/channel/aead.h"

#define AVO_SEALED_HEADER_BYTES (20 + 32)
#define AVO_SEALED_OVERHEAD_BYTES (AVO_SEALED_HEADER_BYTES + AVO_TAG_BYTES)

struct avo_seal {
    const struct avo_aead *aead;
    struct avo_random *random;
    const uint8_t *key; /* 32 bytes from the TEE */
};

/* Seals `state` into `path`, mode 600: written aside, synced, renamed, the folder synced. AVO_EIO with errno; the old file, if
 * any, is whole then. `scratch` has a capacity of state + AVO_SEALED_OVERHEAD_BYTES. */
AVO_MUST_USE enum avo_error avo_sealed_file_write(const struct avo_seal *seal, const char *path, struct avo_slice state,
                                                  struct avo_buffer *scratch);
/* Opens it into `state`. AVO_ENOTFOUND: there is none; AVO_EIO with errno; AVO_ETOOBIG, AVO_EFORMAT: not such a file; AVO_EAUTH:
 * changed, or sealed by another program or on another CPU. */
AVO_MUST_USE enum avo_error avo_sealed_file_read(const struct avo_seal *seal, const char *path, struct avo_buffer *state);

#endif
