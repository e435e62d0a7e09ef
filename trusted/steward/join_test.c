/* An enclave against whatever speaks for the CAS: the network, a false CAS, a CAS that lies. The CAS here is a script. */
#include "protocol/control/binding.h"
#include "trusted/steward/scene.h"
#include <string.h>

static int setup(void **state) {
    *state = scene_make();
    scene_open(*state);
    return 0;
}

static int teardown(void **state) {
    scene_free(*state);
    return 0;
}

static enum avo_steward_phase evidence(struct scene *scene, const char *text) {
    return scene_step(scene, (struct avo_steward_event){.type = AVO_STEWARD_EVIDENCE, .bytes = avo_slice_string(text)});
}

static enum avo_steward_phase closed(struct scene *scene) {
    return scene_step(scene, (struct avo_steward_event){.type = AVO_STEWARD_CLOSED});
}

static void expect_failed(struct scene *scene, const char *why) {
    assert_int_equal(scene_deliver(scene), AVO_STEWARD_FAILED);
    assert_non_null(strstr(scene->steward->reason.bytes, why));
    static const struct avo_identity wiped;
    assert_memory_equal(&scene->steward->identity, &wiped, sizeof wiped);
}

static void a_good_view_is_adopted(void **state) {
    struct scene *scene = *state;
    scene_wait(scene);
    struct avo_view view = scene_view(scene);
    scene_say_joined(scene, &view);
    assert_int_equal(scene_deliver(scene), AVO_STEWARD_MEMBER);
    assert_int_equal(scene->steward->identity.cluster_secret[0], 0x5e);
    assert_int_equal(scene->steward->identity.view.epoch, 1);
    assert_memory_equal(scene->steward->identity.cas_sign_public, scene->sign_public, 32);
    assert_int_equal(closed(scene), AVO_STEWARD_MEMBER);
    assert_int_equal(scene->steward->identity.cluster_secret[0], 0x5e);
}

static void the_join_says_what_it_was_launched_with(void **state) {
    struct scene *scene = *state;
    struct avo_join_request request;
    uint8_t hash[AVO_HASH_BYTES];
    scene_prove(scene);
    assert_int_equal(avo_join_request_read(scene->heard, &request), AVO_OK);
    avo_launch_hash(&scene->launch, hash);
    assert_memory_equal(request.configuration_hash, hash, sizeof hash);
    assert_int_equal(request.worker_count, 2);
    assert_int_equal(request.address.port, 7000);
    assert_true(avo_slice_equal(request.evidence, avo_slice_string(SCENE_EVIDENCE)));
    assert_memory_equal(scene->cas.remote_static, scene->steward->identity.channel_key.public, 32);
}

static void bytes_may_come_one_at_a_time(void **state) {
    struct scene *scene = *state;
    assert_int_equal(scene_hear(scene), AVO_OK);
    scene_say_hello(scene);
    for (size_t i = 0; i < scene->reply.length; i++) {
        struct avo_slice in = avo_slice(scene->reply.data + i, 1);
        (void)scene_step(scene, (struct avo_steward_event){.type = AVO_STEWARD_BYTES, .bytes = in});
    }
    assert_int_equal(scene->steward->phase, AVO_STEWARD_NEED_EVIDENCE);
}

static void a_cas_without_the_pinned_key_learns_nothing(void **state) {
    struct scene *scene = *state;
    struct avo_key_pair other;
    avo_key_pair_make(&other, &scene->random.random);
    avo_secure_stream_respond(&scene->cas, scene->aead, &other, avo_slice_string(AVO_CONTROL_PROLOGUE));
    assert_int_equal(scene_hear(scene), AVO_EAUTH);
    assert_int_equal(scene->reply.length, 0);
}

static void any_changed_byte_of_the_cas_ends_the_join(void **state) {
    struct scene *scene = *state;
    for (size_t i = 0;; i++) {
        scene_open(scene);
        assert_int_equal(scene_hear(scene), AVO_OK);
        scene_say_hello(scene);
        if (i == scene->reply.length) {
            break;
        }
        scene->reply.data[i] ^= 1;
        enum avo_steward_phase state_after = scene_deliver(scene);
        assert_true(state_after == AVO_STEWARD_FAILED || state_after == AVO_STEWARD_TALKING); /* a longer length: waits for more */
        assert_int_equal(scene->steward->lost,
                         state_after == AVO_STEWARD_FAILED); /* whoever sits between ends no enclave for good */
    }
}

static void a_view_with_another_signature_is_refused(void **state) {
    struct scene *scene = *state;
    struct avo_signed_view signed_view;
    scene_wait(scene);
    struct avo_view view = scene_view(scene);
    avo_view_sign(&view, scene->sign_secret, &signed_view);
    signed_view.bytes[20] ^= 1;
    scene_say_joined_signed(scene, &signed_view);
    expect_failed(scene, "does not verify");
}

static void a_proposal_is_not_adoptable(void **state) {
    struct scene *scene = *state;
    struct avo_signed_view proposal = {.length = 0};
    scene_wait(scene);
    struct avo_view view = scene_view(scene);
    struct avo_writer writer = avo_writer(proposal.bytes, sizeof proposal.bytes);
    avo_view_write(&writer, &view);
    proposal.length = writer.length; /* [V1] the same bytes without the chosen signature */
    scene_say_joined_signed(scene, &proposal);
    expect_failed(scene, "does not verify");
}

static void other_key(struct avo_view *view) {
    view->members[0].channel_public_key[0] ^= 1;
}
static void other_address(struct avo_view *view) {
    view->members[0].address.port++;
}
static void other_incarnation(struct avo_view *view) {
    view->epoch = 2;
}
static void other_workers(struct avo_view *view) {
    view->worker_count = 3;
}
static void other_mtu(struct avo_view *view) {
    view->mtu_bytes = 1501;
}
static void other_slot(struct avo_view *view) {
    view->slot_count = 2;
    view->member_count = 2;
    view->members[1] = view->members[0];
    view->members[0].channel_public_key[0] ^= 1;
    view->members[1].slot = 1;
}

static void a_view_that_is_not_for_this_enclave_is_refused(void **state) {
    static void (*const changes[])(struct avo_view *) = {other_key,     other_address, other_incarnation,
                                                         other_workers, other_mtu,     other_slot};
    struct scene *scene = *state;
    for (size_t i = 0; i < AVO_COUNT(changes); i++) {
        scene_open(scene);
        scene_wait(scene);
        struct avo_view view = scene_view(scene);
        changes[i](&view);
        scene_say_joined(scene, &view);
        expect_failed(scene, "CAS: its view");
    }
}

static void nothing_is_taken_out_of_turn(void **state) {
    struct scene *scene = *state;
    scene_greet(scene); /* a welcome before a JOIN */
    assert_int_equal(evidence(scene, SCENE_EVIDENCE), AVO_STEWARD_TALKING);
    struct avo_view view = scene_view(scene);
    scene_say_joined(scene, &view);
    expect_failed(scene, "out of turn");
    scene_open(scene);
    assert_int_equal(scene_hear(scene), AVO_OK);
    scene_say_wait(scene);
    expect_failed(scene, "out of turn");
    scene_open(scene);
    scene_prove(scene);
    scene_say_hello(scene);
    expect_failed(scene, "out of turn");
}

static void a_fresh_nonce_is_bound_anew_but_no_new_signing_key(void **state) {
    struct scene *scene = *state;
    uint8_t first[64];
    scene_wait(scene);
    memcpy(first, scene->steward->report_data, sizeof first);
    scene->hello.nonce[0] = 8;
    scene_say_hello(scene);
    assert_int_equal(scene_deliver(scene), AVO_STEWARD_NEED_EVIDENCE);
    assert_memory_not_equal(first, scene->steward->report_data, sizeof first);
    assert_int_equal(evidence(scene, SCENE_EVIDENCE), AVO_STEWARD_TALKING);
    assert_int_equal(scene_hear(scene), AVO_OK);
    scene_say_wait(scene);
    assert_int_equal(scene_deliver(scene), AVO_STEWARD_WAITING);
    scene->hello.cas_sign_public[0] ^= 1;
    scene_say_hello(scene);
    expect_failed(scene, "changed its signing key");
}

static void refused_with(struct scene *scene, enum avo_error error) {
    uint8_t bytes[256];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    struct avo_text text = {0};
    scene_prove(scene);
    avo_text_add_string(&text, "slot 0: taken");
    avo_control_refused_write(&writer, error, &text);
    scene_say(scene, avo_writer_slice(&writer));
    expect_failed(scene, "refused to admit this enclave: slot 0: taken");
}

static void a_refusal_is_final_unless_it_says_not_now(void **state) {
    refused_with(*state, AVO_EDENIED);
    assert_false(((struct scene *)*state)->steward->lost);
    scene_open(*state);
    refused_with(*state, AVO_EBUSY);
    assert_true(((struct scene *)*state)->steward->lost);
}

static void a_tee_without_evidence_or_a_lost_connection_fails(void **state) {
    struct scene *scene = *state;
    scene_greet(scene);
    assert_int_equal(evidence(scene, ""), AVO_STEWARD_FAILED);
    scene_open(scene);
    scene_wait(scene);
    assert_int_equal(closed(scene), AVO_STEWARD_FAILED);
    assert_true(scene->steward->lost);
}

/* Authentic garbage of the CAS, in every state that takes bytes. */
static void garbage_fails_and_never_joins(void **state) {
    struct scene *scene = *state;
    for (uint32_t i = 0; i < 2000; i++) {
        uint8_t message[150];
        size_t length = 1 + avo_prng_below(&scene->random, sizeof message - 1);
        avo_random_fill(&scene->random.random, message, length);
        message[0] = (uint8_t)(i % 18);
        scene_open(scene);
        if (i % 3 == 0) {
            assert_int_equal(scene_hear(scene), AVO_OK);
        } else if (i % 3 == 1) {
            scene_prove(scene);
        } else {
            scene_wait(scene);
        }
        scene_say(scene, avo_slice(message, length));
        enum avo_steward_phase after = scene_deliver(scene);
        assert_int_not_equal(after, AVO_STEWARD_MEMBER);
        (void)scene_trace(scene);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_good_view_is_adopted, setup, teardown),
        cmocka_unit_test_setup_teardown(the_join_says_what_it_was_launched_with, setup, teardown),
        cmocka_unit_test_setup_teardown(bytes_may_come_one_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cas_without_the_pinned_key_learns_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(any_changed_byte_of_the_cas_ends_the_join, setup, teardown),
        cmocka_unit_test_setup_teardown(a_view_with_another_signature_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_proposal_is_not_adoptable, setup, teardown),
        cmocka_unit_test_setup_teardown(a_view_that_is_not_for_this_enclave_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_taken_out_of_turn, setup, teardown),
        cmocka_unit_test_setup_teardown(a_fresh_nonce_is_bound_anew_but_no_new_signing_key, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refusal_is_final_unless_it_says_not_now, setup, teardown),
        cmocka_unit_test_setup_teardown(a_tee_without_evidence_or_a_lost_connection_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(garbage_fails_and_never_joins, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
