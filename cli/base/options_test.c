/* Options: what a table accepts, and that the rest is refused. */
#include "cli/base/cli.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

struct values {
    uint64_t count;
    const char *word;
    bool flag;
    struct avo_common common;
};

static enum avo_parsed parse(struct values *values, int argc, const char *const *arguments) {
    static char copies[12][40];
    static char *argv[13]; /* the arguments found point into it */
    memset(argv, 0, sizeof argv);
    const struct avo_option options[] = {{"count", AVO_OPTION_COUNT, &values->count, "N", 2, 9, ""},
                                         {"word", AVO_OPTION_CHOICE, &values->word, "one|two", 0, 0, ""},
                                         {"flag", AVO_OPTION_FLAG, &values->flag, NULL, 0, 0, ""}};
    const struct avo_usage usage = {"test", "KEY", "", options, AVO_COUNT(options), 1, 1, AVO_TAKES_CLIENT, NULL};
    for (int i = 0; i < argc; i++) {
        (void)snprintf(copies[i], sizeof copies[i], "%s", arguments[i]);
        argv[i] = copies[i];
    }
    return avo_options_parse(&usage, argc, argv, &values->common);
}

#define PARSE(values, ...)                                                                                                         \
    parse(values, (int)AVO_COUNT(((const char *const[]){"test", __VA_ARGS__})), (const char *const[]){"test", __VA_ARGS__})

static void options_and_arguments_may_be_mixed(void **state) {
    (void)state;
    struct values values = {0};
    assert_int_equal(PARSE(&values, "--count", "9", "key", "--word=two", "--flag", "--timeout", "1.5", "--json"), AVO_PARSED_RUN);
    assert_int_equal(values.count, 9);
    assert_string_equal(values.word, "two");
    assert_true(values.flag && values.common.json);
    assert_true(values.common.timeout_s > 1.49 && values.common.timeout_s < 1.51);
    assert_string_equal(values.common.arguments[0], "key");
}

static void what_follows_two_dashes_is_no_option(void **state) {
    (void)state;
    struct values values = {0};
    assert_int_equal(PARSE(&values, "--", "--count"), AVO_PARSED_RUN);
    assert_string_equal(values.common.arguments[0], "--count");
    assert_int_equal(PARSE(&values, "-"), AVO_PARSED_RUN);
}

static void mistakes_are_refused(void **state) {
    (void)state;
    struct values values = {0};
    assert_int_equal(PARSE(&values, "key", "--unknown"), AVO_PARSED_WRONG);
    assert_int_equal(PARSE(&values, "key", "-x"), AVO_PARSED_WRONG);
    assert_int_equal(PARSE(&values, "key", "--count"), AVO_PARSED_WRONG);
    assert_int_equal(PARSE(&values, "key", "--count", "1"), AVO_PARSED_WRONG);
    assert_int_equal(PARSE(&values, "key", "--count", "10"), AVO_PARSED_WRONG);
    assert_int_equal(PARSE(&values, "key", "--count", "5x"), AVO_PARSED_WRONG);
    assert_int_equal(PARSE(&values, "key", "--count", "-5"), AVO_PARSED_WRONG);
    assert_int_equal(PARSE(&values, "key", "--count", ""), AVO_PARSED_WRONG);
    assert_int_equal(PARSE(&values, "key", "--word", "on"), AVO_PARSED_WRONG);
    assert_int_equal(PARSE(&values, "key", "--word", ""), AVO_PARSED_WRONG);
    assert_int_equal(PARSE(&values, "key", "--word", "one|two"), AVO_PARSED_WRONG);
    assert_int_equal(PARSE(&values, "key", "-xyz"), AVO_PARSED_WRONG);
    assert_int_equal(PARSE(&values, "key", "--dir", ""), AVO_PARSED_WRONG);
    assert_int_equal(PARSE(&values, "key", "--timeout", "nan"), AVO_PARSED_WRONG);
    assert_int_equal(PARSE(&values, "key", "--timeout", "-1"), AVO_PARSED_WRONG);
    assert_int_equal(PARSE(&values, "key", "--timeout", "0.0009"), AVO_PARSED_WRONG);
    assert_int_equal(PARSE(&values, "key", "--timeout", "0.001"), AVO_PARSED_RUN);
    assert_int_equal(PARSE(&values, "key", "--profile", "--json"), AVO_PARSED_WRONG); /* a value was forgotten */
    assert_int_equal(PARSE(&values, "key", "--profile=--json"), AVO_PARSED_RUN);
    assert_string_equal(values.common.profile, "--json");
    assert_int_equal(PARSE(&values, "key", "too", "many"), AVO_PARSED_WRONG);
    assert_int_equal(PARSE(&values, "--flag"), AVO_PARSED_WRONG);
}

static void the_environment_names_folder_and_profile(void **state) {
    (void)state;
    struct values values = {0};
    (void)setenv("AVOCADO_DIR", "/there", 1);
    (void)setenv("AVOCADO_PROFILE", "/p", 1);
    assert_int_equal(PARSE(&values, "key"), AVO_PARSED_RUN);
    assert_string_equal(values.common.dir, "/there");
    assert_string_equal(values.common.profile, "/p");
    assert_int_equal(PARSE(&values, "key", "--dir", "/here"), AVO_PARSED_RUN);
    assert_string_equal(values.common.dir, "/here");
    assert_null(values.common.profile);
    (void)unsetenv("AVOCADO_DIR");
    (void)unsetenv("AVOCADO_PROFILE");
    assert_int_equal(PARSE(&values, "key"), AVO_PARSED_RUN);
    assert_string_equal(values.common.dir, ".avocado");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_arguments_may_be_mixed),
        cmocka_unit_test(what_follows_two_dashes_is_no_option),
        cmocka_unit_test(mistakes_are_refused),
        cmocka_unit_test(the_environment_names_folder_and_profile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
