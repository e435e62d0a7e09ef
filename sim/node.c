#include "sim/node.h"
#include "base/assert.h"
#include "checker/memory.h"
#include "sim/network.h"
#include "sim/ring_lies.h"
#include "trusted/worker/worker_state.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define UNIX_EPOCH_US 1700000000000000ULL
#define TURN_SOON_US 20
#define TURN_BUSY_US 2000
#define TURN_IDLE_US 20000
#define POLLS_PER_TURN 8
#define STREAM_BYTES 4096
#define TIME_CHECKED_US 200000
#define SESSIONS_MAX (4 * AVO_SIM_CLIENT_MAX) /* each costs time at every tick */

static size_t budget_bytes(const struct avo_plan *plan) {
    return plan->value_max_bytes > 40000 ? 32U << 20 : AVO_BUDGET_WORKER_MIN_BYTES;
}

void avo_node_sessions_limit(struct avo_node *node, uint32_t index, uint32_t count) {
    node->workers[index]->sessions.capacity = count;
}

static bool worker_create(struct avo_node *node, const struct avo_identity *identity, uint8_t index) {
    size_t bytes = node->memory_bytes / node->layout.worker_count;
    struct avo_arena arena = avo_arena(node->memory + index * bytes, bytes);
    node->lent->random[index] = avo_prng(avo_prng_next(&node->world->prng));
    node->host[index] = avo_region_worker(node->region, &node->layout, index);
    struct avo_worker_config config = {
        .slot = node->slot,
        .index = index,
        .door = avo_region_worker(node->region, &node->layout, index),
        .identity = identity,
        .random = &node->lent->random[index].random,
        .from_steward = &node->lent->to_worker[index],
        .to_steward = &node->lent->to_steward[index],
        .aead = node->world->plan.aead[node->slot],
        .limits = &node->world->plan.channel,
        .compare_us = node->world->plan.compare_us,
    };
    struct avo_worker *worker = avo_worker_create(&arena, &config);
    if (worker == NULL) {
        return false;
    }
    node->workers[index] = worker;
    uint32_t most = worker->sessions.capacity;
    node->session_count = most < SESSIONS_MAX ? most : SESSIONS_MAX;
    avo_node_sessions_limit(node, index, node->world->plan.session_max > 0 ? node->world->plan.session_max : node->session_count);
    return true;
}

bool avo_node_create_as(struct avo_node *node, struct avo_world *world, const struct avo_identity *identity, uint8_t slot) {
    const struct avo_plan *plan = &world->plan;
    uint32_t slot_bytes =
        (plan->mtu_bytes + AVO_RING_SLOT_HEADER_BYTES + AVO_CACHE_LINE_BYTES - 1U) / AVO_CACHE_LINE_BYTES * AVO_CACHE_LINE_BYTES;
    *node = (struct avo_node){.world = world, .slot = slot, .who = slot, .turn_us = UINT64_MAX};
    node->layout = (struct avo_region_layout){.worker_count = plan->worker_count,
                                              .ring = {plan->ring_slots, slot_bytes - AVO_RING_SLOT_HEADER_BYTES},
                                              .stream_bytes = STREAM_BYTES,
                                              .slab_bytes = avo_plan_slab_bytes(plan, slot)};
    if (avo_region_layout_check(&node->layout) != AVO_OK) {
        return false;
    }
    node->region = avo_pages_take(world->pages, AVO_PAGES_REGION, avo_region_bytes(&node->layout));
    node->memory_bytes = plan->worker_count * budget_bytes(plan);
    node->memory = avo_pages_take(world->pages, AVO_PAGES_ENCLAVE, node->memory_bytes);
    node->lent = avo_memory_zeroed(1, sizeof *node->lent);
    avo_region_format(node->region, &node->layout);
    for (uint8_t index = 0; index < plan->worker_count; index++) {
        if (!worker_create(node, identity, index)) {
            return false;
        }
    }
    world->report.counters.of[AVO_COUNT_FULL_ALONE] += plan->full_alone && plan->full_slot == slot;
    avo_node_wake(node, TURN_SOON_US);
    return true;
}

bool avo_node_create(struct avo_node *node, struct avo_world *world, const struct avo_cluster *cluster, uint8_t slot) {
    return avo_node_create_as(node, world, &cluster->identities[slot], slot);
}

void avo_node_move(struct avo_node *to, struct avo_node *from, uint8_t who) {
    *to = *from;
    *from = (struct avo_node){0};
    to->who = who;
    to->turn_us = UINT64_MAX; /* the turn that was due is void */
}

void avo_node_destroy(struct avo_node *node) {
    for (uint32_t index = 0; index < AVO_SIM_WORKER_MAX; index++) {
        for (uint32_t i = 0; i < node->withheld[index].count; i++) {
            free(node->withheld[index].packets[i]);
        }
    }
    if (node->region != NULL) {
        avo_pages_give(node->world->pages, AVO_PAGES_REGION, node->region, avo_region_bytes(&node->layout));
        avo_arena_end(node->memory, node->memory_bytes);
        avo_pages_give(node->world->pages, AVO_PAGES_ENCLAVE, node->memory, node->memory_bytes);
        free(node->lent);
    }
    *node = (struct avo_node){0};
}

uint64_t avo_node_clock(const struct avo_node *node) {
    const struct avo_sim_clock *clock = &node->clock;
    return clock->stopped ? clock->stopped_us : UNIX_EPOCH_US + node->world->report.now_us + clock->ahead_us;
}

void avo_node_wake(struct avo_node *node, uint64_t delay_us) {
    uint64_t due_us = node->world->report.now_us + delay_us;
    if (due_us < node->turn_us) {
        node->turn_us = due_us;
        avo_agenda_add(&node->world->agenda, due_us, AVO_DUE_NODE, node->who, NULL);
    }
}

static void inbound_push(struct avo_node *node, uint32_t index, const struct avo_flight *packet) {
    struct avo_ring_end *inbound = &node->host[index].inbound;
    if (!avo_ring_push(inbound, &packet->from, avo_slice(packet->bytes, packet->length))) {
        avo_report_count(&node->world->report, AVO_COUNT_RING_FULL);
        return;
    }
    avo_ring_publish(inbound);
    if (!node->frozen) {
        avo_node_wake(node, avo_world_upto(node->world, TURN_SOON_US));
    }
}

/* Kept for later; what is too much is lost. */
static void withhold(struct avo_withheld *withheld, const struct avo_flight *packet) {
    if (withheld->count < AVO_WITHHELD_MAX) {
        withheld->packets[withheld->count++] = avo_flight_copy(packet);
    }
}

void avo_node_release(struct avo_node *node, uint32_t index) {
    struct avo_withheld *withheld = &node->withheld[index];
    for (uint32_t i = 0; i < withheld->count; i++) {
        inbound_push(node, index, withheld->packets[i]);
        free(withheld->packets[i]);
        avo_report_count(&node->world->report, AVO_COUNT_WITHHELD_RELEASED);
    }
    *withheld = (struct avo_withheld){0};
}

void avo_node_deliver(struct avo_node *node, const struct avo_flight *packet) {
    uint32_t index = avo_address_worker(&packet->to);
    if (node->crashed || index >= node->layout.worker_count || packet->length > node->layout.ring.datagram_bytes) {
        return;
    }
    if (node->withheld[index].in) {
        withhold(&node->withheld[index], packet);
        avo_report_count(&node->world->report, AVO_COUNT_WITHHELD);
        return;
    }
    inbound_push(node, index, packet);
}

static void outbound_drain(struct avo_node *node, uint32_t index) {
    struct avo_ring_end *outbound = &node->host[index].outbound;
    struct avo_address from = avo_node_address(node->slot, index);
    struct avo_address to;
    struct avo_slice datagram;
    if (node->withheld[index].out) {
        return;
    }
    while (avo_ring_peek(outbound, 0, &to, &datagram)) {
        avo_network_send(node->world, &from, &to, datagram);
        avo_ring_release(outbound, 1);
    }
}

/* One worker's turn; returns when it wants the next. */
static uint64_t worker_turn(struct avo_node *node, uint32_t index) {
    struct avo_worker *worker = node->workers[index];
    struct avo_counters *counters = &node->world->report.counters;
    uint32_t polls = 0;
    counters->of[AVO_COUNT_WITHHELD_OUT] += node->withheld[index].out;
    counters->of[AVO_COUNT_STARVED] += node->withheld[index].starved;
    if (node->withheld[index].starved) {
        outbound_drain(node, index);
        return TURN_IDLE_US;
    }
    avo_ring_lies_tell(node, index, avo_node_clock(node));
    while (polls < POLLS_PER_TURN && avo_worker_poll(worker, avo_node_clock(node)) > 0) {
        polls++;
        outbound_drain(node, index);
    }
    outbound_drain(node, index);
    return polls == POLLS_PER_TURN ? TURN_SOON_US : avo_worker_idle(worker) ? TURN_IDLE_US : TURN_BUSY_US;
}

void avo_node_turn(struct avo_node *node) {
    node->turn_us = UINT64_MAX;
    if (node->crashed || node->frozen) {
        return;
    }
    uint64_t next_us = TURN_IDLE_US;
    node->world->report.counters.of[AVO_COUNT_CLONE_TURNS] += node->who >= AVO_SIM_SLOT_MAX;
    for (uint32_t index = 0; index < node->layout.worker_count; index++) {
        uint64_t wanted_us = worker_turn(node, index);
        next_us = wanted_us < next_us ? wanted_us : next_us;
    }
    avo_node_wake(node, next_us);
}

void avo_node_turn_if_due(struct avo_node *node, uint64_t due_us) {
    if (node->turn_us == due_us && node->world != NULL) {
        avo_node_turn(node);
    }
}

static void stats_count(struct avo_counters *counters, const struct avo_figures *stats) {
    counters->of[AVO_COUNT_ONE_ROUND_READS] += stats->one_round_reads;
    counters->of[AVO_COUNT_WRITE_BACKS] += stats->write_backs;
    counters->of[AVO_COUNT_REPAIRS] += stats->repaired;
    counters->of[AVO_COUNT_CAUGHT_UP] += stats->caught_up;
    counters->of[AVO_COUNT_DAMAGED] += stats->damaged;
    counters->of[AVO_COUNT_SYNC_BYTES] += stats->sync_bytes;
    counters->of[AVO_COUNT_ENCLAVE_TAMPERED] += stats->tampered;
    counters->of[AVO_COUNT_ENCLAVE_REPLAYED] += stats->replayed;
    counters->of[AVO_COUNT_ENCLAVE_DROPPED] += stats->dropped;
    counters->of[AVO_COUNT_ENCLAVE_BAD] += stats->bad_packets;
}

void avo_node_healed(struct avo_node *node) {
    node->healed_us = node->world->report.now_us;
    for (uint32_t index = 0; index < node->layout.worker_count; index++) {
        node->healed_enclave_us[index] = node->workers[index]->now_us;
    }
}

/* [B3] A clock that was set to anything and then right does not stop an enclave's time for good: its timers decide who is repaired.
 */
static void time_check(struct avo_node *node, uint32_t index) {
    uint64_t host_us = node->world->report.now_us - node->healed_us;
    uint64_t enclave_us = node->workers[index]->now_us - node->healed_enclave_us[index];
    if (!node->crashed && node->healed_us > 0 && host_us > TIME_CHECKED_US && enclave_us < host_us / 2) {
        avo_report_violation(&node->world->report, "time-stopped",
                             "worker %" PRIu32 " of node %u saw %" PRIu64 " of %" PRIu64 " us", index, node->slot, enclave_us,
                             host_us);
    }
}

static void region_scan(void *context, size_t offset, size_t length) {
    struct avo_node *node = context;
    char where[64];
    snprintf(where, sizeof where, "the region of node %u", node->slot);
    avo_watch_scan(&node->world->watch, avo_slice(node->region + offset, length), where);
}

void avo_node_inspect(struct avo_node *node) {
    struct avo_report *report = &node->world->report;
    for (uint32_t index = 0; index < node->layout.worker_count; index++) {
        struct avo_figures stats;
        avo_worker_stats(node->workers[index], &stats);
        stats_count(&report->counters, &stats);
        time_check(node, index);
        report->counters.of[AVO_COUNT_SESSIONS_EVICTED] += node->workers[index]->sessions.begun_count - stats.sessions;
    }
    avo_pages_touched(node->region, avo_region_bytes(&node->layout), region_scan, node);
}
