/* More clients than the nodes keep sessions, and somebody who floods the nodes with greetings while they work: everybody gets on,
 * nothing runs twice, no acknowledged write is lost [DESIGN 7]. */
#include "checker/linear.h"
#include "checker/memory.h"
#include "protocol/channel/prologue.h"
#include "protocol/wire/greeting.h"
#include "sim/stage.h"
#include <inttypes.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define CROWD AVO_SIM_CLIENT_MAX
#define FLOOD 20

static struct stage *crowd_make(uint32_t client_count, uint32_t session_count) {
    uint64_t seed = (uint64_t)time(NULL);
    print_message("seed %" PRIu64 "\n", seed);
    struct stage *stage = stage_make(seed, client_count);
    stage->world.plan.operations_per_client = 500;
    for (uint32_t slot = 0; slot < STAGE_SLOTS; slot++) {
        for (uint32_t index = 0; index < STAGE_WORKERS; index++) {
            stage->nodes[slot].workers[index]->sessions.capacity = session_count;
        }
    }
    return stage;
}

/* What all workers count together: sessions that were opened, packets that were refused. */
static void totals(const struct stage *stage, uint64_t *begun, uint64_t *refused) {
    *begun = *refused = 0;
    for (uint32_t slot = 0; slot < STAGE_SLOTS; slot++) {
        for (uint32_t index = 0; index < STAGE_WORKERS; index++) {
            struct avo_figures stats = stage_figures(&stage->nodes[slot], index);
            *begun += stage->nodes[slot].workers[index]->sessions.begun_count;
            *refused += stage_refused(&stats);
            assert_true(stats.sessions <= stage->nodes[slot].workers[index]->sessions.capacity);
        }
    }
}

/* Each client ended what it began, and its answers are one order of single writes: none twice, none lost. */
static void settle(struct stage *stage) {
    uint64_t done = 0;
    for (uint32_t i = 0; i < stage->record.history.count; i++) {
        done += stage->record.history.entries[i].outcome == AVO_HISTORY_DONE;
    }
    print_message("%" PRIu64 " of %" PRIu32 " operations done for certain in %" PRIu64 " ms\n", done,
                  (uint32_t)stage->record.history.count, stage->world.report.now_us / 1000);
    assert_true(done * 100 >= stage->record.history.count * 98ULL);
    assert_false(stage->world.report.violated);
    assert_int_equal(avo_linear_check(&stage->record.history).verdict, AVO_LINEAR_YES);
    stage_free(stage);
}

static void more_clients_than_sessions_all_get_on(void **state) {
    (void)state;
    struct stage *stage = crowd_make(CROWD, 1);
    uint64_t begun, refused;
    while (!stage_clients_done(stage)) {
        (void)stage_advance(stage);
    }
    totals(stage, &begun, &refused);
    print_message("%" PRIu64 " sessions for %d clients, %" PRIu64 " packets of sessions that were gone\n", begun, CROWD, refused);
    settle(stage);
    assert_true(begun > 2ULL * CROWD); /* two would do, if none were pushed out */
}

/* Somebody with one ticket, whatever was recorded, and no shame. */
struct flood {
    struct avo_key_pair key;
    uint8_t ticket[AVO_TICKET_MAX_BYTES];
    size_t ticket_bytes;
    uint64_t fresh_count;
    uint64_t garbage_count;
    uint64_t replay_count;
};

static void greeting_make(struct stage *stage, struct flood *flood, struct avo_flight *packet, uint8_t slot, uint8_t index) {
    const struct avo_worker *worker = stage->nodes[slot].workers[index];
    struct avo_packet_header header = {.wire_version = AVO_WIRE_VERSION,
                                       .kind = AVO_PACKET_HELLO,
                                       .source = AVO_SLOT_CLIENT,
                                       .destination = slot,
                                       .worker = index};
    uint8_t hash[AVO_HASH_BYTES], prologue[AVO_PROLOGUE_BYTES];
    struct avo_noise noise;
    packet->from = avo_client_address(CROWD - 1); /* no client of the test's */
    packet->to = avo_node_address(slot, index);
    avo_packet_header_write(packet->bytes, &header);
    crypto_hash_sha256(hash, flood->ticket, flood->ticket_bytes);
    avo_session_prologue(prologue, stage->cluster.view.cluster_id, hash, slot, index, AVO_WIRE_VERSION);
    avo_noise_initiate(&noise, worker->aead, &flood->key, stage->cluster.view.members[slot].channel_public_key,
                       AVO_SLICE_OF(prologue));
    struct avo_writer body = avo_writer(packet->bytes + AVO_PACKET_HEADER_BYTES, AVO_PACKET_MAX_BYTES - AVO_PACKET_HEADER_BYTES);
    avo_write_bytes(&body, hash, sizeof hash);
    uint8_t payload[AVO_GREETING_MAX_BYTES];
    struct avo_writer inner = avo_writer(payload, sizeof payload);
    avo_greeting_write(&inner, &(struct avo_greeting){.signed_ticket = avo_slice(flood->ticket, flood->ticket_bytes)});
    assert_int_equal(avo_noise_first_write(&noise, &stage->world.prng.random, avo_writer_slice(&inner), &body), AVO_OK);
    packet->length = (uint32_t)(AVO_PACKET_HEADER_BYTES + body.length);
}

/* Twenty greetings at once, fresh ones and garbage: each opens a session or stands in one figure, and most are not even looked at.
 */
static void flood_at_once(struct stage *stage, struct flood *flood, uint8_t slot, uint8_t index) {
    struct avo_flight *packet = avo_memory_zeroed(1, sizeof *packet + AVO_PACKET_MAX_BYTES);
    struct avo_node *node = &stage->nodes[slot];
    struct avo_sessions *sessions = &node->workers[index]->sessions;
    uint64_t begun = sessions->begun_count;
    struct avo_figures before = stage_figures(node, index);
    greeting_make(stage, flood, packet, slot, index);
    for (uint32_t i = 0; i < FLOOD; i++) {
        if (i > 0) { /* its first bytes are its ephemeral key's */
            avo_random_fill(&stage->world.prng.random, packet->bytes + AVO_PACKET_HEADER_BYTES + AVO_HASH_BYTES, 64);
        }
        avo_node_deliver(node, packet);
    }
    stage_poll_all(node, index);
    struct avo_figures after = stage_figures(node, index);
    assert_int_equal(after.packets_received - before.packets_received, FLOOD);
    assert_int_equal(sessions->begun_count - begun, 1);
    assert_int_equal(stage_refused(&after) - stage_refused(&before), FLOOD - 1);
    assert_true(after.dropped - before.dropped >= FLOOD / 2);
    assert_true(after.sessions <= sessions->capacity);
    flood->fresh_count++;
    flood->garbage_count += FLOOD - 1;
    free(packet);
}

/* A recorded greeting again: refused where its session works, else it opens one that nobody can use, or has its welcome repeated.
 */
static void flood_again(struct stage *stage, struct flood *flood) {
    uint32_t count = stage->tape_count < STAGE_TAPE ? stage->tape_count : STAGE_TAPE;
    for (uint32_t i = 0; i < count; i++) {
        const struct avo_flight *old = stage->tape[i];
        if (old->bytes[1] != AVO_PACKET_HELLO) {
            continue;
        }
        struct avo_node *node = &stage->nodes[avo_address_party(&old->to)];
        uint32_t index = avo_address_worker(&old->to);
        struct avo_sessions *sessions = &node->workers[index]->sessions;
        stage_poll_all(node, index);
        const uint8_t *ephemeral = old->bytes + AVO_PACKET_HEADER_BYTES + AVO_HASH_BYTES;
        struct avo_session *known = avo_session_find_hello(sessions, ephemeral);
        bool confirmed = known != NULL && known->confirmed;
        uint64_t begun = sessions->begun_count;
        struct avo_figures before = stage_figures(node, index);
        avo_node_deliver(node, old);
        stage_poll_all(node, index);
        struct avo_figures after = stage_figures(node, index);
        assert_int_equal(stage_refused(&after) - stage_refused(&before), confirmed);
        assert_int_equal(sessions->begun_count - begun, known == NULL);
        flood->replay_count++;
    }
}

/* The flood's user holds its quarter, and no client loses more than a moment by it. */
static void greetings_in_floods_cost_little(void **state) {
    (void)state;
    struct stage *stage = crowd_make(4, 16);
    struct flood flood = {0};
    uint32_t turns = 0;
    avo_key_pair_make(&flood.key, &stage->world.prng.random);
    flood.ticket_bytes = avo_cluster_ticket(&stage->cluster, flood.key.public, flood.ticket);
    while (!stage_clients_done(stage)) {
        if (stage_advance(stage) && ++turns % 8 == 0) {
            uint8_t slot = (uint8_t)avo_prng_below(&stage->world.prng, STAGE_SLOTS);
            uint8_t index = (uint8_t)avo_prng_below(&stage->world.prng, STAGE_WORKERS);
            stage_poll_all(&stage->nodes[slot], index);
            flood_at_once(stage, &flood, slot, index);
        }
        if (turns % 500 == 499) {
            flood_again(stage, &flood);
            turns++;
        }
    }
    uint64_t begun, refused;
    totals(stage, &begun, &refused);
    print_message("%" PRIu64 " fresh, %" PRIu64 " garbage, %" PRIu64 " repeated; %" PRIu64 " sessions begun\n", flood.fresh_count,
                  flood.garbage_count, flood.replay_count, begun);
    assert_true(flood.fresh_count > 100 && flood.replay_count > 10);
    settle(stage);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_clients_than_sessions_all_get_on),
        cmocka_unit_test(greetings_in_floods_cost_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
