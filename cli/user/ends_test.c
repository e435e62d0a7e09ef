/* Warnings come a week ahead, once for each thing that ends, and say when. */
#include "cli/user/ends.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define END_S 1800000000LL

static unsigned warned(const struct avo_ends *ends, int64_t now_s, struct avo_warnings *warnings) {
    *warnings = (struct avo_warnings){0};
    avo_ends_warn(ends, now_s, warnings);
    return warnings->count;
}

static void a_week_ahead_and_not_a_second_earlier(void **state) {
    (void)state;
    struct avo_warnings warnings;
    const struct avo_ends ends = {.ticket_s = END_S};
    assert_int_equal(warned(&ends, END_S - AVO_ENDS_WARN_S - 1, &warnings), 0);
    assert_int_equal(warned(&ends, END_S - AVO_ENDS_WARN_S, &warnings), 1);
    assert_string_equal(warnings.list[0].what, "ticket_ends");
    assert_int_equal(warnings.list[0].slot, AVO_WARNING_CLUSTER);
    assert_int_equal(warnings.list[0].since_s, END_S - AVO_ENDS_WARN_S);
    assert_non_null(strstr(warnings.list[0].hint, "it ends 2027-01-15T08:00:00Z: avocado profile renew"));
    assert_int_equal(warned(&ends, END_S, &warnings), 1);
    assert_non_null(strstr(warnings.list[0].hint, "it ended 2027"));
}

static void each_thing_has_a_warning_of_its_own(void **state) {
    (void)state;
    struct avo_warnings warnings;
    const struct avo_ends all = {.ticket_s = END_S, .collateral_s = END_S, .las_s = END_S, .cas_s = END_S};
    const struct avo_ends none = {0};
    assert_int_equal(warned(&all, END_S, &warnings), 4);
    assert_string_equal(warnings.list[1].what, "collateral_ends");
    assert_string_equal(warnings.list[2].what, "las_ends");
    assert_string_equal(warnings.list[3].what, "cas_ends");
    assert_int_equal(warned(&none, END_S, &warnings), 0);
}

static void json_has_every_field_and_null_for_what_nobody_said(void **state) {
    (void)state;
    struct avo_warnings warnings;
    const struct avo_ends ends = {.ticket_s = END_S};
    (void)warned(&ends, END_S, &warnings);
    avo_warning_add(&warnings, "memory_full", 2, 0, "%s", "give it more");
    json_t *root = avo_ends_json(&ends);
    assert_string_equal(json_string_value(json_object_get(root, "ticket")), "2027-01-15T08:00:00Z");
    assert_true(json_is_null(json_object_get(root, "collateral")));
    assert_true(json_is_null(json_object_get(root, "las")));
    assert_true(json_is_null(json_object_get(root, "cas")));
    json_decref(root);
    json_t *list = avo_warnings_json(&warnings);
    assert_int_equal(json_array_size(list), 2);
    assert_true(json_is_null(json_object_get(json_array_get(list, 0), "slot")));
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "since")), "2027-01-08T08:00:00Z");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 1), "slot")), 2);
    assert_true(json_is_null(json_object_get(json_array_get(list, 1), "since")));
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 1), "hint")), "give it more");
    json_decref(list);
}

static void more_than_fit_are_left_out(void **state) {
    (void)state;
    struct avo_warnings warnings = {0};
    for (int i = 0; i < AVO_WARNING_MAX_COUNT + 1; i++) {
        avo_warning_add(&warnings, "x", i, 0, "%d", i);
    }
    assert_int_equal(warnings.count, AVO_WARNING_MAX_COUNT);
    assert_int_equal(warnings.list[AVO_WARNING_MAX_COUNT - 1].slot, AVO_WARNING_MAX_COUNT - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_week_ahead_and_not_a_second_earlier), cmocka_unit_test(each_thing_has_a_warning_of_its_own),
        cmocka_unit_test(json_has_every_field_and_null_for_what_nobody_said), cmocka_unit_test(more_than_fit_are_left_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
