#include "trusted/replica/history.h"
#include "trusted/replica/scenario_test.h"

static struct avo_history_operation put(uint64_t call, uint64_t reply, uint8_t value) {
    return (struct avo_history_operation){call, reply, true, true, value};
}

static struct avo_history_operation get(uint64_t call, uint64_t reply, uint8_t value) {
    return (struct avo_history_operation){call, reply, false, true, value};
}

static void orders_that_exist_are_found(void **state) {
    (void)state;
    struct avo_history_operation concurrent[] = {put(1, 10, 1), put(2, 9, 2), get(3, 4, 2), get(5, 6, 1)};
    assert_true(avo_history_linearizable(concurrent, 4));
    struct avo_history_operation unknown[] = {{1, UINT64_MAX, true, false, 1}, get(2, 3, 0), get(4, 5, 1)};
    assert_true(avo_history_linearizable(unknown, 3));
    assert_true(avo_history_linearizable(unknown, 2));
    assert_true(avo_history_linearizable(unknown, 0));
}

static void orders_that_do_not_exist_are_refused(void **state) {
    (void)state;
    struct avo_history_operation stale[] = {put(1, 2, 1), get(3, 4, 0)};
    assert_false(avo_history_linearizable(stale, 2));
    struct avo_history_operation back[] = {put(1, 10, 1), get(2, 3, 1), get(4, 5, 0)};
    assert_false(avo_history_linearizable(back, 3));
    struct avo_history_operation never_written[] = {get(1, 2, 7)};
    assert_false(avo_history_linearizable(never_written, 1));
    struct avo_history_operation unknown_twice[] = {{1, UINT64_MAX, true, false, 1}, put(2, 3, 2), get(4, 5, 1), get(6, 7, 2)};
    assert_false(avo_history_linearizable(unknown_twice, 4));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_that_exist_are_found),
        cmocka_unit_test(orders_that_do_not_exist_are_refused),
    };
    return cmocka_run_group_tests_name("replica/history", tests, NULL, NULL);
}
