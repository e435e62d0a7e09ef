/* What the network says or does that proves nothing: made-up refusals, long ways, closed ports. None may cost more than a moment.
 */
#include "client/core/fake_world.h"
#include "client/core/state.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define SECOND 1000000ULL
#define SEED 13

static void submit(struct avo_fake_world *world, enum avo_client_call call, uint64_t patience_us) {
    struct avo_client_request request = {.call = call,
                                         .key = avo_slice_string("k"),
                                         .value = call == AVO_CLIENT_PUT ? avo_slice_string("v") : AVO_SLICE_EMPTY,
                                         .deadline_us = world->cluster->now_us + patience_us};
    assert_int_equal(avo_client_core_submit(world->core, &request, world->cluster->now_us), AVO_OK);
}

static bool run(struct avo_fake_world *world, uint64_t us, struct avo_client_completion *completion) {
    return avo_fake_cluster_run(world->cluster, world->core, world->cluster->now_us + us, completion);
}

static void put(struct avo_fake_world *world) {
    struct avo_client_completion completion;
    submit(world, AVO_CLIENT_PUT, 5 * SECOND);
    assert_true(run(world, 6 * SECOND, &completion));
    assert_int_equal(completion.status, AVO_OK);
}

static void refuse(struct avo_fake_world *world, uint32_t session, enum avo_error why) {
    uint8_t packet[AVO_PACKET_HEADER_BYTES + 1];
    struct avo_packet_header header = {.wire_version = AVO_WIRE_VERSION,
                                       .kind = AVO_PACKET_REFUSAL,
                                       .source = 0,
                                       .destination = AVO_SLOT_CLIENT,
                                       .session = session,
                                       .epoch = 1};
    avo_packet_header_write(packet, &header);
    packet[AVO_PACKET_HEADER_BYTES] = (uint8_t)why;
    avo_client_core_on_datagram(world->core, AVO_SLICE_OF(packet), world->cluster->now_us);
}

static uint64_t opened_count(const struct avo_fake_world *world) {
    struct avo_client_core_stats stats;
    avo_client_core_stats(world->core, &stats);
    return stats.sessions_opened;
}

/* Somebody who sees nothing of what we send, and only guesses our port, must not make a write's outcome unknown: a refusal names
 * the session as the node does. */
static void a_blind_refusal_changes_nothing(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    struct avo_client_completion completion;
    put(&world);
    world.cluster->nodes[0].mood = AVO_FAKE_MUTE;
    submit(&world, AVO_CLIENT_PUT, 5 * SECOND);
    assert_false(run(&world, SECOND / 50, &completion));
    assert_int_equal(world.cluster->nodes[0].wrote, 2);
    for (uint32_t guess = 1; guess < 100; guess++) {
        refuse(&world, guess * 2654435761U, guess % 2 == 0 ? AVO_ESTALE : AVO_EVERSION);
        assert_false(avo_client_core_next_completion(world.core, &completion));
    }
    assert_false(run(&world, SECOND / 5, &completion));
    world.cluster->nodes[0].mood = AVO_FAKE_WELL;
    assert_true(run(&world, 6 * SECOND, &completion));
    assert_int_equal(completion.status, AVO_OK);
    assert_int_equal(opened_count(&world), 1);
    avo_fake_world_free(&world);
}

/* A refusal that names the session, of a liar on the way or for a packet that was damaged there, is as good as forgotten when the
 * node is heard again; and while it may be true, no write goes into a session that may be replaced under it. */
static void a_refusal_that_was_wrong_costs_no_write(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        bool heard = seed % 2 == 0;
        struct avo_fake_world world = avo_fake_world_make(seed, 1, 4);
        struct avo_client_completion completion;
        put(&world);
        world.cluster->nodes[0].mood = heard ? AVO_FAKE_WELL : AVO_FAKE_MUTE;
        submit(&world, AVO_CLIENT_GET, SECOND / 25);
        while (avo_client_session_of(world.core, 0, 0)->sent.count == 0) {
            assert_false(run(&world, 250, &completion));
        }
        refuse(&world, avo_client_session_of(world.core, 0, 0)->node_number, AVO_ESTALE);
        assert_true(run(&world, SECOND / 20, &completion));
        world.cluster->nodes[0].mood = AVO_FAKE_WELL;
        world.cluster->now_us += SECOND / 10;
        put(&world); /* asserts AVO_OK */
        assert_true(!heard || opened_count(&world) == 1);
        avo_fake_world_free(&world);
    }
}

/* Who sees the session's number can refuse it at any time. The node says that it lives, and answers what it ran there. */
static void a_refusal_of_a_session_that_lives_costs_no_write(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct avo_fake_world world = avo_fake_world_make(seed, 1, 4);
        struct avo_client_completion completion;
        put(&world);
        for (int i = 0; i < 5; i++) {
            world.cluster->nodes[0].mood = AVO_FAKE_MUTE;
            submit(&world, AVO_CLIENT_PUT, 5 * SECOND);
            assert_false(run(&world, 2000, &completion));
            refuse(&world, avo_client_session_of(world.core, 0, 0)->node_number, AVO_ESTALE);
            assert_false(run(&world, seed % 2 == 0 ? 3000 : 120000, &completion));
            world.cluster->nodes[0].mood = AVO_FAKE_WELL;
            assert_true(run(&world, 6 * SECOND, &completion));
            assert_int_equal(completion.status, AVO_OK);
        }
        assert_int_equal(world.cluster->nodes[0].wrote, 6);
        assert_int_equal(opened_count(&world), 1);
        avo_fake_world_free(&world);
    }
}

/* A session lives where nothing that is sent in it arrives whole: that is no sign of life, and what may move moves. */
static void a_node_that_only_says_that_the_session_lives_is_left(void **state) {
    (void)state;
    for (int call = 0; call < 2; call++) {
        struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
        struct avo_client_completion completion;
        put(&world);
        assert_false(run(&world, 5000, &completion)); /* what is on its way arrives */
        world.cluster->now_us += SECOND;
        world.cluster->nodes[0].mood = AVO_FAKE_REFUSING;
        submit(&world, call == 0 ? AVO_CLIENT_GET : AVO_CLIENT_PUT, 5 * SECOND);
        assert_true(run(&world, SECOND, &completion));
        assert_int_equal(completion.status, AVO_OK);
        assert_int_not_equal(completion.slot, 0);
        assert_int_equal(world.cluster->nodes[0].wrote, 1);
        avo_fake_world_free(&world);
    }
}

/* A round trip of more than what counts as silence: the sign of life comes when the write has gone to the next node, and so on
 * round the cluster. It has to get through all the same. */
static void writes_get_through_a_long_way(void **state) {
    (void)state;
    for (uint64_t way_us = 100000; way_us <= 500000; way_us += 50000) {
        struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
        world.cluster->delay_min_us = way_us;
        for (int i = 0; i < 4; i++) {
            put(&world);
            world.cluster->now_us += 2 * SECOND;
        }
        avo_fake_world_free(&world);
    }
}

/* Figures are asked of one node: they wait for a new session when the old one is lost, as soon as the node is there again. */
static void figures_outlive_a_lost_session(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    struct avo_client_completion completion;
    struct avo_client_session *session = avo_client_session_of(world.core, 0, 0);
    put(&world);
    submit(&world, AVO_CLIENT_STATS, 5 * SECOND);
    avo_client_session_lost(world.core, session);
    assert_true(run(&world, SECOND, &completion));
    assert_int_equal(completion.status, AVO_OK);
    assert_non_null(completion.stats);
    avo_fake_world_free(&world);
}

/* "Nothing listens there" can be made up by who guesses our port, for all nodes and all the time. */
static void made_up_closed_ports_stop_nobody(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    world.cluster->delay_min_us = 3000;
    for (int i = 0; i < 20; i++) {
        struct avo_client_completion completion;
        bool ended = false;
        submit(&world, i % 2 == 0 ? AVO_CLIENT_PUT : AVO_CLIENT_GET, 5 * SECOND);
        for (int ms = 0; ms < 1000 && !ended; ms++) {
            ended = run(&world, 1000, &completion);
            for (uint8_t slot = 0; slot < AVO_FAKE_NODES && !ended; slot++) {
                struct avo_address address = avo_member_address(&world.cluster->view.members[slot], 0);
                avo_client_core_on_unreachable(world.core, &address, world.cluster->now_us);
            }
        }
        assert_true(ended);
        assert_int_equal(completion.status, AVO_OK);
    }
    avo_fake_world_free(&world);
}

/* Nobody runs the timers of a client that has nothing to do: a key that was replaced must not lie in its memory till it has. */
static void an_idle_client_keeps_no_replaced_key(void **state) {
    (void)state;
    static const struct avo_channel_limits limits = {3, UINT64_MAX, AVO_PACKETS_PER_KEY_MAX};
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    struct avo_channel *channel = &avo_client_session_of(world.core, 0, 0)->channel;
    put(&world);
    world.cluster->nodes[0].sessions[0].channel.limits = limits;
    uint32_t replaced_count = 0;
    for (int i = 0; i < 30; i++) {
        uint64_t generation = channel->receive_generation;
        put(&world);
        replaced_count += channel->receive_generation > generation;
        assert_false(channel->previous);
    }
    assert_true(replaced_count > 5);
    avo_fake_world_free(&world);
}

int main(void) {
    printf("seed %d\n", SEED);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_blind_refusal_changes_nothing),
        cmocka_unit_test(a_refusal_that_was_wrong_costs_no_write),
        cmocka_unit_test(a_refusal_of_a_session_that_lives_costs_no_write),
        cmocka_unit_test(a_node_that_only_says_that_the_session_lives_is_left),
        cmocka_unit_test(writes_get_through_a_long_way),
        cmocka_unit_test(figures_outlive_a_lost_session),
        cmocka_unit_test(made_up_closed_ports_stop_nobody),
        cmocka_unit_test(an_idle_client_keeps_no_replaced_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
