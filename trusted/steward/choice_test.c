/* A member as an acceptor: which view follows the one it is in [V7]. */
#include "protocol/view/successor.h"
#include "trusted/steward/scene.h"
#include <string.h>

#define A(round) ((struct avo_ballot){round, 1})
#define B(round) ((struct avo_ballot){round, 2})

static int setup(void **state) {
    *state = scene_make();
    scene_join(*state);
    assert_int_equal(scene_hear(*state), AVO_OK);
    (void)scene_trace(*state);
    return 0;
}

static int teardown(void **state) {
    scene_free(*state);
    return 0;
}

/* The CAS asks; what it hears, or an empty message. */
static struct avo_choice ask_in(struct scene *scene, enum avo_control_type type, uint32_t epoch, struct avo_ballot ballot,
                                const struct avo_view *proposal) {
    uint8_t bytes[AVO_CHOICE_MAX_BYTES], view_bytes[AVO_PROPOSAL_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes), view_writer = avo_writer(view_bytes, sizeof view_bytes);
    struct avo_choice choice = {.type = type, .instance = {epoch, 0}, .ballot = ballot}, heard = {0};
    if (proposal != NULL) {
        avo_view_write(&view_writer, proposal);
        choice.proposal = avo_writer_slice(&view_writer);
    }
    avo_choice_write(&writer, &choice);
    scene_say(scene, avo_writer_slice(&writer));
    (void)scene_deliver(scene);
    scene->heard = AVO_SLICE_EMPTY;
    assert_int_equal(scene_hear(scene), AVO_OK);
    return avo_choice_read(scene->heard, &heard) == AVO_OK ? heard : (struct avo_choice){.type = (enum avo_control_type)0};
}

static struct avo_choice prepare(struct scene *scene, struct avo_ballot ballot) {
    return ask_in(scene, AVO_CONTROL_PREPARE, 1, ballot, NULL);
}

static struct avo_view successor(const struct scene *scene) {
    struct avo_view next = avo_view_successor(&scene->steward->view, 0);
    const struct avo_member member = {
        .slot = 1, .channel_public_key = {9}, .address = {.port = 7100}, .tee = AVO_TEE_SGX, .wire_highest = AVO_WIRE_VERSION};
    avo_view_admit(&next, &member);
    return next;
}

static void expect(struct avo_choice choice, enum avo_control_type type, struct avo_ballot ballot) {
    assert_int_equal(choice.type, type);
    assert_int_equal(choice.instance.epoch, 1);
    assert_int_equal(avo_ballot_compare(choice.ballot, ballot), 0);
}

static void it_promises_and_accepts_and_tells_what_it_accepted(void **state) {
    struct scene *scene = *state;
    struct avo_view next = successor(scene), found;
    struct avo_choice promise = prepare(scene, A(1));
    expect(promise, AVO_CONTROL_PROMISE, A(1));
    assert_int_equal(promise.accepted.round, 0);
    expect(ask_in(scene, AVO_CONTROL_ACCEPT, 1, A(1), &next), AVO_CONTROL_ACCEPTED, A(1));
    promise = prepare(scene, B(2));
    expect(promise, AVO_CONTROL_PROMISE, B(2));
    assert_int_equal(avo_ballot_compare(promise.accepted, A(1)), 0);
    assert_int_equal(avo_view_read(promise.proposal, &found), AVO_OK);
    assert_int_equal(found.members[1].channel_public_key[0], 9);
    expect(ask_in(scene, AVO_CONTROL_ACCEPT, 1, A(1), &next), AVO_CONTROL_NACK, B(2));
    expect(prepare(scene, A(2)), AVO_CONTROL_NACK, B(2));
    assert_int_equal(scene->steward->view.epoch, 1); /* [V1] a proposal is never adopted */
}

/* What was promised outlives the connection: it is the enclave's. */
static void another_connection_changes_nothing(void **state) {
    struct scene *scene = *state;
    expect(prepare(scene, B(3)), AVO_CONTROL_PROMISE, B(3));
    (void)scene_step(scene, (struct avo_steward_event){.type = AVO_STEWARD_CLOSED});
    scene_open(scene);
    assert_int_equal(scene_hear(scene), AVO_OK);
    scene_say_hello(scene);
    (void)scene_deliver(scene);
    assert_int_equal(scene_hear(scene), AVO_OK);
    expect(prepare(scene, A(3)), AVO_CONTROL_NACK, B(3));
}

/* [V4, V6] Whatever a CAS proposes: its connection ends, and nothing is accepted. */
static void a_proposal_that_may_not_follow_is_not_accepted(void **state) {
    struct scene *scene = *state;
    struct avo_view next = successor(scene);
    next.members[1].role = AVO_ROLE_VOTING;
    (void)scene_trace(scene);
    assert_int_equal(ask_in(scene, AVO_CONTROL_ACCEPT, 1, A(1), &next).type, 0);
    assert_non_null(strstr(scene_trace(scene), "REOPEN\nSAY slot 0: CAS: it proposed a view that may not follow this one"));
    assert_int_equal(scene->steward->acceptor.accepted.round, 0);
}

static void adopt(struct scene *scene, uint32_t worker) {
    (void)scene_step(scene, (struct avo_steward_event){.type = AVO_STEWARD_ADOPTED, .worker = worker, .epoch = 2});
}

/* [V6] It votes on what follows a view when all its workers are in it; it shows a newer view to who asks about an older one. */
static void it_votes_on_the_view_that_all_its_workers_are_in(void **state) {
    struct scene *scene = *state;
    struct avo_view next = successor(scene);
    expect(prepare(scene, B(7)), AVO_CONTROL_PROMISE, B(7));
    scene_say_view(scene, &next);
    (void)scene_deliver(scene);
    adopt(scene, 0);
    assert_int_equal(ask_in(scene, AVO_CONTROL_PREPARE, 2, A(1), NULL).type, 0); /* not yet */
    assert_int_equal(scene->heard.length, 0);
    struct avo_member_report report;
    assert_int_equal(prepare(scene, B(8)).type, 0);
    assert_int_equal(avo_member_report_read(scene->heard, &report), AVO_OK);
    adopt(scene, 1);
    assert_int_equal(scene_hear(scene), AVO_OK);
    struct avo_choice promise = ask_in(scene, AVO_CONTROL_PREPARE, 2, A(1), NULL);
    assert_int_equal(promise.type, AVO_CONTROL_PROMISE); /* another instance: nothing was promised in it */
    assert_int_equal(promise.instance.epoch, 2);
    assert_int_equal(ask_in(scene, AVO_CONTROL_PREPARE, 3, A(1), NULL).type, 0);
    assert_int_equal(scene->heard.length, 0);
}

/* [V4] It is in the view, and no voter of it. */
static void who_joins_does_not_vote(void **state) {
    (void)state;
    struct scene *scene = scene_make();
    scene_wait(scene);
    struct avo_view view = scene_view(scene);
    view.epoch = 2;
    view.slot_count = 2;
    view.member_count = 3;
    view.members[0].role = AVO_ROLE_JOINING;
    view.members[0].incarnation = 2;
    for (uint8_t i = 1; i < 3; i++) {
        view.members[i] = (struct avo_member){.slot = i,
                                              .wire_highest = AVO_WIRE_VERSION,
                                              .role = AVO_ROLE_VOTING,
                                              .incarnation = 1,
                                              .channel_public_key = {9},
                                              .address = {.port = 7100},
                                              .tee = AVO_TEE_SGX};
    }
    scene_say_joined(scene, &view);
    assert_int_equal(scene_deliver(scene), AVO_STEWARD_MEMBER);
    assert_int_equal(scene_hear(scene), AVO_OK);
    assert_int_equal(ask_in(scene, AVO_CONTROL_PREPARE, 2, A(1), NULL).type, 0);
    assert_int_equal(scene->heard.length, 0);
    scene_free(scene);
}

static void a_ping_is_answered(void **state) {
    struct scene *scene = *state;
    const uint8_t ping[] = {AVO_CONTROL_PING}, more[] = {AVO_CONTROL_PING, 0};
    scene_say(scene, AVO_SLICE_OF(ping));
    (void)scene_deliver(scene);
    assert_int_equal(scene_hear(scene), AVO_OK);
    assert_int_equal(avo_control_empty_read(scene->heard, AVO_CONTROL_PONG), AVO_OK);
    scene_say(scene, AVO_SLICE_OF(more));
    (void)scene_deliver(scene);
    assert_false(scene->steward->connected);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_promises_and_accepts_and_tells_what_it_accepted, setup, teardown),
        cmocka_unit_test_setup_teardown(another_connection_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_proposal_that_may_not_follow_is_not_accepted, setup, teardown),
        cmocka_unit_test_setup_teardown(it_votes_on_the_view_that_all_its_workers_are_in, setup, teardown),
        cmocka_unit_test(who_joins_does_not_vote),
        cmocka_unit_test_setup_teardown(a_ping_is_answered, setup, teardown),
    };
    return cmocka_run_group_tests_name("steward/choice", tests, NULL, NULL);
}
