/* What a steward says to the very CAS it speaks with, and what it keeps of what that said. */
#include "trusted/steward/scene.h"

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
    scene->steward->reported_epoch = 0; /* it has something to say, once greeted */
    (void)scene_step(scene, (struct avo_steward_event){.type = AVO_STEWARD_CLOSED});
    scene_open(scene);
    assert_int_equal(scene_hear(scene), AVO_OK);
    (void)scene_trace(scene);
    scene_say_hello(scene);
    scene_say(scene, avo_slice_string("\xff no message"));
    assert_int_equal(scene_deliver(scene), AVO_STEWARD_MEMBER);
    const char *trace = scene_trace(scene);
    assert_non_null(strstr(trace, "HANG_UP"));
    assert_null(strstr(trace, "SEND"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(evidence_is_bound_to_the_last_greeting, setup, teardown),
        cmocka_unit_test_setup_teardown(the_view_it_joined_with_is_kept_as_it_was_signed, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_sent_on_a_connection_that_is_given_up, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
