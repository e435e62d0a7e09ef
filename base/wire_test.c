/* Neighbouring versions have one in common, and both sides find the same; others have none. */
#include "base/limits.h"
#include "base/testing.h"
#include "base/wire_testing.h"

static uint8_t common(uint8_t own, uint8_t other) {
    avo_wire_testing_speak(own);
    return avo_wire_common(other);
}

static void both_sides_find_the_same(void **state) {
    (void)state;
    for (unsigned one = AVO_WIRE_VERSION_FIRST; one <= UINT8_MAX; one++) {
        for (unsigned other = AVO_WIRE_VERSION_FIRST; other <= UINT8_MAX; other++) {
            unsigned lower = one < other ? one : other, higher = one < other ? other : one;
            unsigned expected = higher - lower <= 1 ? lower : 0;
            assert_int_equal(common((uint8_t)one, (uint8_t)other), expected);
            assert_int_equal(common((uint8_t)other, (uint8_t)one), expected);
        }
    }
}

static void nothing_older_than_the_first_is_spoken(void **state) {
    (void)state;
    assert_int_equal(common(AVO_WIRE_VERSION_FIRST, AVO_WIRE_VERSION_FIRST - 1), 0);
    assert_int_equal(avo_wire_lowest(), AVO_WIRE_VERSION_FIRST);
    assert_int_equal(common(AVO_WIRE_VERSION_FIRST, 0), 0);
    avo_wire_testing_speak(AVO_WIRE_VERSION_FIRST + 1);
    assert_int_equal(avo_wire_lowest(), AVO_WIRE_VERSION_FIRST);
    assert_int_equal(avo_wire_common(AVO_WIRE_VERSION_FIRST - 1), 0);
}

static void a_build_speaks_its_highest_and_the_one_before(void **state) {
    (void)state;
    avo_wire_testing_speak(AVO_WIRE_VERSION_FIRST + 7);
    assert_false(avo_wire_speaks(AVO_WIRE_VERSION_FIRST + 5));
    assert_true(avo_wire_speaks(AVO_WIRE_VERSION_FIRST + 6));
    assert_true(avo_wire_speaks(AVO_WIRE_VERSION_FIRST + 7));
    assert_false(avo_wire_speaks(AVO_WIRE_VERSION_FIRST + 8));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(both_sides_find_the_same),
                                       cmocka_unit_test(nothing_older_than_the_first_is_spoken),
                                       cmocka_unit_test(a_build_speaks_its_highest_and_the_one_before)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
