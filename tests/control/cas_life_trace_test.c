/* The life of a CAS beside its cluster's making, as traces. */
#include "tests/control/cas_scenario_test.h"

/* Collateral is looked at once a second at most. */
static void it_tells_what_ends(void **state) {
    (void)state;
    struct cas_scenario *s = begin_with("owner: policy");
    cas_scenario_ends(s, CAS_SCENARIO_NOW_S + 500, CAS_SCENARIO_NOW_S + 300);
    AFTER(s, "owner: ends", "owner: ENDS 500 - 1000000\n");
    COMES(s, "l1");
    AFTER(s, "l1: las", "log LAS l1: verified by its CPU's vendor; it vouches for machine m1\nl1: REGISTERED\n");
    AFTER(s, "owner: ends", "owner: ENDS 500 300 1000000\n");
    cas_scenario_ends(s, CAS_SCENARIO_NOW_S + 700, CAS_SCENARIO_NOW_S + 200);
    AFTER(s, "owner: ends", "owner: ENDS 500 300 1000000\n");
    COMES(s, "l2");
    AFTER(s, "l2: las", "log LAS l2: verified by its CPU's vendor; it vouches for machine m2\nl2: REGISTERED\n");
    AFTER(s, "tick 1000000",
          "warn collateral: it ends in 1 days; put the CPU vendor's new one into --collateral: without it nobody can join\n"
          "warn a LAS's evidence: it ends in 1 days; renew the certificates of its machine\n");
    AFTER(s, "owner: ends", "owner: ENDS 700 200 1000000\n");
    AFTER(s, "l2 leaves", "");
    AFTER(s, "owner: ends", "owner: ENDS 700 300 1000000\n");
    AFTER(s, "l1 leaves", "");
    AFTER(s, "owner: ends", "owner: ENDS 700 - 1000000\n");
    cas_scenario_destroy(s);
}

static void it_warns_a_week_ahead_once_a_day(void **state) {
    (void)state;
    struct cas_scenario *s = cas_scenario_create();
    cas_scenario_ends(s, CAS_SCENARIO_NOW_S + 7 * 86400 + 1, 0);
    AFTER(s, "tick 1", "");
    cas_scenario_ends(s, CAS_SCENARIO_NOW_S + 7 * 86400, 0);
    AFTER(s, "tick 86399999999", "");
    AFTER(s, "tick 1",
          "warn collateral: it ends in 7 days; put the CPU vendor's new one into --collateral: without it nobody can join\n");
    AFTER(s, "tick 86399999999", "");
    cas_scenario_ends(s, CAS_SCENARIO_NOW_S + 86401, 0);
    AFTER(s, "tick 1",
          "warn collateral: it ends in 2 days; put the CPU vendor's new one into --collateral: without it nobody can join\n");
    cas_scenario_ends(s, CAS_SCENARIO_NOW_S, 0);
    AFTER(s, "tick 86400000000",
          "warn collateral: it has ended; put the CPU vendor's new one into --collateral: without it nobody can join\n");
    cas_scenario_destroy(s);
}

/* The certificates behind its own evidence as well. */
static void it_warns_of_its_own_end(void **state) {
    (void)state;
    struct cas_scenario *s = begin_formed();
    cas_scenario_evidence_ends(s, CAS_SCENARIO_NOW_S + 7 * 86400 + 1);
    assert_string_equal(cas_scenario_restart(s), "");
    AFTER(s, "tick 1", "");
    cas_scenario_evidence_ends(s, CAS_SCENARIO_NOW_S + 2 * 86400);
    assert_string_equal(cas_scenario_restart(s), "");
    AFTER(s, "tick 1", "warn this CAS's evidence: it ends in 2 days; renew the certificates of this machine\n");
    AFTER(s, "tick 86399999999", "");
    AFTER(s, "tick 1", "warn this CAS's evidence: it ends in 2 days; renew the certificates of this machine\n");
    cas_scenario_destroy(s);
}

/* What was handed out is taken over: the same keys, cluster and view. Its members are gone, and before a majority of them has said
 * that it knows nothing newer, nobody gets what could be out of date [V7]. */
static void it_goes_on_after_a_start(void **state) {
    (void)state;
    struct cas_scenario *s = begin_formed();
    assert_string_equal(cas_scenario_restart(s), "");
    COMES(s, "alice");
    AFTER(s, "alice: view", "alice: VIEW epoch 1, 2 members\n");
    AFTER(s, "alice: status", "alice: STATUS formed, policy 3, 0 verified, slot 0 joined, slot 1 joined\n");
    AFTER(s, "alice: ticket 1",
          "alice: REFUSED EQUORUM ticket: the CAS cannot reach a majority of the members of view 1, so it does not know whether "
          "there "
          "is a newer one: wait, and see that the nodes run and reach the CAS\n");
    cas_scenario_destroy(s);
}

static void secrets_are_wiped(void **state) {
    (void)state;
    struct cas_scenario *s = begin_formed();
    assert_true(cas_scenario_holds_secrets(s) && cas_scenario_holds_stream(s, "owner"));
    AFTER(s, "owner leaves", "");
    assert_false(cas_scenario_holds_stream(s, "owner"));
    assert_true(cas_scenario_holds_stream(s, "n0"));
    avo_cas_wipe(cas_scenario_cas(s));
    assert_false(cas_scenario_holds_secrets(s) || cas_scenario_holds_stream(s, "n0") || cas_scenario_holds_stream(s, "n1"));
    cas_scenario_destroy(s);
}

/* The copies that "persist" handed out too. */
static void secrets_are_wiped_while_the_state_is_written(void **state) {
    (void)state;
    struct cas_scenario *s = begin_gathered();
    AFTER(s, "owner: approve", "persist\n");
    avo_cas_wipe(cas_scenario_cas(s));
    assert_int_equal(cas_scenario_copies(s), 0);
    cas_scenario_destroy(s);
}

/* "persist" hands out every secret: the next step forgets that copy. */
static void what_was_handed_out_is_forgotten(void **state) {
    (void)state;
    struct cas_scenario *s = begin_gathered();
    AFTER(s, "owner: approve", "persist\n");
    assert_int_equal(cas_scenario_copies(s), 2);
    AFTER(s, "tick 1", "");
    assert_int_equal(cas_scenario_copies(s), 1);
    cas_scenario_destroy(s);
}

/* Too small by any number of bytes it is not made. */
static void a_budget_that_is_too_small_is_refused(void **state) {
    (void)state;
    static _Alignas(64) uint8_t memory[4 << 20];
    struct avo_prng random = avo_prng(1);
    struct avo_cas_config config = {.connection_max_count = 2, .tee = 1, .random = &random.random};
    size_t fits = 0;
    for (size_t bytes = 0; bytes <= sizeof memory && fits == 0; bytes += 4096) {
        avo_arena_end(memory, sizeof memory);
        memset(memory, 0, bytes);
        struct avo_arena arena = avo_arena(memory, bytes);
        if (avo_cas_create(&arena, &config) != NULL) {
            fits = bytes;
            assert_true(avo_arena_left_bytes(&arena) < 4096);
        }
    }
    assert_true(fits > 2 * sizeof(struct avo_secure_stream) + 256 * 1024); /* connections, and the bytes of effects */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_tells_what_ends),
        cmocka_unit_test(it_warns_a_week_ahead_once_a_day),
        cmocka_unit_test(it_warns_of_its_own_end),
        cmocka_unit_test(it_goes_on_after_a_start),
        cmocka_unit_test(secrets_are_wiped),
        cmocka_unit_test(secrets_are_wiped_while_the_state_is_written),
        cmocka_unit_test(what_was_handed_out_is_forgotten),
        cmocka_unit_test(a_budget_that_is_too_small_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
