/* An owner of the wire that kept what an earlier incarnation of the cluster sent: its whole tape comes to every worker and client
 * of the next one, and the other way round, as it was and under headers of the present. Nothing is accepted, everything stands in
 * one figure, and not a byte of a channel or a session changes [DESIGN 6, 7]. */
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
#define OPERATIONS 40 /* of each client: a tape holds all */
#define WORKERS (STAGE_SLOTS * STAGE_WORKERS)
#define TARGETS (WORKERS + CLIENTS) /* workers, slot by slot, then clients */
#define KINDS (AVO_PACKET_WELCOME + 1)
#define AHEAD 1000 /* of every counter that was used */

/* How an old packet comes. */
enum form {
    FORM_AS_WAS,
    FORM_PRESENT, /* under the header of the target's newest packet of that kind: its view, session and generation, a fresh counter
                   */
    FORM_BEGUN,   /* UP: as one of the session that an old HELLO has just begun */
    FORM_COUNT
};

struct tally {
    uint64_t packets[FORM_COUNT][KINDS];
    uint64_t welcomes_awaited; /* old ones that came where one was awaited, by its number */
    uint64_t begun;            /* HELLOs that got a WELCOME */
    uint64_t tampered;
    uint64_t total;
};

/* A present incarnation under attack. */
struct siege {
    struct stage *stage;
    struct tally *tally;
    bool hellos_open; /* its static keys and its id are the old ones */
    bool known[FORM_COUNT][TARGETS][KINDS];
    bool awaited[TARGETS]; /* it greets, and was not answered */
    struct avo_packet_header newest[FORM_COUNT][TARGETS][KINDS];
    struct avo_flight *packet;
};

static struct avo_address target_address(uint32_t target) {
    return target < WORKERS ? avo_node_address((uint8_t)(target / STAGE_WORKERS), target % STAGE_WORKERS)
                            : avo_client_address(target - WORKERS);
}

static uint32_t target_of(const struct avo_address *address) {
    uint32_t party = avo_address_party(address);
    return party < AVO_PARTY_CLIENT ? party * STAGE_WORKERS + avo_address_worker(address) : WORKERS + party - AVO_PARTY_CLIENT;
}

static void remember(struct siege *siege, uint32_t target, const struct avo_packet_header *header) {
    siege->newest[FORM_PRESENT][target][header->kind] = *header;
    siege->known[FORM_PRESENT][target][header->kind] = true;
}

/* What is to be known of the present one by its wire. A greeting tells what its WELCOME will look like. */
static void look(struct siege *siege) {
    assert_true(siege->stage->tape_count < STAGE_TAPE); /* it holds all */
    for (uint32_t i = 0; i < siege->stage->tape_count; i++) {
        const struct avo_flight *flight = siege->stage->tape[i];
        struct avo_packet_header header;
        assert_int_equal(avo_packet_header_read(avo_slice(flight->bytes, flight->length), &header), AVO_OK);
        assert_true(header.kind < KINDS); /* nobody was refused */
        remember(siege, target_of(&flight->to), &header);
        if (header.kind == AVO_PACKET_WELCOME) {
            siege->awaited[target_of(&flight->to)] = false;
        } else if (header.kind == AVO_PACKET_HELLO) {
            header.kind = AVO_PACKET_WELCOME;
            header.source = header.destination;
            header.destination = AVO_SLOT_CLIENT;
            remember(siege, target_of(&flight->from), &header);
            siege->awaited[target_of(&flight->from)] = true;
        }
    }
}

/* What a worker said to it: refusals, views, and where greetings may open something, welcomes. */
static uint64_t answers_take(struct siege *siege, uint32_t target) {
    struct avo_ring_end *outbound = &siege->stage->nodes[target / STAGE_WORKERS].host[target % STAGE_WORKERS].outbound;
    struct avo_address to;
    struct avo_slice datagram;
    uint64_t welcomes = 0;
    while (avo_ring_peek(outbound, 0, &to, &datagram)) {
        struct avo_packet_header header;
        assert_int_equal(avo_packet_header_read(datagram, &header), AVO_OK);
        if (header.kind == AVO_PACKET_WELCOME) {
            welcomes++;
            header.kind = AVO_PACKET_UP;
            header.destination = header.source;
            header.source = AVO_SLOT_CLIENT;
            header.session = (uint32_t)header.counter;
            header.counter = 0;
            siege->newest[FORM_BEGUN][target][AVO_PACKET_UP] = header;
            siege->known[FORM_BEGUN][target][AVO_PACKET_UP] = true;
        } else {
            assert_true(header.kind == AVO_PACKET_REFUSAL || header.kind == AVO_PACKET_DENIAL ||
                        header.kind == AVO_PACKET_VIEW); /* to one of another view: it proves itself, and is no secret */
        }
        avo_ring_release(outbound, 1);
    }
    return welcomes;
}

static void strike_worker(struct siege *siege, uint32_t target, const struct avo_flight *packet) {
    struct avo_node *node = &siege->stage->nodes[target / STAGE_WORKERS];
    uint32_t index = target % STAGE_WORKERS;
    uint64_t begun = node->workers[index]->sessions.begun_count;
    struct avo_figures before = stage_figures(node, index);
    avo_node_deliver(node, packet);
    stage_poll_all(node, index);
    uint64_t welcomes = answers_take(siege, target);
    struct avo_figures after = stage_figures(node, index);
    assert_true(welcomes == 0 || (siege->hellos_open && packet->bytes[1] == AVO_PACKET_HELLO));
    assert_int_equal(after.packets_received, before.packets_received + 1);
    assert_int_equal(stage_refused(&after) + welcomes, stage_refused(&before) + 1);
    assert_true(node->workers[index]->sessions.begun_count - begun <= welcomes);
    assert_int_equal(after.operations, before.operations);
    assert_int_equal(after.keys, before.keys);
    assert_int_equal(after.tombstones, before.tombstones);
    assert_int_equal(after.host_bytes, before.host_bytes);
    siege->tally->tampered += after.tampered - before.tampered;
    siege->tally->begun += welcomes;
}

static void strike_client(struct siege *siege, uint32_t target, const struct avo_flight *packet) {
    stage_client_drops(&siege->stage->clients[target - WORKERS], packet);
}

static void strike_target(struct siege *siege, uint32_t target, enum form form, const struct avo_flight *old) {
    struct avo_flight *packet = siege->packet;
    enum avo_packet_kind kind = (enum avo_packet_kind)old->bytes[1];
    if (form != FORM_AS_WAS && !siege->known[form][target][kind]) {
        return;
    }
    memcpy(packet, old, sizeof *old + old->length);
    packet->to = target_address(target);
    if (form != FORM_AS_WAS) {
        struct avo_packet_header *header = &siege->newest[form][target][kind];
        header->counter += kind <= AVO_PACKET_DOWN ? AHEAD : 0;
        avo_packet_header_write(packet->bytes, header);
        header->counter -= kind <= AVO_PACKET_DOWN ? AHEAD : 0;
    }
    if (target < WORKERS) {
        strike_worker(siege, target, packet);
    } else {
        strike_client(siege, target, packet);
        siege->tally->welcomes_awaited += form == FORM_PRESENT && kind == AVO_PACKET_WELCOME && siege->awaited[target];
    }
    siege->tally->packets[form][kind]++;
    siege->tally->total++;
}

/* All that waits is done, so that what is done from now on is done for the packets that come. */
static void settle(struct stage *stage) {
    for (uint32_t target = 0; target < WORKERS; target++) {
        struct avo_node *node = &stage->nodes[target / STAGE_WORKERS];
        avo_node_turn(node);
        avo_node_turn(node);
        assert_int_equal(avo_worker_poll(node->workers[target % STAGE_WORKERS], avo_node_clock(node)), 0);
    }
}

static struct avo_worker *worker_of(const struct stage *stage, uint32_t target) {
    return stage->nodes[target / STAGE_WORKERS].workers[target % STAGE_WORKERS];
}

static bool confirmed(const struct avo_session *session) {
    return session->number != 0 && session->confirmed;
}

/* Peers' channels and sessions, byte by byte; where greetings may open something, of the sessions those that were in use. */
static void compare(const struct siege *siege, uint32_t target, const struct avo_worker *before,
                    const struct avo_session *sessions) {
    const struct avo_worker *worker = worker_of(siege->stage, target);
    assert_memory_equal(worker->peers, before->peers, sizeof before->peers);
    assert_true(siege->hellos_open || worker->sessions.used_count == before->sessions.used_count);
    for (uint32_t i = 0; i < worker->sessions.capacity; i++) {
        const struct avo_session *now = &worker->sessions.sessions[i];
        assert_int_equal(confirmed(now), confirmed(&sessions[i]));
        if (confirmed(now) || !siege->hellos_open) {
            assert_memory_equal(now, &sessions[i], sizeof *now);
        }
    }
}

/* The whole tape of `other`, to every worker and every client of the present one. */
static void strike(struct stage *present, const struct stage *other, struct tally *tally, bool hellos_open) {
    struct siege *siege = avo_memory_zeroed(1, sizeof *siege);
    struct avo_worker *workers = avo_memory_zeroed(WORKERS, sizeof *workers);
    struct avo_session *sessions[WORKERS];
    siege->stage = present;
    siege->tally = tally;
    siege->hellos_open = hellos_open;
    siege->packet = avo_memory_zeroed(1, sizeof *siege->packet + AVO_PACKET_MAX_BYTES);
    settle(present);
    look(siege);
    for (uint32_t target = 0; target < WORKERS; target++) {
        const struct avo_worker *worker = worker_of(present, target);
        sessions[target] = avo_memory_zeroed(worker->sessions.capacity, sizeof *sessions[target]);
        memcpy(&workers[target], worker, sizeof *worker);
        memcpy(sessions[target], worker->sessions.sessions, worker->sessions.capacity * sizeof *sessions[target]);
    }
    assert_true(other->tape_count < STAGE_TAPE);
    for (uint32_t i = 0; i < other->tape_count; i++) {
        for (uint32_t target = 0; target < TARGETS; target++) {
            for (uint32_t form = 0; form < FORM_COUNT; form++) {
                strike_target(siege, target, (enum form)form, other->tape[i]);
            }
        }
    }
    for (uint32_t target = 0; target < WORKERS; target++) {
        compare(siege, target, &workers[target], sessions[target]);
        free(sessions[target]);
    }
    free(siege->packet);
    free(workers);
    free(siege);
}

/* To the end, or for so many more packets. */
static void run(struct stage *stage, uint32_t packets) {
    uint32_t until = packets == 0 ? STAGE_TAPE : stage->tape_count + packets;
    while (!stage_clients_done(stage) && stage->tape_count < until) {
        (void)stage_advance(stage);
    }
}

static void enter(struct stage *stage, enum avo_sim_phase phase) {
    for (uint32_t i = 0; i < CLIENTS; i++) {
        avo_sim_client_enter(&stage->clients[i], phase);
    }
}

/* Everybody reads every key, and finds what its own incarnation holds, in one order with all that was done. */
static void verify(struct stage *stage) {
    enter(stage, AVO_PHASE_LIVENESS);
    run(stage, 0);
    assert_true(stage_clients_done(stage));
    for (uint32_t i = 0; i < stage->record.history.count; i++) {
        assert_int_equal(stage->record.history.entries[i].outcome, AVO_HISTORY_DONE);
    }
    assert_false(stage->world.report.violated);
    assert_int_equal(avo_linear_check(&stage->record.history).verdict, AVO_LINEAR_YES);
}

/* Each kind came, large values in segments, too. */
static void check_tape(const struct stage *stage) {
    uint32_t kinds[KINDS] = {0}, full[KINDS] = {0};
    for (uint32_t i = 0; i < stage->tape_count; i++) {
        kinds[stage->tape[i]->bytes[1]]++;
        full[stage->tape[i]->bytes[1]] += stage->tape[i]->length > AVO_MTU_DEFAULT_BYTES - 100;
    }
    for (uint32_t kind = AVO_PACKET_PEER; kind < KINDS; kind++) {
        assert_true(kinds[kind] >= CLIENTS);
        assert_true(kind > AVO_PACKET_DOWN || full[kind] > 0);
    }
}

/* Old packets to a new incarnation: while its clients greet, while they work, and when they are done; then the new one's to the
 * old, which still stands, as a frozen clone might. */
static void cross(const char *name, const struct avo_cluster_again *again, struct tally *tally) {
    bool hellos_open = again->same_keys && !again->other_id;
    uint64_t seed = (uint64_t)time(NULL);
    struct stage *old = stage_make(seed, CLIENTS);
    old->world.plan.operations_per_client = OPERATIONS;
    run(old, 0);
    check_tape(old);
    struct stage *now = stage_make_again(old, seed + 1, again);
    for (int i = 0; i < CLIENTS; i++) { /* the first of all is a HELLO */
        run(now, 1);
        strike(now, old, tally, hellos_open);
    }
    run(now, 400);
    assert_false(stage_clients_done(now));
    strike(now, old, tally, hellos_open);
    run(now, 0);
    check_tape(now);
    strike(now, old, tally, hellos_open);
    enter(old, AVO_PHASE_LIVENESS);
    run(old, 50);
    assert_false(stage_clients_done(old));
    strike(old, now, tally, hellos_open);
    verify(old);
    verify(now);
    print_message("%s (seed %" PRIu64 "): %" PRIu64 " packets, %" PRIu64 " of them seen by their tag, %" PRIu64
                  " welcomes where one was awaited; %" PRIu64 " greetings were answered\n",
                  name, seed, tally->total, tally->tampered, tally->welcomes_awaited, tally->begun);
    for (uint32_t kind = AVO_PACKET_PEER; kind < KINDS; kind++) {
        assert_true(tally->packets[FORM_AS_WAS][kind] > 100);
        assert_true(tally->packets[FORM_PRESENT][kind] > 30);
    }
    assert_true(tally->welcomes_awaited >= CLIENTS);
    assert_true(tally->tampered * 2 > tally->packets[FORM_PRESENT][AVO_PACKET_PEER] + tally->packets[FORM_PRESENT][AVO_PACKET_UP]);
    stage_free(now);
    stage_free(old);
}

/* The hardest case, of one id and one epoch, which no CAS makes: only the static keys are other, and the view that names them. */
static void members_that_all_restarted_take_nothing(void **state) {
    (void)state;
    struct tally tally = {0};
    cross("other keys", &(struct avo_cluster_again){.epoch = 1}, &tally);
    assert_int_equal(tally.begun, 0);
}

static void members_of_a_later_view_take_nothing(void **state) {
    (void)state;
    struct tally tally = {0};
    cross("other keys, later view", &(struct avo_cluster_again){.epoch = 2}, &tally);
    assert_int_equal(tally.begun, 0);
}

/* This may be: a CAS that could not write view 1 draws another cluster id for the enclaves that wait (cas/on_persisted.c), and the
 * file may have been written all the same. One static key then stands in two views; the id keeps them apart. */
static void one_key_in_two_clusters_is_two_members(void **state) {
    (void)state;
    struct tally tally = {0};
    cross("same keys, other cluster", &(struct avo_cluster_again){.epoch = 1, .other_id = true, .same_keys = true}, &tally);
    assert_int_equal(tally.begun, 0);
}

/* This cannot be: each try to join draws its key (trusted/steward/join.c). If it could, an old greeting would open a session, which
 * nobody can use; the rest would still be refused, for the name of the incarnation is in the keys between nodes. */
static void a_key_that_outlived_its_incarnation_would_open_sessions_nobody_can_use(void **state) {
    (void)state;
    struct tally tally = {0};
    cross("same keys, later view", &(struct avo_cluster_again){.epoch = 2, .same_keys = true}, &tally);
    assert_true(tally.begun > 0 && tally.packets[FORM_BEGUN][AVO_PACKET_UP] > 100);
}

/* The other side of it: one that kept key and name alike would take its predecessor's packets. This test would see it. */
static void the_same_incarnation_twice_would_be_seen(void **state) {
    (void)state;
    struct stage *old = stage_make(1, CLIENTS);
    old->world.plan.operations_per_client = OPERATIONS;
    run(old, 0);
    struct stage *now = stage_make_again(old, 2, &(struct avo_cluster_again){.epoch = 1, .same_keys = true});
    uint64_t received = 0, refused = 0;
    for (uint32_t i = 0; i < old->tape_count; i++) {
        const struct avo_flight *flight = old->tape[i];
        if (flight->bytes[1] == AVO_PACKET_PEER) {
            avo_node_deliver(&now->nodes[avo_address_party(&flight->to)], flight);
            avo_node_turn(&now->nodes[avo_address_party(&flight->to)]);
        }
    }
    for (uint32_t target = 0; target < WORKERS; target++) {
        struct avo_figures stats = stage_figures(&now->nodes[target / STAGE_WORKERS], target % STAGE_WORKERS);
        received += stats.packets_received;
        refused += stage_refused(&stats);
    }
    assert_true(received > 100 && refused < received / 2);
    assert_true(old->world.report.violated);
    stage_free(now);
    stage_free(old);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_that_all_restarted_take_nothing),
        cmocka_unit_test(members_of_a_later_view_take_nothing),
        cmocka_unit_test(one_key_in_two_clusters_is_two_members),
        cmocka_unit_test(a_key_that_outlived_its_incarnation_would_open_sessions_nobody_can_use),
        cmocka_unit_test(the_same_incarnation_twice_would_be_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
