/* Views that change under a client: what is signed and newer is followed, and nothing is lost or run twice over it [V1]. */
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
#define SEED 29

static enum avo_error call(struct avo_fake_world *world, enum avo_client_call kind, const char *key, uint64_t patience_us) {
    struct avo_client_completion completion;
    struct avo_client_request request = {.call = kind,
                                         .key = avo_slice_string(key),
                                         .value = kind == AVO_CLIENT_PUT ? avo_slice_string("v") : AVO_SLICE_EMPTY,
                                         .deadline_us = world->cluster->now_us + patience_us};
    assert_int_equal(avo_client_core_submit(world->core, &request, world->cluster->now_us), AVO_OK);
    assert_true(avo_fake_cluster_run(world->cluster, world->core, world->cluster->now_us + patience_us + SECOND, &completion));
    return completion.status;
}

/* Parts of a view come, each in a packet of its own. */
static void show(struct avo_fake_world *world, const struct avo_signed_view *signed_view, uint32_t epoch) {
    struct avo_client_completion completion;
    assert_false(avo_client_core_next_completion(world->core, &completion)); /* what came last is at its end */
    for (uint32_t i = 0; i < AVO_VIEW_PART_MAX_COUNT; i++) {
        uint8_t packet[AVO_PATH_FLOOR_BYTES];
        struct avo_packet_header header = {
            .wire_version = AVO_WIRE_VERSION, .kind = AVO_PACKET_VIEW, .destination = AVO_SLOT_CLIENT, .epoch = epoch};
        avo_packet_header_write(packet, &header);
        struct avo_writer body = avo_writer(packet + AVO_PACKET_HEADER_BYTES, sizeof packet - AVO_PACKET_HEADER_BYTES);
        if (avo_view_part_write(&body, signed_view, i)) {
            avo_client_core_on_datagram(world->core, avo_slice(packet, AVO_PACKET_HEADER_BYTES + body.length),
                                        world->cluster->now_us);
            assert_false(avo_client_core_next_completion(world->core, &completion));
        }
    }
}

static void show_view(struct avo_fake_world *world, const struct avo_view *view) {
    struct avo_signed_view signed_view;
    avo_view_sign(view, world->cluster->sign_secret, &signed_view);
    show(world, &signed_view, view->epoch);
}

static struct avo_view next_view(const struct avo_fake_world *world, uint32_t epoch) {
    struct avo_view view = world->cluster->view;
    view.epoch = epoch;
    return view;
}

static uint64_t adopted(const struct avo_fake_world *world) {
    struct avo_client_core_stats stats;
    avo_client_core_stats(world->core, &stats);
    return stats.views_adopted;
}

/* A newer start of the slot: another key. Its old sessions are worth nothing. */
static void replace(struct avo_fake_world *world, struct avo_view *view, uint8_t slot) {
    struct avo_fake_node *node = &world->cluster->nodes[slot];
    avo_key_pair_make(&node->key, &world->cluster->prng.random);
    memset(node->sessions, 0, sizeof node->sessions);
    memset(node->forgotten, 0, sizeof node->forgotten);
    view->members[slot].incarnation = view->epoch;
    memcpy(view->members[slot].channel_public_key, node->key.public, AVO_PUBLIC_KEY_BYTES);
}

static void a_newer_start_is_greeted_under_its_own_key(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 2, 4);
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "a", SECOND), AVO_OK);
    struct avo_view view = next_view(&world, 2);
    replace(&world, &view, 0);
    show_view(&world, &view);
    assert_int_equal(adopted(&world), 1);
    assert_int_equal(avo_client_core_view(world.core)->length > 0, true);
    world.cluster->nodes[1].mood = AVO_FAKE_DEAD;
    world.cluster->nodes[2].mood = AVO_FAKE_DEAD;
    assert_int_equal(call(&world, AVO_CLIENT_GET, "a", 2 * SECOND), AVO_OK);
    avo_fake_world_free(&world);
}

/* It ran there or it did not: nobody can say. What may run twice goes on elsewhere. */
static void what_was_under_way_at_a_replaced_node(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    struct avo_client_completion completion;
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "a", SECOND), AVO_OK);
    world.cluster->nodes[0].mood = AVO_FAKE_MUTE;
    struct avo_client_request put = {.call = AVO_CLIENT_PUT,
                                     .key = avo_slice_string("b"),
                                     .value = avo_slice_string("v"),
                                     .tag = 1,
                                     .deadline_us = world.cluster->now_us + 9 * SECOND};
    struct avo_client_request get = {
        .call = AVO_CLIENT_GET, .key = avo_slice_string("a"), .tag = 2, .deadline_us = world.cluster->now_us + 9 * SECOND};
    assert_int_equal(avo_client_core_submit(world.core, &put, world.cluster->now_us), AVO_OK);
    assert_int_equal(avo_client_core_submit(world.core, &get, world.cluster->now_us), AVO_OK);
    assert_false(avo_fake_cluster_run(world.cluster, world.core, world.cluster->now_us + 20000, &completion));
    struct avo_view view = next_view(&world, 2);
    replace(&world, &view, 0);
    struct avo_signed_view signed_view;
    avo_view_sign(&view, world.cluster->sign_secret, &signed_view);
    world.cluster->nodes[0].mood = AVO_FAKE_WELL;
    uint8_t packet[AVO_PATH_FLOOR_BYTES];
    uint32_t unknown_count = 0;
    uint32_t good_count = 0;
    for (uint32_t i = 0; i < AVO_VIEW_PART_MAX_COUNT; i++) {
        struct avo_packet_header header = {
            .wire_version = AVO_WIRE_VERSION, .kind = AVO_PACKET_VIEW, .destination = AVO_SLOT_CLIENT, .epoch = 2};
        avo_packet_header_write(packet, &header);
        struct avo_writer body = avo_writer(packet + AVO_PACKET_HEADER_BYTES, sizeof packet - AVO_PACKET_HEADER_BYTES);
        if (avo_view_part_write(&body, &signed_view, i)) {
            avo_client_core_on_datagram(world.core, avo_slice(packet, AVO_PACKET_HEADER_BYTES + body.length),
                                        world.cluster->now_us);
        }
        while (avo_client_core_next_completion(world.core, &completion)) {
            assert_int_equal(completion.tag, 1);
            unknown_count += completion.status == AVO_EUNKNOWN;
        }
    }
    good_count += avo_fake_cluster_run(world.cluster, world.core, world.cluster->now_us + 2 * SECOND, &completion) &&
                  completion.tag == 2 && completion.status == AVO_OK;
    assert_int_equal(unknown_count, 1);
    assert_int_equal(good_count, 1);
    avo_fake_world_free(&world);
}

static void a_member_that_moved_is_followed_and_keeps_its_session(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "a", SECOND), AVO_OK);
    struct avo_view view = next_view(&world, 2);
    view.members[0].address.port = 4321;
    show_view(&world, &view);
    const struct avo_client_session *session = avo_client_session_of(world.core, 0, 0);
    assert_true(session->open);
    assert_int_equal(avo_member_address(session->member, 0).port, 4321);
    avo_fake_world_free(&world);
}

static void what_is_not_signed_newer_and_of_this_cluster_is_ignored(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "a", SECOND), AVO_OK);
    struct avo_view view = next_view(&world, 3);
    show_view(&world, &view);
    assert_int_equal(adopted(&world), 1);
    show_view(&world, &view); /* the same */
    view.epoch = 2;
    show_view(&world, &view);
    view.epoch = 4;
    struct avo_signed_view forged;
    avo_view_sign(&view, world.cluster->sign_secret, &forged);
    forged.bytes[20] ^= 1;
    show(&world, &forged, 4);
    view.cluster_id[0] ^= 1;
    show_view(&world, &view);
    view.cluster_id[0] ^= 1;
    view.value_max_bytes--;
    show_view(&world, &view);
    view.value_max_bytes++;
    view.worker_count++;
    show_view(&world, &view);
    assert_int_equal(adopted(&world), 1);
    avo_fake_world_free(&world);
}

static void members_come_and_go(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "a", SECOND), AVO_OK);
    struct avo_view view = next_view(&world, 2);
    view.slot_count = view.member_count = 2; /* slot 2 left */
    show_view(&world, &view);
    assert_int_equal(world.core->voting_count, 2);
    struct avo_client_request stats = {.call = AVO_CLIENT_STATS, .slot = 2, .deadline_us = world.cluster->now_us + SECOND};
    assert_int_equal(avo_client_core_submit(world.core, &stats, world.cluster->now_us), AVO_EINVAL);
    stats.slot = AVO_SLOT_CLIENT;
    assert_int_equal(avo_client_core_submit(world.core, &stats, world.cluster->now_us), AVO_EINVAL);
    view = next_view(&world, 3); /* it is back, as a newer start, and not yet voting */
    replace(&world, &view, 2);
    view.members[2].role = AVO_ROLE_JOINING;
    show_view(&world, &view);
    assert_int_equal(world.core->voting_count, 2);
    world.cluster->nodes[0].mood = AVO_FAKE_DEAD;
    world.cluster->nodes[1].mood = AVO_FAKE_DEAD;
    assert_int_equal(call(&world, AVO_CLIENT_GET, "a", SECOND), AVO_ETIMEOUT);
    view.epoch = 4;
    view.members[2].role = AVO_ROLE_VOTING;
    show_view(&world, &view);
    assert_int_equal(world.core->voting_count, 3);
    assert_int_equal(call(&world, AVO_CLIENT_GET, "a", 2 * SECOND), AVO_OK);
    avo_fake_world_free(&world);
}

/* More than there are rows for: those that have one are enough. */
static void nine_members_at_once(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    struct avo_view view = next_view(&world, 2);
    view.slot_count = view.member_count = AVO_SLOT_MAX_COUNT;
    for (uint8_t slot = AVO_FAKE_NODES; slot < AVO_SLOT_MAX_COUNT; slot++) {
        view.members[slot] = view.members[0];
        view.members[slot].slot = slot;
        view.members[slot].channel_public_key[0] ^= slot;
        view.members[slot].address.port = (uint16_t)(5000 + slot);
    }
    show_view(&world, &view);
    assert_int_equal(adopted(&world), 1);
    assert_int_equal(world.core->voting_count, AVO_FAKE_NODES + 2);
    assert_int_equal(call(&world, AVO_CLIENT_PUT, "a", SECOND), AVO_OK);
    avo_fake_world_free(&world);
}

/* The last five of seven are a quorum and one: a client that began with one member must reach some of them. */
static void a_group_of_one_that_grew_to_seven_loses_three(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    struct avo_view view = next_view(&world, 2);
    const struct avo_client_core_config alone = {.view = &view};
    view.slot_count = view.member_count = 1;
    size_t one = avo_client_core_bytes(&alone);
    view.slot_count = view.member_count = 3;
    assert_int_equal(avo_client_core_bytes(&alone), one); /* as many rows */
    avo_fake_world_free(&world);
}

/* Of nobody but the pinned CAS; without its key none is followed. */
static void a_core_without_the_key_follows_nothing(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(SEED, 1, 4);
    world.core->follows = false;
    struct avo_view view = next_view(&world, 2);
    show_view(&world, &view);
    assert_int_equal(adopted(&world), 0);
    assert_null(avo_client_core_view(world.core));
    avo_fake_world_free(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_newer_start_is_greeted_under_its_own_key),
        cmocka_unit_test(what_was_under_way_at_a_replaced_node),
        cmocka_unit_test(a_member_that_moved_is_followed_and_keeps_its_session),
        cmocka_unit_test(what_is_not_signed_newer_and_of_this_cluster_is_ignored),
        cmocka_unit_test(members_come_and_go),
        cmocka_unit_test(nine_members_at_once),
        cmocka_unit_test(a_core_without_the_key_follows_nothing),
        cmocka_unit_test(a_group_of_one_that_grew_to_seven_loses_three),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
