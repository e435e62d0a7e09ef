/* Who may stay connected to a CAS, and say what, as traces. */
#include "tests/control/cas_scenario_test.h"

/* Until a frame under the session's keys opens, a peer has a handshake's time. */
static void a_replayed_first_message_proves_nothing(void **state) {
    (void)state;
    struct cas_scenario *s = begin_with("owner: policy");
    AFTER(s, "owner leaves", "");
    AFTER(s, "owner opens", "");
    AFTER(s, "owner replays", "owner: 50 sealed bytes\nowner: 88 sealed bytes\n");
    AFTER(s, "tick 5000000", "");
    AFTER(s, "tick 1", "close owner: no handshake or request in time\n");
    cas_scenario_destroy(s);
}

static void a_proven_peer_has_time_to_ask(void **state) {
    (void)state;
    struct cas_scenario *s = begin_with("owner: policy");
    AFTER(s, "alice opens", "");
    AFTER(s, "alice greets", "alice: HELLO\n");
    AFTER(s, "tick 4000000", "");
    AFTER(s, "alice proves", "");
    AFTER(s, "tick 60000000", "close owner: no handshake or request in time\n");
    AFTER(s, "tick 1", "close alice: no handshake or request in time\n");
    cas_scenario_destroy(s);
}

static void a_request_buys_more_time(void **state) {
    (void)state;
    struct cas_scenario *s = begin_with("owner: policy");
    AFTER(s, "tick 59000000", "");
    AFTER(s, "owner: status", "owner: STATUS gathering, policy 3, 0 verified, slot 0 free, slot 1 free\n");
    AFTER(s, "tick 60000000", "");
    AFTER(s, "tick 1", "close owner: no handshake or request in time\n");
    cas_scenario_destroy(s);
}

static void who_waits_for_a_policy_has_longer(void **state) {
    (void)state;
    struct cas_scenario *s = cas_scenario_create();
    COMES(s, "n0");
    COMES(s, "l1");
    AFTER(s, "n0: join 0", "n0: WAIT\n");
    AFTER(s, "l1: las", "l1: WAIT\n");
    AFTER(s, "tick 600000000", "");
    AFTER(s, "tick 1", "close n0: no handshake or request in time\nclose l1: no handshake or request in time\n");
    cas_scenario_destroy(s);
}

static void who_was_asked_again_has_a_minute(void **state) {
    (void)state;
    struct cas_scenario *s = cas_scenario_create();
    COMES(s, "n0");
    AFTER(s, "n0: join 0", "n0: WAIT\n");
    COMES(s, "owner");
    AFTER(s, "owner: policy", "owner: DONE\nlog policy taken from its owner\nn0: HELLO\n");
    AFTER(s, "tick 60000000", "");
    AFTER(s, "tick 1", "close owner: no handshake or request in time\nclose n0: no handshake or request in time\n");
    cas_scenario_destroy(s);
}

/* But a LAS is verified again every day, and has a minute to answer. */
static void a_member_and_a_registered_las_have_no_deadline(void **state) {
    (void)state;
    struct cas_scenario *s = begin_with("owner: policy");
    COMES(s, "n0");
    COMES(s, "l1");
    AFTER(s, "n0: join 0", "log slot 0: joined, measurement 67" ZEROS "\nn0: WAIT\n");
    AFTER(s, "l1: las", "log LAS l1: verified by its CPU's vendor; it vouches for machine m1\nl1: REGISTERED\n");
    AFTER(s, "tick 86399999999", "close owner: no handshake or request in time\n");
    AFTER(s, "tick 1", "l1: HELLO\n");
    AFTER(s, "tick 60000000", "");
    AFTER(s, "tick 1", "close l1: no handshake or request in time\n");
    AFTER(s, "tick 1", "");
    AFTER(s, "n0: join 0",
          "close n0: a JOIN that is malformed or out of turn\nwarn slot 0: its enclave left before view 1 was approved; the slot "
          "is free again\n");
    cas_scenario_destroy(s);
}

static void the_first_message_says_what_a_peer_is(void **state) {
    (void)state;
    struct cas_scenario *s = begin_with("owner: policy");
    COMES(s, "n0");
    AFTER(s, "n0: join 0", "log slot 0: joined, measurement 67" ZEROS "\nn0: WAIT\n");
    AFTER(s, "n0: status",
          "close n0: a request out of turn\nwarn slot 0: its enclave left before view 1 was approved; the slot is free again\n");
    COMES(s, "n1");
    AFTER(s, "n1: join 1", "log slot 1: joined, measurement 67" ZEROS "\nn1: WAIT\n");
    AFTER(s, "n1: las",
          "close n1: a request out of turn\nwarn slot 1: its enclave left before view 1 was approved; the slot is free again\n");
    COMES(s, "alice");
    AFTER(s, "alice: status", "alice: STATUS gathering, policy 3, 2 verified, slot 0 free, slot 1 free\n");
    AFTER(s, "alice: join 0", "close alice: a request out of turn\n");
    COMES(s, "alice");
    AFTER(s, "alice: status", "alice: STATUS gathering, policy 3, 2 verified, slot 0 free, slot 1 free\n");
    AFTER(s, "alice: las", "close alice: a request out of turn\n");
    COMES(s, "l1");
    AFTER(s, "l1: las", "log LAS l1: verified by its CPU's vendor; it vouches for machine m1\nl1: REGISTERED\n");
    AFTER(s, "l1: join 0", "close l1: a request out of turn\n");
    COMES(s, "l1");
    AFTER(s, "l1: las", "log LAS l1: verified by its CPU's vendor; it vouches for machine m1\nl1: REGISTERED\n");
    AFTER(s, "l1: status", "close l1: a request out of turn\n");
    cas_scenario_destroy(s);
}

static void a_waiting_peer_stays_what_it_is(void **state) {
    (void)state;
    struct cas_scenario *s = cas_scenario_create();
    COMES(s, "n0");
    COMES(s, "l1");
    AFTER(s, "n0: join 0", "n0: WAIT\n");
    AFTER(s, "l1: las", "l1: WAIT\n");
    AFTER(s, "n0: status", "close n0: a request out of turn\n");
    AFTER(s, "l1: join 0", "close l1: a request out of turn\n");
    COMES(s, "n0");
    AFTER(s, "n0: join 0", "n0: WAIT\n");
    AFTER(s, "n0: join 0", "close n0: a JOIN that is malformed or out of turn\n");
    COMES(s, "l1");
    AFTER(s, "l1: las", "l1: WAIT\n");
    AFTER(s, "l1: las", "close l1: a LAS's request that is malformed or out of turn\n");
    cas_scenario_destroy(s);
}

static void who_waits_for_evidence_asks_nothing_else(void **state) {
    (void)state;
    struct cas_scenario *s = cas_scenario_create();
    COMES(s, "owner");
    AFTER(s, "owner: evidence", "need evidence owner\n");
    AFTER(s, "owner: status", "close owner: a request out of turn\n");
    AFTER(s, "cpu 100", "");
    COMES(s, "owner");
    AFTER(s, "cpu 100", "");
    AFTER(s, "owner: status", "owner: STATUS no policy, policy 0, 0 verified\n");
    cas_scenario_destroy(s);
}

static void evidence_has_a_limit(void **state) {
    (void)state;
    struct cas_scenario *s = cas_scenario_create();
    COMES(s, "owner");
    AFTER(s, "owner: evidence", "need evidence owner\n");
    AFTER(s, "cpu 16384", "owner: EVIDENCE 16384 bytes\n");
    AFTER(s, "owner: evidence", "need evidence owner\n");
    AFTER(s, "cpu 16385", "owner: REFUSED EIO CAS: its TEE gave no evidence: look at the log of avocado-cas\n");
    AFTER(s, "owner: evidence", "need evidence owner\n");
    AFTER(s, "cpu 0", "owner: REFUSED EIO CAS: its TEE gave no evidence: look at the log of avocado-cas\n");
    AFTER(s, "cpu 100", "");
    cas_scenario_destroy(s);
}

static void one_request_at_a_time(void **state) {
    (void)state;
    struct cas_scenario *s = begin_with("owner: policy");
    AFTER(s, "owner: status & status",
          "owner: STATUS gathering, policy 3, 0 verified, slot 0 free, slot 1 free\nclose owner: a request before the reply to the "
          "last one\n");
    cas_scenario_destroy(s);
}

static void what_is_malformed_ends_the_connection(void **state) {
    (void)state;
    struct cas_scenario *s = begin_with("owner: policy");
    static const struct {
        const char *says, *why;
    } malformed[] = {{"type 3", "malformed request for evidence"},
                     {"type 7 x", "malformed request for status"},
                     {"type 9", "malformed approval"},
                     {"type 10 x", "malformed request for the view"},
                     {"type 12 x", "malformed request for a ticket"},
                     {"type 19 x", "malformed request for ends"},
                     {"type 14 x", "a JOIN that is malformed or out of turn"},
                     {"type 17 x", "a LAS's request that is malformed or out of turn"},
                     {"type 99", "not a request the CAS knows"},
                     {"type 8", "not a request the CAS knows"}};
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        char says[64], closed[128];
        COMES(s, "mallory");
        (void)snprintf(says, sizeof says, "mallory: %s", malformed[i].says);
        (void)snprintf(closed, sizeof closed, "close mallory: %s\n", malformed[i].why);
        assert_string_equal(cas_scenario_after(s, says), closed);
        AFTER(s, "mallory sends more", "");
    }
    cas_scenario_destroy(s);
}

static void what_is_no_stream_ends_the_connection(void **state) {
    (void)state;
    struct cas_scenario *s = cas_scenario_create();
    AFTER(s, "alice opens", "");
    AFTER(s, "alice sends GET / HTTP/1.1 and so on", "close alice: bytes that are not of this protocol, or for another CAS key\n");
    COMES(s, "alice");
    AFTER(s, "alice sends no frame of this session, with a length that no frame has",
          "close alice: bytes that are not of this protocol, or for another CAS key\n");
    AFTER(s, "beyond", "");
    cas_scenario_destroy(s);
}

static void a_connection_that_opens_again_is_another(void **state) {
    (void)state;
    struct cas_scenario *s = begin_with("owner: policy");
    COMES(s, "n0");
    AFTER(s, "n0: join 0", "log slot 0: joined, measurement 67" ZEROS "\nn0: WAIT\n");
    AFTER(s, "n0 opens", "warn slot 0: its enclave left before view 1 was approved; the slot is free again\n");
    AFTER(s, "n0 leaves", "");
    AFTER(s, "n0 leaves", "");
    cas_scenario_destroy(s);
}

static void another_version_is_named(void **state) {
    (void)state;
    struct cas_scenario *s = cas_scenario_create();
    char expected[192];
    (void)snprintf(
        expected, sizeof expected,
        "alice: 8 bytes\nclose alice: it speaks wire version 127, this program speaks version %d: upgrade the older of the "
        "two\n",
        AVO_WIRE_VERSION);
    for (int times = 0; times < 2; times++) {
        AFTER(s, "alice opens", "");
        assert_string_equal(cas_scenario_after(s, "alice sends avocado\x7f"), expected);
    }
    cas_scenario_destroy(s);
}

static void strangers_make_room_first_come_first(void **state) {
    (void)state;
    struct cas_scenario *s = begin_with("owner: policy");
    COMES(s, "mallory");
    COMES(s, "n0");
    AFTER(s, "n0: join 0", "log slot 0: joined, measurement 67" ZEROS "\nn0: WAIT\n");
    COMES(s, "l1");
    AFTER(s, "l1: las", "log LAS l1: verified by its CPU's vendor; it vouches for machine m1\nl1: REGISTERED\n");
    COMES(s, "alice");
    AFTER(s, "l2 opens", "");
    AFTER(s, "n1 opens", "");
    AFTER(s, "crowd", "close mallory: all connections were taken, and it had proven nothing for the longest time\n");
    AFTER(s, "crowd", "close l2: all connections were taken, and it had proven nothing for the longest time\n");
    AFTER(s, "crowd", "close n1: all connections were taken, and it had proven nothing for the longest time\n");
    AFTER(s, "crowd", "close alice: all connections were taken, and its user had the most\n");
    AFTER(s, "crowd", "");
    AFTER(s, "alice opens", "");
    AFTER(s, "alice replays", "alice: 50 sealed bytes\nalice: 88 sealed bytes\n");
    AFTER(s, "crowd", "close alice: all connections were taken, and it had proven nothing for the longest time\n");
    AFTER(s, "crowd", "");
    cas_scenario_destroy(s);
}

static void who_waits_for_a_policy_makes_room(void **state) {
    (void)state;
    struct cas_scenario *s = cas_scenario_create();
    COMES(s, "l1");
    COMES(s, "n0");
    AFTER(s, "l1: las", "l1: WAIT\n");
    AFTER(s, "n0: join 0", "n0: WAIT\n");
    COMES(s, "owner");
    AFTER(s, "crowd", "close l1: all connections were taken, and it had proven nothing for the longest time\n");
    AFTER(s, "crowd", "close n0: all connections were taken, and it had proven nothing for the longest time\n");
    AFTER(s, "crowd", "close owner: all connections were taken, and it had proven nothing for the longest time\n");
    AFTER(s, "crowd", "");
    cas_scenario_destroy(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replayed_first_message_proves_nothing),
        cmocka_unit_test(a_proven_peer_has_time_to_ask),
        cmocka_unit_test(a_request_buys_more_time),
        cmocka_unit_test(who_waits_for_a_policy_has_longer),
        cmocka_unit_test(who_was_asked_again_has_a_minute),
        cmocka_unit_test(a_member_and_a_registered_las_have_no_deadline),
        cmocka_unit_test(the_first_message_says_what_a_peer_is),
        cmocka_unit_test(a_waiting_peer_stays_what_it_is),
        cmocka_unit_test(who_waits_for_evidence_asks_nothing_else),
        cmocka_unit_test(evidence_has_a_limit),
        cmocka_unit_test(one_request_at_a_time),
        cmocka_unit_test(what_is_malformed_ends_the_connection),
        cmocka_unit_test(what_is_no_stream_ends_the_connection),
        cmocka_unit_test(a_connection_that_opens_again_is_another),
        cmocka_unit_test(another_version_is_named),
        cmocka_unit_test(strangers_make_room_first_come_first),
        cmocka_unit_test(who_waits_for_a_policy_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
