/* [V2] Views that meet: the one behind is shown the newer one, in packets that prove themselves, and nobody is an amplifier. */
#include "trusted/worker/testing_scene.h"
#include <sodium.h>

struct sent {
    uint32_t count;
    struct avo_address to[64];
    size_t length[64];
    uint8_t bytes[64][AVO_MTU_DEFAULT_BYTES];
};

static struct sent sent;

/* What the worker sent since the last call, all of it VIEW packets. */
static void drain(struct worker_scene *scene) {
    sent.count = 0;
    uint32_t length;
    while (sent.count < 64 && avo_ring_waits(&scene->host.outbound) &&
           (length = avo_ring_pop(&scene->host.outbound, &sent.to[sent.count], sent.bytes[sent.count])) > 0) {
        sent.length[sent.count++] = length;
    }
}

static void header_push(struct worker_scene *scene, enum avo_packet_kind kind, uint8_t source, uint32_t epoch,
                        struct avo_slice body) {
    uint8_t packet[AVO_PATH_FLOOR_BYTES] = {0};
    struct avo_packet_header header = {.wire_version = AVO_WIRE_VERSION, .kind = kind, .source = source, .epoch = epoch};
    header.view_hash[0] = 1;
    avo_packet_header_write(packet, &header);
    avo_copy(packet + AVO_PACKET_HEADER_BYTES, sizeof packet - AVO_PACKET_HEADER_BYTES, body);
    worker_scene_push(scene, packet, AVO_PACKET_HEADER_BYTES + body.length);
}

/* The signed view in what was sent to `port`; 0 bytes: none. */
static struct avo_slice shown(uint16_t port) {
    static struct avo_view_gather gather;
    struct avo_slice whole = AVO_SLICE_EMPTY;
    memset(&gather, 0, sizeof gather);
    for (uint32_t i = 0; i < sent.count; i++) {
        struct avo_packet_header header;
        struct avo_slice packet = avo_slice(sent.bytes[i], sent.length[i]);
        assert_int_equal(avo_packet_header_read(packet, &header), AVO_OK);
        struct avo_slice body = avo_slice_part(packet, AVO_PACKET_HEADER_BYTES, packet.length - AVO_PACKET_HEADER_BYTES);
        if (header.kind == AVO_PACKET_VIEW && sent.to[i].port == port && body.length > 0) {
            assert_int_not_equal(avo_view_gather(&gather, header.epoch, header.view_hash, body, &whole), AVO_EFORMAT);
        }
    }
    return whole;
}

static void a_peer_that_is_behind_is_shown_our_view_where_our_view_says(void **state) {
    struct worker_scene *scene = *state;
    struct avo_view view = worker_scene_view(scene, 4);
    worker_scene_hand(scene, &view);
    drain(scene);
    header_push(scene, AVO_PACKET_PEER, 1, 3, AVO_SLICE_OF(((const uint8_t[64]){0})));
    drain(scene);
    struct avo_view read;
    assert_int_equal(avo_view_verify(shown(7001), scene->identity.cas_sign_public, &read), AVO_OK);
    assert_int_equal(read.epoch, 4);
    assert_int_equal(shown(9).length, 0); /* where the packet came from */
    uint32_t shown_count = 0;
    for (int i = 0; i < 50; i++) { /* 100 ms */
        header_push(scene, AVO_PACKET_PEER, 1, 3, AVO_SLICE_OF(((const uint8_t[64]){0})));
        drain(scene);
        shown_count += shown(7001).length > 0;
    }
    assert_true(shown_count >= 5 && shown_count <= 10);
    header_push(scene, AVO_PACKET_PEER, 8, 3, AVO_SLICE_EMPTY); /* no member */
    header_push(scene, AVO_PACKET_PEER, 0, 3, AVO_SLICE_EMPTY); /* ourselves */
    header_push(scene, AVO_PACKET_PEER, 2, 4, AVO_SLICE_EMPTY); /* another view of the same epoch */
    drain(scene);
    assert_int_equal(sent.count, 0);
}

static void one_that_is_behind_asks_and_says_no_more_than_it_heard(void **state) {
    struct worker_scene *scene = *state;
    drain(scene);
    header_push(scene, AVO_PACKET_PEER, 1, 2, AVO_SLICE_OF(((const uint8_t[16]){0})));
    drain(scene);
    assert_int_equal(sent.count, 1);
    assert_int_equal(sent.length[0], AVO_PACKET_HEADER_BYTES);
    assert_int_equal(sent.to[0].port, 9);
    struct avo_packet_header header;
    assert_int_equal(avo_packet_header_read(avo_slice(sent.bytes[0], sent.length[0]), &header), AVO_OK);
    assert_int_equal(header.kind, AVO_PACKET_VIEW);
    assert_int_equal(header.epoch, 1);
    assert_int_equal(header.destination, 1);
}

static void a_question_is_answered(void **state) {
    struct worker_scene *scene = *state;
    struct avo_view view = worker_scene_view(scene, 2);
    worker_scene_hand(scene, &view);
    drain(scene);
    header_push(scene, AVO_PACKET_VIEW, 2, 1, AVO_SLICE_EMPTY);
    drain(scene);
    assert_true(shown(7002).length > 0);
}

/* Parts of a signed view, as a peer shows them. */
static void show_to(struct worker_scene *scene, const struct avo_signed_view *signed_view, uint32_t epoch) {
    for (uint32_t i = 0; i < AVO_VIEW_PART_MAX_COUNT; i++) {
        uint8_t part[AVO_VIEW_PART_HEADER_BYTES + AVO_VIEW_PART_BYTES];
        struct avo_writer writer = avo_writer(part, sizeof part);
        if (avo_view_part_write(&writer, signed_view, i)) {
            header_push(scene, AVO_PACKET_VIEW, 1, epoch, avo_writer_slice(&writer));
        }
    }
}

static void a_newer_view_goes_to_the_steward_and_changes_nothing_here(void **state) {
    struct worker_scene *scene = *state;
    struct avo_view view = worker_scene_view(scene, 2);
    struct avo_signed_view signed_view;
    avo_view_sign(&view, scene->sign_secret, &signed_view);
    show_to(scene, &signed_view, 2);
    const struct avo_letter *letter = avo_mailbox_next(&scene->to_steward);
    assert_non_null(letter);
    assert_int_equal(letter->kind, AVO_LETTER_VIEW);
    assert_int_equal(letter->signed_view.length, signed_view.length);
    assert_memory_equal(letter->signed_view.bytes, signed_view.bytes, signed_view.length);
    avo_mailbox_release(&scene->to_steward);
    assert_int_equal(scene->worker->view.epoch, 1);
    show_to(scene, &signed_view, 1); /* says that it is no newer */
    assert_null(avo_mailbox_next(&scene->to_steward));
    uint32_t posted_count = 0;     /* a signature is dear to check: not as often as anybody likes */
    for (int i = 0; i < 50; i++) { /* 100 ms */
        show_to(scene, &signed_view, 2);
        posted_count += avo_mailbox_next(&scene->to_steward) != NULL;
        if (avo_mailbox_next(&scene->to_steward) != NULL) {
            avo_mailbox_release(&scene->to_steward);
        }
    }
    assert_true(posted_count >= 3 && posted_count <= 10);
}

/* It was made for the incarnation before this one: nobody tampered. Garbage of our own epoch is a forgery. */
static void a_hello_under_an_older_view_is_no_forgery_and_is_shown_ours(void **state) {
    struct worker_scene *scene = *state;
    struct avo_view view = worker_scene_view(scene, 2);
    uint8_t packet[AVO_PACKET_HEADER_BYTES + 250] = {0};
    struct avo_packet_header header = {
        .wire_version = AVO_WIRE_VERSION, .kind = AVO_PACKET_HELLO, .source = AVO_SLOT_CLIENT, .session = 7, .epoch = 1};
    struct avo_figures before, after;
    worker_scene_hand(scene, &view);
    drain(scene);
    avo_worker_stats(scene->worker, &before);
    avo_random_fill(&scene->prng.random, packet, sizeof packet);
    avo_packet_header_write(packet, &header);
    worker_scene_push(scene, packet, sizeof packet);
    avo_worker_stats(scene->worker, &after);
    assert_int_equal(after.tampered, before.tampered);
    assert_int_equal(after.dropped, before.dropped + 1);
    drain(scene);
    assert_true(shown(9).length > 0);
    header.epoch = 2;
    packet[AVO_PACKET_HEADER_BYTES + AVO_HASH_BYTES] ^= 1; /* another handshake */
    avo_packet_header_write(packet, &header);
    worker_scene_push(scene, packet, sizeof packet);
    avo_worker_stats(scene->worker, &after);
    assert_int_equal(after.tampered, before.tampered + 1);
    drain(scene);
    assert_int_equal(shown(9).length, 0);
}

static void rubbish_is_counted(void **state) {
    struct worker_scene *scene = *state;
    struct avo_figures before, after;
    avo_worker_stats(scene->worker, &before);
    header_push(scene, AVO_PACKET_VIEW, 1, 7, AVO_SLICE_OF(((const uint8_t[5]){0, 9, 0, 3, 1})));
    header_push(scene, AVO_PACKET_VIEW, AVO_SLOT_CLIENT, 7, AVO_SLICE_OF(((const uint8_t[5]){0, 1, 0, 0, 1})));
    avo_worker_stats(scene->worker, &after);
    assert_int_equal(after.bad_packets, before.bad_packets + 1);
    assert_int_equal(after.dropped, before.dropped + 1);
    assert_null(avo_mailbox_next(&scene->to_steward));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_peer_that_is_behind_is_shown_our_view_where_our_view_says, worker_scene_setup,
                                        worker_scene_teardown),
        cmocka_unit_test_setup_teardown(one_that_is_behind_asks_and_says_no_more_than_it_heard, worker_scene_setup,
                                        worker_scene_teardown),
        cmocka_unit_test_setup_teardown(a_question_is_answered, worker_scene_setup, worker_scene_teardown),
        cmocka_unit_test_setup_teardown(a_newer_view_goes_to_the_steward_and_changes_nothing_here, worker_scene_setup,
                                        worker_scene_teardown),
        cmocka_unit_test_setup_teardown(a_hello_under_an_older_view_is_no_forgery_and_is_shown_ours, worker_scene_setup,
                                        worker_scene_teardown),
        cmocka_unit_test_setup_teardown(rubbish_is_counted, worker_scene_setup, worker_scene_teardown),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests_name("worker/spread", tests, NULL, NULL);
}
