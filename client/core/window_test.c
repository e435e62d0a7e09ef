/* How much a client asks at a time follows what is answered: bursts for which a node has no memory are not asked again and again.
 */
#include "client/core/fake_world.h"
#include "client/core/session.h"
#include <setjmp.h>
#include <stdarg.h>
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

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_burst_of_large_answers), cmocka_unit_test(the_window)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
