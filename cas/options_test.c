#include "cas/options.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Strings of the options stay good until avo_settings_close. */
static bool read_listen(const char *listen, struct avo_cas_options *options) {
    char address[80], why[AVO_SETTINGS_WHY_BYTES];
    (void)snprintf(address, sizeof address, "%s", listen);
    char *arguments[] = {"avocado-cas", "--dir", "d", "--listen", address, "--collateral", "c"};
    return avo_cas_options_read(7, arguments, true, options, why) == AVO_OK;
}

static void addresses_are_read(void **state) {
    (void)state;
    struct avo_cas_options options;
    assert_true(read_listen("127.0.0.1:7400", &options));
    assert_int_equal(options.listen.port, 7400);
    assert_int_equal(options.listen.ip[11], 0xff);
    assert_int_equal(options.listen.ip[12], 127);
    assert_int_equal(options.service.dir[0], '/'); /* whatever the working directory becomes */
    assert_string_equal(strrchr(options.service.dir, '/'), "/d");
    assert_int_equal(options.collateral[0], '/');
    assert_string_equal(strrchr(options.collateral, '/'), "/c");
    avo_settings_close(&options.service.settings);
    assert_true(read_listen("[::1]:65535", &options));
    assert_int_equal(options.listen.ip[15], 1);
    assert_int_equal(options.listen.ip[11], 0);
    avo_settings_close(&options.service.settings);
}

static void what_is_no_address_is_refused(void **state) {
    (void)state;
    struct avo_cas_options options;
    const char *const wrong[] = {"",
                                 ":",
                                 "127.0.0.1",
                                 "127.0.0.1:",
                                 "127.0.0.1:0",
                                 "127.0.0.1:65536",
                                 "[]:7400",
                                 "[:7400",
                                 "localhost:7400",
                                 "1.2.3:7400",
                                 ":7400",
                                 "127.0.0.1:-1",
                                 "[::1:7400",
                                 "127.0.0.1:7x",
                                 "127.0.0.1: 7"};
    for (size_t i = 0; i < AVO_COUNT(wrong); i++) {
        assert_false(read_listen(wrong[i], &options));
        avo_settings_close(&options.service.settings);
    }
}

static void refused(char **line, int count, bool inside, const char *name) {
    struct avo_cas_options options;
    char why[AVO_SETTINGS_WHY_BYTES];
    assert_int_equal(avo_cas_options_read(count, line, inside, &options, why), AVO_EINVAL);
    assert_non_null(strstr(why, name));
    avo_settings_close(&options.service.settings);
}

static void a_missing_or_unknown_option_is_named(void **state) {
    (void)state;
    struct avo_cas_options options;
    char why[AVO_SETTINGS_WHY_BYTES];
    char *unknown[] = {"avocado-cas", "--port", "7400"};
    refused(unknown, 3, false, "--port");
    char *missing[] = {"avocado-cas", "--dir", "d", "--listen", "127.0.0.1:1"};
    refused(missing, 5, false, "--collateral");
    char *help[] = {"avocado-cas", "--help"};
    assert_int_equal(avo_cas_options_read(2, help, false, &options, why), AVO_OK);
    assert_true(options.service.settings.help);
    avo_settings_close(&options.service.settings);
}

/* What is measured takes its settings from its command line only. */
static void inside_no_file_is_read(void **state) {
    (void)state;
    char *line[] = {"avocado-cas", "--config", "/etc/passwd"};
    refused(line, 3, true, "--config");
}

/* A host that has it started with --help gets nothing measured that runs without its settings. */
static void inside_nothing_stands_in_for_the_settings(void **state) {
    (void)state;
    char *help[] = {"avocado-cas", "--help"};
    char *version[] = {"avocado-cas", "--version"};
    refused(help, 2, true, "--help");
    refused(version, 2, true, "--version");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(a_missing_or_unknown_option_is_named),
        cmocka_unit_test(inside_no_file_is_read),
        cmocka_unit_test(inside_nothing_stands_in_for_the_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
