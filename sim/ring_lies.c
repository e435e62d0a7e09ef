#include "sim/ring_lies.h"
#include "boundary/shared.h"

/* boundary/ring.h gives the layout. */
#define PRODUCED_OFFSET 0
#define CONSUMED_OFFSET 64

#define GARBAGE_BYTES 300
#define BURST_TURNS_MAX 8

static uint64_t any_number(struct avo_world *world) {
    return avo_prng_next(&world->prng) >> avo_world_upto(world, 63);
}

/* `own` is what an honest host would have written at `at`. The lie is further ahead than the ring is long, or behind; it stands for
 * a poll, or for so many that the ends lose each other. */
static void lie_about_index(struct avo_node *node, uint32_t worker, uint64_t clock_us, uint8_t *at, uint64_t own) {
    struct avo_world *world = node->world;
    uint64_t off = 1 + any_number(world) / 2;
    bool ahead = avo_prng_chance(&world->prng, 1, 2);
    bool standing = avo_prng_chance(&world->prng, 1, 8);
    uint64_t polls = standing ? AVO_RING_DOUBTS_MAX + avo_world_upto(world, AVO_RING_DOUBTS_MAX) : 1;
    for (uint64_t i = 0; i < polls; i++) {
        avo_shared_store(at, ahead ? own + node->layout.ring.slot_count + off : own - off);
        (void)avo_worker_poll(node->workers[worker], clock_us);
    }
    avo_shared_store(at, own);
    avo_report_count(&world->report, ahead ? AVO_COUNT_RING_INDEX_AHEAD : AVO_COUNT_RING_INDEX_BEHIND);
    world->report.counters.of[AVO_COUNT_RING_INDEX_STANDING] += standing;
}

/* All the room there is, filled with noise that looks like packets. */
static void fill_with_garbage(struct avo_node *node, uint32_t worker) {
    struct avo_world *world = node->world;
    uint8_t noise[GARBAGE_BYTES];
    struct avo_address from = avo_client_address((uint32_t)avo_world_upto(world, world->plan.client_count - 1));
    avo_random_fill(&world->prng.random, noise, sizeof noise);
    for (uint32_t i = 0;; i++) {
        noise[i % sizeof noise] ^= (uint8_t)(1 + (i >> 3));
        noise[0] = AVO_WIRE_VERSION;
        noise[1] = (uint8_t)(i % (AVO_PACKET_KIND_MAX + 2U));
        noise[2] = (uint8_t)(i % 3 == 0 ? AVO_SLOT_CLIENT : i % world->plan.slot_count);
        noise[3] = node->slot;
        noise[4] = (uint8_t)worker;
        if (!avo_ring_push(&node->host[worker].inbound, &from, avo_slice(noise, 1 + i % sizeof noise))) {
            break;
        }
        avo_report_count(&world->report, AVO_COUNT_RING_GARBAGE);
    }
    avo_ring_publish(&node->host[worker].inbound);
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

void avo_ring_lies_tell(struct avo_node *node, uint32_t worker, uint64_t clock_us) {
    struct avo_world *world = node->world;
    struct avo_region_worker *host = &node->host[worker];
    if (world->network.calm) {
        return;
    }
    if (avo_world_chance(world, world->plan.ring_burst_ppm)) {
        node->withheld[worker].burst_left = 1 + (uint32_t)avo_world_upto(world, BURST_TURNS_MAX);
    }
    if (node->withheld[worker].burst_left > 0) {
        node->withheld[worker].burst_left--;
        fill_with_garbage(node, worker);
    }
    if (avo_world_chance(world, world->plan.ring_lie_ppm)) {
        lie_about_index(node, worker, clock_us, host->inbound.memory + PRODUCED_OFFSET, host->inbound.own_index);
    }
    if (avo_world_chance(world, world->plan.ring_lie_ppm)) {
        lie_about_index(node, worker, clock_us, host->outbound.memory + CONSUMED_OFFSET, host->outbound.own_index);
    }
    if (avo_world_chance(world, world->plan.ring_lie_ppm)) {
        lie_about_length(node, &host->inbound);
    }
}
