/* The CAS's state, wrapped for the owner's recovery key: by it another machine can be this CAS when this one, its disk or its CPU's
 * keys are lost [DESIGN 11.5]. It lies beside state.sealed, and is good anywhere.
 *
 * File: "avocado cas recovery 1\n", recovery public key 32, the state by Noise N for that key (protocol/channel/wrap.h), the first
 * two being its prologue. Anybody can make such a file: what is inside is believed because it holds the secret of the pinned CAS.
 */
#ifndef AVO_CAS_RECOVERY_H
#define AVO_CAS_RECOVERY_H

#include "cas/config.h"
#include "protocol/control/recover.h"

#define AVO_RECOVERY_MAGIC "avocado cas recovery 1\n"
#define AVO_RECOVERY_HEADER_BYTES (sizeof AVO_RECOVERY_MAGIC - 1 + AVO_PUBLIC_KEY_BYTES)

/* Wraps `state`; `to` has room for AVO_RECOVERY_MAX_BYTES. AVO_EAUTH: the key is none. */
AVO_MUST_USE enum avo_error avo_recovery_wrap(const struct avo_aead *aead, struct avo_random *random,
                                              const uint8_t recovery_public[AVO_PUBLIC_KEY_BYTES], struct avo_slice state,
                                              struct avo_buffer *to);
/* The key that a file was wrapped for (borrowed): AVO_EFORMAT when it is no such file, or cut short. Nothing is believed yet. */
AVO_MUST_USE enum avo_error avo_recovery_read(struct avo_slice file, const uint8_t **recovery_public);
/* Opens a file into `state`. AVO_EFORMAT; AVO_EDENIED: for another key; AVO_EAUTH: changed. Then `state` is empty. */
AVO_MUST_USE enum avo_error avo_recovery_unwrap(const struct avo_aead *aead, const struct avo_key_pair *recovery,
                                                struct avo_slice file, struct avo_buffer *state);
#endif
