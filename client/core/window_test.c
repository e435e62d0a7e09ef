/* How much a client asks at a time follows what is answered: bursts for which a node has no memory are not asked again and again.
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
#define SEED 11
#define DEPTH 300

static uint8_t value[2000];

/* A node of the fake cluster has memory for four large answers at a time, and is too busy for the rest. */
static void a_burst_of_large_answers(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, DEPTH);
    struct avo_client_completion completion;
    struct avo_client_request put = {.call = AVO_CLIENT_PUT,
                                     .key = avo_slice_string("k"),
                                     .value = AVO_SLICE_OF(value),
                                     .deadline_us = world.cluster->now_us + SECOND};
    assert_int_equal(avo_client_core_submit(world.core, &put, world.cluster->now_us), AVO_OK);
    assert_true(avo_fake_cluster_run(world.cluster, world.core, world.cluster->now_us + SECOND, &completion));
    uint64_t begun_us = world.cluster->now_us;
    for (uint64_t i = 0; i < DEPTH; i++) {
        struct avo_client_request get = {
            .call = AVO_CLIENT_GET, .key = avo_slice_string("k"), .deadline_us = begun_us + 60 * SECOND, .tag = i};
        assert_int_equal(avo_client_core_submit(world.core, &get, world.cluster->now_us), AVO_OK);
    }
    for (uint64_t i = 0; i < DEPTH; i++) {
        assert_true(avo_fake_cluster_run(world.cluster, world.core, begun_us + 61 * SECOND, &completion));
        assert_int_equal(completion.status, AVO_OK);
        assert_true(avo_slice_equal(completion.value, AVO_SLICE_OF(value)));
    }
    uint64_t ran = world.cluster->nodes[0].ran + world.cluster->nodes[1].ran + world.cluster->nodes[2].ran;
    print_message("%d answers in %d ms, run %d times\n", DEPTH, (int)((world.cluster->now_us - begun_us) / 1000), (int)ran);
    assert_true(world.cluster->now_us - begun_us < SECOND);
    assert_true(ran < 20 * DEPTH); /* 38 times each where all are asked at once */
    avo_fake_world_free(&world);
}

static void the_window(void **state) {
    (void)state;
    static struct avo_client_session session;
    uint64_t now_us = 10 * SECOND;
    avo_client_window_init(&session);
    assert_int_equal(session.window, AVO_SESSION_WINDOW);
    session.sent.count = 400;
    avo_client_window_cut(&session, now_us);
    assert_int_equal(session.window, 200);
    avo_client_window_cut(&session, now_us + 1000); /* lost with the others */
    assert_int_equal(session.window, 200);
    for (uint32_t i = 0; i < 199; i++) {
        avo_client_window_grow(&session);
    }
    assert_int_equal(session.window, 200);
    avo_client_window_grow(&session); /* a whole window was answered */
    assert_int_equal(session.window, 201);
    session.sent.count = 3;
    avo_client_window_cut(&session, now_us + SECOND);
    assert_int_equal(session.window, 16); /* so few do no harm */
    for (uint32_t i = 0; i < 2 * AVO_SESSION_WINDOW * AVO_SESSION_WINDOW; i++) {
        avo_client_window_grow(&session);
    }
    assert_int_equal(session.window, AVO_SESSION_WINDOW);
}

static uint8_t large[300000];
static char keys[64][8];

static void submit(struct avo_fake_world *world, enum avo_client_call call, const char *key, uint64_t timeout_us, uint64_t tag) {
    struct avo_client_request request = {.call = call,
                                         .key = avo_slice_string(key),
                                         .value = call == AVO_CLIENT_PUT ? AVO_SLICE_OF(large) : AVO_SLICE_EMPTY,
                                         .deadline_us = world->cluster->now_us + timeout_us,
                                         .tag = tag};
    assert_int_equal(avo_client_core_submit(world->core, &request, world->cluster->now_us), AVO_OK);
}

/* Every answer is later than the first time something is asked again: nothing is lost, so nothing is asked less. */
static void a_long_way_is_no_loss(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, DEPTH);
    struct avo_client_completion completion;
    world.cluster->delay_min_us = 35000;
    for (uint64_t i = 0; i < DEPTH; i++) {
        submit(&world, AVO_CLIENT_GET, "none", 60 * SECOND, i);
    }
    for (uint64_t ended = 0; ended < 20 * DEPTH; ended++) {
        assert_true(avo_fake_cluster_run(world.cluster, world.core, world.cluster->now_us + SECOND, &completion));
        submit(&world, AVO_CLIENT_GET, "none", 60 * SECOND, completion.tag);
    }
    for (uint32_t i = 0; i < world.core->session_count; i++) {
        assert_int_equal(world.core->sessions[i].window, AVO_SESSION_WINDOW);
    }
    avo_fake_world_free(&world);
}

/* Large puts of one worker's keys, always more than there are places for, do not keep those of another's from one. */
static void workers_take_turns(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 2, DEPTH);
    struct avo_client_completion completion;
    uint32_t other = UINT32_MAX, ended = 0;
    for (uint32_t i = 0; i < AVO_COUNT(keys); i++) {
        (void)snprintf(keys[i], sizeof keys[i], "k%u", i);
        bool first = avo_key_worker(world.cluster->secret, avo_slice_string(keys[i]), 2) == 0;
        other = first ? other : i;
        if (first) {
            submit(&world, AVO_CLIENT_PUT, keys[i], 60 * SECOND, i);
        }
    }
    assert_true(other != UINT32_MAX);
    submit(&world, AVO_CLIENT_PUT, keys[other], SECOND, other);
    while (ended < 50) {
        assert_true(avo_fake_cluster_run(world.cluster, world.core, world.cluster->now_us + 2 * SECOND, &completion));
        assert_int_equal(completion.status, AVO_OK);
        ended += completion.tag == other;
        submit(&world, AVO_CLIENT_PUT, keys[completion.tag], completion.tag == other ? SECOND : 60 * SECOND, completion.tag);
    }
    avo_fake_world_free(&world);
}

/* A put whose time is over holds no place. */
static void what_ended_holds_no_place(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, DEPTH);
    struct avo_client_completion completion;
    for (uint32_t node = 0; node < AVO_FAKE_NODES; node++) {
        while (avo_blob_take(&world.cluster->nodes[node].incoming, sizeof large) != AVO_BLOB_NONE) {
        }
    }
    for (uint64_t i = 0; i < 10; i++) {
        submit(&world, AVO_CLIENT_PUT, "k", SECOND, i);
    }
    for (uint64_t i = 0; i < 10; i++) {
        assert_true(avo_fake_cluster_run(world.cluster, world.core, world.cluster->now_us + 2 * SECOND, &completion));
        assert_true(completion.status == AVO_EUNKNOWN || completion.status == AVO_ETIMEOUT);
    }
    assert_int_equal(avo_blob_free_count(&world.core->outgoing_blobs, sizeof large), AVO_FAKE_TRANSFERS);
    avo_fake_world_free(&world);
}

/* Large puts that wait in a node's line do not count in the window: small requests go past them. */
static void small_ones_go_past_those_in_line(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, DEPTH);
    struct avo_client_completion completion;
    submit(&world, AVO_CLIENT_GET, "none", SECOND, 0);
    assert_true(avo_fake_cluster_run(world.cluster, world.core, world.cluster->now_us + SECOND, &completion));
    for (uint32_t node = 0; node < AVO_FAKE_NODES; node++) {
        while (avo_blob_take(&world.cluster->nodes[node].incoming, sizeof large) != AVO_BLOB_NONE) {
        }
    }
    for (uint32_t i = 0; i < world.core->session_count; i++) {
        world.core->sessions[i].window = AVO_FAKE_TRANSFERS;
    }
    for (uint64_t i = 1; i <= 2 * AVO_FAKE_TRANSFERS; i++) {
        submit(&world, AVO_CLIENT_PUT, "k", 30 * SECOND, i);
    }
    assert_false(avo_fake_cluster_run(world.cluster, world.core, world.cluster->now_us + SECOND / 2, &completion));
    submit(&world, AVO_CLIENT_GET, "none", SECOND, 99);
    assert_true(avo_fake_cluster_run(world.cluster, world.core, world.cluster->now_us + SECOND / 10, &completion));
    assert_int_equal(completion.tag, 99);
    assert_int_equal(completion.status, AVO_ENOTFOUND);
    avo_fake_world_free(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_of_large_answers),  cmocka_unit_test(the_window),
        cmocka_unit_test(a_long_way_is_no_loss),     cmocka_unit_test(workers_take_turns),
        cmocka_unit_test(what_ended_holds_no_place), cmocka_unit_test(small_ones_go_past_those_in_line)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
