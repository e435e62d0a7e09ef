/* A LAS and its CAS, as traces: what ends it, and what it tries again [DESIGN 11.3]. */
#include "tests/control/las_scenario_test.h"

static void a_refusal_before_it_was_accepted_ends_it(void **state) {
    (void)state;
    struct las_scenario *s = begin();
    AFTER(s, "1 report", "");
    AFTER(s, "connect", "cas: START\ncas: PROOF\n");
    AFTER(s, "hello", "need evidence\n");
    AFTER(s, "evidence 100", "cas: LAS 100 bytes\n");
    AFTER(s, "refused EDENIED not in the policy",
          "1: REFUSED LAS: CAS refused it: not in the policy\nend CAS refused it: not in the policy\n");
    assert_false(avo_las_registered(las_scenario_las(s)));
    AFTER(s, "1 report", "");
    las_scenario_destroy(s);
}

/* Said at the first, second, fourth, eighth time in a row. */
static void a_refusal_after_it_was_accepted_is_tried_again(void **state) {
    (void)state;
    struct las_scenario *s = begin_registered();
    for (int times = 1; times <= 9; times++) {
        char said[128] = "reconnect\n";
        if (times == 1 || times == 2 || times == 4 || times == 8) {
            (void)snprintf(said, sizeof said, "warn CAS refused it: old; trying again (%d times so far)\nreconnect\n", times);
        }
        assert_string_equal(las_scenario_after(s, "refused EDENIED old"), said);
        assert_false(avo_las_registered(las_scenario_las(s)));
        AFTER(s, "0 report", ""); /* its vouchers do not count now */
        AFTER(s, "0 target", "0: TARGET 1a\n");
        AFTER(s, "connect", "cas: START\ncas: PROOF\n");
        AFTER(s, "hello", "need evidence\n");
        AFTER(s, "evidence 100", "cas: LAS 100 bytes\n");
    }
    AFTER(s, "registered", REGISTERED);
    AFTER(s, "refused EDENIED old", "warn CAS refused it: old; trying again (1 times so far)\nreconnect\n");
    las_scenario_destroy(s);
}

static void another_start_in_its_place_ends_it(void **state) {
    (void)state;
    struct las_scenario *s = begin_registered();
    AFTER(s, "refused ESTALE another start took its place", "end CAS refused it: another start took its place\n");
    AFTER(s, "connect", "");
    las_scenario_destroy(s);
}

static void what_the_cas_says_out_of_turn_ends_it(void **state) {
    (void)state;
    const char *const at_first[] = {"wait", "registered", "say 16", "say 14"};
    for (size_t i = 0; i < sizeof at_first / sizeof *at_first; i++) {
        struct las_scenario *s = begin();
        AFTER(s, "connect", "cas: START\ncas: PROOF\n");
        AFTER(s, at_first[i], TURN);
        AFTER(s, "connect", "");
        las_scenario_destroy(s);
    }
    const char *const when_asked[] = {"hello", "wait more", "registered more"};
    for (size_t i = 0; i < sizeof when_asked / sizeof *when_asked; i++) {
        struct las_scenario *s = begin();
        AFTER(s, "connect", "cas: START\ncas: PROOF\n");
        AFTER(s, "hello", "need evidence\n");
        AFTER(s, "evidence 100", "cas: LAS 100 bytes\n");
        AFTER(s, when_asked[i], TURN);
        las_scenario_destroy(s);
    }
    const char *const when_idle[] = {"wait", "registered"};
    for (size_t i = 0; i < sizeof when_idle / sizeof *when_idle; i++) {
        struct las_scenario *s = begin_registered();
        AFTER(s, when_idle[i], TURN);
        assert_false(avo_las_registered(las_scenario_las(s)));
        las_scenario_destroy(s);
    }
    struct las_scenario *s = begin();
    AFTER(s, "connect", "cas: START\ncas: PROOF\n");
    AFTER(s, "hello", "need evidence\n");
    AFTER(s, "hello", TURN); /* the CPU's answer is due */
    las_scenario_destroy(s);
}

static void a_greeting_that_is_not_of_this_version_ends_it(void **state) {
    (void)state;
    struct las_scenario *s = begin();
    AFTER(s, "connect", "cas: START\ncas: PROOF\n");
    AFTER(s, "hello older", "end CAS: it speaks another version of the protocol: install the same version on both\n");
    las_scenario_destroy(s);
    s = begin();
    AFTER(s, "connect", "cas: START\ncas: PROOF\n");
    AFTER(s, "hello cut", "end CAS: its greeting is malformed: look at the log of avocado-cas\n");
    las_scenario_destroy(s);
    s = begin();
    AFTER(s, "connect", "cas: START\ncas: PROOF\n");
    AFTER(s, "say 2", "end CAS: its refusal is malformed: look at the log of avocado-cas\n");
    las_scenario_destroy(s);
}

/* What sits between can break a connection: the LAS opens another, registers again, and answers the enclaves that waited. */
static void a_lost_connection_is_no_end(void **state) {
    (void)state;
    struct las_scenario *s = begin_registered();
    AFTER(s, "lost", "warn CAS: the connection ended; trying again\n");
    assert_false(avo_las_registered(las_scenario_las(s)));
    assert_false(las_scenario_holds_stream(s));
    AFTER(s, "lost", "");
    AFTER(s, "0 report", "");
    AFTER(s, "bytes of nobody", "");
    AFTER(s, "evidence 100", "");
    AFTER(s, "connect", "cas: START\ncas: PROOF\n");
    AFTER(s, "hello", "need evidence\n");
    AFTER(s, "lost", "warn CAS: the connection ended; trying again\n");
    AFTER(s, "evidence 100", ""); /* asked for on a connection that is gone */
    AFTER(s, "connect", "cas: START\ncas: PROOF\n");
    AFTER(s, "hello", "need evidence\n");
    AFTER(s, "evidence 100", "cas: LAS 100 bytes\n");
    AFTER(s, "registered", REGISTERED "need key 0\n");
    las_scenario_destroy(s);
}

/* What came on one connection is no part of the next one's first frame. */
static void a_frame_cut_by_the_end_is_forgotten(void **state) {
    (void)state;
    struct las_scenario *s = begin_registered();
    AFTER(s, "bytes 0", "");
    AFTER(s, "lost", "warn CAS: the connection ended; trying again\n");
    AFTER(s, "connect", "cas: START\ncas: PROOF\n");
    AFTER(s, "hello", "need evidence\n");
    las_scenario_destroy(s);
}

/* The network may join a greeting and what the CAS says next: the proof for the greeting goes out all the same. */
static void a_greeting_and_the_registration_in_one_piece(void **state) {
    (void)state;
    struct las_scenario *s = begin();
    AFTER(s, "connect", "cas: START\ncas: PROOF\n");
    AFTER(s, "hello & registered", "need evidence\n" REGISTERED);
    assert_true(avo_las_registered(las_scenario_las(s)));
    AFTER(s, "evidence 100", "cas: LAS 100 bytes\n");
    AFTER(s, "registered & hello", "log registered again: the CAS verified its vendor's evidence again\nneed evidence\n");
    AFTER(s, "evidence 100", "cas: LAS 100 bytes\n");
    las_scenario_destroy(s);
}

/* Two messages of the CAS in one piece: what follows one that ends the connection, or the LAS, is not looked at. */
static void what_follows_an_end_is_not_read(void **state) {
    (void)state;
    struct las_scenario *s = begin_registered();
    AFTER(s, "refused EDENIED old & wait", "warn CAS refused it: old; trying again (1 times so far)\nreconnect\n");
    AFTER(s, "connect", "cas: START\ncas: PROOF\n");
    AFTER(s, "refused ESTALE new & wait", "end CAS refused it: new\n");
    las_scenario_destroy(s);
    s = begin();
    AFTER(s, "connect", "cas: START\ncas: PROOF\n");
    AFTER(s, "hello & wait", "need evidence\n" TURN);
    las_scenario_destroy(s);
}

static void a_connection_in_place_of_another_begins_again(void **state) {
    (void)state;
    struct las_scenario *s = begin_registered();
    AFTER(s, "connect", "cas: START\ncas: PROOF\n");
    assert_false(avo_las_registered(las_scenario_las(s)));
    AFTER(s, "0 report", "");
    las_scenario_destroy(s);
}

static void another_version_is_named(void **state) {
    (void)state;
    struct las_scenario *s = begin();
    char expected[192];
    (void)snprintf(
        expected, sizeof expected,
        "warn CAS: it speaks wire version 127, this program speaks version %d: upgrade the older of the two\nreconnect\n",
        AVO_WIRE_VERSION);
    AFTER(s, "connect to nobody", "");
    assert_string_equal(las_scenario_after(s, "bytes avocado\x7f"), expected);
    las_scenario_destroy(s);
}

static void a_pinned_key_that_is_none_ends_it(void **state) {
    (void)state;
    struct las_scenario *s = las_scenario_create_unusable();
    AFTER(s, "connect to nobody", "end CAS: the pinned key is not a usable key: give --cas-key the key in cas/public.key\n");
    AFTER(s, "0 target", "");
    las_scenario_destroy(s);
}

static void changed_bytes_are_no_end(void **state) {
    (void)state;
    struct las_scenario *s = begin_registered();
    AFTER(s, "bytes no frame of this session, with a length that no frame has",
          "warn CAS: what answers does not hold the pinned key, or bytes were changed on the way; trying again\nreconnect\n");
    assert_false(avo_las_registered(las_scenario_las(s)));
    AFTER(s, "connect", "cas: START\ncas: PROOF\n");
    AFTER(s, "bytes avocado\x7f",
          "warn CAS: what answers does not hold the pinned key, or bytes were changed on the way; trying "
          "again\nreconnect\n");
    las_scenario_destroy(s);
}

/* A CAS that cannot read the first message only hangs up: from the third time in a row that is said, less and less often. */
static void silence_is_said_now_and_then(void **state) {
    (void)state;
    struct las_scenario *s = begin();
    for (int times = 1; times <= 12; times++) {
        bool said = times == 3 || times == 4 || times == 6 || times == 10;
        AFTER(s, "connect to nobody", "");
        assert_string_equal(las_scenario_after(s, "lost"), said ? SILENT : "");
    }
    AFTER(s, "connect", "cas: START\ncas: PROOF\n");
    AFTER(s, "lost", "warn CAS: the connection ended; trying again\n");
    AFTER(s, "connect to nobody", "");
    AFTER(s, "lost", "");
    AFTER(s, "connect to nobody", "");
    AFTER(s, "bytes of somebody else, who cannot know the keys",
          "warn CAS: what answers does not hold the pinned key, or bytes were changed on the way; trying again\nreconnect\n");
    AFTER(s, "connect to nobody", "");
    AFTER(s, "lost", SILENT); /* bytes that do not open are silence too */
    las_scenario_destroy(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_before_it_was_accepted_ends_it),
        cmocka_unit_test(a_refusal_after_it_was_accepted_is_tried_again),
        cmocka_unit_test(another_start_in_its_place_ends_it),
        cmocka_unit_test(what_the_cas_says_out_of_turn_ends_it),
        cmocka_unit_test(a_greeting_that_is_not_of_this_version_ends_it),
        cmocka_unit_test(a_lost_connection_is_no_end),
        cmocka_unit_test(a_frame_cut_by_the_end_is_forgotten),
        cmocka_unit_test(a_greeting_and_the_registration_in_one_piece),
        cmocka_unit_test(what_follows_an_end_is_not_read),
        cmocka_unit_test(a_connection_in_place_of_another_begins_again),
        cmocka_unit_test(another_version_is_named),
        cmocka_unit_test(a_pinned_key_that_is_none_ends_it),
        cmocka_unit_test(changed_bytes_are_no_end),
        cmocka_unit_test(silence_is_said_now_and_then),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
