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
        assert_int_equal(scene->steward->lost, state_after == AVO_STEWARD_FAILED); /* what sits between ends no enclave for good */
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

/* Each message in its turn, but one byte too long. */
static void what_is_malformed_in_its_turn_fails_and_says_so(void **state) {
    struct scene *scene = *state;
    static const struct {
        uint8_t type;
        const char *why;
    } cases[] = {
        {AVO_CONTROL_HELLO, "its greeting is malformed"},
        {AVO_CONTROL_WAIT, "it said something malformed"},
        {AVO_CONTROL_REFUSED, "its refusal is malformed"},
        {AVO_CONTROL_JOINED, "its welcome is malformed"},
    };
    for (size_t i = 0; i < AVO_COUNT(cases); i++) {
        uint8_t message[3] = {cases[i].type};
        scene_open(scene);
        if (cases[i].type == AVO_CONTROL_WAIT) {
            scene_prove(scene);
        } else if (cases[i].type == AVO_CONTROL_JOINED) {
            scene_wait(scene);
        } else {
            assert_int_equal(scene_hear(scene), AVO_OK);
        }
        (void)scene_trace(scene);
        scene_say(scene, AVO_SLICE_OF(message));
        expect_failed(scene, cases[i].why);
        assert_false(scene->steward->lost);
        assert_non_null(strstr(scene_trace(scene), "END 12 slot 0: CAS: "));
    }
}

static void a_greeting_of_another_version_is_named(void **state) {
    struct scene *scene = *state;
    uint8_t bytes[128];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_hello_write(&writer, &scene->hello);
    bytes[writer.length - 1]++; /* the wire version: beyond what was offered */
    assert_int_equal(scene_hear(scene), AVO_OK);
    scene_say(scene, avo_writer_slice(&writer));
    expect_failed(scene, "it speaks another version of the protocol");
}

/* A connection's secrets die with it, however it ends; so does the key of what is no member. */
static void secrets_die_with_the_connection(void **state) {
    struct scene *scene = *state;
    static const struct avo_secure_stream wiped_stream;
    static const struct avo_identity wiped_identity;
    scene_greet(scene); /* no JOIN is out: no view can list its key */
    assert_memory_not_equal(&scene->steward->stream, &wiped_stream, sizeof wiped_stream);
    assert_int_equal(closed(scene), AVO_STEWARD_FAILED);
    assert_memory_equal(&scene->steward->stream.send_key, &wiped_stream.send_key, sizeof wiped_stream.send_key);
    assert_memory_equal(&scene->steward->stream.noise, &wiped_stream.noise, sizeof wiped_stream.noise);
    assert_memory_equal(&scene->steward->identity, &wiped_identity, sizeof wiped_identity);
    scene_join(scene);
    assert_int_equal(closed(scene), AVO_STEWARD_MEMBER);
    assert_memory_equal(&scene->steward->stream.receive_key, &wiped_stream.receive_key, sizeof wiped_stream.receive_key);
    assert_memory_equal(&scene->steward->stream.noise, &wiped_stream.noise, sizeof wiped_stream.noise);
}

/* Once a JOIN is out, a view may list its key: it comes again under the same, until the CAS says "not now". */
static void a_key_that_may_be_listed_is_kept(void **state) {
    struct scene *scene = *state;
    uint8_t key[AVO_PUBLIC_KEY_BYTES];
    struct avo_text text = {0};
    uint8_t bytes[64];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    scene_wait(scene);
    memcpy(key, scene->steward->identity.channel_key.public, sizeof key);
    assert_int_equal(closed(scene), AVO_STEWARD_FAILED);
    scene_wait(scene);
    assert_memory_equal(key, scene->steward->identity.channel_key.public, sizeof key);
    avo_control_refused_write(&writer, AVO_EBUSY, &text);
    scene_say(scene, avo_writer_slice(&writer));
    assert_int_equal(scene_deliver(scene), AVO_STEWARD_FAILED);
    scene_wait(scene);
    assert_memory_not_equal(key, scene->steward->identity.channel_key.public, sizeof key);
}

/* The limits it was launched with are held to the number. */
static void a_view_at_the_limits_of_the_launch_is_taken(void **state) {
    struct scene *scene = *state;
    scene_wait(scene);
    struct avo_view view = scene_view(scene);
    view.mtu_bytes = (uint16_t)(scene->launch.layout.ring.datagram_bytes + AVO_UDP_OVERHEAD_BYTES);
    scene_say_joined(scene, &view);
    assert_int_equal(scene_deliver(scene), AVO_STEWARD_MEMBER);
}

static void evidence_has_a_greatest_length(void **state) {
    struct scene *scene = *state;
    static uint8_t bytes[AVO_EVIDENCE_MAX_BYTES + 1];
    struct avo_steward_event event = {.type = AVO_STEWARD_EVIDENCE, .bytes = avo_slice(bytes, AVO_EVIDENCE_MAX_BYTES)};
    assert_int_equal(scene_step(scene, event), AVO_STEWARD_TALKING); /* before it was asked for: nothing */
    scene_greet(scene);
    assert_int_equal(scene_step(scene, event), AVO_STEWARD_TALKING);
    scene_greet(scene);
    event.bytes.length++;
    assert_int_equal(scene_step(scene, event), AVO_STEWARD_FAILED);
}

/* While evidence is made the CAS has nothing to say: what comes is somebody else's, and ends no enclave for good. */
static void bytes_while_evidence_is_made_break_the_connection(void **state) {
    struct scene *scene = *state;
    scene_greet(scene);
    (void)scene_trace(scene);
    (void)scene_step(scene, (struct avo_steward_event){.type = AVO_STEWARD_BYTES, .bytes = avo_slice_string("x")});
    assert_int_equal(scene->steward->phase, AVO_STEWARD_FAILED);
    assert_true(scene->steward->lost);
    assert_non_null(strstr(scene_trace(scene), "REOPEN\nSAY slot 0: CAS: it, or what stands between, speaks out of turn"));
}

static void a_pinned_key_that_is_none_ends_it(void **state) {
    struct scene *scene = *state;
    memset(scene->launch.cas_public_key, 0, AVO_PUBLIC_KEY_BYTES);
    (void)scene_trace(scene);
    scene_open(scene);
    assert_int_equal(scene->steward->phase, AVO_STEWARD_FAILED);
    assert_non_null(strstr(scene_trace(scene), "END 13 slot 0: CAS: the pinned key is not a usable key"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_malformed_in_its_turn_fails_and_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(a_greeting_of_another_version_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(secrets_die_with_the_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(a_view_at_the_limits_of_the_launch_is_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(evidence_has_a_greatest_length, setup, teardown),
        cmocka_unit_test_setup_teardown(bytes_while_evidence_is_made_break_the_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_that_may_be_listed_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pinned_key_that_is_none_ends_it, setup, teardown),
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
