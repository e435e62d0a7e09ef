/* A log that grows: it has a limit and puts earlier files aside, is opened again when somebody moved it, and strangers cannot fill
 * it. */
#include "base/testing.h"
#include "daemon/log.h"
#include "daemon/log_relay.h"
#include <fcntl.h>
#include <sys/stat.h>

#define LIMIT_BYTES 1000

static char dir[] = "/tmp/avocado-log-file-XXXXXX";
static char path[64];
static char text[1 << 16];

static int folder_make(void **state) {
    (void)state;
    if (mkdtemp(dir) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/log", dir);
    avo_log_name("avocado-test");
    return avo_log_file(path) ? 0 : -1;
}

static int folder_remove(void **state) {
    (void)state;
    char name[80];
    for (int i = 0; i < 5; i++) {
        (void)snprintf(name, sizeof name, i == 0 ? "%s" : "%s.%d", path, i);
        (void)unlink(name);
    }
    return rmdir(dir);
}

static int file_empty(void **state) {
    (void)state;
    avo_log_size(0, 0);
    return truncate(path, 0);
}

/* The text of FILE.`number`, or of FILE itself; NULL when there is none. */
static const char *read_file(int number) {
    char name[80];
    (void)snprintf(name, sizeof name, number == 0 ? "%s" : "%s.%d", path, number);
    FILE *file = fopen(name, "re");
    if (file == NULL) {
        return NULL;
    }
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    return text;
}

static unsigned count_of(const char *what) {
    unsigned count = 0;
    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what)) {
        count++;
    }
    return count;
}

/* Through a file made for the test, whose length is known to the log. */
static void a_file_that_is_full_is_put_aside(void **state) {
    (void)state;
    avo_log_reopen();
    avo_log_size(LIMIT_BYTES, 2);
    for (int i = 0; i < 100; i++) {
        avo_log_info("line %d of a hundred", i);
    }
    size_t total = 0;
    for (int number = 0; number <= 2; number++) {
        const char *part = read_file(number);
        assert_non_null(part);
        assert_in_range(strlen(part), 1, LIMIT_BYTES);
        total += count_of("of a hundred");
        assert_ptr_equal(part + strlen(part) - 1, strrchr(part, '\n'));
    }
    assert_in_range(total, 20, 50);
    assert_null(read_file(3));
    assert_non_null(strstr(read_file(0), "line 99"));
}

static void one_that_is_not_to_be_kept_begins_again(void **state) {
    (void)state;
    struct stat before, after;
    avo_log_reopen();
    avo_log_size(LIMIT_BYTES, 0);
    assert_int_equal(stat(path, &before), 0);
    for (int i = 0; i < 100; i++) {
        avo_log_info("line %d of a hundred", i);
    }
    assert_int_equal(stat(path, &after), 0);
    assert_true(before.st_ino == after.st_ino);
    assert_in_range(strlen(read_file(0)), 1, LIMIT_BYTES);
    assert_non_null(strstr(text, "line 99"));
}

/* As logrotate does, whose mode the next file has too. */
static void one_that_was_moved_is_opened_again(void **state) {
    (void)state;
    char moved[80];
    struct stat status;
    (void)snprintf(moved, sizeof moved, "%s.4", path);
    avo_log_info("before");
    assert_int_equal(rename(path, moved), 0);
    avo_log_info("between");
    avo_log_reopen();
    avo_log_info("after");
    assert_non_null(strstr(read_file(4), "between"));
    assert_non_null(strstr(read_file(0), "after"));
    assert_null(strstr(text, "between"));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0027, 0);
}

/* In a child, whose standard error is the log, as below `avocado up`. */
static void standard_error_follows_its_file(void **state) {
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        int fd = open(path, O_WRONLY | O_APPEND);
        (void)dup2(fd, STDERR_FILENO);
        bool good = avo_log_file(path) && avo_log_put_aside(path, 1);
        avo_log_reopen();
        (void)!write(STDERR_FILENO, "a library's word\n", 17);
        _exit(good ? 0 : 1);
    }
    assert_int_equal(testing_child_status(child), 0);
    avo_log_reopen();
    assert_non_null(strstr(read_file(0), "a library's word"));
}

static void strangers_are_said_once_a_second(void **state) {
    (void)state;
    avo_log_reopen();
    for (int i = 0; i < 500; i++) {
        avo_log_seldom(AVO_LOG_INFO, "nonsense came", "connection %d: nonsense", i);
        avo_log_seldom(AVO_LOG_WARN, "somebody was refused", "slot %d: refused", i);
    }
    avo_log_info("what is no stranger's stays");
    avo_log_info("what is no stranger's stays");
    (void)read_file(0);
    assert_in_range(count_of(": nonsense\n"), 1, 2); /* a second may have begun meanwhile */
    assert_in_range(count_of(": refused\n"), 1, 2);
    assert_int_equal(count_of("stays"), 2);
    (void)usleep(1100000);
    avo_log_seldom(AVO_LOG_INFO, "nonsense came", "connection 500: nonsense");
    (void)read_file(0);
    const char *count = strstr(text, "info avocado-test: left out ");
    assert_non_null(count);
    assert_non_null(strstr(count, " more lines of this kind: nonsense came\n"));
    assert_non_null(strstr(count, "connection 500: nonsense"));
    assert_null(strstr(text, "of this kind: somebody was refused"));
    avo_log_tick();
    assert_non_null(strstr(read_file(0), " more lines of this kind: somebody was refused\n"));
    avo_log_tick();
    (void)read_file(0);
    assert_in_range(count_of("of this kind"), 2, 4);
}

/* More kinds than there are places for: none is lost, and none is taken for another. */
static void many_kinds_are_all_said(void **state) {
    (void)state;
    avo_log_reopen();
    for (int i = 0; i < 100; i++) {
        char kind[32];
        (void)snprintf(kind, sizeof kind, "kind %d", i);
        avo_log_seldom(AVO_LOG_INFO, kind, "first of %d", i);
    }
    (void)read_file(0);
    assert_int_equal(count_of("first of "), 100);
}

/* What a measured program says over and over, for whatever reason. */
static void a_measured_program_does_not_repeat_itself(void **state) {
    (void)state;
    struct avo_log_relay relay;
    static const char line[] = "<4>avocado-enclave: slot 0: CAS: trying again\n";
    avo_log_reopen();
    assert_true(avo_log_relay_open(&relay));
    for (int i = 0; i < 50; i++) {
        assert_int_equal(write(relay.write_fd, line, sizeof line - 1), sizeof line - 1);
    }
    (void)avo_log_relay_pump(&relay, 1);
    (void)read_file(0);
    assert_in_range(count_of("trying again"), 1, 3);
    (void)close(relay.write_fd);
    (void)avo_log_relay_pump(&relay, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_file_that_is_full_is_put_aside, file_empty),
        cmocka_unit_test_setup(one_that_is_not_to_be_kept_begins_again, file_empty),
        cmocka_unit_test_setup(one_that_was_moved_is_opened_again, file_empty),
        cmocka_unit_test_setup(standard_error_follows_its_file, file_empty),
        cmocka_unit_test_setup(strangers_are_said_once_a_second, file_empty),
        cmocka_unit_test_setup(many_kinds_are_all_said, file_empty),
        cmocka_unit_test_setup(a_measured_program_does_not_repeat_itself, file_empty),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
