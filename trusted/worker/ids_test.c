/* Request ids and origins at their limits: the first and the last of a window, a name one beyond the table. */
#include "base/testing.h"
#include "trusted/worker/session.h"

static struct avo_session table[4];
static struct avo_sessions sessions;

static int setup(void **state) {
    (void)state;
    memset(table, 0, sizeof table);
    sessions = (struct avo_sessions){.sessions = table, .capacity = 3};
    avo_session_begin(&sessions, &table[0]);
    return 0;
}

static enum avo_error admit(uint64_t id, uint64_t answered_below) {
    enum avo_error status = AVO_OK;
    const struct avo_request request = {.id = id, .answered_below = answered_below, .operation = AVO_OPERATION_PUT};
    return avo_session_admit(&table[0], &request, &status);
}

static void nothing_beyond_the_table_is_found(void **state) {
    (void)state;
    avo_session_begin(&sessions, &table[3]); /* what may lie behind the table */
    assert_null(avo_session_find_origin(&sessions, table[3].origin));
    assert_null(avo_session_find(&sessions, table[3].number));
    assert_ptr_equal(avo_session_find_origin(&sessions, table[0].origin), &table[0]);
    assert_ptr_equal(avo_session_find(&sessions, table[0].number), &table[0]);
}

static void what_was_admitted_is_below_the_next(void **state) {
    (void)state;
    assert_int_equal(table[0].admitted_below, 1);
    assert_int_equal(admit(1, 1), AVO_OK);
    assert_int_equal(table[0].admitted_below, 2);
    assert_int_equal(admit(5, 1), AVO_OK);
    assert_int_equal(table[0].admitted_below, 6);
    assert_int_equal(admit(3, 1), AVO_OK);
    assert_int_equal(table[0].admitted_below, 6);
}

/* An id that the window has left, or not come to, shares its place with another one. */
static void only_ids_of_the_window_end(void **state) {
    (void)state;
    assert_int_equal(admit(AVO_SESSION_WINDOW + 4, 5), AVO_OK);
    avo_session_finish(&table[0], 4, AVO_OK);
    avo_session_finish(&table[0], 2 * AVO_SESSION_WINDOW + 4, AVO_OK);
    assert_int_equal(admit(AVO_SESSION_WINDOW + 4, 5), AVO_EBUSY);
    avo_session_finish(&table[0], AVO_SESSION_WINDOW + 4, AVO_OK);
    assert_int_equal(admit(AVO_SESSION_WINDOW + 4, 5), AVO_EREPLAY);
}

static void a_window_has_a_first_and_a_last_id(void **state) {
    (void)state;
    assert_int_equal(admit(AVO_SESSION_WINDOW + 1, 1), AVO_EFORMAT);
    assert_int_equal(admit(AVO_SESSION_WINDOW, 1), AVO_OK);
    assert_int_equal(admit(UINT64_MAX, UINT64_MAX), AVO_EFORMAT);
    assert_int_equal(admit(8, 9), AVO_EFORMAT);
    assert_int_equal(admit(9, 9), AVO_OK);
    assert_int_equal(admit(8, 8), AVO_ESTALE);
    assert_int_equal(admit(AVO_SESSION_WINDOW + 9, 10), AVO_OK);
    assert_int_equal(admit(AVO_SESSION_WINDOW + 10, 10), AVO_EFORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_beyond_the_table_is_found, setup),
        cmocka_unit_test_setup(what_was_admitted_is_below_the_next, setup),
        cmocka_unit_test_setup(only_ids_of_the_window_end, setup),
        cmocka_unit_test_setup(a_window_has_a_first_and_a_last_id, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
