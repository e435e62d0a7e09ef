/* A LAS and its enclaves, as traces [DESIGN 11.3]. */
#include "tests/control/las_scenario_test.h"

static void it_proves_itself_once_and_vouches(void **state) {
    (void)state;
    struct las_scenario *s = begin_registered();
    AFTER(s, "0 target", "0: TARGET 1a\n");
    AFTER(s, "0 report", "need key 0\n");
    AFTER(s, "0 key", VOUCHED);
    AFTER(s, "2 false report", "need key 2\n");
    AFTER(s, "2 key", "2: REFUSED " MAC_REASON "warn " MAC_REASON);
    las_scenario_destroy(s);
}

/* A key is an answer: one that comes unasked, twice, for a question that was answered, or for one that took another's place before
 * its own key was asked for, yields nothing. */
static void a_key_is_taken_once_and_only_when_asked_for(void **state) {
    (void)state;
    struct las_scenario *s = begin_registered();
    AFTER(s, "0 key", "");
    AFTER(s, "0 target", "0: TARGET 1a\n");
    AFTER(s, "0 key", "");
    AFTER(s, "0 report", "need key 0\n");
    AFTER(s, "1 key", "");
    AFTER(s, "0 key", VOUCHED);
    AFTER(s, "0 key", "");
    AFTER(s, "0 report", "need key 0\n");
    AFTER(s, "0 target", "0: TARGET 1a\n");
    AFTER(s, "0 key", "");
    AFTER(s, "1 false report", "need key 1\n");
    AFTER(s, "1 key", "1: REFUSED " MAC_REASON "warn " MAC_REASON);
    AFTER(s, "1 key", "");
    AFTER(s, "0 report", "need key 0\n");
    AFTER(s, "0 gone", "");
    AFTER(s, "0 key", "");
    AFTER(s, "9 key", "");
    las_scenario_destroy(s);
}

static void a_report_held_before_the_key_was_asked_for_takes_none(void **state) {
    (void)state;
    struct las_scenario *s = begin();
    AFTER(s, "0 report", "");
    AFTER(s, "0 key", "");
    AFTER(s, "connect", "cas: START\ncas: PROOF\n");
    AFTER(s, "hello", "need evidence\n");
    AFTER(s, "evidence 1", "cas: LAS 1 bytes\n");
    AFTER(s, "registered", REGISTERED "need key 0\n");
    AFTER(s, "0 key", VOUCHED);
    las_scenario_destroy(s);
}

static void a_cpu_without_a_key_is_said(void **state) {
    (void)state;
    struct las_scenario *s = begin_registered();
    const char *text = "CPU: it gave no report key: look at its log, then start avocado-las again\n";
    char expected[256];
    (void)snprintf(expected, sizeof expected, "0: REFUSED %swarn %s", text, text);
    AFTER(s, "0 report", "need key 0\n");
    assert_string_equal(las_scenario_after(s, "0 no key"), expected);
    AFTER(s, "0 report", "need key 0\n");
    assert_string_equal(las_scenario_after(s, "0 long key"), expected);
    AFTER(s, "0 key", "");
    las_scenario_destroy(s);
}

static void reports_wait_until_it_is_registered(void **state) {
    (void)state;
    struct las_scenario *s = begin();
    AFTER(s, "0 target", "0: TARGET 1a\n");
    AFTER(s, "0 report", "");
    AFTER(s, "2 report", "");
    AFTER(s, "1 report", "");
    AFTER(s, "1 gone", "");
    AFTER(s, "connect", "cas: START\ncas: PROOF\n");
    AFTER(s, "hello", "need evidence\n");
    AFTER(s, "evidence 100", "cas: LAS 100 bytes\n");
    AFTER(s, "wait", "");
    AFTER(s, "hello", "need evidence\n");
    AFTER(s, "evidence 100", "cas: LAS 100 bytes\n");
    AFTER(s, "registered", REGISTERED "need key 0\nneed key 2\n");
    AFTER(s, "0 key", VOUCHED);
    las_scenario_destroy(s);
}

static void what_is_no_question_is_dropped(void **state) {
    (void)state;
    struct las_scenario *s = begin_registered();
    AFTER(s, "0 junk", "0: dropped\n");
    AFTER(s, "0 answer", "0: dropped\n");
    AFTER(s, "0 older", "0: REFUSED LAS: the enclave speaks another version of the protocol: install the same version on both\n");
    AFTER(s, "3 target", ""); /* beyond its last */
    AFTER(s, "2 target", "2: TARGET 1a\n");
    las_scenario_destroy(s);
}

static void the_cas_asks_for_evidence_again(void **state) {
    (void)state;
    struct las_scenario *s = begin_registered();
    AFTER(s, "hello", "need evidence\n");
    assert_true(avo_las_registered(las_scenario_las(s)));
    AFTER(s, "1 report", "need key 1\n");
    AFTER(s, "evidence 100", "cas: LAS 100 bytes\n");
    AFTER(s, "registered", "log registered again: the CAS verified its vendor's evidence again\n");
    AFTER(s, "1 key", "1: VOUCHER\nlog vouched for a program with measurement e0" ZEROS "\n"); /* asked for once */
    las_scenario_destroy(s);
}

static void evidence_is_taken_once_and_when_asked_for(void **state) {
    (void)state;
    struct las_scenario *s = begin();
    AFTER(s, "evidence 100", "");
    AFTER(s, "connect", "cas: START\ncas: PROOF\n");
    AFTER(s, "evidence 100", "");
    AFTER(s, "hello", "need evidence\n");
    AFTER(s, "evidence 16384", "cas: LAS 16384 bytes\n");
    AFTER(s, "evidence 100", "");
    las_scenario_destroy(s);
}

static void evidence_of_the_wrong_size_ends_it(void **state) {
    (void)state;
    const char *const sizes[] = {"evidence 0", "evidence 16385"};
    for (size_t i = 0; i < 2; i++) {
        struct las_scenario *s = begin();
        AFTER(s, "0 report", "");
        AFTER(s, "connect", "cas: START\ncas: PROOF\n");
        AFTER(s, "hello", "need evidence\n");
        AFTER(s, sizes[i],
              "0: REFUSED LAS: CPU: it gave no evidence: look at its log, then start avocado-las again\n"
              "end CPU: it gave no evidence: look at its log, then start avocado-las again\n");
        AFTER(s, "0 target", "");
        AFTER(s, "connect", "");
        las_scenario_destroy(s);
    }
}

static void a_long_life_needs_no_more_memory(void **state) {
    (void)state;
    struct las_scenario *s = begin_registered();
    for (int i = 0; i < 2000; i++) {
        AFTER(s, "1 target", "1: TARGET 1a\n");
    }
    las_scenario_destroy(s);
}

static void secrets_are_wiped(void **state) {
    (void)state;
    struct las_scenario *s = begin_registered();
    assert_true(las_scenario_holds_secrets(s) && las_scenario_holds_stream(s));
    avo_las_wipe(las_scenario_las(s));
    assert_false(las_scenario_holds_secrets(s) || las_scenario_holds_stream(s));
    las_scenario_destroy(s);
}

/* Too small by any number of bytes it is not made; what fits it serves. */
static void a_budget_that_is_too_small_is_refused(void **state) {
    (void)state;
    static _Alignas(64) uint8_t memory[1 << 20];
    struct avo_prng random = avo_prng(1);
    struct avo_las_config config = {.local_max_count = 2, .tee = 1, .random = &random.random};
    size_t fits = 0;
    for (size_t bytes = 0; bytes <= sizeof memory && fits == 0; bytes += 64) {
        avo_arena_end(memory, sizeof memory);
        memset(memory, 0, sizeof memory);
        struct avo_arena arena = avo_arena(memory, bytes);
        if (avo_las_create(&arena, &config) != NULL) {
            fits = bytes;
            assert_true(avo_arena_left_bytes(&arena) < 64);
        }
    }
    assert_true(fits > sizeof(struct avo_secure_stream) + AVO_EVIDENCE_MAX_BYTES + 8192); /* its stream, and the bytes of effects */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_proves_itself_once_and_vouches),
        cmocka_unit_test(a_key_is_taken_once_and_only_when_asked_for),
        cmocka_unit_test(a_report_held_before_the_key_was_asked_for_takes_none),
        cmocka_unit_test(a_cpu_without_a_key_is_said),
        cmocka_unit_test(reports_wait_until_it_is_registered),
        cmocka_unit_test(what_is_no_question_is_dropped),
        cmocka_unit_test(the_cas_asks_for_evidence_again),
        cmocka_unit_test(evidence_is_taken_once_and_when_asked_for),
        cmocka_unit_test(evidence_of_the_wrong_size_ends_it),
        cmocka_unit_test(a_long_life_needs_no_more_memory),
        cmocka_unit_test(secrets_are_wiped),
        cmocka_unit_test(a_budget_that_is_too_small_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
