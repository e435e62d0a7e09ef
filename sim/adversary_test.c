/* Whoever owns the wire, against the real workers and client cores, while clients work and keys turn every few packets: each
 * forged, repeated, moved or reflected packet is refused, counted in exactly one figure, and changes nothing else. */
#include "sim/checker/linear.h"
#include "sim/checker/memory.h"
#include "sim/client.h"
#include "sim/network.h"
#include "sim/node.h"
#include "trusted/enclave/worker_state.h"
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define SLOTS 3
#define CLIENTS 3
#define TAPE 4096
#define ATTACKS_PER_TURN 4
#define WARM_US 50000 /* sessions are open by then */

enum attack {
    ATTACK_REPLAY,
    ATTACK_FLIP_HEADER,
    ATTACK_FLIP_BODY,
    ATTACK_CUT,
    ATTACK_LENGTHEN,
    ATTACK_WORKER,
    ATTACK_SLOT,
    ATTACK_REFLECT,
    ATTACK_SESSION,
    ATTACK_GENERATION,
    ATTACK_VIEW,
    ATTACK_VERSION,
    ATTACK_DIVERT,
    ATTACK_COUNT
};

struct fixture {
    struct avo_world world;
    struct avo_cluster cluster;
    struct avo_node nodes[SLOTS];
    struct avo_record record;
    struct avo_sim_client clients[CLIENTS];
    struct avo_flight *tape[TAPE]; /* what was delivered */
    uint32_t tape_count;
    uint64_t attacks[ATTACK_COUNT];
    uint64_t on_clients;
    uint8_t *aead_memory;
};

static struct avo_flight *copy_of(const struct avo_flight *flight) {
    struct avo_flight *copy = avo_memory_zeroed(1, sizeof *copy + AVO_PACKET_MAX_BYTES);
    memcpy(copy, flight, sizeof *flight + flight->length);
    return copy;
}

static void plan_make(struct avo_world *world) {
    struct avo_plan plan = {.slot_count = SLOTS,
                            .worker_count = 2,
                            .mtu_bytes = AVO_MTU_DEFAULT_BYTES,
                            .ring_slots = 256,
                            .slab_bytes = 1U << 20,
                            .client_count = CLIENTS,
                            .pipeline = 2,
                            .key_count = 6,
                            .value_max_bytes = 4096,
                            .read_percent = 50,
                            .delete_percent = 10,
                            .operations_per_client = 250,
                            .think_us = 300,
                            .patience_us = 3000000,
                            .latency_us = 100,
                            .channel = {8, AVO_REKEY_BYTES, AVO_PACKETS_PER_KEY_MAX}};
    world->plan = plan;
    world->network.calm = true;
}

static struct fixture *fixture_make(uint64_t seed) {
    struct fixture *fixture = avo_memory_zeroed(1, sizeof *fixture);
    struct avo_world *world = &fixture->world;
    world->prng = avo_prng(seed);
    world->watch.report = &world->report;
    avo_random_fill(&world->prng.random, world->watch.canary, AVO_CANARY_BYTES);
    plan_make(world);
    avo_watch_install(&world->watch);
    fixture->aead_memory = aligned_alloc(AVO_CACHE_LINE_BYTES, 1 << 20);
    memset(fixture->aead_memory, 0, 1 << 20);
    struct avo_arena arena = avo_arena(fixture->aead_memory, 1 << 20);
    const struct avo_aead *aead = avo_aead_create(&arena, AVO_AEAD_BEST);
    assert_true(avo_cluster_make(&fixture->cluster, world));
    for (uint8_t slot = 0; slot < SLOTS; slot++) {
        assert_true(avo_node_create(&fixture->nodes[slot], world, &fixture->cluster, slot));
    }
    fixture->record.world = world;
    for (uint32_t i = 0; i < CLIENTS; i++) {
        assert_true(avo_sim_client_create(&fixture->clients[i], &fixture->record, i, &fixture->cluster, aead));
        avo_sim_client_enter(&fixture->clients[i], AVO_PHASE_SAFETY);
    }
    return fixture;
}

static void fixture_free(struct fixture *fixture) {
    avo_watch_install(NULL);
    for (uint32_t i = 0; i < CLIENTS; i++) {
        avo_sim_client_destroy(&fixture->clients[i]);
    }
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        avo_node_destroy(&fixture->nodes[slot]);
    }
    for (uint32_t i = 0; i < TAPE; i++) {
        free(fixture->tape[i]);
    }
    avo_history_destroy(&fixture->record.history);
    avo_network_destroy(&fixture->world.network);
    avo_agenda_destroy(&fixture->world.agenda);
    avo_watch_destroy(&fixture->world.watch);
    free(fixture->aead_memory);
    free(fixture);
}

static void deliver(struct fixture *fixture, struct avo_flight *packet) {
    uint32_t party = avo_address_party(&packet->to);
    if (party >= AVO_PARTY_CLIENT) {
        avo_sim_client_deliver(&fixture->clients[party - AVO_PARTY_CLIENT], packet);
    } else {
        avo_node_deliver(&fixture->nodes[party], packet);
    }
    struct avo_flight **place = &fixture->tape[fixture->tape_count++ % TAPE];
    free(*place);
    *place = packet;
}

static bool advance(struct fixture *fixture) {
    struct avo_due due;
    assert_true(avo_agenda_take(&fixture->world.agenda, &due));
    fixture->world.report.now_us = due.time_us;
    if (due.kind == AVO_DUE_PACKET) {
        deliver(fixture, due.packet);
    } else if (due.kind == AVO_DUE_NODE && fixture->nodes[due.who].turn_us == due.time_us) {
        avo_node_turn(&fixture->nodes[due.who]);
        return true;
    } else if (due.kind == AVO_DUE_CLIENT && fixture->clients[due.who].turn_us == due.time_us) {
        avo_sim_client_turn(&fixture->clients[due.who]);
    }
    return false;
}

static bool clients_done(const struct fixture *fixture) {
    bool done = true;
    for (uint32_t i = 0; i < CLIENTS; i++) {
        done = done && avo_sim_client_is_done(&fixture->clients[i]);
    }
    return done;
}

static struct avo_stats_reply figures(const struct avo_node *node, uint32_t index) {
    struct avo_stats_reply stats;
    avo_worker_stats(node->workers[index], &stats);
    return stats;
}

static uint64_t refused(const struct avo_stats_reply *stats) {
    return stats->tampered + stats->replayed + stats->dropped + stats->bad_packets + stats->other_version;
}

static void poll_all(struct avo_node *node, uint32_t index) {
    while (avo_worker_poll(node->workers[index], avo_node_clock(node)) > 0) {
    }
}

/* One packet by itself: it is refused, in exactly one figure; nothing is done or opened for it. */
static void strike_node(struct fixture *fixture, const struct avo_flight *packet) {
    struct avo_node *node = &fixture->nodes[avo_address_party(&packet->to)];
    uint32_t index = avo_address_worker(&packet->to);
    poll_all(node, index);
    struct avo_stats_reply before = figures(node, index);
    avo_node_deliver(node, packet);
    poll_all(node, index);
    struct avo_stats_reply after = figures(node, index);
    assert_int_equal(after.packets_received, before.packets_received + 1);
    assert_int_equal(refused(&after), refused(&before) + 1);
    assert_int_equal(after.operations, before.operations);
    assert_int_equal(after.keys, before.keys);
    assert_int_equal(after.tombstones, before.tombstones);
    assert_int_equal(after.sessions, before.sessions);
}

static void strike_client(struct fixture *fixture, const struct avo_flight *packet) {
    struct avo_sim_client *client = &fixture->clients[avo_address_party(&packet->to) - AVO_PARTY_CLIENT];
    struct avo_client_core_stats before, after;
    uint32_t busy = avo_sim_client_busy(client);
    avo_client_core_stats(client->core, &before);
    avo_sim_client_deliver(client, packet);
    avo_client_core_stats(client->core, &after);
    assert_int_equal(after.datagrams_received, before.datagrams_received + 1);
    assert_int_equal(after.datagrams_dropped, before.datagrams_dropped + 1);
    assert_int_equal(avo_sim_client_busy(client), busy);
    fixture->on_clients++;
}

static void flip(struct fixture *fixture, struct avo_flight *packet, uint32_t from, uint32_t to) {
    packet->bytes[from + avo_prng_below(&fixture->world.prng, to - from)] ^=
        (uint8_t)(1U << avo_prng_below(&fixture->world.prng, 8));
}

/* Changes a copy of a packet that arrived; header offsets are those of packet.h. */
static void change(struct fixture *fixture, enum attack attack, struct avo_flight *packet, const struct avo_packet_header *header) {
    struct avo_prng *prng = &fixture->world.prng;
    uint32_t other_slot = (header->destination + 1 + (uint32_t)avo_prng_below(prng, SLOTS - 1)) % SLOTS;
    uint32_t other_worker = 1U - header->worker;
    bool at_node = header->destination < SLOTS;
    switch (attack) {
    case ATTACK_FLIP_HEADER:
        flip(fixture, packet, 0, AVO_PACKET_HEADER_BYTES);
        break;
    case ATTACK_FLIP_BODY:
        flip(fixture, packet, AVO_PACKET_HEADER_BYTES, packet->length);
        break;
    case ATTACK_CUT:
        packet->length = 1 + (uint32_t)avo_prng_below(prng, packet->length - 1);
        break;
    case ATTACK_LENGTHEN:
        packet->length += 1 + (uint32_t)avo_prng_below(prng, 24);
        break;
    case ATTACK_WORKER:
        packet->bytes[4] = (uint8_t)other_worker;
        packet->to = at_node ? avo_node_address(header->destination, other_worker) : packet->to;
        break;
    case ATTACK_SLOT:
        packet->bytes[3] = (uint8_t)other_slot;
        packet->to = avo_node_address((uint8_t)other_slot, header->worker);
        break;
    case ATTACK_REFLECT:
        packet->bytes[2] = header->destination;
        packet->bytes[3] = header->source;
        packet->to = packet->from;
        break;
    case ATTACK_SESSION:
        packet->bytes[8 + avo_prng_below(prng, 4)] ^= (uint8_t)(1 + avo_prng_below(prng, 255));
        break;
    case ATTACK_GENERATION:
        packet->bytes[6] = (uint8_t)(packet->bytes[6] + (avo_prng_chance(prng, 1, 2) ? 1 : 255));
        break;
    case ATTACK_VIEW:
        flip(fixture, packet, 12, 24);
        break;
    case ATTACK_VERSION:
        packet->bytes[0] = (uint8_t)(AVO_WIRE_VERSION + 1 + avo_prng_below(prng, 200));
        break;
    case ATTACK_DIVERT:
        packet->to = avo_node_address((uint8_t)other_slot, header->worker);
        break;
    case ATTACK_REPLAY:
    case ATTACK_COUNT:
        break;
    }
}

static void strike(struct fixture *fixture) {
    uint32_t count = fixture->tape_count < TAPE ? fixture->tape_count : TAPE;
    const struct avo_flight *old = fixture->tape[avo_prng_below(&fixture->world.prng, count)];
    struct avo_packet_header header;
    assert_int_equal(avo_packet_header_read(avo_slice(old->bytes, old->length), &header), AVO_OK);
    enum attack attack = (enum attack)avo_prng_below(&fixture->world.prng, ATTACK_COUNT);
    bool hello = header.kind == AVO_PACKET_HELLO; /* its header proves nothing yet; its body does */
    if (header.kind > AVO_PACKET_HELLO ||
        (hello && attack != ATTACK_REPLAY && attack != ATTACK_CUT && attack != ATTACK_FLIP_BODY)) {
        return;
    }
    struct avo_flight *packet = copy_of(old);
    change(fixture, attack, packet, &header);
    if (avo_address_party(&packet->to) >= AVO_PARTY_CLIENT) {
        strike_client(fixture, packet);
    } else {
        strike_node(fixture, packet);
    }
    fixture->attacks[attack]++;
    free(packet);
}

static void nothing_is_accepted_and_everything_counted(void **state) {
    (void)state;
    uint64_t seed = (uint64_t)time(NULL), total = 0;
    print_message("seed %" PRIu64 "\n", seed);
    struct fixture *fixture = fixture_make(seed);
    while (!clients_done(fixture)) {
        bool node_turned = advance(fixture);
        for (int i = 0; node_turned && i < ATTACKS_PER_TURN && fixture->world.report.now_us > WARM_US; i++) {
            strike(fixture);
        }
    }
    for (uint32_t i = 0; i < ATTACK_COUNT; i++) {
        assert_true(fixture->attacks[i] > 100);
        total += fixture->attacks[i];
    }
    const struct avo_counters *counters = &fixture->world.report.counters;
    print_message("%" PRIu64 " attacks, %" PRIu64 " of them on clients, %" PRIu64 " keys replaced\n", total, fixture->on_clients,
                  counters->of[AVO_COUNT_REKEYS_PEER] + counters->of[AVO_COUNT_REKEYS_SESSION]);
    assert_true(total > 5000 && fixture->on_clients > 100);
    assert_true(counters->of[AVO_COUNT_REKEYS_PEER] > 100 && counters->of[AVO_COUNT_REKEYS_SESSION] > 50);
    assert_false(fixture->world.report.violated);
    assert_int_equal(avo_linear_check(&fixture->record.history).verdict, AVO_LINEAR_YES);
    fixture_free(fixture);
}

static void replay_tape(struct fixture *fixture, uint32_t client, bool in_order) {
    struct avo_address from = avo_client_address(client);
    for (uint32_t i = 0; i < TAPE; i++) {
        const struct avo_flight *old = fixture->tape[in_order ? i : TAPE - 1 - i];
        if (old != NULL && avo_address_party(&old->from) == avo_address_party(&from)) {
            avo_node_deliver(&fixture->nodes[avo_address_party(&old->to)], old);
            poll_all(&fixture->nodes[avo_address_party(&old->to)], avo_address_worker(&old->to));
        }
    }
}

/* [DESIGN 7] A session with writes ends; all it ever sent comes again: HELLOs may open sessions that nobody can use, no more. */
static void an_evicted_session_replayed_whole_does_nothing(void **state) {
    (void)state;
    struct fixture *fixture = fixture_make(77);
    fixture->world.plan.operations_per_client = 60;
    while (!clients_done(fixture)) {
        (void)advance(fixture);
    }
    assert_true(fixture->tape_count < TAPE); /* it holds all */
    struct avo_stats_reply before[SLOTS][2];
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        for (uint32_t index = 0; index < 2; index++) {
            struct avo_worker *worker = fixture->nodes[slot].workers[index];
            poll_all(&fixture->nodes[slot], index);
            for (uint32_t i = 0; i < worker->sessions.capacity; i++) {
                avo_worker_end_session(worker, &worker->sessions.sessions[i]);
            }
            before[slot][index] = figures(&fixture->nodes[slot], index);
        }
    }
    for (uint32_t client = 0; client < CLIENTS; client++) {
        replay_tape(fixture, client, true);
        replay_tape(fixture, client, false);
    }
    uint64_t refusals = 0;
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        for (uint32_t index = 0; index < 2; index++) {
            struct avo_stats_reply after = figures(&fixture->nodes[slot], index);
            assert_int_equal(after.operations, before[slot][index].operations);
            assert_int_equal(after.keys, before[slot][index].keys);
            assert_int_equal(after.tombstones, before[slot][index].tombstones);
            assert_int_equal(after.host_bytes, before[slot][index].host_bytes);
            refusals += refused(&after) - refused(&before[slot][index]);
            const struct avo_worker *worker = fixture->nodes[slot].workers[index];
            for (uint32_t i = 0; i < worker->sessions.capacity; i++) {
                assert_false(worker->sessions.sessions[i].confirmed);
            }
        }
    }
    assert_true(refusals > 300);
    assert_false(fixture->world.report.violated);
    fixture_free(fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_accepted_and_everything_counted),
        cmocka_unit_test(an_evicted_session_replayed_whole_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
