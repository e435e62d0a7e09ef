/* Many operations under way while nodes die, fall silent, forget, refuse: every one ends exactly once, and writes run once. */
#include "base/assert.h"
#include "client/core/fake_world.h"
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define SECOND 1000000ULL
#define SEED 5
#define DEPTH 300
#define KEYS 40
#define LARGE_BYTES 300000
#define STEP_US 1000 /* of the fake clock, which may be late by so much */

struct call {
    char key[16];
    bool under_way;
    unsigned ends;
    uint64_t deadline_us;
    enum avo_client_call kind;
};

struct run {
    struct avo_fake_world world;
    struct call calls[DEPTH];
    bool at_least_once;
    uint64_t timeout_us;
    uint64_t submitted; /* writes */
    uint64_t ended;
    uint64_t by_status[AVO_ERROR_COUNT];
};

static void submit(struct run *run, uint64_t tag) {
    struct avo_fake_cluster *cluster = run->world.cluster;
    struct call *call = &run->calls[tag];
    bool read = avo_prng_chance(&cluster->prng, 1, 3);
    call->kind = read ? AVO_CLIENT_GET : AVO_CLIENT_PUT;
    call->deadline_us = cluster->now_us + run->timeout_us;
    (void)snprintf(call->key, sizeof call->key, "k%" PRIu64, tag % KEYS);
    struct avo_client_request request = {.call = call->kind,
                                         .at_least_once = run->at_least_once,
                                         .key = avo_slice_string(call->key),
                                         .value = read ? AVO_SLICE_EMPTY : avo_slice_string("value"),
                                         .deadline_us = call->deadline_us,
                                         .tag = tag};
    assert_int_equal(avo_client_core_submit(run->world.core, &request, cluster->now_us), AVO_OK);
    call->under_way = true;
    run->submitted += !read;
}

/* Runs until `ended` operations more have ended, submitting a new one for each when `refill`. */
static void run_until(struct run *run, uint64_t ended, bool refill) {
    struct avo_client_completion completion;
    uint64_t goal = run->ended + ended;
    while (run->ended < goal) {
        uint64_t until_us = run->world.cluster->now_us + run->timeout_us + SECOND;
        assert_true(avo_fake_cluster_run(run->world.cluster, run->world.core, until_us, &completion));
        struct call *call = &run->calls[completion.tag];
        assert_true(call->under_way); /* exactly once */
        assert_int_equal(completion.call, call->kind);
        assert_true(run->world.cluster->now_us <= call->deadline_us + AVO_CLIENT_TICK_US + STEP_US);
        call->under_way = false;
        run->ended++;
        run->by_status[completion.status]++;
        if (refill) {
            submit(run, completion.tag);
        }
    }
}

static struct run *run_make(uint64_t seed, uint16_t workers) {
    struct run *run = calloc(1, sizeof *run);
    print_message("seed %" PRIu64 "\n", seed);
    run->world = avo_fake_world_make(seed, workers, DEPTH);
    run->timeout_us = 5 * SECOND;
    run->world.cluster->loss_percent = 5;
    run->world.cluster->repeat_percent = 5;
    run->world.cluster->delay_max_us = 2000;
    for (uint64_t tag = 0; tag < DEPTH; tag++) {
        submit(run, tag);
    }
    return run;
}

/* Everything ends; returns how many operations the nodes ran (a get that is asked again may run again). */
static uint64_t run_end(struct run *run) {
    uint64_t writes = 0;
    run_until(run, DEPTH, false);
    assert_int_equal(avo_client_core_busy_count(run->world.core), 0);
    for (int i = 0; i < AVO_FAKE_NODES; i++) {
        writes += run->world.cluster->nodes[i].wrote;
    }
    avo_fake_world_free(&run->world);
    return writes;
}

static void harm(struct run *run, enum avo_fake_mood mood) {
    run_until(run, 1000, true);
    run->world.cluster->nodes[0].mood = mood;
    run_until(run, 1000, true);
    run->world.cluster->nodes[0].mood = AVO_FAKE_WELL;
    run->world.cluster->nodes[1].mood = mood;
    run_until(run, 1000, true);
}

static void no_others(const struct run *run, enum avo_error besides) {
    for (int status = 0; status < AVO_ERROR_COUNT; status++) {
        bool allowed = status == AVO_OK || status == AVO_ENOTFOUND || status == (int)besides;
        assert_true(allowed || run->by_status[status] == 0);
    }
}

static void moods(void **state) {
    static const enum avo_fake_mood all[] = {AVO_FAKE_DEAD, AVO_FAKE_MUTE, AVO_FAKE_NO_QUORUM, AVO_FAKE_BUSY, AVO_FAKE_DENYING};
    (void)state;
    for (size_t i = 0; i < AVO_COUNT(all); i++) {
        struct run *run = run_make(SEED + i, 3);
        harm(run, all[i]);
        uint64_t writes = run_end(run);
        no_others(run, AVO_EUNKNOWN);
        assert_true(writes <= run->submitted); /* none was repeated */
        assert_true(writes >= run->submitted - run->by_status[AVO_EUNKNOWN]);
        bool silent = all[i] == AVO_FAKE_DEAD || all[i] == AVO_FAKE_MUTE;
        assert_true(silent == (run->by_status[AVO_EUNKNOWN] > 0));
        free(run);
    }
}

static void at_least_once_leaves_nothing_unknown(void **state) {
    (void)state;
    struct run *run = run_make(SEED, 2);
    run_until(run, DEPTH, false);
    run->at_least_once = true;
    run->timeout_us = 10 * SECOND;
    for (uint64_t tag = 0; tag < DEPTH; tag++) {
        submit(run, tag);
    }
    harm(run, AVO_FAKE_MUTE);
    uint64_t writes = run_end(run);
    no_others(run, AVO_OK);
    assert_true(writes > run->submitted); /* some ran twice: that was asked for */
    free(run);
}

/* Sessions evicted again and again: what was sent in them is unknown, nothing else suffers. */
static void evictions(void **state) {
    (void)state;
    struct run *run = run_make(SEED, 2);
    for (int i = 0; i < 10; i++) {
        run_until(run, 200, true);
        avo_fake_node_forget(run->world.cluster, 0);
    }
    uint64_t writes = run_end(run);
    no_others(run, AVO_EUNKNOWN);
    assert_true(writes <= run->submitted && writes >= run->submitted - run->by_status[AVO_EUNKNOWN]);
    free(run);
}

/* A deadline each, from 10 ms on: met within the tick though nobody answers. */
static void deadlines_are_met_within_the_tick(void **state) {
    (void)state;
    struct run *run = run_make(SEED, 1);
    run_until(run, DEPTH, false);
    for (int i = 0; i < AVO_FAKE_NODES; i++) {
        run->world.cluster->nodes[i].mood = AVO_FAKE_MUTE;
    }
    for (uint64_t tag = 0; tag < DEPTH; tag++) {
        run->timeout_us = 10000 + tag * 7919 % DEPTH * 1000;
        submit(run, tag);
    }
    run_until(run, DEPTH, false); /* asserts it */
    assert_true(run->by_status[AVO_EUNKNOWN] > 0 && run->by_status[AVO_ETIMEOUT] > 0);
    avo_fake_world_free(&run->world);
    free(run);
}

static void a_batch_a_worker(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 4, 60);
    struct avo_client_completion completion;
    static char keys[60][8];
    uint64_t before = 0;
    for (int round = 0; round < 2; round++) { /* the first opens the sessions */
        before = world.cluster->up_count;
        for (uint64_t i = 0; i < 60; i++) {
            (void)snprintf(keys[i], sizeof keys[i], "k%" PRIu64, i);
            struct avo_client_request request = {
                .call = AVO_CLIENT_GET, .key = avo_slice_string(keys[i]), .deadline_us = world.cluster->now_us + SECOND, .tag = i};
            assert_int_equal(avo_client_core_submit(world.core, &request, world.cluster->now_us), AVO_OK);
        }
        while (avo_client_core_busy_count(world.core) > 0) {
            assert_true(avo_fake_cluster_run(world.cluster, world.core, world.cluster->now_us + SECOND, &completion));
        }
    }
    assert_int_equal(world.cluster->up_count - before, 4);
    avo_fake_world_free(&world);
}

/* More large values than there are transfers, and small ones between them: all arrive, and the small ones do not wait. */
static void small_ones_do_not_wait_for_large_ones(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 64);
    struct avo_client_completion completion;
    static uint8_t large[LARGE_BYTES];
    static char keys[40][8];
    uint64_t small_us = 0;
    uint64_t large_us = 0;
    memset(large, 7, sizeof large);
    for (uint64_t i = 0; i < 40; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "k%" PRIu64, i);
        struct avo_client_request request = {.call = AVO_CLIENT_PUT,
                                             .key = avo_slice_string(keys[i]),
                                             .value = i % 4 == 0 ? AVO_SLICE_OF(large) : avo_slice_string("small"),
                                             .deadline_us = world.cluster->now_us + 30 * SECOND,
                                             .tag = i};
        assert_int_equal(avo_client_core_submit(world.core, &request, world.cluster->now_us), AVO_OK);
    }
    for (int i = 0; i < 40; i++) {
        assert_true(avo_fake_cluster_run(world.cluster, world.core, world.cluster->now_us + 30 * SECOND, &completion));
        assert_int_equal(completion.status, AVO_OK);
        *(completion.tag % 4 == 0 ? &large_us : &small_us) = world.cluster->now_us;
    }
    assert_true(small_us < 1000000 + SECOND / 20); /* the world begins at one second */
    assert_true(large_us > small_us);
    for (uint64_t i = 0; i < 40; i++) {
        struct avo_client_request request = {
            .call = AVO_CLIENT_GET, .key = avo_slice_string(keys[i]), .deadline_us = world.cluster->now_us + 30 * SECOND, .tag = i};
        assert_int_equal(avo_client_core_submit(world.core, &request, world.cluster->now_us), AVO_OK);
    }
    for (int i = 0; i < 40; i++) {
        assert_true(avo_fake_cluster_run(world.cluster, world.core, world.cluster->now_us + 30 * SECOND, &completion));
        assert_int_equal(completion.status, AVO_OK);
        assert_true(avo_slice_equal(completion.value, completion.tag % 4 == 0 ? AVO_SLICE_OF(large) : avo_slice_string("small")));
    }
    avo_fake_world_free(&world);
}

/* A broken promise says where. */
static void on_panic(const char *file, int line, const char *promise) {
    (void)fprintf(stderr, "%s:%d: %s\n", file, line, promise);
}

int main(void) {
    avo_panic_hook = on_panic;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moods),
        cmocka_unit_test(at_least_once_leaves_nothing_unknown),
        cmocka_unit_test(evictions),
        cmocka_unit_test(deadlines_are_met_within_the_tick),
        cmocka_unit_test(a_batch_a_worker),
        cmocka_unit_test(small_ones_do_not_wait_for_large_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
