#include "sim/run.h"
#include "checker/linear.h"
#include "checker/memory.h"
#include "sim/client.h"
#include "sim/convergence.h"
#include "sim/nemesis.h"
#include "sim/network.h"
#include <inttypes.h>
#include <string.h>

#define HEALED_LIMIT_US 600000000 /* a healed run that takes longer hangs: to read and delete 12 keys in vain takes 20 s each */
#define CONVERGED_LIMIT_US 60000000
#define CONVERGED_LOOK_US 20000
#define AEAD_ARENA_BYTES (1U << 20)
#define RUN_SEED 0x5eed5eed5eed5eedULL /* how a plan is drawn does not change how it runs */

struct run {
    struct avo_world world;
    struct avo_cluster cluster;
    struct avo_node nodes[AVO_SIM_SLOT_MAX];
    struct avo_authority authority;
    struct avo_nemesis nemesis;
    struct avo_sim_record record;
    struct avo_sim_client clients[AVO_SIM_CLIENT_MAX];
    uint8_t *aead_memory;
};

static void plan_trace(struct run *run) {
    const struct avo_plan *plan = &run->world.plan;
    struct avo_report *report = &run->world.report;
    avo_report_trace(report,
                     "seed %" PRIu64 ": %u nodes, %u workers, mtu %u, %" PRIu32 " clients x %" PRIu32 ", %" PRIu32
                     " keys, values to %" PRIu32 " bytes, slabs of %" PRIu64,
                     report->seed, plan->slot_count, plan->worker_count, plan->mtu_bytes, plan->client_count, plan->pipeline,
                     plan->key_count, plan->value_max_bytes, plan->slab_bytes);
    avo_report_trace(report,
                     "ppm: lost %" PRIu32 ", twice %" PRIu32 ", delayed %" PRIu32 ", replayed %" PRIu32 ", diverted %" PRIu32
                     ", corrupted %" PRIu32 ", garbage %" PRIu32 ", ring lies %" PRIu32,
                     plan->loss_ppm, plan->duplicate_ppm, plan->delay_ppm, plan->replay_ppm, plan->divert_ppm, plan->corrupt_ppm,
                     plan->garbage_ppm, plan->ring_lie_ppm);
}

static bool parts_create(struct run *run) {
    struct avo_world *world = &run->world;
    run->aead_memory = aligned_alloc(AVO_CACHE_LINE_BYTES, AEAD_ARENA_BYTES);
    AVO_ASSERT(run->aead_memory != NULL);
    memset(run->aead_memory, 0, AEAD_ARENA_BYTES);
    struct avo_arena arena = avo_arena(run->aead_memory, AEAD_ARENA_BYTES);
    const struct avo_aead *aead = avo_aead_create(&arena, AVO_AEAD_BEST);
    bool made = aead != NULL && avo_cluster_make(&run->cluster, world);
    avo_cluster_show_views(&run->cluster);
    for (uint8_t slot = 0; made && slot < world->plan.slot_count; slot++) {
        made = avo_node_create(&run->nodes[slot], world, &run->cluster, slot);
    }
    run->record.world = world;
    for (uint32_t index = 0; made && index < world->plan.client_count; index++) {
        made = avo_sim_client_create(&run->clients[index], &run->record, index, &run->cluster, aead);
    }
    return made;
}

static void deliver(struct run *run, struct avo_flight *packet) {
    uint32_t party = avo_address_party(&packet->to);
    if (party >= AVO_PARTY_CLIENT) {
        avo_sim_client_deliver(&run->clients[party - AVO_PARTY_CLIENT], packet);
    } else {
        avo_node_deliver(&run->nodes[party], packet);
        avo_authority_deliver(&run->authority, party, packet);
    }
    free(packet);
}

/* Moves virtual time to the next thing that is due, and does it. */
static void advance(struct run *run) {
    struct avo_due due;
    AVO_ASSERT(avo_agenda_take(&run->world.agenda, &due));
    run->world.report.now_us = due.time_us;
    switch (due.kind) {
    case AVO_DUE_PACKET:
        deliver(run, due.packet);
        break;
    case AVO_DUE_NODE:
        avo_node_turn_if_due(due.who < AVO_SIM_SLOT_MAX ? &run->nodes[due.who] : &run->authority.clones[due.who - AVO_SIM_SLOT_MAX],
                             due.time_us);
        break;
    case AVO_DUE_CLIENT:
        if (run->clients[due.who].turn_us == due.time_us) {
            avo_sim_client_turn(&run->clients[due.who]);
        }
        break;
    case AVO_DUE_NEMESIS:
        avo_nemesis_strike(&run->nemesis);
        break;
    case AVO_DUE_AUTHORITY:
        avo_authority_turn(&run->authority);
        break;
    }
}

static bool clients_done(const struct run *run) {
    for (uint32_t index = 0; index < run->world.plan.client_count; index++) {
        if (!avo_sim_client_is_done(&run->clients[index])) {
            return false;
        }
    }
    return true;
}

static void clients_enter(struct run *run, enum avo_sim_phase phase) {
    for (uint32_t index = 0; index < run->world.plan.client_count; index++) {
        avo_sim_client_enter(&run->clients[index], phase);
    }
}

/* Until all clients are done, or time is up, or a rule is broken. */
static void phase_run(struct run *run, enum avo_sim_phase phase, uint64_t limit_us) {
    clients_enter(run, phase);
    uint64_t end_us = run->world.report.now_us + limit_us;
    while (!clients_done(run) && run->world.report.now_us < end_us && !run->world.report.violated) {
        advance(run);
    }
}

static void history_check(struct run *run) {
    struct avo_history *history = &run->record.history;
    struct avo_linear_report linear = avo_linear_check(history);
    struct avo_report *report = &run->world.report;
    if (linear.verdict == AVO_LINEAR_NO) {
        const struct avo_history_entry *entry = &history->entries[linear.entry];
        avo_report_violation(report, "linearizability",
                             "operation #%" PRIu32 ", a %s by client %" PRIu32 " on key %" PRIu32 ", has no place in any order",
                             linear.entry, avo_history_kind_name(entry->kind), entry->client, entry->key);
    } else if (linear.verdict == AVO_LINEAR_UNDECIDED) {
        avo_report_violation(report, "undecided", "the history of key %" PRIu32 " is too wide to be checked", linear.key);
    }
}

static void rare_count(struct avo_world *world) {
    world->report.counters.of[AVO_COUNT_RARE_MEMORY] += world->watch.rare.memory_count;
    world->report.counters.of[AVO_COUNT_RARE_LETTERS] += world->watch.rare.letter_count;
    world->report.counters.of[AVO_COUNT_RARE_ROOM] += world->watch.rare.room_count;
}

static void ended_check(struct run *run) {
    for (uint32_t index = 0; index < run->world.plan.client_count; index++) {
        struct avo_client_core_stats stats;
        avo_client_core_stats(run->clients[index].core, &stats);
        run->world.report.counters.of[AVO_COUNT_SESSIONS] += stats.sessions_opened;
        run->world.report.counters.of[AVO_COUNT_MOVED] += stats.moved;
        run->world.report.counters.of[AVO_COUNT_NEVER_RAN] += stats.never_ran;
        run->world.report.counters.of[AVO_COUNT_VIEWS_FOLLOWED] += stats.views_adopted;
    }
    for (uint8_t slot = 0; slot < run->world.plan.slot_count; slot++) {
        avo_node_inspect(&run->nodes[slot]);
    }
    rare_count(&run->world);
    history_check(run);
}

/* On a healed quorum, every replica votes again at last. */
static void members_settle(struct run *run) {
    uint64_t end_us = run->world.report.now_us + HEALED_LIMIT_US;
    while (!avo_authority_is_settled(&run->authority) && run->world.report.now_us < end_us && !run->world.report.violated) {
        advance(run);
    }
    if (!avo_authority_is_settled(&run->authority)) {
        avo_report_violation(&run->world.report, "rejoin", "a replica that lost its memory does not vote again");
    }
}

/* Nobody asks for anything: what a replica missed, it gets all the same, unless no intact copy is left. */
static void convergence_await(struct run *run) {
    struct avo_report *report = &run->world.report;
    uint64_t end_us = report->now_us + CONVERGED_LIMIT_US;
    bool converged = avo_sim_converged(run->nodes, &run->world.plan);
    report->counters.of[AVO_COUNT_CATCH_UPS] += !converged;
    while (!converged && report->now_us < end_us && !report->violated) {
        uint64_t look_us = report->now_us + CONVERGED_LOOK_US;
        while (report->now_us < look_us && !report->violated) {
            advance(run);
        }
        converged = avo_sim_converged(run->nodes, &run->world.plan);
    }
    if (!converged) {
        avo_report_violation(report, "catching-up", "a replica still lacks what another holds, a minute after all was well");
    }
}

static void phases(struct run *run) {
    phase_run(run, AVO_PHASE_SAFETY, run->world.plan.safety_us);
    avo_nemesis_heal(&run->nemesis);
    avo_rare_disarm(&run->world.watch);
    members_settle(run);
    phase_run(run, AVO_PHASE_DRAIN, HEALED_LIMIT_US);
    if (!avo_plan_is_short(&run->world.plan)) { /* else a replica may have no room for what it missed */
        convergence_await(run);
    }
    if (avo_plan_is_short(&run->world.plan)) {
        phase_run(run, AVO_PHASE_RECLAIM, HEALED_LIMIT_US);
    }
    phase_run(run, AVO_PHASE_LIVENESS, HEALED_LIMIT_US);
    if (!clients_done(run)) {
        avo_report_violation(&run->world.report, "liveness", "operations on a healed quorum did not end");
    }
    ended_check(run);
}

static void run_destroy(struct run *run) {
    avo_watch_install(NULL);
    for (uint32_t index = 0; index < AVO_SIM_CLIENT_MAX; index++) {
        avo_sim_client_destroy(&run->clients[index]);
    }
    for (uint32_t slot = 0; slot < AVO_SIM_SLOT_MAX; slot++) {
        avo_node_destroy(&run->nodes[slot]);
    }
    avo_authority_destroy(&run->authority);
    avo_slab_past_destroy(&run->nemesis.past);
    avo_history_destroy(&run->record.history);
    avo_network_destroy(&run->world.network);
    avo_agenda_destroy(&run->world.agenda);
    avo_watch_destroy(&run->world.watch);
    free(run->aead_memory);
    free(run);
}

struct avo_plan avo_sim_plan(uint64_t seed) {
    struct avo_prng prng = avo_prng(seed);
    return avo_plan_draw(&prng);
}

void avo_sim_run(struct avo_report *report, const struct avo_sim_setup *setup) {
    struct run *run = avo_memory_zeroed(1, sizeof *run);
    struct avo_world *world = &run->world;
    world->report = *report;
    world->pages = setup->pages;
    world->prng = avo_prng(report->seed ^ RUN_SEED);
    world->plan = setup->plan != NULL ? *setup->plan : avo_sim_plan(report->seed);
    world->watch.report = &world->report;
    world->watch.network = &world->network;
    avo_random_fill(&world->prng.random, world->watch.canary, AVO_CANARY_BYTES);
    avo_watch_install(&world->watch);
    avo_rare_arm(&world->watch, report->seed, world->plan.rare_ppm);
    avo_report_count(&world->report, AVO_COUNT_RUNS);
    plan_trace(run);
    if (parts_create(run)) {
        avo_authority_start(&run->authority, world, &run->cluster,
                            (struct avo_authority_people){run->nodes, run->clients, world->plan.client_count});
        avo_nemesis_start(&run->nemesis, world, run->nodes, &run->authority);
        phases(run);
    } else {
        avo_report_violation(&world->report, "start", "a part of the cluster refused to start");
    }
    *report = world->report;
    run_destroy(run);
}
