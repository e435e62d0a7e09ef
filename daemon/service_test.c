/* One daemon a folder: who comes second is kept out and changes nothing; who left, whichever way, keeps nobody out. */
#include "base/testing.h"
#include "daemon/log.h"
#include "daemon/service.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
    char dir[32];
    char pid[64];
    char log[64];
};

static void read_file(const char *path, char *text, size_t capacity) {
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    text[fread(text, 1, capacity - 1, file)] = '\0';
    (void)fclose(file);
}

static int setup(void **state) {
    static struct fixture fixture;
    (void)snprintf(fixture.dir, sizeof fixture.dir, "/tmp/avocado-service-XXXXXX");
    if (mkdtemp(fixture.dir) == NULL) {
        return -1;
    }
    (void)snprintf(fixture.pid, sizeof fixture.pid, "%s/host.pid", fixture.dir);
    (void)snprintf(fixture.log, sizeof fixture.log, "%s/log", fixture.dir);
    avo_log_name("avocado-test");
    *state = &fixture;
    return avo_log_file(fixture.log) ? 0 : -1;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    (void)unlink(fixture->pid);
    (void)unlink(fixture->log);
    return rmdir(fixture->dir);
}

static void a_lock_holds_the_process_id(void **state) {
    struct fixture *fixture = *state;
    char text[32];
    char expected[32];
    int fd = avo_service_lock(fixture->dir, "host.pid");
    assert_true(fd >= 0);
    (void)snprintf(expected, sizeof expected, "%d\n", (int)getpid());
    read_file(fixture->pid, text, sizeof text);
    assert_string_equal(text, expected);
    (void)close(fd);
}

static void who_comes_second_is_kept_out(void **state) {
    struct fixture *fixture = *state;
    char text[512];
    int fd = avo_service_lock(fixture->dir, "host.pid");
    assert_true(fd >= 0);
    assert_int_equal(avo_service_lock(fixture->dir, "host.pid"), -1);
    assert_int_equal(errno, EWOULDBLOCK);
    assert_int_equal(avo_service_folder_take(fixture->dir, "host.pid", "node"), AVO_SERVICE_REFUSED);
    read_file(fixture->log, text, sizeof text);
    assert_non_null(strstr(text, fixture->dir));
    assert_non_null(strstr(text, ": another node serves it: stop that one"));
    (void)close(fd);
}

static void who_left_keeps_nobody_out(void **state) {
    struct fixture *fixture = *state;
    int first = avo_service_lock(fixture->dir, "host.pid");
    assert_true(first >= 0);
    assert_int_equal(unlink(fixture->pid), 0); /* as one that ends does, before its lock goes */
    int second = avo_service_lock(fixture->dir, "host.pid");
    assert_true(second >= 0);
    (void)close(first);
    assert_int_equal(avo_service_lock(fixture->dir, "host.pid"), -1);
    (void)close(second);
    assert_int_equal(avo_service_folder_take(fixture->dir, "host.pid", "node"), 0);
}

static void a_folder_that_is_not_there_is_named(void **state) {
    struct fixture *fixture = *state;
    char text[1024];
    assert_int_equal(avo_service_folder_take("/nonexistent", "host.pid", "node"), AVO_SERVICE_REFUSED);
    read_file(fixture->log, text, sizeof text);
    assert_non_null(strstr(text, "host.pid in /nonexistent: No such file or directory: make room or give access"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_lock_holds_the_process_id, setup, teardown),
        cmocka_unit_test_setup_teardown(who_comes_second_is_kept_out, setup, teardown),
        cmocka_unit_test_setup_teardown(who_left_keeps_nobody_out, setup, teardown),
        cmocka_unit_test_setup_teardown(a_folder_that_is_not_there_is_named, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
