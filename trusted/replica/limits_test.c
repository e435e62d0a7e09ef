/* Scenarios at the limits: sizes, pools that are used up, and what is said of an operation that ends for want of something. */
#include "trusted/replica/scenario_test.h"
#include <string.h>

static const char *key_of(size_t bytes, const char *operation, const char *value) {
    static char request[AVO_KEY_MAX_BYTES + 64];
    size_t length = strlen(operation);
    memcpy(request, operation, length + 1);
    memset(request + length, 'k', bytes);
    snprintf(request + length + bytes, sizeof request - length - bytes, "%s%s", value[0] != '\0' ? " " : "", value);
    return request;
}

static enum avo_error ended(const struct avo_scenario *s, uint32_t id) {
    assert_true(s->replies[id].done);
    return s->replies[id].status;
}

static void keys_and_values_at_their_limits(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("V", 0);
    avo_scenario_view(s, "V");
    s->view.value_max_bytes = 16;
    avo_scenario_adopt(s, 0);
    uint32_t longest = avo_scenario_request(s, 0, key_of(AVO_KEY_MAX_BYTES, "put ", "v"));
    uint32_t longer = avo_scenario_request(s, 0, key_of(AVO_KEY_MAX_BYTES + 1, "put ", "v"));
    uint32_t none = avo_scenario_request(s, 0, key_of(0, "get ", ""));
    uint32_t largest = avo_scenario_request(s, 0, "put k 0123456789abcdef");
    uint32_t larger = avo_scenario_request(s, 0, "put k 0123456789abcdefg");
    uint32_t empty = avo_scenario_request(s, 0, "put e ");
    assert_int_equal(ended(s, longest), AVO_OK);
    assert_int_equal(ended(s, longer), AVO_ETOOBIG);
    assert_int_equal(ended(s, none), AVO_EINVAL);
    assert_int_equal(ended(s, largest), AVO_OK);
    assert_int_equal(ended(s, larger), AVO_ETOOBIG);
    assert_int_equal(ended(s, empty), AVO_OK);
    assert_int_equal(scenario_entry(s, 0, "e").state, AVO_ENTRY_VALUE);
    assert_int_equal(scenario_stats(s, 0).operations, 6);
    scenario_end(s);
}

/* Keys are kept in the task up to 64 bytes, else in a blob: what goes out is the key that came in. */
static void short_and_long_keys_arrive_whole(void **state) {
    (void)state;
    const size_t lengths[] = {1, 63, 64, 65, 100, AVO_KEY_MAX_BYTES};
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    for (size_t i = 0; i < AVO_COUNT(lengths); i++) {
        uint32_t id = avo_scenario_request(s, 0, key_of(lengths[i], "put ", "v"));
        avo_scenario_settle(s);
        assert_int_equal(ended(s, id), AVO_OK);
        char key[AVO_KEY_MAX_BYTES + 1] = {0};
        memset(key, 'k', lengths[i]);
        for (uint8_t slot = 0; slot < 3; slot++) {
            assert_int_equal(scenario_entry(s, slot, key).state, AVO_ENTRY_VALUE);
        }
    }
    scenario_end(s);
}

static void a_put_asks_for_room_for_its_value_and_a_delete_for_none(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_seed(s, 0, "k", 1, "v");
    avo_scenario_request(s, 0, "put k 12345");
    avo_scenario_request(s, 0, "del k");
    const uint32_t expected[] = {5, AVO_VALUE_BYTES_TOMBSTONE};
    for (uint32_t i = 0; i < 2; i++) {
        struct avo_message message;
        assert_int_equal(avo_message_read(avo_slice(s->packets[2 * i].bytes, s->packets[2 * i].length), &message), AVO_OK);
        assert_int_equal(message.type, AVO_MESSAGE_QUERY);
        assert_int_equal(message.query.value_bytes, expected[i]);
    }
    scenario_end(s);
}

static void a_version_is_above_the_floor(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_request(s, 0, "put k v");
    struct avo_message query;
    assert_int_equal(avo_message_read(avo_slice(s->packets[0].bytes, s->packets[0].length), &query), AVO_OK);
    struct avo_message answer = {.type = AVO_MESSAGE_ANSWER, .answer = {.round = query.query.round, .same = true, .floor = 41}};
    avo_scenario_trace(s);
    avo_scenario_hand_over(s, 0, 1, &answer);
    EXPECT_TRACE(s, "0>1 WRITE k 42.0 v\n"
                    "0>2 WRITE k 42.0 v\n");
    scenario_end(s);
}

/* All blobs but none of the tasks: 33 puts under long keys take two each. */
static void use_up_blobs(struct avo_scenario *s) {
    for (uint32_t i = 0; i < 33; i++) {
        uint32_t id = avo_scenario_request(s, 0, key_of(100 + i, "put ", "v"));
        assert_false(s->replies[id].done);
    }
    avo_scenario_lose_all(s);
}

static void what_finds_no_memory_is_busy_and_costs_nothing(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_seed(s, 0, "k", 5, "v");
    use_up_blobs(s);
    assert_int_equal(ended(s, avo_scenario_request(s, 0, "put k v")), AVO_EBUSY);
    for (uint32_t i = 0; i < 70; i++) { /* more than there are tasks */
        assert_int_equal(ended(s, avo_scenario_request(s, 0, key_of(100, "get ", ""))), AVO_EBUSY);
    }
    uint32_t absent = avo_scenario_request(s, 0, "get absent"); /* needs no memory, and there still is a task for it */
    avo_scenario_settle(s);
    assert_int_equal(ended(s, absent), AVO_ENOTFOUND);
    /* The newest version is here alone; there is no memory to open it into for a write-back. */
    uint32_t get = avo_scenario_request(s, 0, "get k");
    avo_scenario_settle(s);
    assert_int_equal(ended(s, get), AVO_EBUSY);
    assert_int_equal(avo_replica_busy_count(s->nodes[0].replica), 33);
    scenario_end(s);
}

static void as_many_gets_as_pins(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_seed(s, 0, "k", 5, "v");
    for (uint32_t i = 0; i < 32; i++) {
        uint32_t id = avo_scenario_request(s, 0, "get k");
        assert_false(s->replies[id].done);
    }
    assert_int_equal(ended(s, avo_scenario_request(s, 0, "get k")), AVO_EBUSY);
    avo_scenario_request(s, 0, "get absent"); /* needs none */
    avo_scenario_settle(s);
    assert_int_equal(ended(s, 34), AVO_ENOTFOUND);
    scenario_end(s);
}

static void as_many_operations_as_tasks(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    for (uint32_t i = 0; i < 64; i++) {
        uint32_t id = avo_scenario_request(s, 0, "get k");
        assert_false(s->replies[id].done);
    }
    assert_int_equal(ended(s, avo_scenario_request(s, 0, "get k")), AVO_EBUSY);
    avo_scenario_settle(s);
    scenario_end(s);
}

static void a_refusal_is_what_the_deadline_tells_if_a_quorum_was_heard(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_store_twin_refuse(s->nodes[1].store, AVO_EFULL, AVO_OK);
    avo_scenario_request(s, 0, "put k v");
    avo_scenario_lose(s, "0>2");
    avo_scenario_settle(s);
    avo_scenario_tick(s, 999999);
    avo_scenario_lose_all(s);
    avo_scenario_trace(s);
    avo_scenario_tick(s, 1);
    EXPECT_TRACE(s, "client 1 EFULL\n");
    avo_scenario_request(s, 2, "put k v");
    avo_scenario_lose_all(s);
    avo_scenario_trace(s);
    avo_scenario_tick(s, 1000000);
    EXPECT_TRACE(s, "client 2 EQUORUM 1 of 2 in 3\n");
    scenario_end(s);
    s = avo_scenario_create("VVVVV", 0);
    avo_store_twin_refuse(s->nodes[1].store, AVO_EFULL, AVO_OK);
    avo_scenario_request(s, 0, "put k v");
    avo_scenario_pass(s, "0>1");
    avo_scenario_pass(s, "1>0");
    avo_scenario_lose_all(s);
    avo_scenario_trace(s);
    avo_scenario_tick(s, 1000000);
    EXPECT_TRACE(s, "client 1 EQUORUM 2 of 3 in 5\n");
    scenario_end(s);
}

static void a_read_of_absence_takes_one_round(void **state) {
    (void)state;
    struct avo_scenario *s = avo_scenario_create("VVV", 0);
    avo_scenario_request(s, 0, "get k");
    avo_scenario_settle(s);
    assert_int_equal(scenario_stats(s, 0).one_round_reads, 1);
    assert_int_equal(scenario_stats(s, 0).operations, 1);
    scenario_end(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_values_at_their_limits),
        cmocka_unit_test(short_and_long_keys_arrive_whole),
        cmocka_unit_test(a_put_asks_for_room_for_its_value_and_a_delete_for_none),
        cmocka_unit_test(a_version_is_above_the_floor),
        cmocka_unit_test(what_finds_no_memory_is_busy_and_costs_nothing),
        cmocka_unit_test(as_many_gets_as_pins),
        cmocka_unit_test(as_many_operations_as_tasks),
        cmocka_unit_test(a_refusal_is_what_the_deadline_tells_if_a_quorum_was_heard),
        cmocka_unit_test(a_read_of_absence_takes_one_round),
    };
    return cmocka_run_group_tests_name("replica/limits", tests, NULL, NULL);
}
