/* A worker that is handed a newer view by its steward: channels, packets, sessions and quorum follow [V1, V2, V3]. */
#include "base/wire_testing.h"
#include "trusted/worker/testing_scene.h"
#include <sodium.h>

/* A packet with one QUERY of `slot`, which runs under `view` as `own_key`. Was it answered, under the same view? */
static bool answers(struct worker_scene *scene, const struct avo_view *view, uint8_t slot, const struct avo_key_pair *own_key) {
    static struct avo_channel channel;
    static uint64_t round;
    uint8_t packet[AVO_MTU_DEFAULT_BYTES];
    size_t packet_bytes = 0;
    uint8_t hash[AVO_HASH_BYTES];
    struct avo_channel_ends ends = {.own_secret = own_key->secret,
                                    .cluster_id = view->cluster_id,
                                    .own = avo_view_member(view, slot),
                                    .peer = avo_view_member(view, 0)};
    struct avo_message query = {.type = AVO_MESSAGE_QUERY,
                                .query = {.round = ++round, .want = AVO_WANT_VERSION, .key = avo_slice_string("k")}};
    assert_int_equal(avo_channel_open_peer(&channel, scene->worker->aead, NULL, &ends), AVO_OK);
    channel.send_counter += round * 10; /* as if the channel had been in use all along */
    struct avo_packet_header header = {
        .wire_version = avo_view_wire(view), .kind = AVO_PACKET_PEER, .source = slot, .epoch = view->epoch};
    avo_view_hash(view, hash);
    memcpy(header.view_hash, hash, sizeof header.view_hash);
    struct avo_writer batch = avo_writer(packet + AVO_PACKET_HEADER_BYTES, sizeof packet - 100);
    assert_true(avo_frame_write(&batch, &query));
    assert_int_equal(avo_channel_seal(&channel, header, packet, batch.length, &packet_bytes), AVO_OK);
    worker_scene_push(scene, packet, packet_bytes);
    bool answered = false;
    struct avo_address to;
    struct avo_slice datagram;
    while (avo_ring_peek(&scene->host.outbound, 0, &to, &datagram)) {
        uint8_t copy[2048];
        struct avo_packet_header back;
        struct avo_slice opened;
        avo_copy(copy, sizeof copy, datagram);
        assert_int_equal(avo_packet_header_read(datagram, &back), AVO_OK);
        answered |= back.epoch == view->epoch && memcmp(back.view_hash, hash, sizeof back.view_hash) == 0 &&
                    to.port == avo_view_member(view, slot)->address.port &&
                    avo_channel_open(&channel, &back, copy, datagram.length, &opened) == AVO_OK && opened.length > 0;
        avo_ring_release(&scene->host.outbound, 1);
    }
    return answered;
}

static void packets_are_of_the_view_that_was_handed_last(void **state) {
    struct worker_scene *scene = *state;
    struct avo_view first = worker_scene_view(scene, 1);
    struct avo_view second = worker_scene_view(scene, 2);
    assert_int_equal(worker_scene_told(scene), 0); /* the steward knows with which view it began */
    assert_true(answers(scene, &first, 1, &scene->keys[1]));
    uint64_t counter = scene->worker->peers[1].channel.send_counter;
    assert_false(answers(scene, &second, 1, &scene->keys[1]));
    worker_scene_hand(scene, &second);
    assert_int_equal(worker_scene_told(scene), 2);
    assert_false(answers(scene, &first, 1, &scene->keys[1]));
    assert_true(answers(scene, &second, 1, &scene->keys[1]));
    assert_true(scene->worker->peers[1].channel.send_counter > counter); /* the same key: its nonces go on */
}

static void a_member_that_moved_is_followed(void **state) {
    struct worker_scene *scene = *state;
    struct avo_view view = worker_scene_view(scene, 2);
    view.members[1].address.port = 7777;
    worker_scene_hand(scene, &view);
    assert_true(answers(scene, &view, 1, &scene->keys[1]));
}

static void a_new_incarnation_is_a_new_key_and_the_one_before_is_gone(void **state) {
    static const uint8_t zero[sizeof((struct avo_ratchet *)0)->secret];
    struct worker_scene *scene = *state;
    struct avo_key_pair key;
    struct avo_view view = worker_scene_view(scene, 2);
    avo_key_pair_make(&key, &scene->prng.random);
    view.members[1].incarnation = 2;
    memcpy(view.members[1].channel_public_key, key.public, sizeof key.public);
    worker_scene_hand(scene, &view);
    assert_true(answers(scene, &view, 1, &key));
    assert_false(answers(scene, &view, 1, &scene->keys[1]));
    view.epoch = 3;
    view.member_count = 2;
    view.members[1] = view.members[2];
    assert_int_equal(worker_scene_told(scene), 2);
    worker_scene_hand(scene, &view); /* slot 1 left */
    assert_int_equal(worker_scene_told(scene), 3);
    assert_false(scene->worker->peers[1].present);
    assert_memory_equal(scene->worker->peers[1].channel.send_ratchet.secret, zero, sizeof zero);
    assert_true(answers(scene, &view, 2, &scene->keys[2]));
}

/* When the last member of an older version has left, the others speak the newer one, from that view on. */
static void members_speak_the_version_of_their_view(void **state) {
    struct worker_scene *scene = *state;
    struct avo_view view = worker_scene_view(scene, 2);
    avo_wire_testing_speak(AVO_WIRE_VERSION + 1);
    view.members[0].wire_highest = view.members[1].wire_highest = AVO_WIRE_VERSION + 1;
    worker_scene_hand(scene, &view);
    assert_int_equal(scene->worker->wire_version, AVO_WIRE_VERSION);
    assert_true(answers(scene, &view, 1, &scene->keys[1]));
    view.epoch = 3;
    view.members[2].wire_highest = AVO_WIRE_VERSION + 1;
    worker_scene_hand(scene, &view);
    assert_int_equal(scene->worker->wire_version, AVO_WIRE_VERSION + 1);
    assert_true(answers(scene, &view, 1, &scene->keys[1]));
    struct avo_packet_header header = avo_worker_header(scene->worker, AVO_PACKET_PEER, 0, 0);
    header.source = 1;
    header.wire_version = AVO_WIRE_VERSION; /* it is of this view, and not in its version */
    uint8_t packet[AVO_PACKET_HEADER_BYTES + AVO_TAG_BYTES] = {0};
    avo_packet_header_write(packet, &header);
    uint64_t tampered = scene->worker->stats.tampered, dropped = scene->worker->stats.dropped;
    worker_scene_push(scene, packet, sizeof packet);
    assert_int_equal(scene->worker->stats.dropped, dropped + 1);
    assert_int_equal(scene->worker->stats.tampered, tampered);
    avo_wire_testing_speak(AVO_WIRE_VERSION);
}

/* Another key under the same incarnation cannot be, but would be another channel. */
static void another_key_is_another_channel(void **state) {
    struct worker_scene *scene = *state;
    struct avo_key_pair key;
    struct avo_view view = worker_scene_view(scene, 2);
    avo_key_pair_make(&key, &scene->prng.random);
    memcpy(view.members[2].channel_public_key, key.public, sizeof key.public);
    worker_scene_hand(scene, &view);
    assert_true(answers(scene, &view, 2, &key));
}

static void one_that_left_its_view_speaks_to_nobody_and_serves_nothing(void **state) {
    struct worker_scene *scene = *state;
    struct avo_view view = worker_scene_view(scene, 2);
    view.members[0].incarnation = 2; /* another start of the enclave has its slot */
    avo_random_fill(&scene->prng.random, view.members[0].channel_public_key, 32);
    worker_scene_hand(scene, &view);
    assert_int_equal(worker_scene_told(scene), 2);
    for (uint8_t slot = 0; slot < SCENE_MEMBERS_MAX; slot++) {
        assert_false(scene->worker->peers[slot].present);
    }
    view = worker_scene_view(scene, 3); /* it never returns: not its key */
    view.members[0].incarnation = 2;
    worker_scene_hand(scene, &view);
    assert_false(scene->worker->peers[1].present);
}

static void a_view_that_is_not_newer_changes_nothing(void **state) {
    struct worker_scene *scene = *state;
    struct avo_view view = worker_scene_view(scene, 3);
    worker_scene_hand(scene, &view);
    assert_int_equal(worker_scene_told(scene), 3);
    struct avo_view other = worker_scene_view(scene, 3);
    other.members[1].address.port = 1;
    worker_scene_hand(scene, &other);
    other.epoch = 2;
    worker_scene_hand(scene, &other);
    assert_int_equal(worker_scene_told(scene), 0);
    assert_true(answers(scene, &view, 1, &scene->keys[1]));
}

static void a_full_box_delays_what_the_steward_learns_and_loses_nothing(void **state) {
    struct worker_scene *scene = *state;
    struct avo_letter other = {.kind = AVO_LETTER_ADOPTED, .epoch = 77};
    while (avo_mailbox_post(&scene->to_steward, &other)) {
    }
    struct avo_view view = worker_scene_view(scene, 2);
    worker_scene_hand(scene, &view);
    for (int i = 0; i < AVO_MAILBOX_LETTERS; i++) {
        assert_int_equal(avo_mailbox_next(&scene->to_steward)->epoch, 77);
        avo_mailbox_release(&scene->to_steward);
    }
    assert_int_equal(worker_scene_told(scene), 0);
    worker_scene_poll(scene, SCENE_TURN_US);
    assert_int_equal(worker_scene_told(scene), 2);
}

/* [V6] A view that leaves nobody else: the worker's own store is a quorum of it, so its sync is complete at once. */
static void the_steward_learns_when_a_sync_is_complete(void **state) {
    struct worker_scene *scene = *state;
    struct avo_view view = worker_scene_view(scene, 2);
    view.slot_count = 1;
    view.member_count = 1;
    view.resize_epoch = 2;
    worker_scene_hand(scene, &view);
    for (int i = 0; i < 2; i++) {
        const struct avo_letter *letter = avo_mailbox_next(&scene->to_steward);
        assert_non_null(letter);
        assert_int_equal(letter->kind, i == 0 ? AVO_LETTER_ADOPTED : AVO_LETTER_SYNCED);
        assert_int_equal(letter->epoch, 2);
        avo_mailbox_release(&scene->to_steward);
    }
    worker_scene_poll(scene, SCENE_TURN_US);
    assert_null(avo_mailbox_next(&scene->to_steward)); /* once */
}

static void a_sync_under_way_keeps_the_worker_awake(void **state) {
    struct worker_scene *scene = *state;
    scene->host_us += 1000000;
    worker_scene_poll(scene, SCENE_TURN_US);
    assert_true(avo_worker_idle(scene->worker));
    struct avo_view view = worker_scene_view(scene, 2);
    view.member_count = 2;
    view.resize_epoch = 2;
    worker_scene_hand(scene, &view); /* slot 2 was removed: slot 1 is asked */
    scene->host_us += 1000000;
    worker_scene_poll(scene, SCENE_TURN_US);
    assert_false(avo_worker_idle(scene->worker));
    assert_int_equal(worker_scene_told(scene), 2);
}

/* The steward checked it: what does not verify here is a broken promise, not a host's lie. */
static void a_letter_that_the_steward_did_not_check_breaks_a_promise(void **state) {
    struct worker_scene *scene = *state;
    struct avo_view view = worker_scene_view(scene, 2);
    struct avo_letter letter = {.kind = AVO_LETTER_VIEW};
    avo_view_sign(&view, scene->sign_secret, &letter.signed_view);
    letter.signed_view.bytes[3] ^= 1;
    assert_panics(avo_worker_on_letter(scene->worker, &letter));
    avo_view_sign(&view, scene->sign_secret, &letter.signed_view);
    letter.kind = AVO_LETTER_ADOPTED;
    assert_panics(avo_worker_on_letter(scene->worker, &letter));
    memset(view.members[1].channel_public_key, 0, AVO_PUBLIC_KEY_BYTES);
    view.members[1].incarnation = 2;
    letter.kind = AVO_LETTER_VIEW;
    avo_view_sign(&view, scene->sign_secret, &letter.signed_view);
    assert_panics(avo_worker_on_letter(scene->worker, &letter));
}

/* A peer whose channel cannot be opened is not left out in silence: it would be counted on and never heard. */
static void a_worker_does_not_start_in_a_view_that_it_cannot_serve(void **state) {
    struct worker_scene *scene = *state;
    memset(scene->identity.view.members[2].channel_public_key, 0, AVO_PUBLIC_KEY_BYTES);
    assert_null(worker_scene_worker(scene));
    scene->identity.view = worker_scene_view(scene, 1);
    assert_non_null(worker_scene_worker(scene));
    scene->identity.view.member_count = 2;
    memmove(scene->identity.view.members, scene->identity.view.members + 1, 2 * sizeof(struct avo_member));
    assert_null(worker_scene_worker(scene)); /* it does not list slot 0 */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(packets_are_of_the_view_that_was_handed_last, worker_scene_setup, worker_scene_teardown),
        cmocka_unit_test_setup_teardown(a_member_that_moved_is_followed, worker_scene_setup, worker_scene_teardown),
        cmocka_unit_test_setup_teardown(a_new_incarnation_is_a_new_key_and_the_one_before_is_gone, worker_scene_setup,
                                        worker_scene_teardown),
        cmocka_unit_test_setup_teardown(members_speak_the_version_of_their_view, worker_scene_setup, worker_scene_teardown),
        cmocka_unit_test_setup_teardown(another_key_is_another_channel, worker_scene_setup, worker_scene_teardown),
        cmocka_unit_test_setup_teardown(one_that_left_its_view_speaks_to_nobody_and_serves_nothing, worker_scene_setup,
                                        worker_scene_teardown),
        cmocka_unit_test_setup_teardown(a_view_that_is_not_newer_changes_nothing, worker_scene_setup, worker_scene_teardown),
        cmocka_unit_test_setup_teardown(a_full_box_delays_what_the_steward_learns_and_loses_nothing, worker_scene_setup,
                                        worker_scene_teardown),
        cmocka_unit_test_setup_teardown(the_steward_learns_when_a_sync_is_complete, worker_scene_setup, worker_scene_teardown),
        cmocka_unit_test_setup_teardown(a_sync_under_way_keeps_the_worker_awake, worker_scene_setup, worker_scene_teardown),
        cmocka_unit_test_setup_teardown(a_letter_that_the_steward_did_not_check_breaks_a_promise, worker_scene_setup,
                                        worker_scene_teardown),
        cmocka_unit_test_setup_teardown(a_worker_does_not_start_in_a_view_that_it_cannot_serve, worker_scene_setup,
                                        worker_scene_teardown),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests_name("worker/view", tests, NULL, NULL);
}
