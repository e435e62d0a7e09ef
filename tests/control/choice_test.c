/* How a view follows another, step by step: joins, promotions, removals; CAS instances that die, are restored from an old file, or
 * run twice [V4, V6, V7]. */
#include "base/testing.h"
#include "tests/control/choice_scene.h"
#include <string.h>

#define SECOND 1000000ULL

static struct choice_scene *scene;

static int setup_of(uint8_t count) {
    scene = choice_make(count);
    return 0;
}
static int three(void **state) {
    (void)state;
    return setup_of(3);
}
static int five(void **state) {
    (void)state;
    return setup_of(5);
}
static int teardown(void **state) {
    (void)state;
    choice_free(scene);
    return 0;
}

static struct avo_cas *cas(uint32_t index) {
    return scene->worlds[index].cas;
}

static uint32_t stored_epoch(void) {
    struct avo_view view;
    const struct world *world = &scene->worlds[0];
    size_t policy_bytes = strlen("policy"), at = 4 + 32 + 64 + 16 + 4 + policy_bytes + 2;
    struct avo_slice signed_view = avo_slice(world->state + at, world->state_length - at - AVO_PUBLIC_KEY_BYTES);
    assert_int_equal(avo_view_verify(signed_view, avo_cas_sign_public_key(world->cas), &view), AVO_OK);
    return view.epoch;
}

static void expect_everywhere(uint32_t epoch) {
    for (uint32_t i = 0; i < scene->start_count; i++) {
        if (scene->at[i] != CHOICE_NOWHERE && scene->nodes[i].steward->phase == AVO_STEWARD_MEMBER) {
            assert_int_equal(choice_view(scene, i)->epoch, epoch);
        }
    }
}

static void expect_role(uint32_t start, uint8_t slot, enum avo_role role, uint32_t incarnation) {
    const struct avo_member *member = avo_view_member(choice_view(scene, start), slot);
    assert_non_null(member);
    assert_int_equal(member->role, role);
    assert_int_equal(member->incarnation, incarnation);
}

/* Slot 2 dies and is started again, at the CAS of this world. */
static uint32_t start_again(uint32_t index, uint8_t slot, uint32_t former) {
    choice_leave(scene, former);
    return choice_start(scene, index, slot);
}

static void a_start_joins_the_running_cluster_and_votes_once_it_has_pulled(void **state) {
    (void)state;
    uint32_t late = start_again(0, 2, 2);
    assert_int_equal(scene->nodes[late].steward->phase, AVO_STEWARD_WAITING);
    assert_int_equal(scene->worlds[0].persisted, 1);
    choice_settle(scene, 0);
    expect_everywhere(2);
    expect_role(0, 2, AVO_ROLE_JOINING, 2);
    expect_role(late, 2, AVO_ROLE_JOINING, 2);
    assert_memory_equal(scene->nodes[late].steward->identity.cluster_secret, cas(0)->cluster_secret, AVO_CLUSTER_SECRET_BYTES);
    assert_int_equal(stored_epoch(), 2);
    choice_tick(scene, 0, SECOND);
    choice_settle(scene, 0);
    expect_everywhere(2);                /* it does not vote before it has said so */
    node_synced(&scene->nodes[late], 1); /* of an epoch that did not list it: nothing */
    choice_settle(scene, 0);
    expect_everywhere(2);
    node_synced(&scene->nodes[late], 2);
    choice_settle(scene, 0);
    expect_everywhere(3);
    expect_role(0, 2, AVO_ROLE_VOTING, 2);
    assert_int_equal(stored_epoch(), 3);
    assert_int_equal(cas(0)->members[2].adopted_epoch, 3);
    choice_leave(scene, 0); /* and counts: with it, slot 1 makes a quorum */
    uint32_t again = choice_start(scene, 0, 0);
    choice_settle(scene, 0);
    expect_everywhere(4);
    expect_role(again, 0, AVO_ROLE_JOINING, 4);
}

static void expect_refused(uint32_t start, const char *why) {
    const struct avo_steward *steward = scene->nodes[start].steward;
    assert_int_equal(steward->phase, AVO_STEWARD_FAILED);
    assert_true(steward->lost); /* it tries again */
    assert_non_null(strstr(steward->reason.bytes, why));
    choice_settle(scene, 0);
    expect_everywhere(cas(0)->view.epoch);
}

static void a_slot_that_runs_is_not_replaced(void **state) {
    (void)state;
    uint32_t second = choice_start(scene, 0, 1);
    expect_refused(second, "slot 1: it runs: stop that one first");
    assert_int_equal(cas(0)->view.epoch, 1);
}

/* [V4] One of three joins: two vote, and none can be spared. */
static void no_view_has_fewer_voters_than_a_quorum(void **state) {
    (void)state;
    (void)start_again(0, 2, 2);
    choice_settle(scene, 0);
    uint32_t second = start_again(0, 1, 1);
    expect_refused(second, "slot 1: without it fewer than 2 members would vote");
    assert_int_equal(cas(0)->view.epoch, 2);
}

static void one_slot_joins_after_the_other(void **state) {
    (void)state;
    choice_leave(scene, 4);
    uint32_t first = start_again(0, 3, 3);
    uint32_t second = choice_start(scene, 0, 4);
    expect_refused(second, "slot 4: slot 3 is being admitted");
    expect_role(first, 3, AVO_ROLE_JOINING, 2);
    second = choice_start(scene, 0, 4);
    choice_settle(scene, 0);
    expect_everywhere(3);
    expect_role(second, 4, AVO_ROLE_JOINING, 3);
}

/* [V6] While a quorum has not adopted the newest view, none follows it. */
static void nothing_follows_a_view_that_a_quorum_has_not_adopted(void **state) {
    (void)state;
    scene->nodes[0].holds = true;
    scene->nodes[1].holds = true;
    uint32_t late = start_again(0, 2, 2);
    choice_settle(scene, 0);
    assert_int_equal(cas(0)->view.epoch, 2);
    node_synced(&scene->nodes[late], 2);
    choice_settle(scene, 0);
    choice_tick(scene, 0, SECOND);
    choice_settle(scene, 0);
    assert_int_equal(cas(0)->view.epoch, 2);
    scene->nodes[0].holds = false;
    scene->nodes[1].holds = false;
    for (uint32_t i = 0; i < 2; i++) {
        choice_dial(scene, 0, i);
    }
    choice_settle(scene, 0);
    expect_everywhere(3);
}

/* [V6] A smaller group is one only when a quorum of it has pulled what its smaller quorum would miss. */
static void a_removal_counts_when_a_quorum_has_pulled(void **state) {
    (void)state;
    struct avo_text reason = {0};
    assert_int_equal(avo_cas_remove(cas(0), 9, &reason), AVO_ENOTFOUND);
    assert_int_equal(avo_cas_remove(cas(0), 4, &reason), AVO_OK);
    assert_int_equal(avo_cas_remove(cas(0), 3, &reason), AVO_EBUSY);
    choice_tick(scene, 0, SECOND);
    choice_settle(scene, 0);
    assert_string_equal(scene->nodes[4].ended.bytes, "slot 4: it was removed from the cluster");
    choice_leave(scene, 4);
    expect_everywhere(2);
    assert_int_equal(choice_view(scene, 0)->slot_count, 4);
    assert_int_equal(choice_view(scene, 0)->resize_epoch, 2);
    uint32_t late = start_again(0, 3, 3);
    choice_settle(scene, 0);
    node_synced(&scene->nodes[0], 2);
    node_synced(&scene->nodes[1], 2);
    choice_settle(scene, 0);
    expect_everywhere(2);                                                    /* two of the three that are needed */
    assert_int_equal(scene->nodes[late].steward->phase, AVO_STEWARD_FAILED); /* for now */
    assert_true(scene->nodes[late].steward->lost);
    node_synced(&scene->nodes[2], 2);
    choice_settle(scene, 0);
    choice_leave(scene, late);
    late = choice_start(scene, 0, 3);
    choice_settle(scene, 0);
    expect_everywhere(3);
    expect_role(late, 3, AVO_ROLE_JOINING, 3);
}

/* Nobody sees a view that is not written: not a member, not the joiner. */
static void a_view_that_cannot_be_written_is_shown_to_nobody(void **state) {
    (void)state;
    scene->worlds[0].persist_fails = true;
    uint32_t late = start_again(0, 2, 2);
    choice_settle(scene, 0);
    expect_everywhere(1);
    assert_int_equal(scene->nodes[late].steward->phase, AVO_STEWARD_WAITING);
    assert_non_null(strstr(scene->worlds[0].log.bytes, "view 2: the CAS could not write its state, tries again"));
    choice_tick(scene, 0, SECOND);
    uint32_t tries = scene->worlds[0].persisted;
    choice_tick(scene, 0, SECOND);
    assert_int_equal(scene->worlds[0].persisted, tries); /* not without a pause */
    scene->worlds[0].persist_fails = false;
    choice_tick(scene, 0, 5 * SECOND);
    choice_settle(scene, 0);
    expect_everywhere(2);
    expect_role(late, 2, AVO_ROLE_JOINING, 2);
}

/* The write failed and the CAS died with it. Its acceptors know, so the next one finishes that very view. */
static void a_view_that_was_chosen_and_not_written_is_found_again(void **state) {
    (void)state;
    uint8_t before[AVO_CAS_STATE_MAX_BYTES];
    size_t length = scene->worlds[0].state_length;
    memcpy(before, scene->worlds[0].state, length);
    scene->worlds[0].persist_fails = true;
    (void)start_again(0, 2, 2);
    choice_settle(scene, 0);
    scene->worlds[0].persist_fails = false;
    choice_restart(scene, 0, avo_slice(before, length));
    choice_dial(scene, 0, 0);
    choice_settle(scene, 0);
    assert_false(cas(0)->current); /* [V8] one of two: it waits */
    choice_dial(scene, 0, 1);
    choice_settle(scene, 0);
    expect_everywhere(2);
    assert_true(cas(0)->current);
    expect_role(0, 2, AVO_ROLE_JOINING, 2);
    uint32_t third = choice_start(scene, 0, 2); /* that start learnt nothing of it, and ended */
    choice_settle(scene, 0);
    expect_everywhere(3);
    expect_role(third, 2, AVO_ROLE_JOINING, 3);
}

/* Accepted by a minority, then the CAS is gone; another one, which wants something else, finds it and finishes it first. */
static void what_a_minority_accepted_is_finished_by_the_next_cas(void **state) {
    (void)state;
    choice_copy(scene);
    uint32_t late = start_again(0, 2, 2);
    while (cas(0)->proposer.phase == AVO_PROPOSER_READY || scene->nodes[0].steward->acceptor.accepted.round == 0) {
        assert_true(choice_pass(scene, 0));
    }
    assert_int_equal(scene->nodes[1].steward->acceptor.accepted.round, 0);
    assert_int_equal(cas(0)->view.epoch, 1);
    choice_dial(scene, 1, 0);
    choice_dial(scene, 1, 1);
    choice_settle(scene, 1);
    assert_int_equal(cas(1)->view.epoch, 2);
    assert_memory_equal(avo_view_member(&cas(1)->view, 2)->channel_public_key,
                        scene->nodes[late].steward->identity.channel_key.public, AVO_PUBLIC_KEY_BYTES);
    choice_dial(scene, 0, 1); /* the first learns what it began, and how it ended */
    choice_settle(scene, 0);
    assert_int_equal(cas(0)->view.epoch, 2);
    assert_int_equal(scene->nodes[late].steward->phase, AVO_STEWARD_MEMBER); /* who waited there is welcome */
    assert_int_equal(cas(0)->joiner.connection, AVO_CAS_NOBODY);
    assert_false(cas(0)->current); /* slot 0 speaks to the other one */
    choice_dial(scene, 0, 0);
    for (int i = 0; i < 4; i++) { /* the other one's ballot may be higher: it asks again, after a while */
        choice_settle(scene, 0);
        choice_tick(scene, 0, SECOND);
    }
    choice_settle(scene, 0);
    assert_true(cas(0)->current);
}

/* Two at once: the one that is behind is refused, learns, and neither forks. */
static void of_two_at_once_one_is_refused_and_learns(void **state) {
    (void)state;
    choice_copy(scene);
    choice_dial(scene, 1, 0);
    choice_dial(scene, 1, 1);
    choice_settle(scene, 1); /* the second is current, with higher ballots than the first */
    assert_true(cas(0)->current && cas(1)->current);
    choice_dial(scene, 0, 0);
    choice_dial(scene, 0, 1);
    choice_settle(scene, 0);
    (void)start_again(0, 2, 2);
    choice_settle(scene, 0);
    for (int i = 0; i < 4; i++) {
        choice_tick(scene, 0, SECOND);
        choice_settle(scene, 0);
    }
    assert_int_equal(cas(0)->view.epoch, 2);
    assert_true(cas(1)->current && cas(1)->view.epoch == 1); /* it has not heard of it yet, and can have nothing chosen */
    cas(1)->removal = 2;
    choice_tick(scene, 1, SECOND);
    assert_int_equal(cas(1)->view.epoch, 1);
    choice_dial(scene, 1, 0);
    choice_settle(scene, 1);
    assert_int_equal(cas(1)->view.epoch, 2);
    assert_false(cas(1)->current);
}

/* [V7] The file of two views ago: nothing is admitted or issued by it, and the newest view is learnt and written. */
static void a_file_of_two_views_ago_goes_nowhere_back(void **state) {
    (void)state;
    uint8_t old[AVO_CAS_STATE_MAX_BYTES];
    size_t length = scene->worlds[0].state_length;
    struct avo_text reason = {0};
    memcpy(old, scene->worlds[0].state, length);
    uint32_t late = start_again(0, 2, 2);
    choice_settle(scene, 0);
    node_synced(&scene->nodes[late], 2);
    choice_settle(scene, 0);
    choice_restart(scene, 0, avo_slice(old, length));
    assert_int_equal(cas(0)->view.epoch, 1);
    assert_int_equal(avo_cas_check_current(cas(0), &reason), AVO_EQUORUM);
    uint32_t early = choice_start(scene, 0, 1);
    expect_refused(early, "cannot reach a majority of the members of view 1");
    choice_leave(scene, early);
    choice_dial(scene, 0, late); /* the old file does not even know this member */
    choice_settle(scene, 0);
    assert_int_equal(cas(0)->view.epoch, 3);
    assert_int_equal(stored_epoch(), 3);
    assert_false(cas(0)->current);
    choice_dial(scene, 0, 0);
    choice_settle(scene, 0);
    assert_true(cas(0)->current);
    uint32_t again = choice_start(scene, 0, 1);
    choice_settle(scene, 0);
    expect_everywhere(4);
    expect_role(again, 1, AVO_ROLE_JOINING, 4);
}

/* The CAS dies after any number of exchanges, and goes on from its newest file: the joiner's view is there or another one is, and
 * the cluster can go on. */
static void wherever_the_cas_dies_the_next_one_goes_on(void **state) {
    (void)state;
    for (unsigned died_after = 0; died_after < 16; died_after++) {
        scene = choice_make(3);
        uint32_t late = start_again(0, 2, 2);
        for (unsigned i = 0; i < died_after; i++) {
            (void)choice_pass(scene, (const uint32_t[]){0, 1, late}[i % 3]);
        }
        uint8_t file[AVO_CAS_STATE_MAX_BYTES];
        size_t length = scene->worlds[0].state_length;
        memcpy(file, scene->worlds[0].state, length);
        choice_restart(scene, 0, avo_slice(file, length));
        choice_dial(scene, 0, 0);
        choice_dial(scene, 0, 1);
        choice_settle(scene, 0);
        uint32_t epoch = cas(0)->view.epoch;
        assert_true(epoch <= 2 && cas(0)->current);
        uint32_t next = choice_start(scene, 0, 2);
        choice_settle(scene, 0);
        expect_everywhere(epoch + 1);
        expect_role(next, 2, AVO_ROLE_JOINING, epoch + 1);
        choice_free(scene);
    }
}

/* "Connected" means alive: a member that says nothing for 15 seconds is not, and its slot may be taken. */
static void a_member_that_is_silent_has_no_connection(void **state) {
    (void)state;
    for (int i = 0; i < 5; i++) {
        choice_tick(scene, 0, 5 * SECOND);
        (void)choice_pass(scene, 0);
        (void)choice_pass(scene, 1);
    }
    assert_true(scene->worlds[0].closed[scene->nodes[2].connection]);
    assert_false(scene->worlds[0].closed[scene->nodes[0].connection]);
    assert_int_equal(cas(0)->members[2].connection, AVO_CAS_NOBODY);
    uint32_t late = choice_start(scene, 0, 2);
    choice_settle(scene, 0);
    expect_role(late, 2, AVO_ROLE_JOINING, 2);
    choice_dial(scene, 0, 2); /* it was only cut off: it sees the view that has another in its place, and ends */
    choice_settle(scene, 0);
    assert_string_equal(scene->nodes[2].ended.bytes, "slot 2: another start of this slot took its place");
}

/* [V0] A CAS from before genesis holds the keys, and no cluster: it does not believe that it may make one more. */
static void a_member_of_an_unknown_cluster_is_turned_away_and_said(void **state) {
    (void)state;
    uint8_t keys[512];
    struct avo_buffer saved = {keys, 0, sizeof keys};
    cas(0)->policy_length = 0;
    cas(0)->signed_view.length = 0;
    avo_cas_save(cas(0), &saved);
    choice_restart(scene, 0, avo_buffer_slice(&saved));
    choice_dial(scene, 0, 0);
    choice_settle(scene, 0);
    assert_int_equal(cas(0)->phase, AVO_CAS_NO_POLICY);
    assert_string_equal(scene->worlds[0].why.bytes, "a member of a cluster that this CAS does not know");
    assert_non_null(strstr(scene->worlds[0].log.bytes, "its state file is older than the cluster"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_start_joins_the_running_cluster_and_votes_once_it_has_pulled, three, teardown),
        cmocka_unit_test_setup_teardown(a_slot_that_runs_is_not_replaced, three, teardown),
        cmocka_unit_test_setup_teardown(no_view_has_fewer_voters_than_a_quorum, three, teardown),
        cmocka_unit_test_setup_teardown(one_slot_joins_after_the_other, five, teardown),
        cmocka_unit_test_setup_teardown(nothing_follows_a_view_that_a_quorum_has_not_adopted, three, teardown),
        cmocka_unit_test_setup_teardown(a_removal_counts_when_a_quorum_has_pulled, five, teardown),
        cmocka_unit_test_setup_teardown(a_view_that_cannot_be_written_is_shown_to_nobody, three, teardown),
        cmocka_unit_test_setup_teardown(a_view_that_was_chosen_and_not_written_is_found_again, three, teardown),
        cmocka_unit_test_setup_teardown(what_a_minority_accepted_is_finished_by_the_next_cas, three, teardown),
        cmocka_unit_test_setup_teardown(of_two_at_once_one_is_refused_and_learns, three, teardown),
        cmocka_unit_test_setup_teardown(a_file_of_two_views_ago_goes_nowhere_back, three, teardown),
        cmocka_unit_test(wherever_the_cas_dies_the_next_one_goes_on),
        cmocka_unit_test_setup_teardown(a_member_that_is_silent_has_no_connection, three, teardown),
        cmocka_unit_test_setup_teardown(a_member_of_an_unknown_cluster_is_turned_away_and_said, three, teardown),
    };
    return cmocka_run_group_tests_name("cas/choice", tests, NULL, NULL);
}
