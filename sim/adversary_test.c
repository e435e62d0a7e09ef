/* An owner of the wire, against the real workers and client cores, while clients work and keys turn every few packets: each
 * forged, repeated, moved or reflected packet is refused, counted in exactly one figure, and changes nothing else. */
#include "checker/linear.h"
#include "checker/memory.h"
#include "sim/stage.h"
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define CLIENTS 3
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

struct score {
    uint64_t attacks[ATTACK_COUNT];
    uint64_t on_clients;
};

static struct avo_flight *copy_of(const struct avo_flight *flight) {
    struct avo_flight *copy = avo_memory_zeroed(1, sizeof *copy + AVO_PACKET_MAX_BYTES);
    memcpy(copy, flight, sizeof *flight + flight->length);
    return copy;
}

/* One packet by itself: it is refused, in exactly one figure; nothing is done or opened for it. */
static void strike_node(struct stage *stage, const struct avo_flight *packet) {
    struct avo_node *node = &stage->nodes[avo_address_party(&packet->to)];
    uint32_t index = avo_address_worker(&packet->to);
    stage_poll_all(node, index);
    struct avo_figures before = stage_figures(node, index);
    avo_node_deliver(node, packet);
    stage_poll_all(node, index);
    struct avo_figures after = stage_figures(node, index);
    assert_int_equal(after.packets_received, before.packets_received + 1);
    assert_int_equal(stage_refused(&after), stage_refused(&before) + 1);
    assert_int_equal(after.operations, before.operations);
    assert_int_equal(after.keys, before.keys);
    assert_int_equal(after.tombstones, before.tombstones);
    assert_int_equal(after.sessions, before.sessions);
}

static void strike_client(struct stage *stage, struct score *score, const struct avo_flight *packet) {
    stage_client_drops(&stage->clients[avo_address_party(&packet->to) - AVO_PARTY_CLIENT], packet);
    score->on_clients++;
}

static void flip(struct stage *stage, struct avo_flight *packet, uint32_t from, uint32_t to) {
    packet->bytes[from + avo_prng_below(&stage->world.prng, to - from)] ^= (uint8_t)(1U << avo_prng_below(&stage->world.prng, 8));
}

/* Changes a copy of a packet that arrived; header offsets are those of packet.h. */
static void change(struct stage *stage, enum attack attack, struct avo_flight *packet, const struct avo_packet_header *header) {
    struct avo_prng *prng = &stage->world.prng;
    uint32_t other_slot = (header->destination + 1 + (uint32_t)avo_prng_below(prng, STAGE_SLOTS - 1)) % STAGE_SLOTS;
    uint32_t other_worker = 1U - header->worker;
    bool at_node = header->destination < STAGE_SLOTS;
    switch (attack) {
    case ATTACK_FLIP_HEADER:
        flip(stage, packet, 0, AVO_PACKET_HEADER_BYTES);
        break;
    case ATTACK_FLIP_BODY:
        flip(stage, packet, AVO_PACKET_HEADER_BYTES, packet->length);
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
        flip(stage, packet, 12, 24);
        break;
    case ATTACK_VERSION:
        packet->bytes[0] = (uint8_t)(AVO_WIRE_VERSION + 2 + avo_prng_below(prng, 200));
        break;
    case ATTACK_DIVERT:
        packet->to = avo_node_address((uint8_t)other_slot, header->worker);
        break;
    case ATTACK_REPLAY:
    case ATTACK_COUNT:
        break;
    }
}

static void strike(struct stage *stage, struct score *score) {
    uint32_t count = stage->tape_count < STAGE_TAPE ? stage->tape_count : STAGE_TAPE;
    const struct avo_flight *old = stage->tape[avo_prng_below(&stage->world.prng, count)];
    struct avo_packet_header header;
    assert_int_equal(avo_packet_header_read(avo_slice(old->bytes, old->length), &header), AVO_OK);
    enum attack attack = (enum attack)avo_prng_below(&stage->world.prng, ATTACK_COUNT);
    bool hello = header.kind == AVO_PACKET_HELLO; /* its header proves nothing yet; its body does */
    if (header.kind > AVO_PACKET_HELLO ||
        (hello && attack != ATTACK_REPLAY && attack != ATTACK_CUT && attack != ATTACK_FLIP_BODY)) {
        return;
    }
    struct avo_flight *packet = copy_of(old);
    change(stage, attack, packet, &header);
    if (avo_address_party(&packet->to) >= AVO_PARTY_CLIENT) {
        strike_client(stage, score, packet);
    } else {
        strike_node(stage, packet);
    }
    score->attacks[attack]++;
    free(packet);
}

static void nothing_is_accepted_and_everything_counted(void **state) {
    (void)state;
    struct score score = {0};
    uint64_t seed = (uint64_t)time(NULL), total = 0;
    print_message("seed %" PRIu64 "\n", seed);
    struct stage *stage = stage_make(seed, CLIENTS);
    while (!stage_clients_done(stage)) {
        bool node_turned = stage_advance(stage);
        for (int i = 0; node_turned && i < ATTACKS_PER_TURN && stage->world.report.now_us > WARM_US; i++) {
            strike(stage, &score);
        }
    }
    for (uint32_t i = 0; i < ATTACK_COUNT; i++) {
        assert_true(score.attacks[i] > 100);
        total += score.attacks[i];
    }
    const struct avo_counters *counters = &stage->world.report.counters;
    print_message("%" PRIu64 " attacks, %" PRIu64 " of them on clients, %" PRIu64 " keys replaced\n", total, score.on_clients,
                  counters->of[AVO_COUNT_REKEYS_PEER] + counters->of[AVO_COUNT_REKEYS_SESSION]);
    assert_true(total > 5000 && score.on_clients > 100);
    assert_true(counters->of[AVO_COUNT_REKEYS_PEER] > 100 && counters->of[AVO_COUNT_REKEYS_SESSION] > 50);
    assert_false(stage->world.report.violated);
    assert_int_equal(avo_linear_check(&stage->record.history).verdict, AVO_LINEAR_YES);
    stage_free(stage);
}

static void replay_tape(struct stage *stage, uint32_t client, bool in_order) {
    struct avo_address from = avo_client_address(client);
    for (uint32_t i = 0; i < STAGE_TAPE; i++) {
        const struct avo_flight *old = stage->tape[in_order ? i : STAGE_TAPE - 1 - i];
        if (old != NULL && avo_address_party(&old->from) == avo_address_party(&from)) {
            avo_node_deliver(&stage->nodes[avo_address_party(&old->to)], old);
            stage_poll_all(&stage->nodes[avo_address_party(&old->to)], avo_address_worker(&old->to));
        }
    }
}

/* [DESIGN 7] A session with writes ends; all it ever sent comes again: HELLOs may open sessions that nobody can use, no more. */
static void an_evicted_session_replayed_whole_does_nothing(void **state) {
    (void)state;
    struct stage *stage = stage_make(77, CLIENTS);
    stage->world.plan.operations_per_client = 60;
    while (!stage_clients_done(stage)) {
        (void)stage_advance(stage);
    }
    assert_true(stage->tape_count < STAGE_TAPE); /* it holds all */
    struct avo_figures before[STAGE_SLOTS][2];
    for (uint32_t slot = 0; slot < STAGE_SLOTS; slot++) {
        for (uint32_t index = 0; index < 2; index++) {
            struct avo_worker *worker = stage->nodes[slot].workers[index];
            stage_poll_all(&stage->nodes[slot], index);
            for (uint32_t i = 0; i < worker->sessions.capacity; i++) {
                avo_worker_end_session(worker, &worker->sessions.sessions[i]);
            }
            before[slot][index] = stage_figures(&stage->nodes[slot], index);
        }
    }
    for (uint32_t client = 0; client < CLIENTS; client++) {
        replay_tape(stage, client, true);
        replay_tape(stage, client, false);
    }
    uint64_t refusals = 0;
    for (uint32_t slot = 0; slot < STAGE_SLOTS; slot++) {
        for (uint32_t index = 0; index < 2; index++) {
            struct avo_figures after = stage_figures(&stage->nodes[slot], index);
            assert_int_equal(after.operations, before[slot][index].operations);
            assert_int_equal(after.keys, before[slot][index].keys);
            assert_int_equal(after.tombstones, before[slot][index].tombstones);
            assert_int_equal(after.host_bytes, before[slot][index].host_bytes);
            refusals += stage_refused(&after) - stage_refused(&before[slot][index]);
            const struct avo_worker *worker = stage->nodes[slot].workers[index];
            for (uint32_t i = 0; i < worker->sessions.capacity; i++) {
                assert_false(worker->sessions.sessions[i].confirmed);
            }
        }
    }
    assert_true(refusals > 300);
    assert_false(stage->world.report.violated);
    stage_free(stage);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_accepted_and_everything_counted),
        cmocka_unit_test(an_evicted_session_replayed_whole_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
