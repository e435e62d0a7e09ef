#include "protocol/channel/aead.h"
#include "base/secret.h"
#include "protocol/channel/aead_methods.h"
#include <string.h>

struct avo_aead *avo_aead_create(struct avo_arena *arena, enum avo_aead_kind kind) {
    struct avo_arena before = *arena;
    struct avo_aead *aead = avo_arena_take(arena, 1, sizeof *aead);
    if (aead == NULL) {
        return NULL;
    }
    if (kind != AVO_AEAD_NETTLE && avo_aead_ipsec_mb_create(aead, arena)) {
        return aead;
    }
    if (kind == AVO_AEAD_IPSEC_MB) {
        *arena = before;
        return NULL;
    }
    avo_aead_nettle_create(aead);
    return aead;
}

enum avo_aead_kind avo_aead_kind(const struct avo_aead *aead) {
    return aead->kind;
}

const char *avo_aead_warning(void) {
    return NULL;
}

void avo_aead_key_set(const struct avo_aead *aead, struct avo_aead_key *key, const uint8_t bytes[AVO_AEAD_KEY_BYTES]) {
    aead->key_set(aead, key, bytes);
}

void avo_aead_seal(const struct avo_aead *aead, const struct avo_aead_key *key, const uint8_t nonce[AVO_NONCE_BYTES],
                   struct avo_slice aad, uint8_t *data, size_t length, uint8_t tag[AVO_TAG_BYTES]) {
    const struct avo_aead_message message = {nonce, aad, data, length, tag};
    aead->seal(aead, key, &message);
}

enum avo_error avo_aead_open(const struct avo_aead *aead, const struct avo_aead_key *key, const uint8_t nonce[AVO_NONCE_BYTES],
                             struct avo_slice aad, uint8_t *data, size_t length, const uint8_t tag[AVO_TAG_BYTES]) {
    uint8_t computed[AVO_TAG_BYTES];
    const struct avo_aead_message message = {nonce, aad, data, length, computed};
    aead->open(aead, key, &message);
    if (avo_secret_equal(computed, tag, AVO_TAG_BYTES)) {
        return AVO_OK;
    }
    /* Unverified plaintext, and the tag a forger would have needed, leave no trace [B4]. */
    if (length > 0) {
        avo_secret_wipe(data, length);
    }
    avo_secret_wipe(computed, sizeof computed);
    return AVO_EAUTH;
}
