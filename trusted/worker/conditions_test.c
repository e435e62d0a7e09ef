/* A worker tells its host, and those who ask it for figures, what somebody should look at; and it calls members it does not hear.
 */
#include "trusted/worker/testing_scene.h"

#define SECOND_US 1000000ULL

static int setup(void **state) {
    struct worker_scene *scene = calloc(1, sizeof *scene);
    worker_scene_open(scene, 3);
    worker_scene_poll(scene, SECOND_US);
    *state = scene;
    return 0;
}

static int teardown(void **state) {
    worker_scene_close(*state);
    free(*state);
    return 0;
}

static uint64_t posted(const struct worker_scene *scene, struct avo_notice *notice) {
    avo_notice_read(scene->host.notice, notice);
    return notice->conditions;
}

static uint64_t age_s(const struct worker_scene *scene, enum avo_condition condition) {
    struct avo_figures figures;
    avo_worker_stats(scene->worker, &figures);
    return avo_figures_age(&figures, condition);
}

static void tampering_is_posted_within_a_second_and_grows_old(void **state) {
    struct worker_scene *scene = *state;
    struct avo_notice notice;
    assert_int_equal(posted(scene, &notice) & 1U << AVO_CONDITION_TAMPERED, 0);
    scene->worker->stats.tampered = 3;
    worker_scene_poll(scene, SECOND_US - 1000);
    assert_int_equal(posted(scene, &notice) & 1U << AVO_CONDITION_TAMPERED, 0);
    assert_int_equal(age_s(scene, AVO_CONDITION_TAMPERED), 0);
    worker_scene_poll(scene, 1000);
    assert_true((posted(scene, &notice) & 1U << AVO_CONDITION_TAMPERED) != 0);
    assert_int_equal(notice.levels.tampered, 3);
    assert_int_equal(age_s(scene, AVO_CONDITION_TAMPERED), 1);
    for (unsigned i = 1; i <= 100; i++) {
        worker_scene_poll(scene, SECOND_US);
        assert_int_equal(age_s(scene, AVO_CONDITION_TAMPERED), 1 + i);
    }
    for (unsigned i = 0; i < 600; i++) {
        worker_scene_poll(scene, SECOND_US);
    }
    assert_int_equal(posted(scene, &notice) & 1U << AVO_CONDITION_TAMPERED, 0);
    assert_int_equal(age_s(scene, AVO_CONDITION_TAMPERED), 0);
}

static void what_the_host_writes_there_is_never_read(void **state) {
    struct worker_scene *scene = *state;
    struct avo_notice notice;
    memset(scene->host.notice, 0xff, AVO_NOTICE_BYTES);
    worker_scene_poll(scene, SECOND_US);
    assert_int_equal(posted(scene, &notice), 0);
    assert_true(notice.levels.enclave_bytes_budget > 0 && notice.levels.enclave_bytes_budget == scene->worker->budget_bytes);
    assert_true(notice.levels.tombstone_quota > 0);
}

static void silent_members_are_called_and_then_missed(void **state) {
    struct worker_scene *scene = *state;
    struct avo_notice notice;
    (void)worker_scene_drain(scene);
    uint32_t called = 0;
    for (unsigned i = 0; i < 15; i++) {
        worker_scene_poll(scene, SECOND_US);
        called += worker_scene_drain(scene);
    }
    assert_int_equal(called, 3 * 2); /* two members, after 5, 10 and 15 seconds */
    assert_int_equal(posted(scene, &notice), 0);
    avo_path_heard(&scene->worker->peers[2].path, scene->worker->now_us);
    worker_scene_poll(scene, SECOND_US);
    assert_true((posted(scene, &notice) & 1U << AVO_CONDITION_UNDER_REPLICATED) != 0);
    assert_int_equal(notice.levels.silent_nodes, 1U << 1);
    avo_path_heard(&scene->worker->peers[1].path, scene->worker->now_us);
    worker_scene_poll(scene, SECOND_US);
    assert_int_equal(posted(scene, &notice), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tampering_is_posted_within_a_second_and_grows_old, setup, teardown),
        cmocka_unit_test_setup_teardown(what_the_host_writes_there_is_never_read, setup, teardown),
        cmocka_unit_test_setup_teardown(silent_members_are_called_and_then_missed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
