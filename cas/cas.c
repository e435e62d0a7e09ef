#include "cas/cas.h"
#include "base/secret.h"
#include "cas/state.h"
#include <sodium.h>

/* The worst step: a policy arrives and every waiting enclave is asked, or every connection times out, or members hear of a
 * view, asked about the next and let go. */
#define EFFECTS_A_CONNECTION 6
#define EFFECTS_MORE 32
#define EFFECT_BYTES_A_CONNECTION 512
#define EFFECT_BYTES_MORE (256 * 1024)

static void make_keys(struct avo_cas *cas) {
    uint8_t seed[crypto_sign_SEEDBYTES];
    avo_key_pair_make(&cas->channel_key, cas->config.random);
    avo_random_fill(cas->config.random, seed, sizeof seed);
    (void)crypto_sign_seed_keypair(cas->sign_public, cas->sign_secret, seed);
    avo_secret_wipe(seed, sizeof seed);
}

struct avo_cas *avo_cas_create(struct avo_arena *arena, const struct avo_cas_config *config) {
    struct avo_cas *cas = avo_arena_take(arena, 1, sizeof *cas);
    if (cas == NULL) {
        return NULL;
    }
    cas->config = *config;
    cas->effect_capacity = EFFECTS_A_CONNECTION * config->connection_max_count + EFFECTS_MORE;
    cas->effect_bytes.capacity = EFFECT_BYTES_A_CONNECTION * (size_t)config->connection_max_count + EFFECT_BYTES_MORE;
    cas->connections = avo_arena_take(arena, config->connection_max_count, sizeof *cas->connections);
    cas->effects = avo_arena_take(arena, cas->effect_capacity, sizeof *cas->effects);
    cas->effect_bytes.data = avo_arena_take(arena, cas->effect_bytes.capacity, 1);
    if (cas->connections == NULL || cas->effects == NULL || cas->effect_bytes.data == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < AVO_SLOT_MAX_COUNT; i++) {
        cas->slots[i].connection = AVO_CAS_NOBODY;
    }
    for (uint32_t i = 0; i < AVO_CAS_MACHINE_MAX_COUNT; i++) {
        cas->las[i].connection = AVO_CAS_NOBODY;
    }
    for (uint32_t i = 0; i < AVO_SLOT_MAX_COUNT; i++) {
        cas->members[i].connection = AVO_CAS_NOBODY;
    }
    if (config->recovery_public != NULL) {
        avo_copy(cas->recovery_public, sizeof cas->recovery_public, avo_slice(config->recovery_public, AVO_PUBLIC_KEY_BYTES));
    }
    cas->recoverer = AVO_CAS_NOBODY;
    cas->approver = AVO_CAS_NOBODY;
    cas->joiner.connection = AVO_CAS_NOBODY;
    cas->removal = AVO_CAS_NO_SLOT;
    cas->addition = AVO_CAS_NO_SLOT;
    make_keys(cas);
    avo_random_fill(config->random, &cas->proposer.number, sizeof cas->proposer.number);
    cas->proposer.number |= AVO_PROPOSER_CAS;
    return cas;
}

const uint8_t *avo_cas_recovery_public(const struct avo_cas *cas) {
    return cas->recovery_public;
}

const uint8_t *avo_cas_public_key(const struct avo_cas *cas) {
    return cas->channel_key.public;
}

const uint8_t *avo_cas_sign_public_key(const struct avo_cas *cas) {
    return cas->sign_public;
}

void avo_cas_wipe(struct avo_cas *cas) {
    for (uint32_t i = 0; i < cas->config.connection_max_count; i++) {
        avo_secure_stream_wipe(&cas->connections[i].stream);
    }
    avo_secret_wipe(cas->effect_bytes.data, cas->effect_bytes.capacity);
    avo_secret_wipe(cas->channel_key.secret, sizeof cas->channel_key.secret);
    avo_secret_wipe(cas->sign_secret, sizeof cas->sign_secret);
    avo_secret_wipe(cas->cluster_secret, sizeof cas->cluster_secret);
    avo_secret_wipe(cas->recovered, sizeof cas->recovered);
}
