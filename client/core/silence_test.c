/* Nodes that are left: each move is counted. Long silences: what a session said must neither run again nor be mistaken for
 * something else in the session after it. And nodes that do not understand us. */
#include "client/core/fake_world.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define SECOND 1000000ULL
#define SEED 11
#define LARGE_BYTES 16000 /* a transfer whose segments all go out unasked */

static void submit(struct avo_fake_world *world, enum avo_client_call call, struct avo_slice value, uint64_t patience_us) {
    struct avo_client_request request = {
        .call = call, .key = avo_slice_string("k"), .value = value, .deadline_us = world->cluster->now_us + patience_us};
    assert_int_equal(avo_client_core_submit(world->core, &request, world->cluster->now_us), AVO_OK);
}

static bool run(struct avo_fake_world *world, uint64_t us, struct avo_client_completion *completion) {
    return avo_fake_cluster_run(world->cluster, world->core, world->cluster->now_us + us, completion);
}

static void put(struct avo_fake_world *world, struct avo_slice value) {
    struct avo_client_completion completion;
    submit(world, AVO_CLIENT_PUT, value, 5 * SECOND);
    assert_true(run(world, 6 * SECOND, &completion));
    assert_int_equal(completion.status, AVO_OK);
}

/* A replica that runs a write and is then cut off for longer than a session may idle: the write stays with its session, where it
 * runs once, whatever else is asked meanwhile. */
static void a_write_in_doubt_stays_with_its_session(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    struct avo_client_completion completion;
    put(&world, avo_slice_string("v"));
    world.cluster->nodes[0].mood = AVO_FAKE_MUTE;
    submit(&world, AVO_CLIENT_PUT, avo_slice_string("w"), 30 * SECOND);
    assert_false(run(&world, 12 * SECOND, &completion));
    assert_int_equal(world.cluster->nodes[0].ran, 2);
    world.cluster->nodes[0].mood = AVO_FAKE_WELL;
    assert_true(run(&world, 20 * SECOND, &completion));
    assert_int_equal(world.cluster->nodes[0].ran, 2);
    assert_int_equal(world.cluster->nodes[1].ran + world.cluster->nodes[2].ran, 0);
    assert_int_equal(completion.status, AVO_OK); /* the replica remembers that it ran */
    avo_fake_world_free(&world);
}

/* A put that the node has whole, and works at for seconds: it is asked how it ended, and gets the value no second time. */
static void what_arrived_is_not_sent_again(void **state) {
    (void)state;
    static uint8_t value[500000];
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    struct avo_client_completion completion;
    put(&world, avo_slice_string("v"));
    uint64_t before_count = world.cluster->up_count;
    world.cluster->nodes[0].mood = AVO_FAKE_THINKING;
    submit(&world, AVO_CLIENT_PUT, AVO_SLICE_OF(value), 30 * SECOND);
    assert_false(run(&world, 10 * SECOND, &completion));
    assert_int_equal(world.cluster->nodes[0].ran, 2);
    world.cluster->nodes[0].mood = AVO_FAKE_WELL;
    assert_true(run(&world, SECOND, &completion));
    assert_int_equal(completion.status, AVO_OK);
    assert_int_equal(world.cluster->nodes[0].ran, 2);
    assert_true(world.cluster->up_count - before_count < 2 * sizeof value / 1200);
    avo_fake_world_free(&world);
}

static void say_done(struct avo_fake_world *world, uint64_t id) {
    uint8_t bytes[AVO_FAKE_BATCH_MAX_BYTES];
    struct avo_writer batch = avo_writer(bytes, sizeof bytes);
    struct avo_message reply = {.type = AVO_MESSAGE_REPLY, .reply = {.id = id, .status = AVO_OK}};
    assert_true(avo_frame_write(&batch, &reply));
    avo_fake_node_say(world->cluster, 0, avo_writer_slice(&batch));
}

/* Request ids begin again in a session: a large request whose last acknowledgement was lost must not go out in the place of the
 * first large request of the next session. */
static void a_new_session_sends_nothing_of_the_old_one(void **state) {
    (void)state;
    static uint8_t first[LARGE_BYTES];
    static uint8_t second[LARGE_BYTES];
    memset(first, 1, sizeof first);
    memset(second, 2, sizeof second);
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    struct avo_client_completion completion;
    put(&world, avo_slice_string("v"));
    world.cluster->nodes[0].mood = AVO_FAKE_MUTE; /* "all is here" is lost ... */
    submit(&world, AVO_CLIENT_PUT, AVO_SLICE_OF(first), 5 * SECOND);
    assert_false(run(&world, SECOND / 50, &completion));
    assert_int_equal(world.cluster->nodes[0].ran, 2);
    say_done(&world, 2); /* ... the reply is not */
    assert_true(run(&world, SECOND / 50, &completion));
    assert_int_equal(completion.status, AVO_OK);
    world.cluster->nodes[0].mood = AVO_FAKE_WELL;
    world.cluster->now_us += 60 * SECOND;
    put(&world, avo_slice_string("w")); /* request 1 of the next session; request 2 is the large one again */
    put(&world, AVO_SLICE_OF(second));
    submit(&world, AVO_CLIENT_GET, AVO_SLICE_EMPTY, 5 * SECOND);
    assert_true(run(&world, 6 * SECOND, &completion));
    assert_int_equal(completion.status, AVO_OK);
    assert_true(avo_slice_equal(completion.value, AVO_SLICE_OF(second)));
    avo_fake_world_free(&world);
}

/* A client that pauses, and meanwhile its node dies, falls silent or forgets it: the next write is not given away to it. */
static void a_write_after_a_pause_is_not_lost(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
        put(&world, avo_slice_string("v"));
        world.cluster->now_us += SECOND;
        if (i == 0) {
            avo_fake_node_forget(world.cluster, 0);
        } else {
            world.cluster->nodes[0].mood = i == 1 ? AVO_FAKE_DEAD : AVO_FAKE_MUTE;
        }
        put(&world, avo_slice_string("w")); /* asserts AVO_OK */
        assert_int_equal(world.cluster->nodes[0].wrote, i == 0 ? 2 : 1);
        assert_int_equal(world.cluster->nodes[1].wrote, i == 0 ? 0 : 1);
        avo_fake_world_free(&world);
    }
}

/* The sign of life may be lost as anything may, and costs a datagram each way. */
static void a_sign_of_life_is_asked_for_again(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    struct avo_client_completion completion;
    put(&world, avo_slice_string("v"));
    world.cluster->now_us += SECOND;
    uint64_t before = world.cluster->up_count;
    put(&world, avo_slice_string("w"));
    assert_int_equal(world.cluster->up_count - before, 2);
    world.cluster->now_us += SECOND;
    world.cluster->loss_percent = 100;
    submit(&world, AVO_CLIENT_PUT, avo_slice_string("x"), 5 * SECOND);
    assert_false(run(&world, SECOND / 10, &completion));
    world.cluster->loss_percent = 0;
    assert_true(run(&world, SECOND / 10, &completion));
    assert_int_equal(completion.status, AVO_OK);
    assert_int_equal(completion.slot, 0);
    avo_fake_world_free(&world);
}

/* Said by name, before the deadline, once nothing else came for a second; an operation that one of them may have run keeps its
 * unknown outcome. */
static void nodes_of_another_version_are_named(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    struct avo_client_completion completion;
    for (int i = 0; i < AVO_FAKE_NODES; i++) {
        world.cluster->nodes[i].mood = AVO_FAKE_NEWER;
    }
    submit(&world, AVO_CLIENT_PUT, avo_slice_string("v"), 5 * SECOND);
    assert_true(run(&world, 2 * SECOND, &completion));
    assert_int_equal(completion.status, AVO_EVERSION);
    assert_int_equal(completion.other_version, AVO_WIRE_VERSION + 2);
    world.cluster->nodes[1].mood = AVO_FAKE_WELL; /* one that understands is enough */
    put(&world, avo_slice_string("v"));
    world.cluster->nodes[1].mood = AVO_FAKE_MUTE;
    submit(&world, AVO_CLIENT_PUT, avo_slice_string("w"), 5 * SECOND);
    assert_false(run(&world, SECOND / 100, &completion));
    assert_int_equal(world.cluster->nodes[1].wrote, 2);
    world.cluster->nodes[1].mood = AVO_FAKE_NEWER; /* upgraded meanwhile, or a liar on the way */
    assert_true(run(&world, 6 * SECOND, &completion));
    assert_int_equal(completion.status, AVO_EUNKNOWN);
    avo_fake_world_free(&world);
}

static uint8_t get_slot(struct avo_fake_world *world) {
    struct avo_client_completion completion;
    submit(world, AVO_CLIENT_GET, AVO_SLICE_EMPTY, 5 * SECOND);
    assert_true(run(world, 6 * SECOND, &completion));
    assert_int_equal(completion.status, AVO_ENOTFOUND);
    return completion.slot;
}

/* Whatever a node does that makes a call leave it. */
static void every_move_is_counted_once(void **state) {
    static const enum avo_fake_mood moods[] = {AVO_FAKE_DEAD, AVO_FAKE_MUTE, AVO_FAKE_NO_QUORUM, AVO_FAKE_BUSY, AVO_FAKE_DENYING};
    (void)state;
    for (size_t i = 0; i < AVO_COUNT(moods); i++) {
        for (int greeted = 0; greeted < 2; greeted++) {
            struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
            struct avo_client_core_stats stats;
            if (greeted == 1) {
                assert_int_equal(get_slot(&world), 0);
            }
            world.cluster->nodes[0].mood = moods[i];
            bool leaves = greeted == 0 || moods[i] != AVO_FAKE_DENYING; /* a session that is open is not denied any more */
            for (int again = 0; again < 2; again++) {
                assert_int_equal(get_slot(&world), leaves);
                avo_client_core_stats(world.core, &stats);
                assert_int_equal(stats.moved, leaves);
            }
            avo_fake_world_free(&world);
        }
    }
}

int main(void) {
    printf("seed %d\n", SEED);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_write_in_doubt_stays_with_its_session),
        cmocka_unit_test(what_arrived_is_not_sent_again),
        cmocka_unit_test(nodes_of_another_version_are_named),
        cmocka_unit_test(a_new_session_sends_nothing_of_the_old_one),
        cmocka_unit_test(a_write_after_a_pause_is_not_lost),
        cmocka_unit_test(a_sign_of_life_is_asked_for_again),
        cmocka_unit_test(every_move_is_counted_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
