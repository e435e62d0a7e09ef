/* The log: one line an event, of one shape, whatever caused it. */
#include "base/assert.h"
#include "daemon/log.h"
#include "daemon/log_relay.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

static char path[] = "/tmp/avocado-log-test-XXXXXX";
static char text[1 << 20];

static int file_open(void **state) {
    (void)state;
    int fd = mkstemp(path);
    close(fd);
    return fd >= 0 && avo_log_file(path) ? 0 : -1;
}

static int file_remove(void **state) {
    (void)state;
    return unlink(path);
}

/* All that was written since the last call. */
static const char *written(void) {
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    assert_int_equal(truncate(path, 0), 0);
    return text;
}

/* 2026-11-25T19:46:18.123456Z, which no level may hide. */
static const char *after_time(const char *line) {
    static const char shape[] = "dddd-dd-ddTdd:dd:dd.ddddddZ ";
    for (size_t i = 0; i < sizeof shape - 1; i++) {
        assert_true(shape[i] == 'd' ? line[i] >= '0' && line[i] <= '9' : line[i] == shape[i]);
    }
    return line + sizeof shape - 1;
}

static void a_line_is_time_level_program_text(void **state) {
    (void)state;
    avo_log_name("avocado-node: slot 3");
    avo_log_warn("the %s is late", "train");
    assert_string_equal(after_time(written()), "warn avocado-node: slot 3: the train is late\n");
}

/* In a child, which the trap ends. */
static void a_broken_promise_is_a_line_before_the_trap(void **state) {
    (void)state;
    int status = 0;
    avo_log_name("avocado-node: slot 3");
    pid_t child = fork();
    if (child == 0) {
        (void)signal(SIGILL, SIG_DFL); /* cmocka would go on */
        (void)signal(SIGTRAP, SIG_DFL);
        AVO_ASSERT(path[0] == 'x');
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    const char *line = after_time(written());
    assert_non_null(strstr(line, "error avocado-node: slot 3: broken promise at "));
    assert_non_null(strstr(line, "path[0] == 'x'"));
}

/* More than any machine has. */
static void no_memory_is_a_line_and_an_end(void **state) {
    (void)state;
    int status = 0;
    avo_log_name("avocado-cas");
    pid_t child = fork();
    if (child == 0) {
        free(avo_log_allocate(NULL, (size_t)1 << 60));
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 2);
    assert_string_equal(after_time(written()),
                        "error avocado-cas: no memory for 1152921504606846976 bytes: free some, then start again\n");
}

/* A sanitizer would end the program itself. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "allocator_may_return_null=1";
}

static void what_matters_less_is_left_out(void **state) {
    (void)state;
    enum avo_log_level level;
    assert_true(avo_log_level_read("warn", &level));
    assert_false(avo_log_level_read("loud", &level));
    avo_log_limit(level);
    avo_log_info("one");
    avo_log_debug("two");
    avo_log_error("three");
    assert_non_null(strstr(written(), "three"));
    assert_null(strstr(text, "one"));
    assert_null(strstr(text, "two"));
    avo_log_limit(AVO_LOG_INFO);
}

static void no_text_makes_a_line_of_its_own(void **state) {
    (void)state;
    avo_log_info("a name\n2026-01-01T00:00:00.000000Z error forged \x1b[2J");
    (void)written();
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    assert_null(strchr(text, '\x1b'));
}

static void a_measured_program_has_its_lines_carried(void **state) {
    (void)state;
    struct avo_log_relay relay;
    assert_true(avo_log_relay_open(&relay));
    const char lines[] = "<4>avocado-enclave: slot 0: look\n<7>avocado-enclave: quiet\nno level\n<6>half a";
    assert_int_equal(write(relay.write_fd, lines, sizeof lines - 1), sizeof lines - 1);
    assert_true(avo_log_relay_pump(&relay, 100));
    (void)after_time(written());
    assert_non_null(strstr(text, " warn avocado-enclave: slot 0: look\n"));
    assert_non_null(strstr(text, " warn no level\n"));
    assert_null(strstr(text, "quiet"));
    assert_null(strstr(text, "half"));
    close(relay.write_fd);
    assert_false(avo_log_relay_pump(&relay, 100));
    assert_non_null(strstr(written(), " info half a\n"));
}

static void a_flood_is_counted_not_written(void **state) {
    (void)state;
    struct avo_log_relay relay;
    size_t lines = 0;
    assert_true(avo_log_relay_open(&relay));
    for (int i = 0; i < 4 * AVO_LOG_RELAY_MAX_COUNT; i++) {
        char line[32];
        int length = snprintf(line, sizeof line, "<6>x: %d\n", i);
        assert_int_equal(write(relay.write_fd, line, (size_t)length), length);
        assert_true(avo_log_relay_pump(&relay, 100));
    }
    written();
    for (const char *at = strchr(text, '\n'); at != NULL; at = strchr(at + 1, '\n')) {
        lines++;
    }
    assert_int_equal(lines, AVO_LOG_RELAY_MAX_COUNT);
    assert_int_equal(write(relay.write_fd, "<6>x: z\n", 8), 8);
    assert_true(avo_log_relay_pump(&relay, 111));
    assert_non_null(strstr(written(), "1500 lines"));
    assert_non_null(strstr(text, "x: z"));
    close(relay.write_fd);
    assert_false(avo_log_relay_pump(&relay, 111));
}

/* In a child, whose standard error is a pipe, or the log itself, or closed. */
static void errors_are_seen_where_it_was_started(void **state) {
    (void)state;
    enum { PIPE, LOG, CLOSED, COUNT };
    avo_log_name("avocado-node: slot 3");
    for (int kind = 0; kind < COUNT; kind++) {
        int pair[2];
        int status = 0;
        char seen[512];
        assert_int_equal(pipe(pair), 0);
        pid_t child = fork();
        if (child == 0) {
            int log = open(path, O_WRONLY | O_APPEND);
            (void)(kind == CLOSED ? close(STDERR_FILENO) : dup2(kind == PIPE ? pair[1] : log, STDERR_FILENO));
            bool good = avo_log_file(path);
            avo_log_warn("quiet");
            avo_log_error("the port is taken");
            _exit(good ? 0 : 1);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        (void)close(pair[1]);
        ssize_t length = read(pair[0], seen, sizeof seen - 1);
        (void)close(pair[0]);
        assert_true(length >= 0);
        seen[length] = '\0';
        const char *error = strstr(written(), "error avocado-node: slot 3: the port is taken\n");
        assert_non_null(error);
        assert_null(strstr(error + 1, "error "));
        assert_true(kind != PIPE ? length == 0 : strcmp(after_time(seen), error) == 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_time_level_program_text),
        cmocka_unit_test(errors_are_seen_where_it_was_started),
        cmocka_unit_test(what_matters_less_is_left_out),
        cmocka_unit_test(a_broken_promise_is_a_line_before_the_trap),
        cmocka_unit_test(no_memory_is_a_line_and_an_end),
        cmocka_unit_test(no_text_makes_a_line_of_its_own),
        cmocka_unit_test(a_measured_program_has_its_lines_carried),
        cmocka_unit_test(a_flood_is_counted_not_written),
    };
    return cmocka_run_group_tests(tests, file_open, file_remove);
}
