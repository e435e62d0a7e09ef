#include "base/bytes.h"
#include "base/testing.h"

static void order_is_memcmp_then_length(void **state) {
    (void)state;
    static const char *ascending[] = {"", "\x01", "a", "aa", "ab", "b", "ba", "\xff"};
    for (size_t i = 0; i < AVO_COUNT(ascending); i++) {
        for (size_t j = 0; j < AVO_COUNT(ascending); j++) {
            struct avo_slice a = avo_slice_string(ascending[i]), b = avo_slice_string(ascending[j]);
            int order = avo_slice_compare(a, b);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
            assert_int_equal(avo_slice_equal(a, b), i == j);
        }
    }
}

static void empty_slices_need_no_memory(void **state) {
    (void)state;
    uint8_t byte = 7;
    assert_true(avo_slice_equal(AVO_SLICE_EMPTY, avo_slice(&byte, 0)));
    assert_int_equal(avo_slice_compare(AVO_SLICE_EMPTY, avo_slice(&byte, 0)), 0);
    assert_true(avo_slice_compare(AVO_SLICE_EMPTY, avo_slice(&byte, 1)) < 0);
    avo_copy(NULL, 0, AVO_SLICE_EMPTY);
    avo_copy(&byte, 1, AVO_SLICE_EMPTY);
    assert_int_equal(byte, 7);
    assert_int_equal(avo_slice_part(AVO_SLICE_EMPTY, 0, 0).length, 0);
}

static void parts_lie_inside(void **state) {
    (void)state;
    struct avo_slice word = avo_slice_string("avocado");
    assert_true(avo_slice_equal(avo_slice_part(word, 2, 3), avo_slice_string("oca")));
    assert_int_equal(avo_slice_part(word, 7, 0).length, 0);
    assert_panics(avo_slice_part(word, 8, 0).length);
    assert_panics(avo_slice_part(word, 1, 7).length);
    assert_panics(avo_slice_part(word, 1, SIZE_MAX).length);
    assert_panics(avo_slice(NULL, 1).length);
}

static void copies_fit(void **state) {
    (void)state;
    uint8_t to[4] = {0};
    avo_copy(to, 3, avo_slice_string("abc"));
    assert_memory_equal(to, "abc\0", 4);
    assert_panics((avo_copy(to, 2, avo_slice_string("abc")), 0));
    struct avo_buffer buffer = {to, 2, 4};
    assert_true(avo_slice_equal(avo_buffer_slice(&buffer), avo_slice_string("ab")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_memcmp_then_length),
        cmocka_unit_test(empty_slices_need_no_memory),
        cmocka_unit_test(parts_lie_inside),
        cmocka_unit_test(copies_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
