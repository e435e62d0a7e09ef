/* CAS, LAS and enclaves in real formats: one quote a machine, and what is refused [DESIGN 11.3]. */
#include "cas/policy_file.h"
#include "tests/control/las_scene.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S (24ULL * 3600)

static void three_enclaves_cost_one_verification_a_machine(void **state) {
    struct scene *scene = *state;
    struct avo_genesis_status status;
    struct avo_view view;
    uint8_t hash[AVO_HASH_BYTES], first[AVO_HASH_BYTES], second[AVO_HASH_BYTES];
    machine_start(&scene->world, &scene->m1, scene->tee1, 8);
    machine_start(&scene->world, &scene->m2, scene->tee2, 9);
    scene_upload(scene);
    machine_pump(&scene->world, &scene->m1); /* both came first and were asked again */
    machine_pump(&scene->world, &scene->m2);
    for (uint8_t slot = 0; slot < 3; slot++) {
        assert_int_equal(scene_join(scene, slot, slot, slot < 2 ? &scene->m1 : &scene->m2), AVO_STEWARD_WAITING);
    }
    assert_int_equal(user_status(&scene->world, &scene->owner, &status, &scene->reason), AVO_OK);
    assert_int_equal(status.vendor_verifications, 2);
    avo_view_hash(&status.view, hash);
    assert_int_equal(user_approve(&scene->world, &scene->owner, hash, &view, &scene->reason), AVO_OK);
    avo_las_hash(avo_las_sign_public_key(scene->m1.las), first);
    avo_las_hash(avo_las_sign_public_key(scene->m2.las), second);
    assert_memory_equal(view.members[0].las, first, sizeof first);
    assert_memory_equal(view.members[1].las, first, sizeof first);
    assert_memory_equal(view.members[2].las, second, sizeof second);
    assert_memory_equal(status.slots[2].member.las, second, sizeof second);
    assert_true(view.members[0].simulated);
    assert_int_equal(view.members[0].measurement[0], MEASUREMENT_NODE);
    assert_int_equal(node_pump(&scene->world, &scene->nodes[2]), AVO_STEWARD_MEMBER);
}

/* An enclave that asks before its LAS was verified gets its voucher when it was. */
static void a_report_waits_for_the_registration(void **state) {
    struct scene *scene = *state;
    struct avo_vouch vouch = {0};
    machine_start(&scene->world, &scene->m1, scene->tee1, 8);
    assert_false(avo_las_registered(scene->m1.las));
    node_connect(&scene->world, &scene->nodes[0], 0, 0);
    assert_int_equal(machine_vouch(&scene->world, &scene->m1, scene->tee1, &scene->nodes[0], &vouch), AVO_VOUCH_ASKED_VOUCHER);
    scene_upload(scene);
    machine_pump(&scene->world, &scene->m1);
    assert_true(avo_las_registered(scene->m1.las));
    assert_int_equal(avo_vouch_read(&vouch, avo_slice(scene->m1.answers[0], scene->m1.answer_lengths[0])), AVO_VOUCH_DONE);
    assert_int_equal(node_prove_by(&scene->world, &scene->nodes[0], AVO_EVIDENCE_BY_LAS, AVO_SLICE_OF(vouch.voucher)),
                     AVO_STEWARD_WAITING);
}

static void a_restarted_las_is_another_one(void **state) {
    struct scene *scene = *state;
    struct avo_vouch vouch = {0};
    struct machine again = {0};
    scene_upload(scene);
    machine_start(&scene->world, &scene->m1, scene->tee1, 8);
    node_connect(&scene->world, &scene->nodes[0], 0, 0);
    assert_int_equal(machine_vouch(&scene->world, &scene->m1, scene->tee1, &scene->nodes[0], &vouch), AVO_VOUCH_DONE);
    machine_lose(&scene->world, &scene->m1);
    machine_start(&scene->world, &again, scene->tee1, 9);
    scene_refused(scene, 0, AVO_SLICE_OF(vouch.voucher), "is not registered: it ended, was started again");
    assert_int_equal(scene_join(scene, 0, 1, &again), AVO_STEWARD_WAITING);
    assert_int_equal(scene_verifications(scene), 2); /* the new key was verified by quote */
    machine_free(&again);
}

/* A voucher is judged once, in its enclave's JOIN: what was true then stays true of an enclave whose connection stands, and the
 * view names the LAS that said it. Who joins later needs the LAS of that hour. */
static void a_slot_that_was_vouched_for_outlives_its_las(void **state) {
    struct scene *scene = *state;
    struct machine again = {0};
    struct avo_genesis_status status;
    struct avo_view view;
    uint8_t hash[AVO_HASH_BYTES], first[AVO_HASH_BYTES], later[AVO_HASH_BYTES];
    scene_upload(scene);
    machine_start(&scene->world, &scene->m1, scene->tee1, 8);
    machine_start(&scene->world, &scene->m2, scene->tee2, 9);
    assert_int_equal(scene_join(scene, 0, 0, &scene->m1), AVO_STEWARD_WAITING);
    machine_lose(&scene->world, &scene->m1);
    machine_start(&scene->world, &again, scene->tee1, 8);
    assert_int_equal(scene_join(scene, 1, 1, &again), AVO_STEWARD_WAITING);
    assert_int_equal(scene_join(scene, 2, 2, &scene->m2), AVO_STEWARD_WAITING);
    assert_int_equal(user_status(&scene->world, &scene->owner, &status, &scene->reason), AVO_OK);
    avo_view_hash(&status.view, hash);
    assert_int_equal(user_approve(&scene->world, &scene->owner, hash, &view, &scene->reason), AVO_OK);
    avo_las_hash(avo_las_sign_public_key(scene->m1.las), first);
    avo_las_hash(avo_las_sign_public_key(again.las), later);
    assert_memory_not_equal(first, later, sizeof first);
    assert_memory_equal(view.members[0].las, first, sizeof first);
    assert_memory_equal(view.members[1].las, later, sizeof later);
    assert_int_equal(node_pump(&scene->world, &scene->nodes[0]), AVO_STEWARD_MEMBER);
    machine_free(&again);
}

static void a_second_las_takes_the_place_of_the_first(void **state) {
    struct scene *scene = *state;
    struct avo_vouch vouch = {0};
    struct machine second = {0};
    scene_upload(scene);
    machine_start(&scene->world, &scene->m1, scene->tee1, 8);
    node_connect(&scene->world, &scene->nodes[0], 0, 0);
    assert_int_equal(machine_vouch(&scene->world, &scene->m1, scene->tee1, &scene->nodes[0], &vouch), AVO_VOUCH_DONE);
    machine_start(&scene->world, &second, scene->tee1, 9);
    machine_pump(&scene->world, &scene->m1);
    assert_non_null(strstr(scene->m1.ended.bytes, "another start of this machine's LAS took its place"));
    assert_false(avo_las_registered(scene->m1.las));
    scene_refused(scene, 0, AVO_SLICE_OF(vouch.voucher), "is not registered");
    machine_free(&second);
}

static void a_las_that_is_out_of_reach_vouches_for_nobody(void **state) {
    struct scene *scene = *state;
    struct avo_vouch vouch = {0};
    scene_upload(scene);
    machine_start(&scene->world, &scene->m1, scene->tee1, 8);
    node_connect(&scene->world, &scene->nodes[0], 0, 0);
    assert_int_equal(machine_vouch(&scene->world, &scene->m1, scene->tee1, &scene->nodes[0], &vouch), AVO_VOUCH_DONE);
    machine_lose(&scene->world, &scene->m1);
    scene_refused(scene, 0, AVO_SLICE_OF(vouch.voucher), "is not registered");
    node_connect(&scene->world, &scene->nodes[1], 1, 1);
    assert_int_equal(machine_vouch(&scene->world, &scene->m1, scene->tee1, &scene->nodes[1], &vouch), AVO_VOUCH_ASKED_VOUCHER);
    machine_find(&scene->world, &scene->m1);
    assert_int_equal(avo_vouch_read(&vouch, avo_slice(scene->m1.answers[1], scene->m1.answer_lengths[1])), AVO_VOUCH_DONE);
    assert_int_equal(scene_verifications(scene), 2);
}

/* Collateral changes: every day the LAS proves itself again. While it cannot, it vouches for nobody; it tries on, since collateral
 * that ran out is renewed. */
static void a_las_is_verified_again(void **state) {
    struct scene *scene = *state;
    scene_upload(scene);
    machine_start(&scene->world, &scene->m1, scene->tee1, 8);
    world_tick(&scene->world, AVO_CAS_LAS_RENEW_US);
    machine_pump(&scene->world, &scene->m1);
    assert_int_equal(scene_verifications(scene), 2);
    assert_int_equal(scene_join(scene, 0, 0, &scene->m1), AVO_STEWARD_WAITING);
    world_tick(&scene->world, AVO_CAS_LAS_RENEW_US);
    scene->m1.measurement = 0x77; /* what a recovered platform's quote would no longer be accepted for */
    machine_pump(&scene->world, &scene->m1);
    assert_non_null(strstr(scene->world.log.bytes, "roles.las.accept"));
    assert_false(avo_las_registered(scene->m1.las));
    assert_true(scene->world.closed[8]);
    assert_int_equal(scene->m1.ended.length, 0);
    struct avo_vouch vouch = {0};
    node_connect(&scene->world, &scene->nodes[1], 1, 1);
    assert_int_equal(machine_vouch(&scene->world, &scene->m1, scene->tee1, &scene->nodes[1], &vouch), AVO_VOUCH_ASKED_VOUCHER);
    machine_find(&scene->world, &scene->m1); /* still not accepted */
    assert_int_equal(scene->m1.ended.length, 0);
    scene->m1.measurement = MEASUREMENT_LAS;
    machine_find(&scene->world, &scene->m1);
    assert_true(avo_las_registered(scene->m1.las));
    assert_int_equal(avo_vouch_read(&vouch, avo_slice(scene->m1.answers[1], scene->m1.answer_lengths[1])), AVO_VOUCH_DONE);
}

#define LOOK_US 5000000

/* New collateral does not wait for the day to end; it counts when it lies still, so that half of it is judged by nobody. */
static void a_las_is_verified_again_when_the_collateral_changes(void **state) {
    struct scene *scene = *state;
    scene_upload(scene);
    machine_start(&scene->world, &scene->m1, scene->tee1, 8);
    world_tick(&scene->world, LOOK_US);
    world_tick(&scene->world, LOOK_US);
    machine_pump(&scene->world, &scene->m1);
    assert_int_equal(scene_verifications(scene), 1); /* nothing changed */
    sim_tee_collateral(scene->tee1, WORLD_NOW_S - 1, false, scene->folder);
    world_tick(&scene->world, LOOK_US);
    machine_pump(&scene->world, &scene->m1);
    assert_int_equal(scene_verifications(scene), 1); /* it may still be written */
    world_tick(&scene->world, LOOK_US - 1);
    machine_pump(&scene->world, &scene->m1);
    assert_int_equal(scene_verifications(scene), 1);
    world_tick(&scene->world, 1);
    assert_non_null(strstr(scene->world.log.bytes, "collateral changed: every LAS is verified again"));
    world_tick(&scene->world, LOOK_US); /* asked once */
    machine_pump(&scene->world, &scene->m1);
    assert_int_equal(scene_verifications(scene), 2);
    assert_true(avo_las_registered(scene->m1.las));
    world_tick(&scene->world, LOOK_US);
    machine_pump(&scene->world, &scene->m1);
    assert_int_equal(scene_verifications(scene), 2);
    sim_tee_collateral(scene->tee1, WORLD_NOW_S, true, scene->folder); /* the platform's CA is revoked */
    world_tick(&scene->world, LOOK_US);
    world_tick(&scene->world, LOOK_US);
    machine_pump(&scene->world, &scene->m1);
    assert_false(avo_las_registered(scene->m1.las));
    assert_non_null(strstr(scene->world.log.bytes, "is revoked"));
}

/* What ran out is renewed by somebody: its LAS waits for that, as for everything that made it refused after it was good once. */
static void a_las_outlives_collateral_that_ran_out(void **state) {
    struct scene *scene = *state;
    scene_upload(scene);
    machine_start(&scene->world, &scene->m1, scene->tee1, 8);
    scene->world.now_s = WORLD_NOW_S + 31 * DAY_S;
    world_tick(&scene->world, AVO_CAS_LAS_RENEW_US);
    machine_pump(&scene->world, &scene->m1);
    assert_false(avo_las_registered(scene->m1.las));
    assert_non_null(strstr(scene->world.log.bytes, "expired"));
    assert_int_equal(scene->m1.ended.length, 0);
    sim_tee_collateral(scene->tee1, scene->world.now_s, false, scene->folder);
    machine_find(&scene->world, &scene->m1);
    assert_true(avo_las_registered(scene->m1.las));
}

static void a_las_that_does_not_answer_is_dropped(void **state) {
    struct scene *scene = *state;
    scene_upload(scene);
    machine_start(&scene->world, &scene->m1, scene->tee1, 8);
    world_tick(&scene->world, AVO_CAS_LAS_RENEW_US);
    world_tick(&scene->world, AVO_CAS_IDLE_TIMEOUT_US + 1);
    assert_true(scene->world.closed[8]);
}

static void a_cas_that_starts_again_verifies_its_lases_again(void **state) {
    struct scene *scene = *state;
    struct avo_view view;
    struct avo_genesis_status status;
    uint8_t hash[AVO_HASH_BYTES];
    scene_upload(scene);
    machine_start(&scene->world, &scene->m1, scene->tee1, 8);
    machine_start(&scene->world, &scene->m2, scene->tee2, 9);
    for (uint8_t slot = 0; slot < 3; slot++) {
        assert_int_equal(scene_join(scene, slot, slot, slot < 2 ? &scene->m1 : &scene->m2), AVO_STEWARD_WAITING);
    }
    assert_int_equal(user_status(&scene->world, &scene->owner, &status, &scene->reason), AVO_OK);
    avo_view_hash(&status.view, hash);
    assert_int_equal(user_approve(&scene->world, &scene->owner, hash, &view, &scene->reason), AVO_OK);
    assert_int_equal(world_restart(&scene->world, &scene->reason), AVO_OK);
    machine_lose(&scene->world, &scene->m1);
    machine_find(&scene->world, &scene->m1);
    assert_true(avo_las_registered(scene->m1.las));
    struct user later;
    user_connect(&scene->world, &later, &scene->owner_key, 11);
    assert_int_equal(user_status(&scene->world, &later, &status, &scene->reason), AVO_OK);
    assert_int_equal(status.vendor_verifications, 1);
    user_free(&later);
}

static enum avo_error ends_of(struct scene *scene, struct user *user, struct avo_cas_ends *ends) {
    assert_int_equal(avo_dialog_ask_ends(user->dialog, &user->out.bytes), AVO_OK);
    return avo_dialog_ends_check(user_call(&scene->world, user), ends, &scene->reason);
}

static void users_are_told_what_ends(void **state) {
    struct scene *scene = *state;
    struct avo_cas_ends ends;
    struct avo_key_pair stranger_key;
    struct user stranger;
    scene_upload(scene);
    assert_int_equal(ends_of(scene, &scene->owner, &ends), AVO_OK);
    assert_int_equal(ends.collateral_s, WORLD_NOW_S + 30 * DAY_S);
    assert_int_equal(ends.las_s, 0);
    machine_start(&scene->world, &scene->m1, scene->tee1, 8);
    assert_int_equal(ends_of(scene, &scene->owner, &ends), AVO_OK);
    assert_int_equal(ends.las_s, WORLD_NOW_S + 20 * 365 * DAY_S);
    machine_lose(&scene->world, &scene->m1);
    assert_int_equal(ends_of(scene, &scene->owner, &ends), AVO_OK);
    assert_int_equal(ends.las_s, 0);
    world_key(&scene->world, &stranger_key);
    user_connect(&scene->world, &stranger, &stranger_key, 9);
    assert_int_equal(ends_of(scene, &stranger, &ends), AVO_EDENIED);
    user_free(&stranger);
}

static bool warned(struct scene *scene, uint64_t now_s, const char *what) {
    avo_text_clear(&scene->world.log);
    scene->world.now_s = now_s;
    world_tick(&scene->world, DAY_S * 1000000);
    return strstr(scene->world.log.bytes, what) != NULL;
}

static void the_log_warns_a_week_ahead_once_a_day(void **state) {
    struct scene *scene = *state;
    scene_upload(scene);
    assert_false(warned(scene, WORLD_NOW_S + 23 * DAY_S - 1, "collateral"));
    assert_true(warned(scene, WORLD_NOW_S + 23 * DAY_S, "collateral: it ends in 7 days; put the CPU vendor's new one"));
    avo_text_clear(&scene->world.log);
    world_tick(&scene->world, DAY_S * 1000000 - 1);
    assert_int_equal(scene->world.log.length, 0);
    assert_true(warned(scene, WORLD_NOW_S + 29 * DAY_S + 1, "collateral: it ends in 1 days"));
    assert_true(warned(scene, WORLD_NOW_S + 30 * DAY_S, "collateral: it has ended"));
}

int main(void) {
#define LAS_TEST(test) cmocka_unit_test_setup_teardown(test, scene_open, scene_close)
    const struct CMUnitTest tests[] = {
        LAS_TEST(three_enclaves_cost_one_verification_a_machine),
        LAS_TEST(a_report_waits_for_the_registration),
        LAS_TEST(a_restarted_las_is_another_one),
        LAS_TEST(a_slot_that_was_vouched_for_outlives_its_las),
        LAS_TEST(a_second_las_takes_the_place_of_the_first),
        LAS_TEST(a_las_that_is_out_of_reach_vouches_for_nobody),
        LAS_TEST(a_las_is_verified_again),
        LAS_TEST(a_las_is_verified_again_when_the_collateral_changes),
        LAS_TEST(a_las_outlives_collateral_that_ran_out),
        LAS_TEST(a_las_that_does_not_answer_is_dropped),
        LAS_TEST(a_cas_that_starts_again_verifies_its_lases_again),
        LAS_TEST(users_are_told_what_ends),
        LAS_TEST(the_log_warns_a_week_ahead_once_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
