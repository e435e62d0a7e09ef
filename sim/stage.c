#include "sim/stage.h"
#include "checker/memory.h"
#include "sim/client_work.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void plan_make(struct avo_world *world, uint32_t client_count) {
    struct avo_plan plan = {.slot_count = STAGE_SLOTS,
                            .worker_count = STAGE_WORKERS,
                            .mtu_bytes = AVO_MTU_DEFAULT_BYTES,
                            .ring_slots = 256,
                            .slab_bytes = 1U << 20,
                            .client_count = client_count,
                            .pipeline = 2,
                            .key_count = 6,
                            .value_max_bytes = 4096,
                            .read_percent = 50,
                            .delete_percent = 10,
                            .operations_per_client = 250,
                            .think_us = 300,
                            .patience_us = 3000000,
                            .compare_us = 3600000000, /* never, in the time of a test */
                            .latency_us = 100,
                            .channel = {8, AVO_REKEY_BYTES, AVO_PACKETS_PER_KEY_MAX}};
    world->plan = plan;
    world->network.calm = true;
}

/* A world without a cluster. */
static struct stage *stage_begin(uint64_t seed, uint32_t client_count) {
    struct stage *stage = avo_memory_zeroed(1, sizeof *stage);
    struct avo_world *world = &stage->world;
    world->prng = avo_prng(seed);
    world->watch.report = &world->report;
    avo_random_fill(&world->prng.random, world->watch.canary, AVO_CANARY_BYTES);
    plan_make(world, client_count);
    stage->aead_memory = aligned_alloc(AVO_CACHE_LINE_BYTES, 1 << 20);
    memset(stage->aead_memory, 0, 1 << 20);
    return stage;
}

static struct stage *stage_people(struct stage *stage) {
    struct avo_world *world = &stage->world;
    struct avo_arena arena = avo_arena(stage->aead_memory, 1 << 20);
    const struct avo_aead *aead = avo_aead_create(&arena, AVO_AEAD_BEST);
    for (uint8_t slot = 0; slot < STAGE_SLOTS; slot++) {
        assert_true(avo_node_create(&stage->nodes[slot], world, &stage->cluster, slot));
    }
    stage->record.world = world;
    for (uint32_t i = 0; i < stage->world.plan.client_count; i++) {
        assert_true(avo_sim_client_create(&stage->clients[i], &stage->record, i, &stage->cluster, aead));
        avo_sim_client_enter(&stage->clients[i], AVO_PHASE_SAFETY);
    }
    return stage;
}

struct stage *stage_make(uint64_t seed, uint32_t client_count) {
    struct stage *stage = stage_begin(seed, client_count);
    avo_watch_install(&stage->world.watch);
    assert_true(avo_cluster_make(&stage->cluster, &stage->world));
    return stage_people(stage);
}

struct stage *stage_make_again(struct stage *past, uint64_t seed, const struct avo_cluster_again *again) {
    struct stage *stage = stage_begin(seed, past->world.plan.client_count);
    stage->world.plan = past->world.plan;
    memcpy(stage->world.watch.canary, past->world.watch.canary, AVO_CANARY_BYTES); /* the same keys */
    stage->record.next_value = 1ULL << 32;                                         /* other values */
    avo_watch_install(&past->world.watch);
    assert_true(avo_cluster_make_again(&stage->cluster, &stage->world, &past->cluster, again));
    return stage_people(stage);
}

void stage_free(struct stage *stage) {
    avo_watch_install(NULL);
    for (uint32_t i = 0; i < stage->world.plan.client_count; i++) {
        avo_sim_client_destroy(&stage->clients[i]);
    }
    for (uint32_t slot = 0; slot < STAGE_SLOTS; slot++) {
        avo_node_destroy(&stage->nodes[slot]);
    }
    for (uint32_t i = 0; i < STAGE_TAPE; i++) {
        free(stage->tape[i]);
    }
    avo_history_destroy(&stage->record.history);
    avo_network_destroy(&stage->world.network);
    avo_agenda_destroy(&stage->world.agenda);
    avo_watch_destroy(&stage->world.watch);
    free(stage->aead_memory);
    free(stage);
}

static void deliver(struct stage *stage, struct avo_flight *packet) {
    uint32_t party = avo_address_party(&packet->to);
    if (party >= AVO_PARTY_CLIENT && party - AVO_PARTY_CLIENT < stage->world.plan.client_count) { /* others are an adversary's */
        avo_sim_client_deliver(&stage->clients[party - AVO_PARTY_CLIENT], packet);
    } else if (party < AVO_PARTY_CLIENT) {
        avo_node_deliver(&stage->nodes[party], packet);
    }
    struct avo_flight **place = &stage->tape[stage->tape_count++ % STAGE_TAPE];
    free(*place);
    *place = packet;
}

bool stage_advance(struct stage *stage) {
    struct avo_due due;
    assert_true(avo_agenda_take(&stage->world.agenda, &due));
    stage->world.report.now_us = due.time_us;
    if (due.kind == AVO_DUE_PACKET) {
        deliver(stage, due.packet);
    } else if (due.kind == AVO_DUE_NODE && stage->nodes[due.who].turn_us == due.time_us) {
        avo_node_turn(&stage->nodes[due.who]);
        return true;
    } else if (due.kind == AVO_DUE_CLIENT && stage->clients[due.who].turn_us == due.time_us) {
        avo_sim_client_turn(&stage->clients[due.who]);
    }
    return false;
}

bool stage_clients_done(const struct stage *stage) {
    bool done = true;
    for (uint32_t i = 0; i < stage->world.plan.client_count; i++) {
        done = done && avo_sim_client_is_done(&stage->clients[i]);
    }
    return done;
}

struct avo_figures stage_figures(const struct avo_node *node, uint32_t index) {
    struct avo_figures stats;
    avo_worker_stats(node->workers[index], &stats);
    return stats;
}

uint64_t stage_refused(const struct avo_figures *stats) {
    return stats->tampered + stats->replayed + stats->dropped + stats->bad_packets + stats->other_version;
}

void stage_poll_all(struct avo_node *node, uint32_t index) {
    while (avo_worker_poll(node->workers[index], avo_node_clock(node)) > 0) {
    }
}

void stage_client_drops(struct avo_sim_client *client, const struct avo_flight *packet) {
    struct avo_client_core_stats before, after;
    uint32_t busy = avo_client_work_busy(client);
    avo_client_core_stats(client->core, &before);
    avo_sim_client_deliver(client, packet);
    avo_client_core_stats(client->core, &after);
    assert_int_equal(after.datagrams_received, before.datagrams_received + 1);
    assert_int_equal(after.datagrams_dropped, before.datagrams_dropped + 1);
    assert_int_equal(after.sessions_opened, before.sessions_opened);
    assert_int_equal(avo_client_work_busy(client), busy);
}
