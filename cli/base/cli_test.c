/* Parts of the command line that compute: escapes, load lines. */
#include "base/compiler.h"
#include "cli/base/escape.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static void escapes_decode(void **state) {
    (void)state;
    char text[] = "a\\tb\\nc\\\\d\\x00\\xFf.";
    size_t length = strlen(text);
    assert_true(avo_escape_decode((uint8_t *)text, &length));
    assert_true(avo_slice_equal(avo_slice(text, length), avo_slice("a\tb\nc\\d\0\xff.", 10)));
}

static void unfinished_escapes_are_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"\\", "a\\", "\\q", "\\x", "\\x1", "\\x1g", "\\xg1", "\\X11"};
    for (size_t i = 0; i < AVO_COUNT(wrong); i++) {
        char text[16];
        size_t length = strlen(wrong[i]);
        memcpy(text, wrong[i], length + 1);
        assert_false(avo_escape_decode((uint8_t *)text, &length));
    }
}

static enum avo_line_fault split(const char *line, struct avo_slice *key, struct avo_slice *value) {
    static char copy[64];
    (void)snprintf(copy, sizeof copy, "%s", line);
    return avo_line_split((uint8_t *)copy, strlen(copy), key, value);
}

static void the_first_tab_splits_a_line(void **state) {
    (void)state;
    struct avo_slice key;
    struct avo_slice value;
    assert_int_equal(split("k\tv\tw\\t", &key, &value), AVO_LINE_GOOD);
    assert_true(avo_slice_equal(key, avo_slice_string("k")));
    assert_true(avo_slice_equal(value, avo_slice_string("v\tw\t")));
    assert_int_equal(split("k\\tk\t", &key, &value), AVO_LINE_GOOD);
    assert_true(avo_slice_equal(key, avo_slice_string("k\tk")));
    assert_int_equal(value.length, 0);
    assert_int_equal(split("no tab", &key, &value), AVO_LINE_NO_TAB);
    assert_int_equal(split("", &key, &value), AVO_LINE_NO_TAB);
    assert_int_equal(split("k\\q\tv", &key, &value), AVO_LINE_KEY_ESCAPE);
    assert_int_equal(split("k\tv\\", &key, &value), AVO_LINE_VALUE_ESCAPE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_decode),
        cmocka_unit_test(unfinished_escapes_are_refused),
        cmocka_unit_test(the_first_tab_splits_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
