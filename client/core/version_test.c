/* A client that is one version ahead of the nodes, or behind them, is served in what both speak. */
#include "base/wire_testing.h"
#include "client/core/fake_world.h"
#include "client/core/state.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define SECOND 1000000ULL

static void a_newer_client_speaks_the_version_of_the_nodes(void **state) {
    (void)state;
    avo_wire_testing_speak(AVO_WIRE_VERSION + 1);
    struct avo_fake_world world = avo_fake_world_make(7, 1, 4);
    struct avo_client_completion completion;
    struct avo_client_request request = {.call = AVO_CLIENT_PUT,
                                         .key = avo_slice_string("k"),
                                         .value = avo_slice_string("v"),
                                         .deadline_us = world.cluster->now_us + 5 * SECOND};
    assert_int_equal(avo_client_core_submit(world.core, &request, world.cluster->now_us), AVO_OK);
    assert_true(avo_fake_cluster_run(world.cluster, world.core, world.cluster->now_us + 6 * SECOND, &completion));
    assert_int_equal(completion.status, AVO_OK);
    assert_int_equal(avo_client_session_of(world.core, 0, 0)->wire_version, AVO_WIRE_VERSION);
    assert_int_equal(avo_client_session_of(world.core, 0, 0)->hello[0], AVO_WIRE_VERSION + 1); /* what it offered */
    avo_fake_world_free(&world);
    avo_wire_testing_speak(AVO_WIRE_VERSION);
}

/* A session lost at a neighbour that says so in its own version is opened again: that is no reason to give up. */
static void a_refusal_of_a_neighbour_is_read(void **state) {
    (void)state;
    struct avo_fake_world world = avo_fake_world_make(7, 1, 4);
    uint8_t packet[AVO_PACKET_HEADER_BYTES + 1];
    struct avo_packet_header header = {
        .wire_version = AVO_WIRE_VERSION + 1, .kind = AVO_PACKET_REFUSAL, .destination = AVO_SLOT_CLIENT, .session = 1, .epoch = 1};
    avo_packet_header_write(packet, &header);
    packet[AVO_PACKET_HEADER_BYTES] = AVO_ESTALE;
    avo_client_core_on_datagram(world.core, AVO_SLICE_OF(packet), world.cluster->now_us);
    assert_int_equal(world.core->other_version, 0);
    packet[0] = AVO_WIRE_VERSION + 2;
    avo_client_core_on_datagram(world.core, AVO_SLICE_OF(packet), world.cluster->now_us);
    assert_int_equal(world.core->other_version, AVO_WIRE_VERSION + 2);
    avo_fake_world_free(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_newer_client_speaks_the_version_of_the_nodes),
                                       cmocka_unit_test(a_refusal_of_a_neighbour_is_read)};
    return cmocka_run_group_tests_name("client/version", tests, NULL, NULL);
}
