#include "client/core/fake_world.h"
#include "base/assert.h"
#include <stdlib.h>
#include <string.h>

struct avo_fake_world avo_fake_world_make(uint64_t seed, uint16_t workers, uint32_t operations) {
    struct avo_fake_world world = {.cluster = avo_fake_cluster_make(seed, workers)};
    uint8_t ticket[120] = {1, 2, 3};
    struct avo_key_pair key;
    avo_key_pair_make(&key, &world.cluster->prng.random);
    struct avo_client_core_config config = {.view = &world.cluster->view,
                                            .cas_sign_public = world.cluster->sign_public,
                                            .key = &key,
                                            .signed_ticket = AVO_SLICE_OF(ticket),
                                            .aead = world.cluster->aead,
                                            .random = &world.cluster->prng.random,
                                            .operation_count = operations,
                                            .transfer_count = AVO_FAKE_TRANSFERS,
                                            .transfer_max_bytes = AVO_MESSAGE_MAX_BYTES,
                                            .first_slot = 0};
    size_t bytes = (avo_client_core_bytes(&config) + 63) / 64 * 64;
    world.memory = aligned_alloc(64, bytes);
    memset(world.memory, 0, bytes);
    struct avo_arena arena = avo_arena(world.memory, bytes);
    world.core = avo_client_core_create(&arena, &config);
    AVO_ASSERT(world.core != NULL);
    return world;
}

void avo_fake_world_free(struct avo_fake_world *world) {
    avo_client_core_wipe(world->core);
    free(world->memory);
    avo_fake_cluster_free(world->cluster);
}
