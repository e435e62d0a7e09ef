/* Settings: the same rules for command line and file, the command line first, and a line that says what is wrong where. */
#include "daemon/log.h"
#include "daemon/settings.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static char path[] = "/tmp/avocado-settings-test-XXXXXX";

struct sample {
    uint32_t count;
    const char *name;
    bool loud;
    struct avo_address at;
    const char *place;
    struct avo_settings settings;
    char why[AVO_SETTINGS_WHY_BYTES];
};

static enum avo_error read_line(struct sample *sample, int argc, char **argv) {
    const struct avo_setting settings[] = {
        {"--count", AVO_SETTING_NUMBER, &sample->count, "N", 3, 9, true, .help = "how many"},
        {"--some-name", AVO_SETTING_TEXT, &sample->name, "NAME", .help = "of what"},
        {"--loud", AVO_SETTING_FLAG, &sample->loud, .help = "say it"},
        {"--place", AVO_SETTING_PATH, &sample->place, "PATH", .help = "in which folder"},
        {"--at", AVO_SETTING_ENDPOINT, &sample->at, "ADDR:PORT", .help = "where"},
    };
    const struct avo_settings_usage usage = {
        .program = "sample", .summary = "", .settings = settings, .count = AVO_COUNT(settings), .manual = "sample(8)"};
    *sample = (struct sample){0};
    return avo_settings_read(&usage, argc, argv, &sample->settings, sample->why);
}

/* A file of this text, and a command line that names it and perhaps two words more. */
static enum avo_error read_file(struct sample *sample, const char *text, char *option, char *value) {
    char *line[] = {"sample", "--config", path, option, value};
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return read_line(sample, option == NULL ? 3 : 5, line);
}

static int file_open(void **state) {
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int file_remove(void **state) {
    (void)state;
    return unlink(path);
}

static void the_file_is_read_and_the_line_wins(void **state) {
    (void)state;
    struct sample sample;
    const char text[] = "# a comment\ncount = 4\nsome-name = \"abc\"; loud = true\nat = \"[::1]:7\"\n";
    assert_int_equal(read_file(&sample, text, NULL, NULL), AVO_OK);
    assert_int_equal(sample.count, 4);
    assert_string_equal(sample.name, "abc");
    assert_true(sample.loud);
    assert_int_equal(sample.at.port, 7);
    avo_settings_close(&sample.settings);
    assert_int_equal(read_file(&sample, text, "--count", "5"), AVO_OK);
    assert_int_equal(sample.count, 5);
    avo_settings_close(&sample.settings);
}

/* The part of a daemon that runs in a TEE has another folder to start from. */
static void paths_are_handed_on_whole(void **state) {
    (void)state;
    struct sample sample;
    char folder[4096], whole[4200];
    const char *handed[2 * AVO_SETTINGS_MAX_COUNT + 2];
    char *relative[] = {"sample", "--count", "3", "--place", "a/b"};
    char *absolute[] = {"sample", "--count", "3", "--place", "/a/b"};
    assert_non_null(getcwd(folder, sizeof folder));
    (void)snprintf(whole, sizeof whole, "%s/a/b", folder);
    assert_int_equal(read_line(&sample, 5, relative), AVO_OK);
    assert_string_equal(sample.place, whole);
    assert_int_equal(avo_settings_line(&sample.settings, "sample", "at", handed), 5);
    assert_string_equal(handed[4], whole);
    avo_settings_close(&sample.settings);
    assert_int_equal(read_line(&sample, 5, absolute), AVO_OK);
    assert_string_equal(sample.place, "/a/b");
    avo_settings_close(&sample.settings);
}

static void every_mistake_is_named_with_its_line(void **state) {
    (void)state;
    const struct {
        const char *text;
        const char *where;
        const char *what;
    } mistakes[] = {
        {"count = 4\nfrobnicate = 1\n", ":2: frobnicate", "no such setting"},
        {"count = 4\nconfig = \"x\"\n", ":2: config", "no such setting"},
        {"\n\ncount = 10\n", ":3: count 10", "3 to 9"},
        {"count = -4\n", ":1: count -4", "3 to 9"},
        {"# 12345678901\ncount = 4294967299\n", ":2: ", "smaller"},
        {"count = 0x100000004\n", ":1: ", "smaller"},
        {"count = 4\nsome-name = \"\\\"1234567890123\"; loud = 12345678901\n", ":2: ", "smaller"},
        {"count = \"4\"\n", ":1: count", "without quotes"},
        {"count = 4.5\n", ":1: count", "neither"},
        {"count = true\n", ":1: count", "not a number"},
        {"count = 4\nloud = \"true\"\n", ":2: loud", "true nor false"},
        {"count = 4\nsome-name = 7\n", ":2: some-name", "quotes"},
        {"count = 4\nsome-name = \"\"\n", ":2: some-name", "empty"},
        {"count = 4\nat = \"host:7\"\n", ":2: at host:7", "numeric address"},
        {"count = 4\nat = [1, 2]\n", ":2: at", "neither"},
        {"count = 4\ncount = 5\n", ":2: ", "once"},
        {"count = \n", ":2: ", "name = value"},
        {"count: { x = 1 }\n", ":1: count", "neither"},
        {"count = 4\nlog-level = \"loud\"\n", ":2: log-level loud", "warn"},
        {"loud = true\n", "count", "missing"},
        {"", "count", "missing"},
    };
    for (size_t i = 0; i < AVO_COUNT(mistakes); i++) {
        struct sample sample;
        assert_int_equal(read_file(&sample, mistakes[i].text, NULL, NULL), AVO_EINVAL);
        print_message("%s\n", sample.why);
        assert_int_equal(strncmp(sample.why, path, strlen(path)), 0);
        assert_non_null(strstr(sample.why, mistakes[i].where));
        assert_non_null(strstr(sample.why, mistakes[i].what));
        assert_null(strchr(sample.why, '\n'));
        avo_settings_close(&sample.settings);
    }
}

/* What goes inside is the key, not the name of a file on the host. */
static void a_key_may_lie_in_a_file(void **state) {
    (void)state;
    static const char digits[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    uint8_t key[AVO_SETTING_KEY_BYTES] = {0};
    const struct avo_setting setting = {"--key", AVO_SETTING_KEY, key, "FILE|HEX", .help = "whose"};
    struct avo_settings_usage usage = {.program = "sample", .summary = "", .settings = &setting, .count = 1, .manual = "sample(8)"};
    struct avo_settings settings;
    char why[AVO_SETTINGS_WHY_BYTES];
    const char *line[4];
    char *named[] = {"sample", "--key", path};
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fprintf(file, "%s\n", digits) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(avo_settings_read(&usage, 3, named, &settings, why), AVO_OK);
    assert_int_equal(key[1], 0x11);
    assert_int_equal(avo_settings_line(&settings, "inside", "", line), 3);
    assert_string_equal(line[2], digits);
    avo_settings_close(&settings);
    usage.inside = true;
    assert_int_equal(avo_settings_read(&usage, 3, named, &settings, why), AVO_EINVAL);
    avo_settings_close(&settings);
}

static void what_is_no_key_is_told_by_its_cause(void **state) {
    (void)state;
    const struct {
        char *given;
        const char *said;
    } wrong[] = {
        {"/none/such.key", "--key /none/such.key: not 64 hex digits, and as a file: No such file or directory: give one of them"},
        {"/", "--key /: not 64 hex digits, and as a file: Is a directory: give one of them"},
        {"/dev/null", "--key /dev/null: neither 64 hex digits nor a file that holds them: give one"},
        {"/etc/passwd", "--key /etc/passwd: neither 64 hex digits nor a file that holds them: give one"},
    };
    uint8_t key[AVO_SETTING_KEY_BYTES];
    const struct avo_setting setting = {"--key", AVO_SETTING_KEY, key, "FILE|HEX", .help = "whose"};
    const struct avo_settings_usage usage = {
        .program = "sample", .summary = "", .settings = &setting, .count = 1, .manual = "sample(8)"};
    for (size_t i = 0; i < AVO_COUNT(wrong); i++) {
        struct avo_settings settings;
        char why[AVO_SETTINGS_WHY_BYTES];
        char *line[] = {"sample", "--key", wrong[i].given};
        assert_int_equal(avo_settings_read(&usage, 3, line, &settings, why), AVO_EINVAL);
        assert_string_equal(why, wrong[i].said);
        avo_settings_close(&settings);
    }
}

static void a_file_that_is_not_there_is_named(void **state) {
    (void)state;
    struct sample sample;
    char *line[] = {"sample", "--count", "4", "--config", "/nowhere/at/all"};
    assert_int_equal(read_line(&sample, 5, line), AVO_EINVAL);
    assert_non_null(strstr(sample.why, "/nowhere/at/all"));
    avo_settings_close(&sample.settings);
}

static void check_sets_nothing_up(void **state) {
    (void)state;
    struct sample sample;
    char *line[] = {"sample", "--count", "4", "--check", "--log-file", "/tmp/avocado-no-log-yet"};
    assert_int_equal(read_line(&sample, 6, line), AVO_OK);
    assert_int_equal(access(line[5], F_OK), -1);
    assert_true(sample.settings.check);
    avo_settings_close(&sample.settings);
    char *wrong[] = {"sample", "--count", "99", "--check"};
    assert_int_equal(read_line(&sample, 4, wrong), AVO_EINVAL);
    avo_settings_close(&sample.settings);
}

/* What the check lets pass must not fail the start, and the reverse. */
static void a_log_that_cannot_be_is_named(void **state) {
    (void)state;
    static const struct {
        char *file;
        const char *why;
    } cases[] = {
        {"/nowhere/at/all", "No such file or directory"}, {"/tmp", "Is a directory"}, {"/etc/passwd/x", "Not a directory"}};
    for (size_t i = 0; i < AVO_COUNT(cases); i++) {
        for (int check = 0; check < 2; check++) {
            struct sample sample;
            char *line[] = {"sample", "--count", "4", "--log-file", cases[i].file, "--check"};
            assert_int_equal(read_line(&sample, 5 + check, line), AVO_EINVAL);
            assert_non_null(strstr(sample.why, cases[i].file));
            assert_non_null(strstr(sample.why, cases[i].why));
            assert_non_null(strstr(sample.why, "make its folder"));
            avo_settings_close(&sample.settings);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_is_read_and_the_line_wins),
        cmocka_unit_test(paths_are_handed_on_whole),
        cmocka_unit_test(every_mistake_is_named_with_its_line),
        cmocka_unit_test(a_key_may_lie_in_a_file),
        cmocka_unit_test(what_is_no_key_is_told_by_its_cause),
        cmocka_unit_test(a_file_that_is_not_there_is_named),
        cmocka_unit_test(check_sets_nothing_up),
        cmocka_unit_test(a_log_that_cannot_be_is_named),
    };
    return cmocka_run_group_tests(tests, file_open, file_remove);
}
