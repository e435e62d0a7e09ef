/* The owner has the group grow and shrink [V4, V6]: what the CAS notes, what it refuses, and which views follow. */
#include "base/testing.h"
#include "tests/control/choice_scene.h"
#include <string.h>

#define SECOND 1000000ULL

static struct choice_scene *scene;

static int three(void **state) {
    (void)state;
    scene = choice_make(3);
    return 0;
}
static int five(void **state) {
    (void)state;
    scene = choice_make(5);
    return 0;
}
static int teardown(void **state) {
    (void)state;
    choice_free(scene);
    return 0;
}

static struct avo_cas *cas(void) {
    return scene->worlds[0].cas;
}

static enum avo_error ask(const struct avo_key_pair *key, enum avo_resize change, uint8_t slot, struct avo_text *reason) {
    struct world *world = &scene->worlds[0];
    const struct avo_resize_request request = {change, slot};
    struct user user;
    user_connect(world, &user, key, CHOICE_OWNER);
    assert_int_equal(avo_dialog_ask_resize(user.dialog, &request, &user.out.bytes), AVO_EDENIED); /* before it is attested */
    assert_int_equal(user_attest(world, &user, reason), AVO_OK);
    assert_int_equal(avo_dialog_ask_resize(user.dialog, &request, &user.out.bytes), AVO_OK);
    enum avo_error error = avo_dialog_done_check(user_call(world, &user), reason);
    user_free(&user);
    world_disconnect(world, CHOICE_OWNER);
    choice_settle(scene, 0);
    return error;
}

static void expect_ok(enum avo_resize change, uint8_t slot) {
    struct avo_text reason;
    assert_int_equal(ask(&scene->owner_key, change, slot, &reason), AVO_OK);
}

static void expect_refused(enum avo_resize change, uint8_t slot, enum avo_error error, const char *why) {
    struct avo_text reason;
    struct avo_view before = cas()->view;
    assert_int_equal(ask(&scene->owner_key, change, slot, &reason), error);
    if (strstr(reason.bytes, why) == NULL) {
        fail_msg("%s", reason.bytes);
    }
    assert_memory_equal(&before, &cas()->view, sizeof before);
}

static void expect_view(uint32_t epoch, uint8_t slot_count, uint8_t member_count) {
    assert_int_equal(cas()->view.epoch, epoch);
    assert_int_equal(cas()->view.slot_count, slot_count);
    assert_int_equal(cas()->view.member_count, member_count);
}

/* All that vote have pulled for the newest view. */
static void all_synced(void) {
    for (uint32_t i = 0; i < scene->start_count; i++) {
        bool runs = scene->at[i] != CHOICE_NOWHERE && scene->nodes[i].ended.length == 0;
        if (runs && scene->nodes[i].steward->phase == AVO_STEWARD_MEMBER) {
            node_synced(&scene->nodes[i], cas()->view.epoch);
        }
    }
    choice_settle(scene, 0);
}

static uint32_t add(uint8_t slot) {
    expect_ok(AVO_RESIZE_ADD, slot);
    uint32_t start = choice_start(scene, 0, slot);
    choice_settle(scene, 0);
    assert_int_equal(scene->nodes[start].steward->phase, AVO_STEWARD_MEMBER);
    return start;
}

static void the_group_grows_to_five_and_shrinks_to_three(void **state) {
    (void)state;
    (void)add(3);
    expect_view(2, 3, 4); /* it is not counted before it votes [V4] */
    all_synced();
    expect_view(3, 4, 4);
    all_synced();
    uint32_t last = add(8);
    all_synced();
    expect_view(5, 5, 5);
    all_synced();
    assert_int_equal(choice_view(scene, last)->members[4].role, AVO_ROLE_VOTING);
    expect_ok(AVO_RESIZE_REMOVE, 0);
    expect_view(6, 4, 4);
    assert_string_equal(scene->nodes[0].ended.bytes, "slot 0: it was removed from the cluster");
    expect_ok(AVO_RESIZE_REMOVE, 3);
    expect_view(6, 4, 4); /* noted: a quorum has not pulled yet [V6] */
    all_synced();
    expect_view(7, 3, 3);
    expect_refused(AVO_RESIZE_REMOVE, 1, AVO_EDENIED, "slot 1: the group has 3 nodes, and fewer than 3 bear no loss");
}

/* [V6] Else a write that two of three acknowledged, and the new one missed, is lost when one of the two leaves. */
static void what_grew_shrinks_when_a_quorum_has_pulled(void **state) {
    (void)state;
    uint32_t late = add(3);
    node_synced(&scene->nodes[late], 2);
    choice_settle(scene, 0);
    expect_view(3, 4, 4);
    expect_ok(AVO_RESIZE_REMOVE, 2);
    node_synced(&scene->nodes[0], 3);
    node_synced(&scene->nodes[late], 3);
    choice_settle(scene, 0);
    expect_view(3, 4, 4); /* two of the three that are needed */
    node_synced(&scene->nodes[1], 3);
    choice_settle(scene, 0);
    expect_view(4, 3, 3);
}

static void a_slot_joins_when_the_owner_has_added_it(void **state) {
    (void)state;
    uint32_t early = choice_start(scene, 0, 3);
    assert_int_equal(scene->nodes[early].steward->phase, AVO_STEWARD_FAILED);
    assert_non_null(strstr(scene->nodes[early].steward->reason.bytes, "slot 3: the cluster has no slot 3"));
    choice_leave(scene, early);
    expect_ok(AVO_RESIZE_ADD, 4);
    expect_ok(AVO_RESIZE_ADD, 3); /* the last word counts */
    uint32_t other = choice_start(scene, 0, 4);
    assert_int_equal(scene->nodes[other].steward->phase, AVO_STEWARD_FAILED);
    choice_leave(scene, other);
    expect_ok(AVO_RESIZE_REMOVE, 3); /* and is taken back */
    uint32_t late = choice_start(scene, 0, 3);
    assert_int_equal(scene->nodes[late].steward->phase, AVO_STEWARD_FAILED);
    choice_leave(scene, late);
    (void)add(3);
    expect_view(2, 3, 4);
}

static void what_cannot_be_is_refused_and_changes_nothing(void **state) {
    (void)state;
    struct avo_key_pair stranger;
    struct avo_text reason;
    world_key(&scene->worlds[0], &stranger);
    assert_int_equal(ask(&stranger, AVO_RESIZE_REMOVE, 1, &reason), AVO_EDENIED);
    assert_non_null(strstr(reason.bytes, "only the policy's owner"));
    assert_int_equal(ask(&stranger, AVO_RESIZE_ADD, 6, &reason), AVO_EDENIED);
    expect_refused(AVO_RESIZE_REMOVE, 7, AVO_ENOTFOUND, "slot 7: the cluster has no such slot");
    expect_refused(AVO_RESIZE_ADD, 2, AVO_EDENIED, "slot 2: the cluster has it already");
    cas()->policy.las_required = true;
    cas()->policy.slot_machine[6] = AVO_CAS_NO_MACHINE;
    expect_refused(AVO_RESIZE_ADD, 6, AVO_EDENIED, "slot 6: the policy pins it to no machine");
    cas()->policy.las_required = false;
    expect_view(1, 5, 5);
}

/* [V7] The joiner's pull would not be enough: n did not grow with it. */
static void while_a_new_slot_joins_no_voter_leaves_or_starts_again(void **state) {
    (void)state;
    uint32_t late = add(5);
    expect_view(2, 5, 6);
    expect_refused(AVO_RESIZE_REMOVE, 1, AVO_EBUSY, "wait until it votes");
    expect_refused(AVO_RESIZE_ADD, 6, AVO_EBUSY, "wait until it votes");
    choice_leave(scene, 4);
    uint32_t again = choice_start(scene, 0, 4);
    assert_int_equal(scene->nodes[again].steward->phase, AVO_STEWARD_FAILED);
    assert_true(scene->nodes[again].steward->lost); /* it tries again */
    assert_non_null(strstr(scene->nodes[again].steward->reason.bytes, "another slot is new and joins"));
    choice_leave(scene, again);
    choice_leave(scene, late); /* the new one may start again, and be removed */
    late = choice_start(scene, 0, 5);
    choice_settle(scene, 0);
    expect_view(3, 5, 6);
    expect_ok(AVO_RESIZE_REMOVE, 5);
    expect_view(4, 5, 5);
    assert_int_equal(cas()->view.resize_epoch, 0);
    again = choice_start(scene, 0, 4);
    choice_settle(scene, 0);
    expect_view(5, 5, 5);
    assert_int_equal(scene->nodes[again].steward->phase, AVO_STEWARD_MEMBER);
}

static void a_slot_that_is_down_is_removed_as_any_other(void **state) {
    (void)state;
    choice_leave(scene, 3);
    choice_leave(scene, 4);
    expect_ok(AVO_RESIZE_REMOVE, 4);
    expect_view(2, 4, 4);
    all_synced();
    uint32_t again = choice_start(scene, 0, 3);
    choice_settle(scene, 0);
    expect_view(3, 4, 4);
    assert_int_equal(scene->nodes[again].steward->phase, AVO_STEWARD_MEMBER);
}

/* Noted before the slot was new: it waits until that votes, and the new one may start again meanwhile. */
static void a_removal_that_waits_is_in_nobodys_way(void **state) {
    (void)state;
    uint32_t late = add(5);
    cas()->removal = 1;
    choice_leave(scene, late);
    late = choice_start(scene, 0, 5);
    choice_settle(scene, 0);
    expect_view(3, 5, 6);
    assert_int_equal(scene->nodes[late].steward->phase, AVO_STEWARD_MEMBER);
    all_synced();
    expect_view(4, 6, 6);
    all_synced();
    expect_view(5, 5, 5);
    assert_null(avo_view_member(&cas()->view, 1));
    assert_int_equal(cas()->removal, AVO_CAS_NO_SLOT);
}

/* What is under way may list the slot: its addition is not forgotten under it. */
static void an_addition_is_not_forgotten_while_a_view_may_list_it(void **state) {
    (void)state;
    expect_ok(AVO_RESIZE_ADD, 5);
    expect_ok(AVO_RESIZE_REMOVE, 5); /* nobody came */
    assert_int_equal(cas()->addition, AVO_CAS_NO_SLOT);
    cas()->addition = 5;
    cas()->proposer.phase = AVO_PROPOSER_ACCEPTING;
    struct avo_text reason = {0};
    assert_int_equal(avo_cas_remove(cas(), 5, &reason), AVO_EBUSY);
    assert_string_equal(reason.bytes, "a view is being chosen that may list it: ask again");
    assert_int_equal(cas()->addition, 5);
    cas()->proposer.phase = AVO_PROPOSER_READY;
    assert_int_equal(avo_cas_remove(cas(), 5, &reason), AVO_OK);
}

/* A removal waits for the new slot, which nobody can start: that one must be able to go first. */
static void a_new_slot_goes_before_a_removal_that_waits_for_it(void **state) {
    (void)state;
    uint32_t late = add(5);
    cas()->removal = 1;
    choice_leave(scene, late);
    expect_ok(AVO_RESIZE_REMOVE, 5);
    expect_view(3, 5, 5);
    assert_int_equal(cas()->removal, AVO_CAS_NO_SLOT);
}

/* Another CAS made the group smaller meanwhile. */
static void a_removal_that_cannot_be_any_more_is_given_up(void **state) {
    (void)state;
    cas()->removal = 1;
    choice_tick(scene, 0, SECOND);
    choice_settle(scene, 0);
    expect_view(1, 3, 3);
    assert_int_equal(cas()->removal, AVO_CAS_NO_SLOT);
}

/* The new start learns what is waited for. */
static void after_a_change_of_size_a_start_waits_for_the_pulls(void **state) {
    (void)state;
    expect_ok(AVO_RESIZE_REMOVE, 4);
    expect_view(2, 4, 4);
    choice_leave(scene, 3);
    uint32_t again = choice_start(scene, 0, 3);
    choice_settle(scene, 0);
    assert_int_equal(scene->nodes[again].steward->phase, AVO_STEWARD_FAILED);
    assert_true(scene->nodes[again].steward->lost); /* it tries again */
    assert_non_null(strstr(scene->nodes[again].steward->reason.bytes, "still pull"));
    all_synced();
    again = choice_start(scene, 0, 3);
    choice_settle(scene, 0);
    assert_int_equal(scene->nodes[again].steward->phase, AVO_STEWARD_MEMBER);
}

/* What it was asked in the choice before is no question of this one, though both ballots are the first of this CAS. */
static void who_adopts_late_is_asked_in_the_next_choice(void **state) {
    (void)state;
    choice_leave(scene, 2);
    uint32_t late = choice_start(scene, 0, 2);
    choice_settle(scene, 0);
    scene->nodes[1].holds = true;
    node_synced(&scene->nodes[late], 2);
    choice_settle(scene, 0);
    assert_int_equal(cas()->view.epoch, 3);
    assert_int_equal(cas()->proposer.phase, AVO_PROPOSER_READY); /* by slots 0 and 2 */
    scene->nodes[1].holds = false;
    choice_tick(scene, 0, 6 * SECOND); /* a ping has it look */
    choice_settle(scene, 0);
    assert_int_equal(cas()->members[1].adopted_epoch, 3);
    choice_leave(scene, late);
    (void)choice_start(scene, 0, 2);
    choice_settle(scene, 0);
    assert_int_equal(cas()->view.epoch, 4);
}

/* [V6] What a joiner read while the removed slot could still hold a write alone is not enough to vote. */
static void a_joiner_pulls_again_after_a_removal(void **state) {
    (void)state;
    choice_leave(scene, 4);
    uint32_t late = choice_start(scene, 0, 4);
    choice_settle(scene, 0);
    expect_ok(AVO_RESIZE_REMOVE, 3);
    expect_view(3, 4, 4);
    node_synced(&scene->nodes[late], 2);
    for (uint32_t i = 0; i < 3; i++) {
        node_synced(&scene->nodes[i], 3);
    }
    choice_settle(scene, 0);
    expect_view(3, 4, 4);
    node_synced(&scene->nodes[late], 3);
    choice_settle(scene, 0);
    expect_view(4, 4, 4);
    assert_int_equal(avo_view_member(&cas()->view, 4)->role, AVO_ROLE_VOTING);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_group_grows_to_five_and_shrinks_to_three, three, teardown),
        cmocka_unit_test_setup_teardown(what_grew_shrinks_when_a_quorum_has_pulled, three, teardown),
        cmocka_unit_test_setup_teardown(a_slot_joins_when_the_owner_has_added_it, three, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_refused_and_changes_nothing, five, teardown),
        cmocka_unit_test_setup_teardown(while_a_new_slot_joins_no_voter_leaves_or_starts_again, five, teardown),
        cmocka_unit_test_setup_teardown(a_slot_that_is_down_is_removed_as_any_other, five, teardown),
        cmocka_unit_test_setup_teardown(a_removal_that_waits_is_in_nobodys_way, five, teardown),
        cmocka_unit_test_setup_teardown(an_addition_is_not_forgotten_while_a_view_may_list_it, five, teardown),
        cmocka_unit_test_setup_teardown(a_new_slot_goes_before_a_removal_that_waits_for_it, five, teardown),
        cmocka_unit_test_setup_teardown(a_removal_that_cannot_be_any_more_is_given_up, three, teardown),
        cmocka_unit_test_setup_teardown(after_a_change_of_size_a_start_waits_for_the_pulls, five, teardown),
        cmocka_unit_test_setup_teardown(who_adopts_late_is_asked_in_the_next_choice, three, teardown),
        cmocka_unit_test_setup_teardown(a_joiner_pulls_again_after_a_removal, five, teardown),
    };
    return cmocka_run_group_tests_name("cas/resize", tests, NULL, NULL);
}
