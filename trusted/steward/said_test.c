/* What a steward says to the very CAS it speaks with, and what it keeps of what that said. */
#include "base/testing_stack.h"
#include "protocol/control/binding.h"
#include "trusted/steward/scene.h"
#include <sodium.h>

static int setup(void **state) {
    *state = scene_make();
    scene_open(*state);
    return 0;
}

static int teardown(void **state) {
    scene_free(*state);
    return 0;
}

/* The nonce is the CAS's of this greeting: evidence that was recorded answers no other. */
static void evidence_is_bound_to_the_last_greeting(void **state) {
    struct scene *scene = *state;
    uint8_t first[AVO_BINDING_BYTES];
    scene_wait(scene);
    memcpy(first, scene->steward->report_data, sizeof first);
    memset(scene->hello.nonce, 0x4e, sizeof scene->hello.nonce);
    scene_say_hello(scene);
    assert_int_equal(scene_deliver(scene), AVO_STEWARD_NEED_EVIDENCE);
    assert_memory_not_equal(scene->steward->report_data, first, sizeof first);
}

static void evidence_is_bound_to_all_that_it_must_be(void **state) {
    struct scene *scene = *state;
    uint8_t expected[AVO_BINDING_BYTES];
    struct avo_binding binding = {.tee = (uint8_t)scene->steward->config.tee, .role = AVO_ATTESTED_ROLE_NODE};
    scene_greet(scene);
    memcpy(binding.nonce, scene->hello.nonce, sizeof binding.nonce);
    memcpy(binding.channel_key, scene->cas.remote_static, sizeof binding.channel_key);
    memcpy(binding.cas_key, scene->launch.cas_public_key, sizeof binding.cas_key);
    memcpy(binding.handshake_hash, scene->cas.handshake_hash, sizeof binding.handshake_hash);
    avo_launch_hash(&scene->launch, binding.configuration_hash);
    avo_binding_report_data(&binding, expected);
    assert_memory_equal(scene->steward->report_data, expected, sizeof expected);
}

static void the_view_it_joined_with_is_kept_as_it_was_signed(void **state) {
    struct scene *scene = *state;
    struct avo_view view;
    scene_wait(scene);
    view = scene_view(scene);
    scene_say_joined(scene, &view);
    assert_int_equal(scene_deliver(scene), AVO_STEWARD_MEMBER);
    const struct avo_signed_view *kept = &scene->steward->signed_view;
    assert_int_equal(avo_view_verify(avo_slice(kept->bytes, kept->length), scene->sign_public, &view), AVO_OK);
    assert_int_equal(view.epoch, 1);
}

/* What it was about to say when the CAS turned out to lie is not said. */
static void nothing_is_sent_on_a_connection_that_is_given_up(void **state) {
    struct scene *scene = *state;
    scene_join(scene);
    (void)scene_hear(scene); /* on each connection it has something to say, once greeted */
    (void)scene_step(scene, (struct avo_steward_event){.type = AVO_STEWARD_CLOSED});
    scene_open(scene);
    assert_int_equal(scene_hear(scene), AVO_OK);
    (void)scene_trace(scene);
    scene_say_hello(scene);
    scene_say(scene, avo_slice_string("\xff no message"));
    assert_int_equal(scene_deliver(scene), AVO_STEWARD_MEMBER);
    const char *trace = scene_trace(scene);
    assert_non_null(strstr(trace, "REOPEN"));
    assert_null(strstr(trace, "SEND"));
}

static struct avo_view looked_at;

static void look(void *context) {
    assert_null(avo_steward_view_fault(context, &looked_at));
}

/* A member's key is tried; what it comes to with the own one is the secret of their channel. */
static void looking_at_a_view_leaves_no_secret(void **state) {
    struct scene *scene = *state;
    struct avo_key_pair other;
    uint8_t shared[32];
    scene_wait(scene);
    looked_at = scene_view(scene);
    avo_key_pair_make(&other, &scene->random.random);
    memcpy(looked_at.members[0].channel_public_key, other.public, sizeof other.public);
    testing_stack_run(look, scene->steward);
    assert_int_equal(crypto_scalarmult_curve25519(shared, other.secret, scene->steward->identity.channel_key.public), 0);
    assert_false(testing_stack_has(shared, sizeof shared));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(evidence_is_bound_to_the_last_greeting, setup, teardown),
        cmocka_unit_test_setup_teardown(evidence_is_bound_to_all_that_it_must_be, setup, teardown),
        cmocka_unit_test_setup_teardown(looking_at_a_view_leaves_no_secret, setup, teardown),
        cmocka_unit_test_setup_teardown(the_view_it_joined_with_is_kept_as_it_was_signed, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_sent_on_a_connection_that_is_given_up, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
