#include "protocol/channel/ratchet.h"
#include "base/secret.h"
#include "protocol/channel/hkdf.h"
#include <string.h>

void avo_ratchet_begin(struct avo_ratchet *ratchet, const uint8_t secret[AVO_AEAD_KEY_BYTES]) {
    memcpy(ratchet->secret, secret, sizeof ratchet->secret);
    avo_ratchet_turn(ratchet);
}

void avo_ratchet_turn(struct avo_ratchet *ratchet) {
    _Static_assert(AVO_AEAD_KEY_BYTES == AVO_HKDF_HASH_BYTES, "a secret is a pseudorandom key of HKDF");
    uint8_t output[2 * AVO_AEAD_KEY_BYTES];
    avo_hkdf_expand(output, sizeof output, ratchet->secret, avo_slice_string(AVO_RATCHET_LABEL));
    memcpy(ratchet->key, output, sizeof ratchet->key);
    memcpy(ratchet->secret, output + sizeof ratchet->key, sizeof ratchet->secret);
    avo_secret_wipe(output, sizeof output);
}
