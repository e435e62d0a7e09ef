/* AES-256-GCM by nettle, for CPUs without AES-NI and as the second opinion in tests.
 *
 * nettle's ready-made context holds a 4 KiB table of the hash key. A key here must stay small (there is one a channel), so only the
 * AES schedule is kept and the table is made again for each message.
 */
#include "base/secret.h"
#include "protocol/channel/aead_methods.h"
#include <nettle/aes.h>
#include <nettle/gcm.h>

_Static_assert(sizeof(struct aes256_ctx) <= AVO_AEAD_SCHEDULE_BYTES, "an expanded key fits");

struct state {
    struct gcm_key key;
    struct gcm_ctx context;
};

static void encrypt_blocks(const void *cipher, size_t length, uint8_t *to, const uint8_t *from) {
    aes256_encrypt(cipher, length, to, from);
}

static void key_set(const struct avo_aead *aead, struct avo_aead_key *key, const uint8_t *bytes) {
    (void)aead;
    aes256_set_encrypt_key((struct aes256_ctx *)key->schedule, bytes);
}

static void start(struct state *state, const void *cipher, const struct avo_aead_message *message) {
    gcm_set_key(&state->key, cipher, encrypt_blocks);
    gcm_set_iv(&state->context, &state->key, AVO_NONCE_BYTES, message->nonce);
    gcm_update(&state->context, &state->key, message->aad.length, message->aad.data);
}

static void finish(struct state *state, const void *cipher, const struct avo_aead_message *message) {
    gcm_digest(&state->context, &state->key, cipher, encrypt_blocks, AVO_TAG_BYTES, message->tag);
    avo_secret_wipe_stack();
    avo_secret_wipe(state, sizeof *state);
}

static void seal(const struct avo_aead *aead, const struct avo_aead_key *key, const struct avo_aead_message *message) {
    (void)aead;
    struct state state;
    start(&state, key->schedule, message);
    gcm_encrypt(&state.context, &state.key, key->schedule, encrypt_blocks, message->length, message->data, message->data);
    finish(&state, key->schedule, message);
}

static void open(const struct avo_aead *aead, const struct avo_aead_key *key, const struct avo_aead_message *message) {
    (void)aead;
    struct state state;
    start(&state, key->schedule, message);
    gcm_decrypt(&state.context, &state.key, key->schedule, encrypt_blocks, message->length, message->data, message->data);
    finish(&state, key->schedule, message);
}

void avo_aead_nettle_create(struct avo_aead *aead) {
    *aead = (struct avo_aead){AVO_AEAD_NETTLE, NULL, key_set, seal, open};
}
