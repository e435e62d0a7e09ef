/* Tickets that end under a client: what waits for the next one, what ends, and that open sessions stay. */
#include "client/core/fake_world.h"
#include "client/core/state.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEED 47
#define SECOND 1000000ULL
#define MANY 40

static const uint8_t next_ticket[130] = {4, 5, 6};

static void expire_all(struct avo_fake_world *world) {
    world->cluster->ticket = AVO_SLICE_OF(next_ticket);
    for (int i = 0; i < AVO_FAKE_NODES; i++) {
        world->cluster->nodes[i].mood = AVO_FAKE_EXPIRING;
    }
}

static void submit(struct avo_fake_world *world, enum avo_client_call call, uint64_t tag) {
    struct avo_client_request request = {
        .call = call, .key = avo_slice_string("k"), .deadline_us = world->cluster->now_us + 5 * SECOND, .tag = tag};
    request.value = call == AVO_CLIENT_PUT ? avo_slice_string("v") : AVO_SLICE_EMPTY;
    assert_int_equal(avo_client_core_submit(world->core, &request, world->cluster->now_us), AVO_OK);
}

static bool run(struct avo_fake_world *world, uint64_t time_us, struct avo_client_completion *completion) {
    return avo_fake_cluster_run(world->cluster, world->core, world->cluster->now_us + time_us, completion);
}

static enum avo_error call(struct avo_fake_world *world, enum avo_client_call call) {
    struct avo_client_completion completion;
    submit(world, call, 1);
    assert_true(run(world, 6 * SECOND, &completion));
    return completion.status;
}

static struct avo_fake_world open_world(bool renews) {
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, MANY);
    world.core->renews = renews;
    assert_int_equal(call(&world, AVO_CLIENT_PUT), AVO_OK);
    return world;
}

static uint64_t sessions_opened(const struct avo_fake_world *world) {
    struct avo_client_core_stats stats;
    avo_client_core_stats(world->core, &stats);
    return stats.sessions_opened;
}

static void who_does_not_renew_is_told_at_once(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    expire_all(&world);
    uint64_t before_us = world.cluster->now_us;
    assert_int_equal(call(&world, AVO_CLIENT_PUT), AVO_EEXPIRED); /* no session opens */
    assert_true(world.cluster->now_us - before_us < SECOND);
    assert_false(avo_client_core_ticket_ended(world.core));
    avo_fake_world_free(&world);
    world = open_world(false);
    expire_all(&world);
    before_us = world.cluster->now_us;
    assert_int_equal(call(&world, AVO_CLIENT_PUT), AVO_EEXPIRED); /* in the open one */
    assert_true(world.cluster->now_us - before_us < SECOND);
    avo_fake_world_free(&world);
}

static void operations_wait_for_the_next_ticket(void **state) {
    (void)state;
    for (int opened = 0; opened < 2; opened++) {
        struct avo_fake_world world = opened == 1 ? open_world(true) : avo_fake_world_make(SEED, 1, 4);
        struct avo_client_completion completion;
        world.core->renews = true;
        expire_all(&world);
        submit(&world, AVO_CLIENT_PUT, 1);
        assert_false(run(&world, SECOND, &completion));
        assert_true(avo_client_core_ticket_ended(world.core));
        avo_client_core_ticket_set(world.core, AVO_SLICE_OF(next_ticket));
        assert_false(avo_client_core_ticket_ended(world.core));
        assert_true(run(&world, SECOND, &completion));
        assert_int_equal(completion.status, AVO_OK);
        assert_int_equal(sessions_opened(&world), 1 + opened); /* two nodes had denied the old one: the third serves */
        avo_fake_world_free(&world);
    }
}

static void what_waits_ends_when_none_is_to_be_had(void **state) {
    (void)state;
    struct avo_fake_world world = open_world(true);
    struct avo_client_completion completion;
    expire_all(&world);
    submit(&world, AVO_CLIENT_PUT, 1);
    assert_false(run(&world, SECOND, &completion));
    avo_client_core_ticket_give_up(world.core);
    assert_true(run(&world, SECOND, &completion));
    assert_int_equal(completion.status, AVO_EEXPIRED);
    submit(&world, AVO_CLIENT_GET, 2); /* the next one asks again */
    assert_false(run(&world, SECOND, &completion));
    assert_true(avo_client_core_ticket_ended(world.core));
    avo_client_core_ticket_set(world.core, AVO_SLICE_OF(next_ticket));
    assert_true(run(&world, SECOND, &completion));
    assert_int_equal(completion.status, AVO_OK);
    avo_fake_world_free(&world);
}

static void it_waits_no_longer_than_its_time(void **state) {
    (void)state;
    struct avo_fake_world world = open_world(true);
    expire_all(&world);
    uint64_t before_us = world.cluster->now_us;
    assert_int_equal(call(&world, AVO_CLIENT_PUT), AVO_EEXPIRED);
    assert_true(world.cluster->now_us - before_us >= 5 * SECOND);
    assert_true(world.cluster->now_us - before_us < 5 * SECOND + SECOND / 20);
    avo_fake_world_free(&world);
}

/* The ticket was renewed in time, and the old one ends amid traffic over a way that loses, repeats and reorders. */
static void an_open_session_takes_the_next_ticket_amid_traffic(void **state) {
    (void)state;
    struct avo_fake_world world = open_world(true);
    struct avo_client_completion completion;
    uint64_t wrote = 0;
    world.cluster->delay_max_us = 3000;
    world.cluster->loss_percent = 5;
    world.cluster->repeat_percent = 10;
    avo_client_core_ticket_set(world.core, AVO_SLICE_OF(next_ticket));
    for (int i = 0; i < MANY; i++) {
        submit(&world, AVO_CLIENT_PUT, (uint64_t)i);
        if (i == MANY / 2) {
            expire_all(&world);
        }
    }
    for (int i = 0; i < MANY; i++) {
        assert_true(run(&world, 6 * SECOND, &completion));
        assert_int_equal(completion.status, AVO_OK);
    }
    assert_false(avo_client_core_ticket_ended(world.core)); /* late answers about the old one say nothing of the new */
    assert_int_equal(sessions_opened(&world), 1);
    for (int i = 0; i < AVO_FAKE_NODES; i++) {
        wrote += world.cluster->nodes[i].wrote;
    }
    assert_int_equal(wrote, MANY + 1); /* each once */
    avo_fake_world_free(&world);
}

static void a_handshake_under_way_begins_again_with_the_next_ticket(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    struct avo_client_completion completion;
    world.core->renews = true;
    for (int i = 0; i < AVO_FAKE_NODES; i++) {
        world.cluster->nodes[i].mood = AVO_FAKE_MUTE;
    }
    submit(&world, AVO_CLIENT_PUT, 1);
    assert_false(run(&world, SECOND / 20, &completion));
    expire_all(&world);
    avo_client_core_ticket_set(world.core, AVO_SLICE_OF(next_ticket));
    assert_true(run(&world, SECOND, &completion));
    assert_int_equal(completion.status, AVO_OK);
    avo_fake_world_free(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_does_not_renew_is_told_at_once),
        cmocka_unit_test(operations_wait_for_the_next_ticket),
        cmocka_unit_test(what_waits_ends_when_none_is_to_be_had),
        cmocka_unit_test(it_waits_no_longer_than_its_time),
        cmocka_unit_test(an_open_session_takes_the_next_ticket_amid_traffic),
        cmocka_unit_test(a_handshake_under_way_begins_again_with_the_next_ticket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
