/* Random schedules: a few operations on one key under loss, repetition, reordering, silence, damage, full stores and new views,
 * each checked for an order that explains it. AVOCADO_SEED=S runs schedule S alone and prints its trace. */
#include "trusted/replica/history.h"
#include "trusted/replica/scenario_test.h"
#include <inttypes.h>
#include <stdlib.h>

#define SCHEDULE_COUNT 10000
#define OPERATION_COUNT 8

/* A schedule draws which faults it has: faults in all schedules alike would hide some from each other. */
struct schedule {
    uint64_t seed;
    struct avo_prng prng;
    struct avo_scenario *scenario;
    struct avo_history_operation operations[AVO_HISTORY_MAX_COUNT]; /* by request id - 1 */
    uint32_t count;
    uint64_t clock; /* of the history */
    uint32_t loss_percent;
    uint32_t repeat_percent;
    bool orderly;        /* packets of a link keep their order */
    bool slow_writes;    /* rounds 1 overtake rounds 2: what is written stays unconfirmed for long */
    uint32_t slow_links; /* bit from * replicas + to: what it carries mostly waits */
    bool has_damage;
    bool has_refusals;
    bool has_views;
    bool has_cuts;
    uint32_t cut; /* this slot hears and says nothing; none: replica_count */
};

/* Over all schedules: none of it may be missing, else the test tells nothing. */
static struct {
    uint32_t overlaps, one_round_reads, write_backs, unknown, no_quorum, tampered, full, views, repaired, values_read;
} seen;

static bool chance(struct schedule *schedule, uint32_t percent) {
    return avo_prng_chance(&schedule->prng, percent, 100);
}

static uint32_t below(struct schedule *schedule, uint32_t bound) {
    return (uint32_t)avo_prng_below(&schedule->prng, bound);
}

static void begin_operation(struct schedule *schedule) {
    struct avo_history_operation *operation = &schedule->operations[schedule->count++];
    char request[32];
    uint32_t kind = below(schedule, 10);
    *operation = (struct avo_history_operation){++schedule->clock, UINT64_MAX, kind < 5, false, 0};
    if (kind < 4) {
        operation->value = (uint8_t)schedule->count;
        snprintf(request, sizeof request, "put k %u", schedule->count);
    } else {
        snprintf(request, sizeof request, "%s k", kind == 4 ? "del" : "get");
    }
    avo_scenario_request(schedule->scenario, (uint8_t)below(schedule, schedule->scenario->replica_count), request);
}

/* Notes the replies that came since the last look. */
static void collect(struct schedule *schedule) {
    for (uint32_t i = 0; i < schedule->count; i++) {
        struct avo_history_operation *operation = &schedule->operations[i];
        const struct avo_scenario_reply *reply = &schedule->scenario->replies[i + 1];
        if (!reply->done || operation->reply != UINT64_MAX) {
            continue;
        }
        bool good = reply->status == AVO_OK || (!operation->is_write && reply->status == AVO_ENOTFOUND);
        operation->certain = good;
        operation->reply = good ? ++schedule->clock : UINT64_MAX;
        if (good && !operation->is_write) {
            operation->value = (uint8_t)strtoul(reply->value, NULL, 10);
        }
    }
}

static bool is_slow(const struct schedule *schedule, const struct avo_scenario_packet *packet) {
    uint32_t link = packet->from * schedule->scenario->replica_count + packet->to;
    bool slow_link = (schedule->slow_links & 1U << link) != 0;
    return slow_link || (schedule->slow_writes && packet->bytes[0] == AVO_MESSAGE_WRITE);
}

static void network_turn(struct schedule *schedule) {
    struct avo_scenario *scenario = schedule->scenario;
    if (scenario->packet_count == 0) {
        avo_scenario_tick(scenario, 1000 + below(schedule, 5000));
        return;
    }
    uint32_t index = schedule->orderly ? 0 : below(schedule, scenario->packet_count);
    const struct avo_scenario_packet *packet = &scenario->packets[index];
    if (is_slow(schedule, packet) && !chance(schedule, 4)) {
        return;
    }
    bool cut = packet->from == schedule->cut || packet->to == schedule->cut;
    if (cut || chance(schedule, schedule->loss_percent)) {
        avo_scenario_drop(scenario, index);
    } else {
        avo_scenario_deliver(scenario, index, chance(schedule, schedule->repeat_percent));
    }
}

static void new_view(struct schedule *schedule) {
    char roles[AVO_SCENARIO_REPLICA_MAX_COUNT + 1] = {0};
    uint32_t count = schedule->scenario->replica_count;
    for (uint32_t slot = 0; slot < count; slot++) {
        roles[slot] = 'V';
    }
    roles[below(schedule, count)] = chance(schedule, 50) ? 'J' : 'V';
    avo_scenario_view(schedule->scenario, roles);
    seen.views++;
}

static void fault_turn(struct schedule *schedule) {
    struct avo_scenario *scenario = schedule->scenario;
    uint8_t slot = (uint8_t)below(schedule, scenario->replica_count);
    switch (below(schedule, 5)) {
    case 0:
        if (schedule->has_damage) {
            avo_scenario_damage(scenario, slot, "k");
        }
        break;
    case 1:
        if (schedule->has_refusals) {
            static const enum avo_error errors[] = {AVO_OK, AVO_EFULL};
            avo_store_twin_refuse(scenario->nodes[slot].store, errors[below(schedule, 2)], errors[below(schedule, 2)]);
        }
        break;
    case 2:
        if (schedule->has_views && chance(schedule, 30)) {
            new_view(schedule);
        }
        break;
    case 3:
        if (scenario->nodes[slot].epoch < scenario->view.epoch) {
            avo_scenario_adopt(scenario, slot);
        }
        break;
    default:
        schedule->cut = schedule->has_cuts && chance(schedule, 60) ? slot : scenario->replica_count;
    }
}

static void turn(struct schedule *schedule) {
    uint32_t draw = below(schedule, 100);
    if (draw < 8 && schedule->count < OPERATION_COUNT) {
        begin_operation(schedule);
    } else if (draw < 14) {
        fault_turn(schedule);
    } else if (draw < 18) {
        avo_scenario_tick(schedule->scenario, chance(schedule, 5) ? 200000 : below(schedule, 8000));
    } else {
        network_turn(schedule);
    }
    collect(schedule);
}

static bool all_answered(const struct schedule *schedule) {
    for (uint32_t id = 1; id <= schedule->count; id++) {
        if (!schedule->scenario->replies[id].done) {
            return false;
        }
    }
    return schedule->count >= OPERATION_COUNT;
}

/* Who is joining coordinates nothing. */
static bool votes(const struct avo_scenario *scenario, uint8_t slot) {
    return avo_view_member(&scenario->view, slot)->role == AVO_ROLE_VOTING;
}

/* All heals: every voting replica must then answer, and all of it must fit what was seen before. */
static void heal_and_read(struct schedule *schedule) {
    struct avo_scenario *scenario = schedule->scenario;
    for (uint8_t slot = 0; slot < scenario->replica_count; slot++) {
        avo_store_twin_refuse(scenario->nodes[slot].store, AVO_OK, AVO_OK);
        avo_scenario_adopt(scenario, slot);
    }
    for (uint8_t slot = 0; slot < scenario->replica_count; slot++) {
        if (!votes(scenario, slot)) {
            continue;
        }
        schedule->operations[schedule->count++] = (struct avo_history_operation){++schedule->clock, UINT64_MAX, false, false, 0};
        uint32_t id = avo_scenario_request(scenario, slot, "get k");
        avo_scenario_settle(scenario);
        collect(schedule);
        assert_true(scenario->replies[id].done);
        bool served = scenario->replies[id].status == AVO_OK || scenario->replies[id].status == AVO_ENOTFOUND;
        assert_true(served || (schedule->has_damage && scenario->replies[id].status == AVO_ETAMPERED));
    }
}

/* Puts heal even what no copy can repair; one at each replica, since a version of unknown outcome may be known to one only. */
static void overwrite(struct schedule *schedule) {
    for (uint8_t slot = 0; slot < schedule->scenario->replica_count; slot++) {
        if (!votes(schedule->scenario, slot)) {
            continue;
        }
        uint32_t id = avo_scenario_request(schedule->scenario, slot, "put k end");
        avo_scenario_settle(schedule->scenario);
        assert_int_equal(schedule->scenario->replies[id].status, AVO_OK);
    }
}

static bool check(const struct schedule *schedule) {
    struct avo_history_operation kept[AVO_HISTORY_MAX_COUNT];
    uint32_t count = 0;
    for (uint32_t i = 0; i < schedule->count; i++) {
        bool unknown = schedule->scenario->replies[i + 1].status == AVO_EUNKNOWN;
        if (schedule->operations[i].certain || unknown) {
            kept[count++] = schedule->operations[i]; /* any other outcome says: no effect */
        }
    }
    return avo_history_linearizable(kept, count);
}

static void count_seen(const struct schedule *schedule) {
    const struct avo_scenario *scenario = schedule->scenario;
    for (uint32_t i = 0; i < schedule->count; i++) {
        enum avo_error status = scenario->replies[i + 1].status;
        seen.unknown += status == AVO_EUNKNOWN;
        seen.no_quorum += status == AVO_EQUORUM;
        seen.tampered += status == AVO_ETAMPERED;
        seen.full += status == AVO_EFULL;
        seen.values_read += !schedule->operations[i].is_write && status == AVO_OK;
        seen.overlaps += i > 0 && schedule->operations[i].call < schedule->operations[i - 1].reply;
    }
    for (uint8_t slot = 0; slot < scenario->replica_count; slot++) {
        struct avo_figures store;
        avo_store_stats(scenario->nodes[slot].store, &store);
        seen.repaired += (uint32_t)store.repaired;
        seen.one_round_reads += (uint32_t)scenario_stats(scenario, slot).one_round_reads;
        seen.write_backs += (uint32_t)scenario_stats(scenario, slot).write_backs;
    }
}

static void print_history(const struct schedule *schedule) {
    for (uint32_t i = 0; i < schedule->count; i++) {
        const struct avo_history_operation *operation = &schedule->operations[i];
        printf("%2u: %s %u, called at %" PRIu64 ", %s at %" PRId64 "\n", i + 1, operation->is_write ? "write" : "read ",
               operation->value, operation->call, avo_error_name(schedule->scenario->replies[i + 1].status),
               (int64_t)operation->reply);
    }
}

static void run(uint64_t seed, bool verbose) {
    struct schedule schedule = {.seed = seed, .prng = avo_prng(seed)};
    uint32_t scrub = chance(&schedule, 20) ? 1 : 0;
    schedule.scenario = avo_scenario_create(chance(&schedule, 50) ? "VVV" : "VVVVV", scrub);
    schedule.cut = schedule.scenario->replica_count;
    schedule.loss_percent = chance(&schedule, 60) ? below(&schedule, 40) : 0;
    schedule.repeat_percent = chance(&schedule, 50) ? below(&schedule, 30) : 0;
    schedule.orderly = chance(&schedule, 10);
    schedule.slow_writes = chance(&schedule, 30);
    schedule.slow_links = chance(&schedule, 40) ? (uint32_t)(avo_prng_next(&schedule.prng) & avo_prng_next(&schedule.prng)) : 0;
    schedule.has_damage = chance(&schedule, 25);
    schedule.has_refusals = chance(&schedule, 15);
    schedule.has_views = chance(&schedule, 30);
    schedule.has_cuts = chance(&schedule, 40);
    while (!all_answered(&schedule)) {
        turn(&schedule);
    }
    heal_and_read(&schedule);
    bool linearizable = check(&schedule);
    if (verbose || !linearizable) {
        printf("%s", avo_scenario_trace(schedule.scenario));
        print_history(&schedule);
        printf("seed %" PRIu64 ": %s\n", seed, linearizable ? "linearizable" : "NOT LINEARIZABLE");
    }
    assert_true(linearizable);
    count_seen(&schedule);
    overwrite(&schedule);
    scenario_end(schedule.scenario);
}

static void every_schedule_is_linearizable(void **state) {
    (void)state;
    const char *chosen = getenv("AVOCADO_SEED");
    if (chosen != NULL) {
        run(strtoull(chosen, NULL, 10), true);
        return;
    }
    printf("seeds 1 to %u\n", SCHEDULE_COUNT);
    for (uint64_t seed = 1; seed <= SCHEDULE_COUNT; seed++) {
        run(seed, false);
    }
    printf("overlaps %u, values read %u, one-round reads %u, write-backs %u, unknown %u, no quorum %u, tampered %u, full %u, "
           "views %u, repaired %u\n",
           seen.overlaps, seen.values_read, seen.one_round_reads, seen.write_backs, seen.unknown, seen.no_quorum, seen.tampered,
           seen.full, seen.views, seen.repaired);
    assert_true(seen.overlaps > 0 && seen.values_read > 0 && seen.one_round_reads > 0 && seen.write_backs > 0);
    assert_true(seen.unknown > 0 && seen.no_quorum > 0 && seen.tampered > 0 && seen.full > 0);
    assert_true(seen.views > 0 && seen.repaired > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_schedule_is_linearizable),
    };
    return cmocka_run_group_tests_name("replica/schedule", tests, NULL, NULL);
}
