#include "sim/slab_attack.h"
#include "base/cursor.h"
#include "checker/memory.h"
#include <string.h>

#define BLOCK_BYTES 64
#define PAST_MAX_BYTES (256U << 10)
#define SEAL_HEADER_BYTES 16 /* trusted/store/seal.h */

static bool block_is_full(const struct avo_region_worker *host, const uint8_t *block) {
    static const uint8_t zeros[BLOCK_BYTES];
    (void)host;
    return memcmp(block, zeros, BLOCK_BYTES) != 0;
}

static uint32_t sealed_bytes(const uint8_t *slot) {
    struct avo_reader reader = avo_reader(avo_slice(slot, SEAL_HEADER_BYTES));
    (void)avo_read_u64(&reader);
    return SEAL_HEADER_BYTES + avo_read_u32(&reader);
}

/* A sealed value begins here, by the look of its header: what an attacker sees, too. It may be one that was given up. */
static bool block_is_slot(const struct avo_region_worker *host, const uint8_t *block) {
    struct avo_reader reader = avo_reader(avo_slice(block, SEAL_HEADER_BYTES));
    uint64_t counter = avo_read_u64(&reader);
    uint32_t length = avo_read_u32(&reader);
    uint32_t zero = avo_read_u32(&reader);
    uint64_t left = host->slab_bytes - (uint64_t)(block - host->slabs);
    return counter > 0 && counter < UINT32_MAX && zero == 0 && length <= AVO_VALUE_MAX_BYTES && SEAL_HEADER_BYTES + length <= left;
}

/* A random block that is what is wanted; NULL when there is none. */
static uint8_t *block_pick(struct avo_world *world, const struct avo_region_worker *host,
                           bool (*wanted)(const struct avo_region_worker *host, const uint8_t *block)) {
    uint64_t count = 0;
    for (uint64_t at = 0; at + BLOCK_BYTES <= host->slab_bytes; at += BLOCK_BYTES) {
        count += wanted(host, host->slabs + at);
    }
    if (count == 0) {
        return NULL;
    }
    uint64_t chosen = avo_prng_below(&world->prng, count);
    uint64_t at = 0;
    for (;; at += BLOCK_BYTES) {
        if (wanted(host, host->slabs + at) && chosen-- == 0) {
            return host->slabs + at;
        }
    }
}

static uint32_t worker_pick(struct avo_node *node) {
    return (uint32_t)avo_world_upto(node->world, node->layout.worker_count - 1);
}

void avo_slab_flip(struct avo_node *node) {
    uint8_t *block = block_pick(node->world, &node->host[worker_pick(node)], block_is_full);
    if (block != NULL) {
        block[avo_world_upto(node->world, BLOCK_BYTES - 1)] ^= (uint8_t)(1U << avo_world_upto(node->world, 7));
        avo_report_count(&node->world->report, AVO_COUNT_SLAB_FLIPS);
        avo_report_trace(&node->world->report, "host %u flips a bit of a value", node->slot);
    }
}

void avo_slab_wipe(struct avo_node *node) {
    const struct avo_region_worker *host = &node->host[worker_pick(node)];
    uint8_t *block = block_pick(node->world, host, block_is_full);
    if (block != NULL) {
        bool all = avo_prng_chance(&node->world->prng, 1, 4);
        memset(all ? host->slabs : block, 0, all ? host->slab_bytes : BLOCK_BYTES);
        avo_report_count(&node->world->report, AVO_COUNT_SLAB_WIPES);
        avo_report_trace(&node->world->report, "host %u destroys a value", node->slot);
    }
}

static uint8_t *bytes_copy(const uint8_t *from, uint32_t length) {
    uint8_t *copy = avo_memory_resize(NULL, length, 1);
    memcpy(copy, from, length);
    return copy;
}

/* Writes a whole slot's bytes where another one begins, as far as the memory goes. */
static void bytes_lay(const struct avo_region_worker *host, uint8_t *at, const uint8_t *bytes, uint32_t length) {
    uint64_t left = host->slab_bytes - (uint64_t)(at - host->slabs);
    memcpy(at, bytes, length < left ? length : left);
}

void avo_slab_swap(struct avo_node *node) {
    uint32_t workers[2] = {worker_pick(node), worker_pick(node)};
    if (workers[0] == workers[1] && avo_prng_chance(&node->world->prng, 1, 2)) { /* half of them far, where there are others */
        workers[1] = (workers[0] + 1) % node->layout.worker_count;
    }
    const struct avo_region_worker *hosts[2] = {&node->host[workers[0]], &node->host[workers[1]]};
    uint8_t *slots[2] = {block_pick(node->world, hosts[0], block_is_slot), block_pick(node->world, hosts[1], block_is_slot)};
    if (slots[0] == NULL || slots[1] == NULL || slots[0] == slots[1]) {
        return;
    }
    uint32_t lengths[2] = {sealed_bytes(slots[0]), sealed_bytes(slots[1])};
    uint8_t *copies[2] = {bytes_copy(slots[0], lengths[0]), bytes_copy(slots[1], lengths[1])};
    for (int i = 0; i < 2; i++) {
        bytes_lay(hosts[i], slots[i], copies[1 - i], lengths[1 - i]);
    }
    free(copies[0]);
    free(copies[1]);
    bool far = workers[0] != workers[1];
    avo_report_count(&node->world->report, far ? AVO_COUNT_SLAB_SWAPS_FAR : AVO_COUNT_SLAB_SWAPS);
    avo_report_trace(&node->world->report, "host %u swaps two values%s", node->slot, far ? " of two workers" : "");
}

static void image_take(struct avo_node *node, struct avo_slab_image *image) {
    uint32_t worker = worker_pick(node);
    const uint8_t *slot = block_pick(node->world, &node->host[worker], block_is_slot);
    if (slot != NULL) {
        uint32_t length = sealed_bytes(slot);
        free(image->bytes);
        *image = (struct avo_slab_image){.bytes = bytes_copy(slot, length),
                                         .at = (uint64_t)(slot - node->host[worker].slabs),
                                         .length = length,
                                         .slot = node->slot,
                                         .worker = worker};
    }
}

void avo_slab_older(struct avo_node *node, struct avo_slab_past *past) {
    for (uint32_t i = 0; i < AVO_SLAB_IMAGES_MAX; i++) {
        const struct avo_slab_image *image = &past->images[i];
        const struct avo_region_worker *host = &node->host[image->worker];
        bool ours = image->bytes != NULL && image->slot == node->slot;
        uint8_t *at = ours ? host->slabs + image->at : NULL;
        if (ours && block_is_slot(host, at) && memcmp(at, image->bytes, SEAL_HEADER_BYTES) != 0) {
            bytes_lay(host, at, image->bytes, image->length);
            avo_report_count(&node->world->report, AVO_COUNT_SLAB_OLDER);
            avo_report_trace(&node->world->report, "host %u puts an older ciphertext back", node->slot);
        }
    }
    for (uint32_t i = 0; i < AVO_SLAB_IMAGES_MAX / 2; i++) {
        image_take(node, &past->images[past->image_next++ % AVO_SLAB_IMAGES_MAX]);
    }
}

void avo_slab_destroy(struct avo_node *node) {
    for (uint32_t worker = 0; worker < node->layout.worker_count; worker++) {
        memset(node->host[worker].slabs, 0, node->host[worker].slab_bytes);
    }
}

static void snapshot_free(struct avo_slab_past *past) {
    free(past->bytes);
    past->bytes = NULL;
}

void avo_slab_rollback(struct avo_node *node, struct avo_slab_past *past) {
    if (past->bytes != NULL && past->slot == node->slot) {
        memcpy(node->host[past->worker].slabs, past->bytes, past->length);
        snapshot_free(past);
        avo_report_count(&node->world->report, AVO_COUNT_SLAB_ROLLBACKS);
        avo_report_trace(&node->world->report, "host %u rolls its values back", node->slot);
        return;
    }
    snapshot_free(past);
    past->slot = node->slot;
    past->worker = worker_pick(node);
    uint64_t all = node->host[past->worker].slab_bytes;
    past->length = all < PAST_MAX_BYTES ? all : PAST_MAX_BYTES;
    past->bytes = avo_memory_resize(NULL, past->length, 1);
    memcpy(past->bytes, node->host[past->worker].slabs, past->length);
}

void avo_slab_past_destroy(struct avo_slab_past *past) {
    free(past->bytes);
    for (uint32_t i = 0; i < AVO_SLAB_IMAGES_MAX; i++) {
        free(past->images[i].bytes);
    }
    *past = (struct avo_slab_past){0};
}
