/* What a client core does at a certain time, to the microsecond: not before it, and at it. */
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
#define IDLE_US (10 * SECOND)

/* A world with one open session, of the first node's only worker, in which nothing is asked. */
static struct avo_fake_world begin(void) {
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    struct avo_client_completion completion;
    struct avo_client_request put = {
        .call = AVO_CLIENT_PUT, .key = avo_slice_string("k"), .value = avo_slice_string("v"), .deadline_us = UINT64_MAX};
    assert_int_equal(avo_client_core_submit(world.core, &put, world.cluster->now_us), AVO_OK);
    assert_true(avo_fake_cluster_run(world.cluster, world.core, world.cluster->now_us + SECOND, &completion));
    assert_true(world.core->sessions[0].open && world.core->preferred == 0);
    return world;
}

static void submit(struct avo_fake_world *world, enum avo_client_call call, uint64_t now_us, uint64_t deadline_us) {
    struct avo_client_request request = {.call = call, .key = avo_slice_string("k"), .deadline_us = deadline_us};
    assert_int_equal(avo_client_core_submit(world->core, &request, now_us), AVO_OK);
}

/* Takes everything that goes out; true when a HELLO was among it. */
static bool greets(struct avo_fake_world *world, uint64_t now_us) {
    uint8_t bytes[AVO_PACKET_MAX_BYTES];
    struct avo_buffer packet = {bytes, 0, sizeof bytes};
    struct avo_packet_header header;
    struct avo_address to;
    bool greeted = false;
    while (avo_client_core_next_datagram(world->core, &to, &packet, now_us)) {
        assert_int_equal(avo_packet_header_read(avo_buffer_slice(&packet), &header), AVO_OK);
        greeted |= header.kind == AVO_PACKET_HELLO;
    }
    return greeted;
}

static void an_unused_session_is_opened_anew(void **state) {
    (void)state;
    for (uint64_t early_us = 0; early_us < 2; early_us++) {
        struct avo_fake_world world = begin();
        uint64_t now_us = world.core->sessions[0].heard_us + IDLE_US - early_us;
        submit(&world, AVO_CLIENT_GET, now_us, UINT64_MAX);
        assert_int_equal(greets(&world, now_us), early_us == 0);
        avo_fake_world_free(&world);
    }
}

/* What a node was given to answer, and a quarter more for the way. */
static void a_get_leaves_when_its_patience_is_over(void **state) {
    (void)state;
    for (uint64_t early_us = 0; early_us < 2; early_us++) {
        struct avo_fake_world world = begin();
        uint64_t now_us = world.cluster->now_us;
        submit(&world, AVO_CLIENT_GET, now_us, UINT64_MAX);
        assert_false(greets(&world, now_us));
        assert_int_equal(world.core->sessions[0].sent.count, 1);
        world.core->now_us = now_us + AVO_CLIENT_PATIENCE_MIN_US + AVO_CLIENT_PATIENCE_MIN_US / 4 - early_us;
        avo_client_fail_over(world.core, &world.core->sessions[0], false);
        assert_int_equal(world.core->sessions[0].sent.count, early_us);
        assert_int_equal(world.core->preferred, 1);
        avo_fake_world_free(&world);
    }
}

/* A tick at this time, whenever the last was. */
static void tick(struct avo_fake_world *world, uint64_t now_us) {
    world->core->next_tick_us = now_us;
    avo_client_core_tick(world->core, now_us);
}

static void a_silent_node_is_left(void **state) {
    (void)state;
    struct avo_fake_world world = begin();
    struct avo_client_session *session = &world.core->sessions[0];
    uint64_t now_us = world.cluster->now_us;
    submit(&world, AVO_CLIENT_GET, now_us, UINT64_MAX);
    assert_false(greets(&world, now_us));
    assert_int_equal(session->silent_since_us, now_us);
    tick(&world, now_us + AVO_CLIENT_SILENCE_US - 1);
    assert_int_equal(world.core->preferred, 0);
    tick(&world, now_us + AVO_CLIENT_SILENCE_US);
    assert_int_equal(world.core->preferred, 1);
    assert_true(session->open); /* nobody hinted that it is gone */
    avo_fake_world_free(&world);
}

static void a_node_that_is_said_to_be_gone_is_given_up(void **state) {
    (void)state;
    for (uint64_t early_us = 0; early_us < 2; early_us++) {
        for (int hinted = 0; hinted < 2; hinted++) {
            struct avo_fake_world world = begin();
            struct avo_client_session *session = &world.core->sessions[0];
            submit(&world, AVO_CLIENT_GET, world.cluster->now_us, UINT64_MAX);
            assert_false(greets(&world, world.cluster->now_us));
            session->unreachable = hinted == 1;
            uint64_t lost_us = session->heard_us + AVO_CLIENT_LOST_US;
            session->silent_since_us = lost_us - early_us - AVO_CLIENT_SILENCE_US;
            tick(&world, lost_us - early_us);
            assert_int_equal(session->open, hinted == 0 || early_us == 1);
            avo_fake_world_free(&world);
        }
    }
}

static void an_operation_ends_at_its_deadline(void **state) {
    (void)state;
    struct avo_fake_world world = begin();
    struct avo_client_completion completion;
    uint64_t now_us = world.cluster->now_us;
    submit(&world, AVO_CLIENT_GET, now_us, now_us + 100);
    tick(&world, now_us + 99);
    assert_false(avo_client_core_next_completion(world.core, &completion));
    tick(&world, now_us + 100);
    assert_true(avo_client_core_next_completion(world.core, &completion));
    assert_int_equal(completion.status, AVO_ETIMEOUT);
    avo_fake_world_free(&world);
}

static void a_replaced_key_ages(void **state) {
    (void)state;
    struct avo_fake_world world = begin();
    struct avo_channel *channel = &world.core->sessions[0].channel;
    uint64_t now_us = world.cluster->now_us;
    submit(&world, AVO_CLIENT_GET, now_us, UINT64_MAX);
    world.core->aged_us = now_us;
    channel->previous = true;
    tick(&world, now_us + AVO_CHANNEL_AGE_US - 1);
    assert_false(channel->previous_aged);
    tick(&world, now_us + AVO_CHANNEL_AGE_US);
    assert_true(channel->previous_aged && channel->previous);
    assert_int_equal(world.core->aged_us, now_us + AVO_CHANNEL_AGE_US);
    tick(&world, now_us + AVO_CHANNEL_AGE_US + 1);
    assert_true(channel->previous);
    tick(&world, now_us + 2 * AVO_CHANNEL_AGE_US);
    assert_false(channel->previous);
    avo_fake_world_free(&world);
}

static enum avo_error check(const struct avo_fake_world *world, size_t key_bytes, size_t value_bytes) {
    static uint8_t bytes[AVO_VALUE_MAX_BYTES + 1];
    struct avo_client_request request = {
        .call = AVO_CLIENT_PUT, .key = avo_slice(bytes, key_bytes), .value = avo_slice(bytes, value_bytes)};
    return avo_client_core_check(world->core, &request);
}

static void what_is_asked_has_limits(void **state) {
    (void)state;
    struct avo_fake_world world = begin();
    struct avo_client_request stats = {.call = AVO_CLIENT_STATS, .slot = 2};
    size_t most_bytes = world.core->view.value_max_bytes;
    assert_int_equal(check(&world, 0, 1), AVO_EINVAL);
    assert_int_equal(check(&world, AVO_KEY_MAX_BYTES, most_bytes), AVO_OK);
    assert_int_equal(check(&world, AVO_KEY_MAX_BYTES + 1, 1), AVO_ETOOBIG);
    assert_int_equal(check(&world, 1, most_bytes + 1), AVO_ETOOBIG);
    assert_int_equal(avo_client_core_check(world.core, &stats), AVO_OK);
    stats.worker = 1;
    assert_int_equal(avo_client_core_check(world.core, &stats), AVO_EINVAL);
    stats.worker = 0;
    stats.slot = AVO_FAKE_NODES;
    assert_int_equal(avo_client_core_check(world.core, &stats), AVO_EINVAL);
    avo_fake_world_free(&world);
}

int main(void) {
    printf("seed %d\n", SEED);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unused_session_is_opened_anew),
        cmocka_unit_test(a_get_leaves_when_its_patience_is_over),
        cmocka_unit_test(a_silent_node_is_left),
        cmocka_unit_test(a_node_that_is_said_to_be_gone_is_given_up),
        cmocka_unit_test(an_operation_ends_at_its_deadline),
        cmocka_unit_test(a_replaced_key_ages),
        cmocka_unit_test(what_is_asked_has_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
