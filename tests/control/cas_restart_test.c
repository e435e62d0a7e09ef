/* What a CAS takes over when it starts again, and what it refuses: the state was sealed, but its pieces must fit each other. */
#include "base/cursor.h"
#include "protocol/view/view.h"
#include "tests/control/cas_scenario_test.h"
#include <pthread.h>

#define STACK_BYTES (1U << 20)
#define VERSION "not a state of this version"
#define PIECES "the view does not fit the keys and the policy beside it"
#define SIGN_SECRET_AT (4 + 32)
#define SIGN_PUBLIC_AT (SIGN_SECRET_AT + 32)
#define CLUSTER_SECRET_AT (SIGN_SECRET_AT + 64)
#define POLICY_AT (CLUSTER_SECRET_AT + AVO_CLUSTER_SECRET_BYTES + 4)

static void expect_taken_over(struct cas_scenario *s) {
    static uint8_t memory[AVO_CAS_STATE_MAX_BYTES];
    struct avo_buffer again = {memory, 0, sizeof memory};
    assert_string_equal(cas_scenario_restart(s), "");
    avo_cas_save(cas_scenario_cas(s), &again);
    assert_true(avo_slice_equal(avo_buffer_slice(&again), avo_buffer_slice(cas_scenario_stored(s))));
}

/* Every key, the cluster's secret, the policy and the view: what it would write now is what it was given. */
static void it_takes_over_all_that_was_kept(void **state) {
    (void)state;
    struct cas_scenario *s = begin_formed();
    static const uint8_t nothing[16];
    assert_memory_not_equal(cas_scenario_stored(s)->data + CLUSTER_SECRET_AT, nothing, sizeof nothing);
    expect_taken_over(s);
    assert_true(cas_scenario_holds_cluster_secret(s));
    avo_cas_wipe(cas_scenario_cas(s));
    assert_false(cas_scenario_holds_cluster_secret(s));
    cas_scenario_destroy(s);
}

/* Runs it on a stack of the test's own, to be looked through afterwards. */
static struct avo_slice stack_of(void *(*run)(void *), struct cas_scenario **scenario) {
    static _Alignas(4096) uint8_t stack[STACK_BYTES];
    pthread_attr_t attributes;
    pthread_t thread;
    memset(stack, 0, sizeof stack);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, stack, sizeof stack), 0);
    assert_int_equal(pthread_create(&thread, &attributes, run, scenario), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pthread_attr_destroy(&attributes), 0);
    return AVO_SLICE_OF(stack);
}

static void *start_first(void *scenario) {
    *(struct cas_scenario **)scenario = cas_scenario_create();
    return NULL;
}

static void *start_again(void *scenario) {
    assert_string_equal(cas_scenario_restart(*(struct cas_scenario **)scenario), "");
    return NULL;
}

static void it_leaves_no_copy_of_the_key_it_made(void **state) {
    (void)state;
    struct cas_scenario *s;
    struct avo_slice stack = stack_of(start_first, &s);
    uint8_t memory[512];
    struct avo_buffer saved = {memory, 0, sizeof memory};
    avo_cas_save(cas_scenario_cas(s), &saved);
    assert_null(memmem(stack.data, stack.length, saved.data + SIGN_SECRET_AT, 32));
    cas_scenario_destroy(s);
}

static void it_leaves_no_copy_of_what_it_took_over(void **state) {
    (void)state;
    struct cas_scenario *s = begin_formed();
    struct avo_slice stack = stack_of(start_again, &s);
    const uint8_t *secrets = cas_scenario_stored(s)->data;
    assert_null(memmem(stack.data, stack.length, secrets + SIGN_SECRET_AT, 32));
    assert_null(memmem(stack.data, stack.length, secrets + CLUSTER_SECRET_AT, AVO_CLUSTER_SECRET_BYTES));
    cas_scenario_destroy(s);
}

/* As it was when the cluster was made, the policy decides who joins and who reads: another in its place is refused. */
static void a_view_of_another_policy_is_refused(void **state) {
    (void)state;
    struct cas_scenario *s = begin_formed();
    uint8_t *text = cas_scenario_stored(s)->data + POLICY_AT;
    assert_memory_equal(text, "policy", 6);
    text[5] = 'Y';
    assert_string_equal(cas_scenario_restart(s), PIECES);
    memcpy(text, "wrong!", 6);
    assert_string_equal(cas_scenario_restart(s), "policy.json:3: wrong");
    memcpy(text, "narrow", 6);
    assert_string_equal(cas_scenario_restart(s), "policy: the number of nodes is 0: give a number from 1 to 9");
    memcpy(text, "policy", 6);
    expect_taken_over(s);
    cas_scenario_destroy(s);
}

/* As it is when its owner gives it: out of its range it is refused, and another may follow. */
static void a_policy_out_of_range_is_not_taken(void **state) {
    (void)state;
    struct cas_scenario *s = cas_scenario_create();
    COMES(s, "owner");
    assert_non_null(strstr(cas_scenario_after(s, "owner: policy narrow"), "policy: the number of nodes is 0: give a number"));
    AFTER(s, "owner: policy", "owner: DONE\nlog policy taken from its owner\n");
    cas_scenario_destroy(s);
}

/* Its state may have reached the disk all the same: what is approved next is another cluster, with a secret of its own. */
static void a_cluster_that_was_not_kept_takes_its_secret_along(void **state) {
    (void)state;
    struct cas_scenario *s = begin_gathered();
    uint8_t secret[AVO_CLUSTER_SECRET_BYTES];
    AFTER(s, "owner: approve", "persist\n");
    memcpy(secret, cas_scenario_stored(s)->data + CLUSTER_SECRET_AT, sizeof secret);
    (void)cas_scenario_after(s, "disk full");
    (void)cas_scenario_after(s, "owner: status");
    AFTER(s, "owner: approve", "persist\n");
    assert_memory_not_equal(cas_scenario_stored(s)->data + CLUSTER_SECRET_AT, secret, sizeof secret);
    cas_scenario_destroy(s);
}

static void a_view_of_other_keys_is_refused(void **state) {
    (void)state;
    struct cas_scenario *s = begin_formed();
    cas_scenario_stored(s)->data[SIGN_PUBLIC_AT + 3] ^= 1;
    assert_string_equal(cas_scenario_restart(s), PIECES);
    cas_scenario_destroy(s);
}

static void what_is_no_such_state_is_refused(void **state) {
    (void)state;
    struct cas_scenario *s = begin_formed();
    struct avo_buffer *stored = cas_scenario_stored(s);
    stored->data[stored->length++] = 0;
    assert_string_equal(cas_scenario_restart(s), VERSION);
    stored->length--;
    for (size_t whole = stored->length; stored->length > 0;) {
        stored->length -= stored->length > 200 && stored->length < whole ? 97 : 1;
        assert_string_equal(cas_scenario_restart(s), VERSION);
    }
    cas_scenario_destroy(s);
}

static void a_state_of_another_format_is_refused(void **state) {
    (void)state;
    struct cas_scenario *s = begin_formed();
    struct avo_buffer *stored = cas_scenario_stored(s);
    struct avo_writer writer = avo_writer(stored->data, 4);
    avo_write_u32(&writer, 3);
    assert_string_equal(cas_scenario_restart(s),
                        "its format is 3, and this CAS reads 2 alone: start the CAS by the build that wrote it");
    cas_scenario_destroy(s);
}

/* In place of policy and view, so many bytes of each. */
static const char *start_with(struct cas_scenario *s, uint32_t policy_bytes, uint16_t view_bytes) {
    static const uint8_t bytes[AVO_POLICY_MAX_BYTES + 1];
    struct avo_buffer *stored = cas_scenario_stored(s);
    struct avo_writer writer = avo_writer(stored->data + POLICY_AT - 4, stored->capacity - (POLICY_AT - 4));
    avo_write_u32(&writer, policy_bytes);
    avo_write_bytes(&writer, bytes, policy_bytes);
    avo_write_u16(&writer, view_bytes);
    avo_write_bytes(&writer, bytes, view_bytes);
    avo_write_bytes(&writer, bytes, AVO_PUBLIC_KEY_BYTES); /* nobody may recover it */
    assert_false(writer.failed);
    stored->length = POLICY_AT - 4 + writer.length;
    return cas_scenario_restart(s);
}

/* Only without both is it from before the cluster was made. */
static void policy_and_view_are_kept_together(void **state) {
    (void)state;
    struct cas_scenario *s = begin_formed();
    assert_string_equal(start_with(s, 6, 0), PIECES);
    assert_string_equal(start_with(s, 0, 100), PIECES);
    assert_string_equal(start_with(s, 0, 0), "");
    COMES(s, "owner");
    AFTER(s, "owner: policy", "owner: DONE\nlog policy taken from its owner\n");
    cas_scenario_destroy(s);
}

static void the_longest_policy_is_taken_over_and_no_longer_one(void **state) {
    (void)state;
    struct cas_scenario *s = begin_formed();
    assert_string_equal(start_with(s, AVO_POLICY_MAX_BYTES, 0), PIECES);
    assert_string_equal(start_with(s, AVO_POLICY_MAX_BYTES + 1, 0), VERSION);
    assert_string_equal(start_with(s, 6, AVO_VIEW_MAX_BYTES), PIECES);
    assert_string_equal(start_with(s, 6, AVO_VIEW_MAX_BYTES + 1), VERSION);
    cas_scenario_destroy(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_takes_over_all_that_was_kept),
        cmocka_unit_test(it_leaves_no_copy_of_the_key_it_made),
        cmocka_unit_test(it_leaves_no_copy_of_what_it_took_over),
        cmocka_unit_test(a_view_of_another_policy_is_refused),
        cmocka_unit_test(a_policy_out_of_range_is_not_taken),
        cmocka_unit_test(a_cluster_that_was_not_kept_takes_its_secret_along),
        cmocka_unit_test(a_view_of_other_keys_is_refused),
        cmocka_unit_test(what_is_no_such_state_is_refused),
        cmocka_unit_test(a_state_of_another_format_is_refused),
        cmocka_unit_test(policy_and_view_are_kept_together),
        cmocka_unit_test(the_longest_policy_is_taken_over_and_no_longer_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
