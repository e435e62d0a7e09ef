#include "sim/ring_lies.h"
#include "boundary/shared.h"

/* boundary/ring.h gives the layout. */
#define PRODUCED_OFFSET 0
#define CONSUMED_OFFSET 64

static uint64_t any_number(struct avo_world *world) {
    return avo_prng_next(&world->prng) >> avo_world_upto(world, 63);
}

/* `own` is what an honest host would have written at `at`. The lie is further ahead than the ring is long, or behind. */
static void lie_about_index(struct avo_node *node, uint32_t worker, uint8_t *at, uint64_t own) {
    uint64_t off = 1 + any_number(node->world) / 2;
    avo_shared_store(at, avo_prng_chance(&node->world->prng, 1, 2) ? own + node->layout.ring.slot_count + off : own - off);
    (void)avo_worker_poll(node->workers[worker], avo_node_clock(node));
    avo_shared_store(at, own);
    avo_report_count(&node->world->report, AVO_COUNT_RING_INDEX_LIES);
}

/* The length of a datagram that waits. */
static void lie_about_length(struct avo_node *node, const struct avo_ring_end *inbound) {
    if (inbound->own_index == 0) {
        return;
    }
    uint64_t last = (inbound->own_index - 1) & (inbound->shape.slot_count - 1);
    uint8_t *slot = inbound->memory + AVO_RING_HEADER_BYTES + last * (inbound->shape.datagram_bytes + AVO_RING_SLOT_HEADER_BYTES);
    uint32_t length = inbound->shape.datagram_bytes + 1 + (uint32_t)any_number(node->world) % (UINT32_MAX / 2);
    avo_shared_store_u32(slot, avo_prng_chance(&node->world->prng, 1, 4) ? 0 : length);
    avo_report_count(&node->world->report, AVO_COUNT_RING_LENGTH_LIES);
}

void avo_ring_lies_tell(struct avo_node *node, uint32_t worker) {
    struct avo_world *world = node->world;
    struct avo_region_worker *host = &node->host[worker];
    if (world->network.calm) {
        return;
    }
    if (avo_world_chance(world, world->plan.ring_lie_ppm)) {
        lie_about_index(node, worker, host->inbound.memory + PRODUCED_OFFSET, host->inbound.own_index);
    }
    if (avo_world_chance(world, world->plan.ring_lie_ppm)) {
        lie_about_index(node, worker, host->outbound.memory + CONSUMED_OFFSET, host->outbound.own_index);
    }
    if (avo_world_chance(world, world->plan.ring_lie_ppm)) {
        lie_about_length(node, &host->inbound);
    }
}
