/* What an implementation of AES-256-GCM gives to aead.c. */
#ifndef AVO_CHANNEL_AEAD_METHODS_H
#define AVO_CHANNEL_AEAD_METHODS_H

#include "protocol/channel/aead.h"

/* One message, in place. `tag` is always the computed tag: the caller that opens compares it. */
struct avo_aead_message {
    const uint8_t *nonce;
    struct avo_slice aad;
    uint8_t *data;
    size_t length;
    uint8_t *tag;
};

struct avo_aead {
    enum avo_aead_kind kind;
    void *manager; /* intel-ipsec-mb's; NULL for nettle */
    void (*key_set)(const struct avo_aead *aead, struct avo_aead_key *key, const uint8_t *bytes);
    void (*seal)(const struct avo_aead *aead, const struct avo_aead_key *key, const struct avo_aead_message *message);
    void (*open)(const struct avo_aead *aead, const struct avo_aead_key *key, const struct avo_aead_message *message);
};

/* False, and nothing taken from the arena, when the arena is too small or the CPU lacks AES-NI. */
AVO_MUST_USE bool avo_aead_ipsec_mb_create(struct avo_aead *aead, struct avo_arena *arena);
void avo_aead_nettle_create(struct avo_aead *aead);

#endif
