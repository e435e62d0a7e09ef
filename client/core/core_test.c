/* The client core against replicas that speak the real protocol over a bad network. */
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

#define SECOND 1000000
#define SEED 7

static enum avo_error submit(struct avo_fake_world *world, enum avo_client_call call, const char *key, struct avo_slice value,
                             uint64_t tag) {
    struct avo_client_request request = {
        .call = call, .key = avo_slice_string(key), .value = value, .deadline_us = world->cluster->now_us + 5 * SECOND, .tag = tag};
    return avo_client_core_submit(world->core, &request, world->cluster->now_us);
}

static struct avo_client_completion finish(struct avo_fake_world *world) {
    struct avo_client_completion completion = {.status = AVO_ERROR_COUNT};
    assert_true(avo_fake_cluster_run(world->cluster, world->core, world->cluster->now_us + 6 * SECOND, &completion));
    return completion;
}

static struct avo_client_completion call(struct avo_fake_world *world, enum avo_client_call kind, const char *key,
                                         const char *value) {
    assert_int_equal(submit(world, kind, key, avo_slice_string(value), 42), AVO_OK);
    struct avo_client_completion completion = finish(world);
    assert_int_equal(completion.tag, 42);
    return completion;
}

static void put_get_delete(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 2, 4);
    assert_int_equal(call(&world, AVO_CLIENT_GET, "k", "").status, AVO_ENOTFOUND);
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "k", "v").status, AVO_OK);
    struct avo_client_completion got = call(&world, AVO_CLIENT_GET, "k", "");
    assert_int_equal(got.status, AVO_OK);
    assert_true(avo_slice_equal(got.value, avo_slice_string("v")));
    assert_int_equal(call(&world, AVO_CLIENT_DELETE, "k", "").status, AVO_OK);
    assert_int_equal(call(&world, AVO_CLIENT_GET, "k", "").status, AVO_ENOTFOUND);
    assert_int_equal(avo_client_core_busy_count(world.core), 0);
    assert_true(avo_client_core_wake_us(world.core) == UINT64_MAX);
    avo_fake_world_free(&world);
}

static void requests_are_refused_before_they_cost_anything(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 2);
    static char long_key[AVO_KEY_MAX_BYTES + 2];
    memset(long_key, 'k', AVO_KEY_MAX_BYTES + 1);
    static uint8_t long_value[AVO_VALUE_MAX_BYTES + 1];
    assert_int_equal(submit(&world, AVO_CLIENT_GET, "", AVO_SLICE_EMPTY, 0), AVO_EINVAL);
    assert_int_equal(submit(&world, AVO_CLIENT_GET, long_key, AVO_SLICE_EMPTY, 0), AVO_ETOOBIG);
    assert_int_equal(submit(&world, AVO_CLIENT_PUT, "k", AVO_SLICE_OF(long_value), 0), AVO_ETOOBIG);
    assert_int_equal(submit(&world, (enum avo_client_call)9, "k", AVO_SLICE_EMPTY, 0), AVO_EINVAL);
    assert_int_equal(submit(&world, AVO_CLIENT_GET, "a", AVO_SLICE_EMPTY, 0), AVO_OK);
    assert_int_equal(submit(&world, AVO_CLIENT_GET, "b", AVO_SLICE_EMPTY, 0), AVO_OK);
    assert_int_equal(submit(&world, AVO_CLIENT_GET, "c", AVO_SLICE_EMPTY, 0), AVO_EBUSY);
    avo_fake_world_free(&world);
}

static void a_mebibyte_goes_in_and_out_of_a_bad_network(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 2);
    world.cluster->loss_percent = 10;
    world.cluster->repeat_percent = 10;
    uint8_t *value = malloc(AVO_VALUE_MAX_BYTES);
    avo_random_fill(&world.cluster->prng.random, value, AVO_VALUE_MAX_BYTES);
    struct avo_slice whole = avo_slice(value, AVO_VALUE_MAX_BYTES);
    assert_int_equal(submit(&world, AVO_CLIENT_PUT, "big", whole, 1), AVO_OK);
    assert_int_equal(finish(&world).status, AVO_OK);
    struct avo_client_completion got = call(&world, AVO_CLIENT_GET, "big", "");
    assert_int_equal(got.status, AVO_OK);
    assert_true(avo_slice_equal(got.value, whole));
    free(value);
    avo_fake_world_free(&world);
}

static void what_is_submitted_together_leaves_together(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 16);
    char keys[16][8];
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "first", "opens the session").status, AVO_OK);
    uint64_t before = world.cluster->up_count;
    for (uint64_t i = 0; i < 16; i++) {
        (void)snprintf(keys[i], sizeof keys[i], "k%" PRIu64, i);
        assert_int_equal(submit(&world, AVO_CLIENT_PUT, keys[i], avo_slice_string("value"), i), AVO_OK);
    }
    uint32_t seen = 0;
    for (int i = 0; i < 16; i++) {
        struct avo_client_completion completion = finish(&world);
        assert_int_equal(completion.status, AVO_OK);
        seen |= 1U << completion.tag;
    }
    assert_int_equal(seen, 0xffff);
    assert_int_equal(world.cluster->up_count - before, 1);
    avo_fake_world_free(&world);
}

static void a_window_is_never_overrun_and_every_id_runs_once(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 3000);
    world.cluster->loss_percent = 20;
    world.cluster->repeat_percent = 20;
    world.cluster->delay_max_us = 20000;
    uint32_t ended = 0;
    for (uint64_t i = 0; i < 3000; i++) { /* the fake node asserts the window */
        struct avo_client_request request = {.call = AVO_CLIENT_PUT,
                                             .key = avo_slice_string("k"),
                                             .value = AVO_SLICE_EMPTY,
                                             .deadline_us = world.cluster->now_us + 60ULL * SECOND,
                                             .tag = i};
        assert_int_equal(avo_client_core_submit(world.core, &request, world.cluster->now_us), AVO_OK);
    }
    struct avo_client_completion completion;
    while (avo_fake_cluster_run(world.cluster, world.core, world.cluster->now_us + 60ULL * SECOND, &completion)) {
        assert_int_equal(completion.status, AVO_OK);
        ended++;
        if (avo_client_core_busy_count(world.core) == 0) {
            break;
        }
    }
    assert_int_equal(ended, 3000);
    assert_true(world.cluster->nodes[0].ran + world.cluster->nodes[1].ran + world.cluster->nodes[2].ran == 3000);
    avo_fake_world_free(&world);
}

static void a_dead_node_is_left_at_once(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    world.cluster->nodes[0].mood = AVO_FAKE_DEAD;
    uint64_t before = world.cluster->now_us;
    struct avo_client_completion completion = call(&world, AVO_CLIENT_PUT, "k", "v");
    assert_int_equal(completion.status, AVO_OK);
    assert_int_not_equal(completion.slot, 0);
    assert_true(world.cluster->now_us - before < SECOND / 10);
    avo_fake_world_free(&world);
}

static void a_get_leaves_a_node_that_falls_silent(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "k", "v").slot, 0);
    world.cluster->nodes[0].mood = AVO_FAKE_MUTE;
    struct avo_client_completion got = call(&world, AVO_CLIENT_GET, "k", "");
    assert_int_equal(got.status, AVO_OK);
    assert_int_equal(got.slot, 1);
    avo_fake_world_free(&world);
}

static void a_write_that_was_sent_is_unknown_and_runs_nowhere_else(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "k", "v").slot, 0);
    world.cluster->nodes[0].mood = AVO_FAKE_MUTE;
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "k", "w").status, AVO_EUNKNOWN);
    assert_int_equal(world.cluster->nodes[0].ran, 2); /* many resends, one run */
    assert_int_equal(world.cluster->nodes[1].ran + world.cluster->nodes[2].ran, 0);
    avo_fake_world_free(&world);
}

static void at_least_once_moves_on(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "k", "v").slot, 0);
    world.cluster->nodes[0].mood = AVO_FAKE_MUTE;
    struct avo_client_request request = {.call = AVO_CLIENT_PUT,
                                         .at_least_once = true,
                                         .key = avo_slice_string("k"),
                                         .value = avo_slice_string("w"),
                                         .deadline_us = world.cluster->now_us + 5 * SECOND};
    assert_int_equal(avo_client_core_submit(world.core, &request, world.cluster->now_us), AVO_OK);
    struct avo_client_completion completion = finish(&world);
    assert_int_equal(completion.status, AVO_OK);
    assert_int_equal(completion.slot, 1);
    avo_fake_world_free(&world);
}

static void no_quorum_says_how_many_answered(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    for (int i = 0; i < AVO_FAKE_NODES; i++) {
        world.cluster->nodes[i].mood = AVO_FAKE_NO_QUORUM;
    }
    struct avo_client_completion completion = call(&world, AVO_CLIENT_PUT, "k", "v");
    assert_int_equal(completion.status, AVO_EQUORUM);
    assert_int_equal(completion.answered, 1);
    assert_int_equal(completion.needed, 2);
    assert_int_equal(completion.members, 3);
    avo_fake_world_free(&world);
}

static void a_busy_node_is_avoided(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    world.cluster->nodes[0].mood = AVO_FAKE_BUSY;
    struct avo_client_completion completion = call(&world, AVO_CLIENT_PUT, "k", "v");
    assert_int_equal(completion.status, AVO_OK);
    assert_int_equal(completion.slot, 1);
    avo_fake_world_free(&world);
}

static void nobody_there_is_a_timeout_without_effect(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    for (int i = 0; i < AVO_FAKE_NODES; i++) {
        world.cluster->nodes[i].mood = AVO_FAKE_DEAD;
    }
    uint64_t before = world.cluster->now_us;
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "k", "v").status, AVO_ETIMEOUT);
    assert_true(world.cluster->now_us - before >= 5 * SECOND);
    assert_true(world.cluster->now_us - before < 5 * SECOND + SECOND / 20);
    assert_true(world.cluster->up_count < 200); /* no storm of handshakes */
    avo_fake_world_free(&world);
}

static void a_forgotten_session_is_opened_again(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "k", "v").slot, 0);
    avo_fake_node_forget(world.cluster, 0);
    struct avo_client_completion got = call(&world, AVO_CLIENT_GET, "k", "");
    assert_int_equal(got.status, AVO_OK);
    assert_int_equal(got.slot, 0);
    avo_fake_node_forget(world.cluster, 0);
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "k", "w").status, AVO_OK); /* sent in the lost session, where it never ran */
    assert_int_equal(world.cluster->nodes[0].wrote, 2);
    avo_fake_world_free(&world);
}

/* A write ran in a session that was forgotten before it answered. */
static void what_ran_in_a_forgotten_session_is_unknown(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    struct avo_client_completion completion;
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "k", "v").status, AVO_OK);
    world.cluster->nodes[0].mood = AVO_FAKE_MUTE;
    assert_int_equal(submit(&world, AVO_CLIENT_PUT, "k", avo_slice_string("w"), 0), AVO_OK);
    assert_false(avo_fake_cluster_run(world.cluster, world.core, world.cluster->now_us + 2000, &completion));
    assert_int_equal(world.cluster->nodes[0].wrote, 2);
    avo_fake_node_forget(world.cluster, 0);
    world.cluster->nodes[0].mood = AVO_FAKE_WELL;
    assert_int_equal(finish(&world).status, AVO_EUNKNOWN);
    assert_int_equal(world.cluster->nodes[0].wrote, 2);
    avo_fake_world_free(&world);
}

/* The node remembers nothing of the session, as when very many ended since. */
static void what_went_into_a_session_that_nobody_knows_is_unknown(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "k", "v").status, AVO_OK);
    avo_fake_node_forget(world.cluster, 0);
    avo_fake_node_forget(world.cluster, 0);
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "k", "w").status, AVO_EUNKNOWN);
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "k", "w").status, AVO_OK);
    avo_fake_world_free(&world);
}

static void an_idle_session_is_not_trusted_with_a_write(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "k", "v").slot, 0);
    avo_fake_node_forget(world.cluster, 0);
    world.cluster->now_us += 60ULL * SECOND;
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "k", "w").status, AVO_OK);
    avo_fake_world_free(&world);
}

static void figures_come_from_the_worker_that_was_asked(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 2, 4);
    struct avo_client_request request = {
        .call = AVO_CLIENT_STATS, .slot = 2, .worker = 1, .deadline_us = world.cluster->now_us + SECOND, .tag = 5};
    assert_int_equal(avo_client_core_submit(world.core, &request, world.cluster->now_us), AVO_OK);
    struct avo_client_completion completion = finish(&world);
    assert_int_equal(completion.status, AVO_OK);
    assert_non_null(completion.stats);
    assert_int_equal(completion.stats->sessions, 2); /* the fake node says its slot there */
    request.slot = 7;
    assert_int_equal(avo_client_core_submit(world.core, &request, world.cluster->now_us), AVO_EINVAL);
    avo_fake_world_free(&world);
}

static void rubbish_is_dropped(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    struct avo_client_completion completion;
    uint8_t bytes[600];
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "k", "v").status, AVO_OK);
    assert_false(avo_client_core_next_completion(world.core, &completion));
    for (int i = 0; i < 2000; i++) {
        avo_random_fill(&world.cluster->prng.random, bytes, sizeof bytes);
        bytes[0] = AVO_WIRE_VERSION;
        bytes[1] = (uint8_t)(i % 8);
        bytes[3] = AVO_SLOT_CLIENT;
        bytes[5] = 0;
        size_t length = avo_prng_below(&world.cluster->prng, sizeof bytes + 1);
        avo_client_core_on_datagram(world.core, avo_slice(bytes, length), world.cluster->now_us);
        assert_false(avo_client_core_next_completion(world.core, &completion));
    }
    struct avo_client_core_stats stats;
    avo_client_core_stats(world.core, &stats);
    assert_true(stats.datagrams_dropped >= 1500);
    assert_int_equal(call(&world, AVO_CLIENT_GET, "k", "").status, AVO_OK);
    avo_fake_world_free(&world);
}

/* Many operations over a bad network while nodes fall silent and come back: a get never sees anything but the last write. */
static void storm(uint64_t seed) {
    struct avo_fake_world world = avo_fake_world_make(seed, 3, 4);
    world.cluster->loss_percent = 15;
    world.cluster->repeat_percent = 15;
    world.cluster->delay_max_us = 5000;
    char last[16] = "";
    for (int i = 0; i < 60; i++) {
        char value[16];
        struct avo_fake_node *node = &world.cluster->nodes[avo_prng_below(&world.cluster->prng, AVO_FAKE_NODES)];
        node->mood = avo_prng_chance(&world.cluster->prng, 1, 8) ? AVO_FAKE_MUTE : AVO_FAKE_WELL;
        (void)snprintf(value, sizeof value, "v%d", i);
        struct avo_client_completion put = call(&world, AVO_CLIENT_PUT, "k", value);
        for (int n = 0; n < AVO_FAKE_NODES; n++) {
            world.cluster->nodes[n].mood = AVO_FAKE_WELL;
        }
        struct avo_client_completion got = call(&world, AVO_CLIENT_GET, "k", "");
        if (put.status == AVO_OK) {
            memcpy(last, value, sizeof last);
        } else {
            assert_int_equal(put.status, AVO_EUNKNOWN);
            assert_true(got.value.length < sizeof last);
            memcpy(last, got.value.data, got.value.length);
            last[got.value.length] = '\0';
        }
        assert_int_equal(got.status, AVO_OK);
        assert_true(avo_slice_equal(got.value, avo_slice_string(last)));
    }
    avo_fake_world_free(&world);
}

static void storms(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        print_message("seed %" PRIu64 "\n", seed);
        storm(seed);
    }
}

/* A broken promise says where. */
static void on_panic(const char *file, int line, const char *promise) {
    (void)fprintf(stderr, "%s:%d: %s\n", file, line, promise);
}

int main(void) {
    avo_panic_hook = on_panic;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(put_get_delete),
        cmocka_unit_test(requests_are_refused_before_they_cost_anything),
        cmocka_unit_test(a_mebibyte_goes_in_and_out_of_a_bad_network),
        cmocka_unit_test(what_is_submitted_together_leaves_together),
        cmocka_unit_test(a_window_is_never_overrun_and_every_id_runs_once),
        cmocka_unit_test(a_dead_node_is_left_at_once),
        cmocka_unit_test(a_get_leaves_a_node_that_falls_silent),
        cmocka_unit_test(a_write_that_was_sent_is_unknown_and_runs_nowhere_else),
        cmocka_unit_test(at_least_once_moves_on),
        cmocka_unit_test(no_quorum_says_how_many_answered),
        cmocka_unit_test(a_busy_node_is_avoided),
        cmocka_unit_test(nobody_there_is_a_timeout_without_effect),
        cmocka_unit_test(a_forgotten_session_is_opened_again),
        cmocka_unit_test(what_ran_in_a_forgotten_session_is_unknown),
        cmocka_unit_test(what_went_into_a_session_that_nobody_knows_is_unknown),
        cmocka_unit_test(an_idle_session_is_not_trusted_with_a_write),
        cmocka_unit_test(figures_come_from_the_worker_that_was_asked),
        cmocka_unit_test(rubbish_is_dropped),
        cmocka_unit_test(storms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
