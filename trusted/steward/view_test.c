/* A member and newer views: which it takes [V1], how it hands them to its workers, when the CAS learns it [V6]. */
#include "protocol/control/join.h"
#include "trusted/steward/scene.h"
#include <string.h>

static int setup(void **state) {
    *state = scene_make();
    scene_join(*state);
    (void)scene_trace(*state);
    return 0;
}

static int teardown(void **state) {
    scene_free(*state);
    return 0;
}

#define EXPECT(scene, text) assert_string_equal(scene_trace(scene), text)

static struct avo_view next_view(const struct scene *scene, uint32_t epoch) {
    struct avo_view view = scene_view(scene);
    view.epoch = epoch;
    return view;
}

static void tell(struct scene *scene, const struct avo_view *view) {
    scene_say_view(scene, view);
    assert_int_equal(scene_deliver(scene), AVO_STEWARD_MEMBER);
}

static void adopted(struct scene *scene, uint32_t worker, uint32_t epoch) {
    (void)scene_step(scene, (struct avo_steward_event){.type = AVO_STEWARD_ADOPTED, .worker = worker, .epoch = epoch});
}

static uint32_t reported(struct scene *scene) {
    struct avo_configuration configuration = {0};
    scene->heard = AVO_SLICE_EMPTY;
    assert_int_equal(scene_hear(scene), AVO_OK);
    return avo_adopted_read(scene->heard, &configuration) == AVO_OK ? configuration.epoch : 0;
}

/* The MEMBER that the CAS heard last. */
static struct avo_member_report shown(struct scene *scene) {
    struct avo_member_report report = {0};
    scene->heard = AVO_SLICE_EMPTY;
    assert_int_equal(scene_hear(scene), AVO_OK);
    assert_int_equal(avo_member_report_read(scene->heard, &report), AVO_OK);
    return report;
}

static void every_worker_is_handed_a_newer_view_and_the_cas_learns_it_of_all(void **state) {
    struct scene *scene = *state;
    struct avo_view view = next_view(scene, 2);
    assert_false(avo_steward_awaits(scene->steward));
    tell(scene, &view);
    EXPECT(scene, "HAND 0 2\nHAND 1 2\n");
    assert_true(avo_steward_awaits(scene->steward));
    adopted(scene, 1, 2);
    EXPECT(scene, "");
    assert_true(avo_steward_awaits(scene->steward));
    adopted(scene, 0, 2);
    EXPECT(scene, "SEND\n");
    assert_false(avo_steward_awaits(scene->steward));
    assert_int_equal(reported(scene), 2);
    assert_int_equal(avo_steward_identity(scene->steward)->view.epoch, 1); /* what the workers began with */
}

/* A worker has one view on its way at a time; it then gets the newest, whatever came between. */
static void a_worker_that_is_slow_gets_the_newest_next(void **state) {
    struct scene *scene = *state;
    for (uint32_t epoch = 2; epoch <= 4; epoch++) {
        struct avo_view view = next_view(scene, epoch);
        tell(scene, &view);
        if (epoch == 2) {
            adopted(scene, 0, 2);
        }
    }
    EXPECT(scene, "HAND 0 2\nHAND 1 2\nHAND 0 3\n");
    adopted(scene, 0, 3);
    adopted(scene, 1, 2);
    EXPECT(scene, "HAND 0 4\nHAND 1 4\n");
    adopted(scene, 0, 4);
    EXPECT(scene, "");
    adopted(scene, 1, 4);
    EXPECT(scene, "SEND\n");
    assert_int_equal(reported(scene), 4);
}

static void a_view_that_is_not_newer_changes_nothing(void **state) {
    struct scene *scene = *state;
    struct avo_view view = next_view(scene, 2);
    tell(scene, &view);
    tell(scene, &view);
    view.epoch = 1;
    tell(scene, &view);
    EXPECT(scene, "HAND 0 2\nHAND 1 2\n");
}

static void other_cluster(struct avo_view *view) {
    view->cluster_id[0]++;
}
static void other_workers(struct avo_view *view) {
    view->worker_count = 1;
}
static void other_mtu(struct avo_view *view) {
    view->mtu_bytes = 1400;
}
static void other_value(struct avo_view *view) {
    view->value_max_bytes = 1025;
}
static void other_version(struct avo_view *view) {
    view->members[0].wire_highest = AVO_WIRE_VERSION + 1;
}
static void dead_key(struct avo_view *view) {
    view->slot_count = 2;
    view->member_count = 2;
    view->members[1] = (struct avo_member){.slot = 1,
                                           .wire_highest = AVO_WIRE_VERSION,
                                           .role = AVO_ROLE_VOTING,
                                           .incarnation = 2,
                                           .address = {.port = 1},
                                           .tee = AVO_TEE_SGX};
}

static void a_view_that_no_node_may_adopt_is_said_and_ignored(void **state) {
    static const struct {
        void (*change)(struct avo_view *view);
        const char *said;
    } cases[] = {
        {other_cluster, "one of another cluster"}, {other_workers, "one with other limits"},
        {other_mtu, "one with other limits"},      {other_value, "one with other limits"},
        {dead_key, "a channel key that is none"},  {other_version, "a wire version that this enclave does not"},
    };
    struct scene *scene = *state;
    for (size_t i = 0; i < AVO_COUNT(cases); i++) {
        struct avo_view view = next_view(scene, 2);
        cases[i].change(&view);
        scene->steward->fault_count = 0; /* the first of them is said */
        tell(scene, &view);
        const char *trace = scene_trace(scene);
        assert_non_null(strstr(trace, cases[i].said));
        assert_null(strstr(trace, "HAND"));
    }
    for (uint32_t i = 1; i < 64; i++) { /* anybody can send more: said the 2nd, 4th, 8th ... time */
        struct avo_view view = next_view(scene, 2);
        other_cluster(&view);
        tell(scene, &view);
        bool said = strstr(scene_trace(scene), "one of another cluster") != NULL;
        assert_int_equal(said, ((i + 1) & i) == 0);
    }
    assert_false(avo_steward_awaits(scene->steward));
    struct avo_view view = next_view(scene, 2);
    tell(scene, &view);
    EXPECT(scene, "HAND 0 2\nHAND 1 2\n");
}

/* [V1] Wherever it comes from, a peer or the CAS: the signature decides. */
static void a_view_of_a_peer_is_as_good_and_one_that_was_not_chosen_is_none(void **state) {
    struct scene *scene = *state;
    struct avo_signed_view signed_view;
    struct avo_view view = next_view(scene, 2);
    avo_view_sign(&view, scene->sign_secret, &signed_view);
    struct avo_steward_event event = {.type = AVO_STEWARD_VIEW, .bytes = avo_slice(signed_view.bytes, signed_view.length)};
    signed_view.bytes[17] ^= 1;
    (void)scene_step(scene, event);
    EXPECT(scene, "SAY slot 0: view: one that the CAS did not choose was sent, and is ignored\n");
    signed_view.bytes[17] ^= 1;
    (void)scene_step(scene, event);
    EXPECT(scene, "HAND 0 2\nHAND 1 2\nSEND\n");
    struct avo_member_report report = shown(scene); /* the CAS may lack it */
    assert_true(avo_slice_equal(report.signed_view, avo_slice(signed_view.bytes, signed_view.length)));
    assert_int_equal(report.adopted_epoch, 1);
    adopted(scene, 0, 2);
    adopted(scene, 1, 2);
    assert_int_equal(reported(scene), 2);
}

static void before_it_is_a_member_it_takes_no_view(void **state) {
    (void)state;
    struct scene *scene = scene_make();
    struct avo_signed_view signed_view;
    scene_wait(scene);
    (void)scene_trace(scene);
    struct avo_view view = next_view(scene, 1);
    avo_view_sign(&view, scene->sign_secret, &signed_view);
    (void)scene_step(
        scene, (struct avo_steward_event){.type = AVO_STEWARD_VIEW, .bytes = avo_slice(signed_view.bytes, signed_view.length)});
    EXPECT(scene, "");
    scene_say_view(scene, &view);
    assert_int_equal(scene_deliver(scene), AVO_STEWARD_FAILED);
    assert_null(avo_steward_identity(scene->steward));
    scene_free(scene);
}

static void greet_again(struct scene *scene) {
    scene_open(scene);
    assert_int_equal(scene_hear(scene), AVO_OK);
    scene_say_hello(scene);
    assert_int_equal(scene_deliver(scene), AVO_STEWARD_MEMBER);
}

static void synced(struct scene *scene, uint32_t worker, uint32_t epoch) {
    (void)scene_step(scene, (struct avo_steward_event){.type = AVO_STEWARD_SYNCED, .worker = worker, .epoch = epoch});
}

/* A member needs no CAS to serve. On each connection it says what it is, under the key that the view lists. */
static void on_each_connection_it_says_what_it_is(void **state) {
    struct scene *scene = *state;
    struct avo_steward_event closed = {.type = AVO_STEWARD_CLOSED};
    struct avo_view view = next_view(scene, 2), got;
    struct avo_signed_view signed_view;
    uint8_t key[AVO_PUBLIC_KEY_BYTES];
    memcpy(key, scene->steward->identity.channel_key.public, sizeof key);
    struct avo_member_report report = shown(scene); /* when it joined */
    assert_int_equal(report.adopted_epoch, 1);
    assert_int_equal(report.synced_epoch, 0);
    assert_int_equal(avo_view_verify(report.signed_view, scene->sign_public, &got), AVO_OK);
    assert_int_equal(got.epoch, 1);
    (void)scene_step(scene, closed);
    (void)scene_step(scene, closed);
    avo_view_sign(&view, scene->sign_secret, &signed_view);
    (void)scene_step(
        scene, (struct avo_steward_event){.type = AVO_STEWARD_VIEW, .bytes = avo_slice(signed_view.bytes, signed_view.length)});
    adopted(scene, 0, 2);
    EXPECT(scene, "HAND 0 2\nHAND 1 2\n"); /* the host dials by itself */
    scene_open(scene);
    (void)scene_step(scene, closed); /* again, before the CAS greeted */
    adopted(scene, 1, 2);
    synced(scene, 0, 2);
    synced(scene, 1, 2);
    EXPECT(scene, "SEND\n");
    greet_again(scene);
    report = shown(scene);
    assert_int_equal(report.adopted_epoch, 2);
    assert_int_equal(report.synced_epoch, 2);
    assert_int_equal(avo_view_verify(report.signed_view, scene->sign_public, &got), AVO_OK);
    assert_int_equal(got.epoch, 2);
    assert_memory_equal(scene->cas.remote_static, key, sizeof key);
}

/* [V5, V6] Once all workers have pulled; each epoch once. */
static void the_cas_learns_what_all_workers_have_pulled(void **state) {
    struct scene *scene = *state;
    uint32_t epoch = 0;
    struct avo_view view = next_view(scene, 2);
    tell(scene, &view);
    adopted(scene, 0, 2);
    adopted(scene, 1, 2);
    (void)scene_hear(scene);
    (void)scene_trace(scene);
    synced(scene, 0, 2);
    EXPECT(scene, "");
    synced(scene, 1, 1);
    EXPECT(scene, "SEND\n");
    synced(scene, 1, 1);
    EXPECT(scene, "");
    synced(scene, 1, 2);
    EXPECT(scene, "SEND\n");
    assert_int_equal(scene_hear(scene), AVO_OK);
    assert_int_equal(avo_synced_read(scene->heard, &epoch), AVO_OK);
    assert_int_equal(epoch, 2);
}

/* [DESIGN 6] An incarnation that left never returns. */
static void who_left_the_view_ends(void **state) {
    struct scene *scene = *state;
    struct avo_view view = next_view(scene, 2);
    view.members[0].incarnation = 2;
    tell(scene, &view);
    EXPECT(scene, "END 18 slot 0: another start of this slot took its place\n");
    view = next_view(scene, 3); /* it is said once, whatever comes behind it */
    view.members[0].slot = 1;
    tell(scene, &view);
    EXPECT(scene, "");
}

static void who_was_removed_ends(void **state) {
    struct scene *scene = *state;
    struct avo_view view = next_view(scene, 3);
    view.members[0].slot = 1;
    tell(scene, &view);
    EXPECT(scene, "END 18 slot 0: it was removed from the cluster\n");
}

/* A CAS that breaks the rules, or what stands between, ends no member: it breaks off, serves on and tries another
 * connection; what it says of that becomes rare. */
static void a_member_outlives_what_its_cas_says(void **state) {
    static const uint8_t types[] = {
        AVO_CONTROL_HELLO, AVO_CONTROL_REFUSED, AVO_CONTROL_WAIT, AVO_CONTROL_JOINED, AVO_CONTROL_VIEW, AVO_CONTROL_PREPARE, 0};
    struct scene *scene = *state;
    for (size_t i = 0; i < AVO_COUNT(types); i++) {
        scene_open(scene);
        assert_int_equal(scene_hear(scene), AVO_OK);
        scene_say_hello(scene);
        assert_int_equal(scene_deliver(scene), AVO_STEWARD_MEMBER);
        assert_int_equal(scene_hear(scene), AVO_OK);
        (void)scene_trace(scene);
        scene_say(scene, avo_slice(&types[i], 1));
        assert_int_equal(scene_deliver(scene), AVO_STEWARD_MEMBER);
        bool said = i == 0 || i == 1 || i == 3;
        const char *trace = scene_trace(scene);
        assert_ptr_equal(strstr(trace, "REOPEN\n"), trace);
        assert_true((strstr(trace, "SAY slot 0: CAS: ") != NULL) == said);
        assert_false(scene->steward->connected);
    }
    scene_open(scene);
    assert_int_equal(scene_hear(scene), AVO_OK);
    scene->hello.cas_sign_public[0]++;
    scene_say_hello(scene);
    (void)scene_deliver(scene);
    assert_non_null(strstr(scene_trace(scene), "REOPEN\nSAY slot 0: CAS: it changed its signing key"));
    scene_open(scene);
    (void)scene_step(scene,
                     (struct avo_steward_event){.type = AVO_STEWARD_BYTES, .bytes = avo_slice_string("garbage of a stranger")});
    assert_int_equal(scene->steward->phase, AVO_STEWARD_MEMBER);
    assert_int_equal(avo_steward_identity(scene->steward)->cluster_secret[0], 0x5e);
}

/* So many as fit one piece of the stream: what is said of them is bounded, and the good one after them is taken. */
static void many_bad_views_at_once_are_said_a_few_times(void **state) {
    struct scene *scene = *state;
    struct avo_view view = next_view(scene, 2);
    view.cluster_id[0]++;
    for (int i = 0; i < 20; i++) {
        scene_say_view(scene, &view);
    }
    view = next_view(scene, 2);
    tell(scene, &view);
    const char *trace = scene_trace(scene);
    assert_string_equal(strstr(trace, "HAND"), "HAND 0 2\nHAND 1 2\n");
    uint32_t said_count = 0;
    for (const char *at = trace; (at = strstr(at, "SAY")) != NULL; at++) {
        said_count++;
    }
    assert_int_equal(said_count, AVO_STEWARD_LINES_MAX - 1);
}

static void a_worker_says_only_what_it_was_handed(void **state) {
    struct scene *scene = *state;
    struct avo_view view = next_view(scene, 2);
    struct avo_steward_effects effects;
    tell(scene, &view);
    struct avo_steward_event unknown = {.type = AVO_STEWARD_ADOPTED, .worker = SCENE_WORKERS, .epoch = 1};
    struct avo_steward_event ahead = {.type = AVO_STEWARD_ADOPTED, .worker = 0, .epoch = 3};
    assert_panics(avo_steward_step(scene->steward, &unknown, &effects));
    assert_panics(avo_steward_step(scene->steward, &ahead, &effects));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_worker_is_handed_a_newer_view_and_the_cas_learns_it_of_all, setup, teardown),
        cmocka_unit_test_setup_teardown(a_worker_that_is_slow_gets_the_newest_next, setup, teardown),
        cmocka_unit_test_setup_teardown(a_view_that_is_not_newer_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_view_that_no_node_may_adopt_is_said_and_ignored, setup, teardown),
        cmocka_unit_test_setup_teardown(a_view_of_a_peer_is_as_good_and_one_that_was_not_chosen_is_none, setup, teardown),
        cmocka_unit_test(before_it_is_a_member_it_takes_no_view),
        cmocka_unit_test_setup_teardown(on_each_connection_it_says_what_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(the_cas_learns_what_all_workers_have_pulled, setup, teardown),
        cmocka_unit_test_setup_teardown(who_left_the_view_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(who_was_removed_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(a_member_outlives_what_its_cas_says, setup, teardown),
        cmocka_unit_test_setup_teardown(many_bad_views_at_once_are_said_a_few_times, setup, teardown),
        cmocka_unit_test_setup_teardown(a_worker_says_only_what_it_was_handed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
