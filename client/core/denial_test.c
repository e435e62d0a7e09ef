/* Who may end a call as forbidden: the nodes, under the handshake's keys, and nobody who makes up their refusals. */
#include "client/core/fake_world.h"
#include "client/core/state.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define SECOND 1000000ULL
#define SEED 17

static void submit(struct avo_fake_world *world, enum avo_client_call call, uint64_t patience_us) {
    struct avo_client_request request = {.call = call,
                                         .key = call == AVO_CLIENT_STATS ? AVO_SLICE_EMPTY : avo_slice_string("k"),
                                         .value = call == AVO_CLIENT_PUT ? avo_slice_string("v") : AVO_SLICE_EMPTY,
                                         .deadline_us = world->cluster->now_us + patience_us};
    assert_int_equal(avo_client_core_submit(world->core, &request, world->cluster->now_us), AVO_OK);
}

static bool run(struct avo_fake_world *world, uint64_t us, struct avo_client_completion *completion) {
    return avo_fake_cluster_run(world->cluster, world->core, world->cluster->now_us + us, completion);
}

/* Refuses each handshake under way as its node would; how many there were. */
static uint64_t refuse_all(struct avo_fake_world *world, enum avo_error why) {
    struct avo_client_completion completion;
    uint64_t count = 0;
    for (uint8_t slot = 0; slot < AVO_FAKE_NODES; slot++) {
        const struct avo_client_session *session = avo_client_session_of(world->core, slot, 0);
        if (!session->greeting || session->hello_bytes == 0) {
            continue;
        }
        uint8_t packet[AVO_PACKET_HEADER_BYTES + 1];
        struct avo_packet_header header = {.wire_version = AVO_WIRE_VERSION,
                                           .kind = AVO_PACKET_REFUSAL,
                                           .source = slot,
                                           .destination = AVO_SLOT_CLIENT,
                                           .session = session->new_number,
                                           .epoch = 1};
        avo_packet_header_write(packet, &header);
        packet[AVO_PACKET_HEADER_BYTES] = (uint8_t)why;
        avo_client_core_on_datagram(world->core, AVO_SLICE_OF(packet), world->cluster->now_us);
        assert_false(avo_client_core_next_completion(world->core, &completion));
        count++;
    }
    return count;
}

static void a_ticket_that_all_deny_ends_early(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    struct avo_client_completion completion;
    for (int slot = 0; slot < AVO_FAKE_NODES; slot++) {
        world.cluster->nodes[slot].mood = AVO_FAKE_DENYING;
    }
    submit(&world, AVO_CLIENT_PUT, 5 * SECOND);
    assert_true(run(&world, SECOND, &completion));
    assert_int_equal(completion.status, AVO_EDENIED);
    avo_fake_world_free(&world);
}

/* A host whose clock lies does not speak for the rest; and figures are each node's own to deny. */
static void a_ticket_that_a_minority_denies_is_served(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    struct avo_client_completion completion;
    world.cluster->nodes[0].mood = AVO_FAKE_DENYING;
    submit(&world, AVO_CLIENT_PUT, 5 * SECOND);
    assert_true(run(&world, SECOND, &completion));
    assert_int_equal(completion.status, AVO_OK);
    assert_int_equal(completion.slot, 1);
    submit(&world, AVO_CLIENT_STATS, 5 * SECOND);
    assert_true(run(&world, SECOND, &completion));
    assert_int_equal(completion.status, AVO_EDENIED);
    avo_fake_world_free(&world);
}

/* The same in a session that is open: one node that calls the ticket ended is left for those that take it, and asks for none. */
static void a_ticket_that_a_minority_calls_ended_is_served(void **state) {
    static const uint8_t next_ticket[130] = {4, 5, 6};
    (void)state;
    for (int renews = 0; renews < 2; renews++) {
        struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
        struct avo_client_completion completion;
        world.core->renews = renews == 1;
        submit(&world, AVO_CLIENT_PUT, 5 * SECOND);
        assert_true(run(&world, SECOND, &completion));
        assert_int_equal(completion.slot, 0);
        world.cluster->ticket = AVO_SLICE_OF(next_ticket);
        world.cluster->nodes[0].mood = AVO_FAKE_EXPIRING;
        for (int i = 0; i < 3; i++) {
            submit(&world, AVO_CLIENT_PUT, 5 * SECOND);
            assert_true(run(&world, SECOND, &completion));
            assert_int_equal(completion.status, AVO_OK);
            assert_int_equal(completion.slot, 1);
        }
        assert_false(avo_client_core_ticket_ended(world.core));
        avo_fake_world_free(&world);
    }
}

/* Who sees our handshakes can refuse every one of them before its node answers, and cannot keep the answer from us: no call ends
 * for it, neither as forbidden nor for a version. The nodes' own answers take longer than we need to ask them all twice. */
static void refusals_of_handshakes_end_nothing(void **state) {
    static const enum avo_error reasons[] = {AVO_EDENIED, AVO_EVERSION};
    (void)state;
    for (size_t i = 0; i < AVO_COUNT(reasons); i++) {
        struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
        struct avo_client_completion completion;
        uint64_t refused_count = 0;
        world.cluster->delay_min_us = SECOND / 3;
        submit(&world, AVO_CLIENT_PUT, 5 * SECOND);
        while (!run(&world, 1000, &completion)) {
            refused_count += refuse_all(&world, reasons[i]);
        }
        assert_true(refused_count > 4 * AVO_FAKE_NODES);
        assert_int_equal(completion.status, AVO_OK);
        avo_fake_world_free(&world);
    }
}

/* Nobody answers but those refusals: the call has its time, and then says what they said. */
static void refusals_without_an_answer_are_told_at_the_deadline(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    struct avo_client_completion completion;
    for (int slot = 0; slot < AVO_FAKE_NODES; slot++) {
        world.cluster->nodes[slot].mood = AVO_FAKE_MUTE;
    }
    uint64_t begun_us = world.cluster->now_us;
    submit(&world, AVO_CLIENT_PUT, 3 * SECOND);
    while (!run(&world, 1000, &completion)) {
        (void)refuse_all(&world, AVO_EDENIED);
    }
    assert_int_equal(completion.status, AVO_ETIMEOUT);
    assert_int_equal(completion.hint, AVO_EDENIED);
    assert_true(world.cluster->now_us - begun_us >= 3 * SECOND);
    avo_fake_world_free(&world);
}

int main(void) {
    printf("seed %d\n", SEED);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ticket_that_all_deny_ends_early),
        cmocka_unit_test(a_ticket_that_a_minority_denies_is_served),
        cmocka_unit_test(a_ticket_that_a_minority_calls_ended_is_served),
        cmocka_unit_test(refusals_of_handshakes_end_nothing),
        cmocka_unit_test(refusals_without_an_answer_are_told_at_the_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
