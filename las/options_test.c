#include "las/options.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define KEY "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void settings_are_read(void **state) {
    (void)state;
    char *line[] = {"avocado-las", "--dir", "d", "--cas", "127.0.0.1:7400", "--cas-key", KEY, "--simcpu", "s"};
    struct avo_las_options options;
    char why[AVO_SETTINGS_WHY_BYTES];
    const char *arguments[2 * AVO_SETTINGS_MAX_COUNT + 2];
    assert_int_equal(avo_las_options_read(9, line, false, &options, why), AVO_OK);
    assert_int_equal(options.service.dir[0], '/'); /* whatever the working directory becomes */
    assert_string_equal(strrchr(options.service.dir, '/'), "/d");
    assert_string_equal(options.service.simcpu, "s");
    assert_int_equal(options.cas.port, 7400);
    assert_int_equal(options.cas_key[31], 0xff);
    assert_int_equal(avo_settings_line(&options.service.settings, "las", "simcpu", arguments), 7); /* all but --simcpu */
    assert_string_equal(arguments[6], KEY);
    avo_settings_close(&options.service.settings);
    assert_int_equal(avo_las_options_read(7, line, true, &options, why), AVO_OK);
    avo_settings_close(&options.service.settings);
}

static void what_is_wrong_is_named(void **state) {
    (void)state;
    struct avo_las_options options;
    char why[AVO_SETTINGS_WHY_BYTES];
    char *short_key[] = {"avocado-las", "--dir", "d", "--cas", "127.0.0.1:7400", "--cas-key", "0011"};
    assert_int_equal(avo_las_options_read(7, short_key, true, &options, why), AVO_EINVAL);
    assert_non_null(strstr(why, "--cas-key"));
    avo_settings_close(&options.service.settings);
    char *no_cas[] = {"avocado-las", "--dir", "d", "--cas-key", KEY};
    assert_int_equal(avo_las_options_read(5, no_cas, true, &options, why), AVO_EINVAL);
    assert_non_null(strstr(why, "cas"));
    avo_settings_close(&options.service.settings);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_read),
        cmocka_unit_test(what_is_wrong_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
