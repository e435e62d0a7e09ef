/* Scenarios of messages that are late, lost, repeated or stale, of deadlines and of limits. */
#include "trusted/replica/scenario_test.h"
#include <string.h>

static void a_late_peer_makes_a_get_ask_the_rest(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_request(s, 0, "get k");
    avo_scenario_lose_all(s);
    avo_scenario_tick(s, AVO_HEDGE_US - 1);
    EXPECT_TRACE(s, "0>1 QUERY k newer -\n");
    avo_scenario_tick(s, 1);
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "0>2 QUERY k newer -\n"
                    "2>0 ANSWER same absent\n"
                    "client 1 ENOTFOUND\n");
    /* The late one is not asked first again, whichever's turn it is, until it is heard of. */
    for (int i = 0; i < 2; i++) {
        avo_scenario_request(s, 0, "get k");
        avo_scenario_settle(s);
        assert_null(strstr(avo_scenario_trace(s), "0>1"));
    }
    avo_scenario_request(s, 1, "put other v");
    avo_scenario_settle(s);
    avo_scenario_trace(s);
    avo_scenario_request(s, 0, "get k");
    avo_scenario_request(s, 0, "get k");
    assert_non_null(strstr(avo_scenario_trace(s), "0>1 QUERY"));
    scenario_end(s);
}

static void lost_questions_are_sent_again_ever_more_rarely(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_request(s, 0, "put k v");
    uint32_t sent_count = 0;
    for (uint32_t ms = 0; ms < 900; ms++) {
        avo_scenario_lose_all(s);
        avo_scenario_trace(s);
        avo_scenario_tick(s, 1000);
        sent_count += s->packet_count;
    }
    assert_in_range(sent_count, 2 * 5, 2 * 7); /* after 30, 90, 210, 450, 700 ms */
    avo_scenario_tick(s, 50000);
    avo_scenario_settle(s);
    assert_non_null(strstr(avo_scenario_trace(s), "client 1 OK\n"));
    scenario_end(s);
}

static void lost_writes_and_acks_are_made_up_for(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_request(s, 0, "put k v");
    avo_scenario_pass(s, "0>1");
    avo_scenario_pass(s, "1>0");
    avo_scenario_lose(s, "0>2");
    avo_scenario_lose(s, "0>2");
    avo_scenario_pass(s, "0>1");
    avo_scenario_lose(s, "1>0"); /* the ack */
    avo_scenario_trace(s);
    avo_scenario_tick(s, AVO_RESEND_US);
    EXPECT_TRACE(s, "0>1 WRITE k 1.0 v\n"
                    "0>2 WRITE k 1.0 v\n");
    avo_scenario_lose(s, "0>2");
    avo_scenario_settle(s);
    EXPECT_TRACE(s, "1>0 ACK OK\n"
                    "client 1 OK\n");
    scenario_end(s);
}

static void repeated_and_stale_messages_change_nothing(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVVVV", 0);
    avo_scenario_request(s, 0, "put k v");
    avo_scenario_pass(s, "0>1");
    for (int i = 0; i < 3; i++) {
        avo_scenario_deliver(s, s->packet_count - 1, true); /* one answer thrice is one answer */
    }
    assert_null(strstr(avo_scenario_trace(s), "WRITE"));
    avo_scenario_pass(s, "0>2");
    avo_scenario_pass(s, "2>0");
    assert_non_null(strstr(avo_scenario_trace(s), "WRITE"));
    avo_scenario_pass(s, "1>0"); /* of a round that is over */
    EXPECT_TRACE(s, "");
    avo_scenario_lose(s, "0>3");
    avo_scenario_lose(s, "0>4");
    avo_scenario_pass(s, "0>1");
    for (int i = 0; i < 3; i++) {
        avo_scenario_deliver(s, s->packet_count - 1, true);
    }
    EXPECT_TRACE(s, "1>0 ACK OK\n");
    avo_scenario_pass(s, "0>2");
    avo_scenario_pass(s, "2>0");
    EXPECT_TRACE(s, "2>0 ACK OK\n"
                    "client 1 OK\n");
    avo_scenario_settle(s); /* the acks that come after the end */
    assert_null(strstr(avo_scenario_trace(s), "client"));
    scenario_end(s);
}

static void a_round_of_an_ended_task_never_matches_the_next_one_in_its_place(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_seed(s, 1, "a", 3, "of a");
    avo_scenario_request(s, 0, "get a");
    avo_scenario_pass(s, "0>1");
    avo_scenario_deliver(s, 0, true); /* answered; the message will be repeated */
    avo_scenario_trace(s);
    avo_scenario_request(s, 0, "get b"); /* takes the place of the first */
    avo_scenario_deliver(s, 0, false);
    assert_null(strstr(avo_scenario_trace(s), "client"));
    avo_scenario_settle(s);
    assert_non_null(strstr(avo_scenario_trace(s), "client 2 ENOTFOUND\n"));
    scenario_end(s);
}

static void a_deadline_says_what_is_known(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_request(s, 0, "get k");
    avo_scenario_request(s, 0, "put k v"); /* no answer: no effect */
    avo_scenario_lose_all(s);
    avo_scenario_tick(s, 999999);
    avo_scenario_lose_all(s);
    avo_scenario_trace(s);
    avo_scenario_tick(s, 1);
    const char *trace = avo_scenario_trace(s);
    assert_non_null(strstr(trace, "client 1 EQUORUM 1 of 2 in 3\n"));
    assert_non_null(strstr(trace, "client 2 EQUORUM 1 of 2 in 3\n"));
    assert_int_equal(scenario_entry(s, 0, "k").state, AVO_ENTRY_ABSENT);
    avo_scenario_request(s, 0, "put k v"); /* its version was chosen: no telling */
    avo_scenario_pass(s, "0>1");
    avo_scenario_pass(s, "1>0");
    avo_scenario_lose_all(s);
    avo_scenario_trace(s);
    avo_scenario_tick(s, 1000000);
    EXPECT_TRACE(s, "client 3 EUNKNOWN 1 of 2 in 3\n");
    scenario_end(s);
}

static void a_write_back_that_nobody_acknowledges_is_no_answer(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_seed(s, 0, "k", 3, "v");
    avo_scenario_request(s, 0, "get k");
    avo_scenario_pass(s, "0>1");
    avo_scenario_pass(s, "1>0");
    avo_scenario_lose_all(s);
    avo_scenario_trace(s);
    avo_scenario_tick(s, 1000000);
    EXPECT_TRACE(s, "client 1 EQUORUM 1 of 2 in 3\n");
    scenario_end(s);
}

static void more_requests_than_tasks_are_refused_and_ticks_cut_their_work(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    for (uint32_t i = 0; i < 65; i++) {
        avo_scenario_request(s, 0, "put k v");
    }
    assert_non_null(strstr(avo_scenario_trace(s), "client 65 EBUSY\n"));
    avo_scenario_lose_all(s);
    avo_scenario_tick(s, AVO_RESEND_US); /* twice as many messages as a step holds */
    assert_int_equal(s->packet_count, 128);
    avo_scenario_settle(s);
    for (uint32_t id = 1; id <= 64; id++) {
        assert_true(s->replies[id].done);
        assert_int_equal(s->replies[id].status, AVO_OK);
    }
    assert_int_equal(scenario_entry(s, 1, "k").version.clock, 64);
    scenario_end(s);
}

/* Without room for the value of an answer, the answer counts as lost and comes again. */
static void an_answer_without_room_for_its_value_is_asked_for_again(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    char value[3000];
    memset(value, 'x', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    avo_scenario_seed(s, 1, "k", 3, value);
    uint32_t blobs[] = {avo_blob_take(&s->nodes[0].blobs, 3000), avo_blob_take(&s->nodes[0].blobs, 3000)};
    avo_scenario_request(s, 0, "get k");
    avo_scenario_settle(s);
    assert_null(strstr(avo_scenario_trace(s), "client"));
    avo_blob_give(&s->nodes[0].blobs, blobs[0]);
    avo_blob_give(&s->nodes[0].blobs, blobs[1]);
    avo_scenario_tick(s, AVO_HEDGE_US);
    avo_scenario_lose_all(s);
    avo_scenario_tick(s, AVO_RESEND_US);
    avo_scenario_settle(s);
    assert_int_equal(s->replies[1].status, AVO_OK);
    assert_int_equal(strlen(s->replies[1].value), sizeof s->replies[1].value - 1);
    scenario_end(s);
}

static void long_keys_are_kept_and_unusable_requests_are_refused(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    char request[700];
    memset(request, 'x', sizeof request);
    memcpy(request, "put ", 4);
    memcpy(request + 4 + 512, " v", 3);
    avo_scenario_request(s, 0, request);
    avo_scenario_settle(s);
    memcpy(request, "get ", 4);
    request[4 + 512] = '\0';
    avo_scenario_request(s, 1, request);
    avo_scenario_settle(s);
    assert_int_equal(s->replies[1].status, AVO_OK);
    assert_int_equal(s->replies[2].status, AVO_OK);
    assert_string_equal(s->replies[2].value, "v");
    request[4 + 512] = 'x';
    request[4 + 513] = '\0';
    avo_scenario_request(s, 1, request);
    assert_int_equal(s->replies[3].status, AVO_ETOOBIG);
    avo_scenario_request(s, 1, "get ");
    assert_int_equal(s->replies[4].status, AVO_EINVAL);
    scenario_end(s);
}

/* "put k VALUE", of a value that takes many packets. */
static const char *large_put(void) {
    static char request[6 + 9000 + 1] = "put k ";
    memset(request + 6, 'v', 9000);
    return request;
}

static uint32_t count_of(const char *trace, const char *what) {
    uint32_t count = 0;
    for (const char *at = strstr(trace, what); at != NULL; at = strstr(at + 1, what)) {
        count++;
    }
    return count;
}

/* Of a large write only the acknowledgement may be lost: who may have it is asked, and gets it again only if it does not. */
static void a_large_write_that_arrived_is_not_sent_again(void **state) {
    (void)state;
    for (int arrives = 0; arrives < 2; arrives++) {
        struct avo_scenario *s = avo_scenario_create("VVV", 0);
        avo_scenario_request(s, 0, large_put());
        avo_scenario_pass(s, "0>1");
        avo_scenario_pass(s, "1>0");
        if (arrives == 1) {
            avo_scenario_pass(s, "0>1");
        }
        avo_scenario_trace(s);
        avo_scenario_lose_all(s); /* the ack, or the write */
        avo_scenario_tick(s, 2 * AVO_RESEND_US);
        assert_int_equal(count_of(avo_scenario_trace(s), " QUERY "), 2);
        avo_scenario_lose(s, "0>2");
        avo_scenario_pass(s, "0>1");
        avo_scenario_pass(s, "1>0");
        avo_scenario_settle(s);
        const char *trace = avo_scenario_trace(s);
        assert_int_equal(count_of(trace, "0>1 WRITE"), arrives == 0);
        assert_int_equal(count_of(trace, "client 1 OK\n"), 1);
        scenario_end(s);
    }
}

/* Peers far away: what takes as long as it always does is neither asked twice nor asked of others. */
static void timers_follow_the_way(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    for (int i = 0; i < 4; i++) {
        avo_scenario_request(s, 0, "put k v");
        avo_scenario_tick(s, AVO_RESEND_US - 1000);
        avo_scenario_settle(s); /* its answers, and all of round 2 */
    }
    avo_scenario_request(s, 0, "put k w");
    avo_scenario_trace(s);
    avo_scenario_tick(s, AVO_RESEND_US + 5000);
    assert_string_equal(avo_scenario_trace(s), "");
    avo_scenario_settle(s);
    avo_scenario_trace(s);
    avo_scenario_request(s, 0, "get k");
    avo_scenario_trace(s);
    avo_scenario_tick(s, 2 * AVO_HEDGE_US);
    assert_string_equal(avo_scenario_trace(s), "");
    avo_scenario_tick(s, 20 * AVO_HEDGE_US);
    assert_int_equal(count_of(avo_scenario_trace(s), " QUERY "), 1);
    scenario_end(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_large_write_that_arrived_is_not_sent_again),
        cmocka_unit_test(timers_follow_the_way),
        cmocka_unit_test(a_late_peer_makes_a_get_ask_the_rest),
        cmocka_unit_test(lost_questions_are_sent_again_ever_more_rarely),
        cmocka_unit_test(lost_writes_and_acks_are_made_up_for),
        cmocka_unit_test(repeated_and_stale_messages_change_nothing),
        cmocka_unit_test(a_round_of_an_ended_task_never_matches_the_next_one_in_its_place),
        cmocka_unit_test(a_deadline_says_what_is_known),
        cmocka_unit_test(a_write_back_that_nobody_acknowledges_is_no_answer),
        cmocka_unit_test(more_requests_than_tasks_are_refused_and_ticks_cut_their_work),
        cmocka_unit_test(an_answer_without_room_for_its_value_is_asked_for_again),
        cmocka_unit_test(long_keys_are_kept_and_unusable_requests_are_refused),
    };
    return cmocka_run_group_tests_name("replica/loss", tests, NULL, NULL);
}
