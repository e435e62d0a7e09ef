/* Stands in for aead.c in the native programs of `avocado bench --native`: NOTHING IS SEALED. Every size, copy and call is as in
 * aead.c, so that what the two measure differs in cryptography alone. Linked in place of aead.c by native/meson.build and nowhere
 * else; no option or variable chooses it. A tag is a constant that AES-GCM yields by accident once in 2^128, so that native and
 * normal programs take each other's packets for forgeries. */
#include "protocol/channel/aead.h"
#include <string.h>

struct avo_aead {
    enum avo_aead_kind kind;
};

static const uint8_t native_tag[AVO_TAG_BYTES] = "NATIVE, UNSEALED";

const char *avo_aead_warning(void) {
    return "NATIVE BUILD: NOTHING IS SEALED OR ATTESTED. It is the other half of avocado bench --native; keep no data in it";
}

struct avo_aead *avo_aead_create(struct avo_arena *arena, enum avo_aead_kind kind) {
    struct avo_aead *aead = avo_arena_take(arena, 1, sizeof *aead);
    if (aead != NULL) {
        aead->kind = kind;
    }
    return aead;
}

enum avo_aead_kind avo_aead_kind(const struct avo_aead *aead) {
    return aead->kind;
}

void avo_aead_key_set(const struct avo_aead *aead, struct avo_aead_key *key, const uint8_t bytes[AVO_AEAD_KEY_BYTES]) {
    (void)aead;
    (void)bytes;
    memset(key->schedule, 0, sizeof key->schedule);
}

void avo_aead_seal(const struct avo_aead *aead, const struct avo_aead_key *key, const uint8_t nonce[AVO_NONCE_BYTES],
                   struct avo_slice aad, uint8_t *data, size_t length, uint8_t tag[AVO_TAG_BYTES]) {
    (void)aead;
    (void)key;
    (void)nonce;
    (void)aad;
    (void)data;
    (void)length;
    memcpy(tag, native_tag, sizeof native_tag);
}

enum avo_error avo_aead_open(const struct avo_aead *aead, const struct avo_aead_key *key, const uint8_t nonce[AVO_NONCE_BYTES],
                             struct avo_slice aad, uint8_t *data, size_t length, const uint8_t tag[AVO_TAG_BYTES]) {
    (void)aead;
    (void)key;
    (void)nonce;
    (void)aad;
    if (memcmp(tag, native_tag, sizeof native_tag) == 0) {
        return AVO_OK;
    }
    memset(data, 0, length);
    return AVO_EAUTH;
}
