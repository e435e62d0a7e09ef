#include "sim/slab_attack.h"
#include "sim/checker/memory.h"
#include <string.h>

#define BLOCK_BYTES 64
#define PAST_MAX_BYTES (256U << 10)

static bool block_is_empty(const uint8_t *block) {
    static const uint8_t zeros[BLOCK_BYTES];
    return memcmp(block, zeros, BLOCK_BYTES) == 0;
}

/* A random block that is not all zero; NULL when there is none. */
static uint8_t *block_pick(struct avo_world *world, const struct avo_region_worker *host) {
    uint64_t full = 0;
    for (uint64_t at = 0; at + BLOCK_BYTES <= host->slab_bytes; at += BLOCK_BYTES) {
        full += !block_is_empty(host->slabs + at);
    }
    if (full == 0) {
        return NULL;
    }
    uint64_t chosen = avo_prng_below(&world->prng, full);
    uint64_t at = 0;
    for (;; at += BLOCK_BYTES) {
        if (!block_is_empty(host->slabs + at) && chosen-- == 0) {
            return host->slabs + at;
        }
    }
}

static uint32_t worker_pick(struct avo_node *node) {
    return (uint32_t)avo_world_upto(node->world, node->layout.worker_count - 1);
}

void avo_slab_flip(struct avo_node *node) {
    uint8_t *block = block_pick(node->world, &node->host[worker_pick(node)]);
    if (block != NULL) {
        block[avo_world_upto(node->world, BLOCK_BYTES - 1)] ^= (uint8_t)(1U << avo_world_upto(node->world, 7));
        avo_report_count(&node->world->report, AVO_COUNT_SLAB_FLIPS);
        avo_report_trace(&node->world->report, "host %u flips a bit of a value", node->slot);
    }
}

void avo_slab_wipe(struct avo_node *node) {
    const struct avo_region_worker *host = &node->host[worker_pick(node)];
    uint8_t *block = block_pick(node->world, host);
    if (block != NULL) {
        bool all = avo_prng_chance(&node->world->prng, 1, 4);
        memset(all ? host->slabs : block, 0, all ? host->slab_bytes : BLOCK_BYTES);
        avo_report_count(&node->world->report, AVO_COUNT_SLAB_WIPES);
        avo_report_trace(&node->world->report, "host %u destroys a value", node->slot);
    }
}

void avo_slab_rollback(struct avo_node *node, struct avo_slab_past *past) {
    if (past->bytes != NULL && past->slot == node->slot) {
        memcpy(node->host[past->worker].slabs, past->bytes, past->length);
        avo_slab_past_destroy(past);
        avo_report_count(&node->world->report, AVO_COUNT_SLAB_ROLLBACKS);
        avo_report_trace(&node->world->report, "host %u rolls its values back", node->slot);
        return;
    }
    avo_slab_past_destroy(past);
    past->slot = node->slot;
    past->worker = worker_pick(node);
    uint64_t all = node->host[past->worker].slab_bytes;
    past->length = all < PAST_MAX_BYTES ? all : PAST_MAX_BYTES;
    past->bytes = avo_memory_resize(NULL, past->length, 1);
    memcpy(past->bytes, node->host[past->worker].slabs, past->length);
}

void avo_slab_past_destroy(struct avo_slab_past *past) {
    free(past->bytes);
    *past = (struct avo_slab_past){0};
}
