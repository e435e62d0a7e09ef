#include "las/las.h"
#include "base/secret.h"
#include "las/state.h"
#include <sodium.h>

/* The worst step: the CAS answers, and every enclave that waits gets a key asked for it, or a refusal. */
#define EFFECTS_A_LOCAL 2
#define EFFECTS_MORE 16
#define EFFECT_BYTES_A_LOCAL (2 * AVO_LOCAL_MAX_BYTES)
#define EFFECT_BYTES_MORE (AVO_EVIDENCE_MAX_BYTES + 8192)

static void make_keys(struct avo_las *las) {
    uint8_t seed[crypto_sign_SEEDBYTES];
    avo_key_pair_make(&las->channel_key, las->config.random);
    avo_random_fill(las->config.random, seed, sizeof seed);
    (void)crypto_sign_seed_keypair(las->sign_public, las->sign_secret, seed);
    avo_secret_wipe(seed, sizeof seed);
}

struct avo_las *avo_las_create(struct avo_arena *arena, const struct avo_las_config *config) {
    struct avo_las *las = avo_arena_take(arena, 1, sizeof *las);
    if (las == NULL) {
        return NULL;
    }
    las->config = *config;
    las->effect_capacity = EFFECTS_A_LOCAL * config->local_max_count + EFFECTS_MORE;
    las->effect_bytes.capacity = EFFECT_BYTES_A_LOCAL * (size_t)config->local_max_count + EFFECT_BYTES_MORE;
    las->locals = avo_arena_take(arena, config->local_max_count, sizeof *las->locals);
    las->effects = avo_arena_take(arena, las->effect_capacity, sizeof *las->effects);
    las->effect_bytes.data = avo_arena_take(arena, las->effect_bytes.capacity, 1);
    if (las->locals == NULL || las->effects == NULL || las->effect_bytes.data == NULL) {
        return NULL;
    }
    make_keys(las);
    return las;
}

bool avo_las_registered(const struct avo_las *las) {
    return las->registered;
}

const uint8_t *avo_las_sign_public_key(const struct avo_las *las) {
    return las->sign_public;
}

void avo_las_wipe(struct avo_las *las) {
    avo_secure_stream_wipe(&las->stream);
    avo_secret_wipe(las->channel_key.secret, sizeof las->channel_key.secret);
    avo_secret_wipe(las->sign_secret, sizeof las->sign_secret);
}
