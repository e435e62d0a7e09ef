/* For tests: a fake cluster and one client core of it, which starts at slot 0. */
#ifndef AVO_CLIENT_FAKE_WORLD_H
#define AVO_CLIENT_FAKE_WORLD_H

#include "client/core/fake_cluster.h"

#define AVO_FAKE_TRANSFERS 2

struct avo_fake_world {
    struct avo_fake_cluster *cluster;
    struct avo_client_core *core;
    void *memory;
};

struct avo_fake_world avo_fake_world_make(uint64_t seed, uint16_t workers, uint32_t operations);
void avo_fake_world_free(struct avo_fake_world *world);

#endif
