#include "protocol/channel/wrap.h"
#include "base/secret.h"
#include "protocol/channel/noise_steps.h"
#include <string.h>

#define PROTOCOL_NAME "Noise_N_25519_AESGCM_SHA256"

/* Until the recipient's key is in the hash: the pre-message. */
static void begin(struct avo_noise *noise, const struct avo_aead *aead, bool initiator, const struct avo_key_pair *own,
                  const uint8_t to_public[AVO_PUBLIC_KEY_BYTES], struct avo_slice prologue) {
    avo_noise_start(noise, PROTOCOL_NAME, aead, initiator, own, prologue);
    avo_noise_mix_hash(noise, avo_slice(to_public, AVO_PUBLIC_KEY_BYTES));
}

enum avo_error avo_wrap(const struct avo_aead *aead, struct avo_random *random, const uint8_t to_public[AVO_PUBLIC_KEY_BYTES],
                        struct avo_slice prologue, struct avo_slice plain, struct avo_writer *to) {
    static const struct avo_key_pair none;
    struct avo_noise noise;
    struct avo_key_pair ephemeral;
    begin(&noise, aead, true, &none, to_public, prologue);
    avo_key_pair_make(&ephemeral, random);
    avo_write_slice(to, AVO_SLICE_OF(ephemeral.public));
    avo_noise_mix_hash(&noise, AVO_SLICE_OF(ephemeral.public));
    enum avo_error error = avo_noise_mix_shared(&noise, ephemeral.secret, to_public);
    if (error == AVO_OK) {
        avo_noise_encrypt(&noise, plain, to);
        error = to->failed ? AVO_ESPACE : AVO_OK;
    }
    avo_secret_wipe(&ephemeral, sizeof ephemeral);
    avo_noise_wipe(&noise);
    return error;
}

enum avo_error avo_unwrap(const struct avo_aead *aead, const struct avo_key_pair *own, struct avo_slice prologue,
                          struct avo_slice wrapped, struct avo_buffer *plain) {
    struct avo_noise noise;
    plain->length = 0;
    if (wrapped.length < AVO_WRAP_OVERHEAD_BYTES) {
        return AVO_EFORMAT;
    }
    struct avo_slice ephemeral = avo_slice_part(wrapped, 0, AVO_PUBLIC_KEY_BYTES);
    struct avo_slice sealed = avo_slice_part(wrapped, AVO_PUBLIC_KEY_BYTES, wrapped.length - AVO_PUBLIC_KEY_BYTES);
    begin(&noise, aead, false, own, own->public, prologue);
    avo_noise_mix_hash(&noise, ephemeral);
    enum avo_error error = avo_noise_mix_shared(&noise, own->secret, ephemeral.data);
    if (error == AVO_OK) {
        error = avo_noise_decrypt(&noise, sealed, plain->data, plain->capacity);
    }
    plain->length = error == AVO_OK ? sealed.length - AVO_TAG_BYTES : 0;
    avo_noise_wipe(&noise);
    return error;
}
