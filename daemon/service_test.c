/* One daemon a folder: the second is kept out, and hears why. */
#include "base/testing.h"
#include "daemon/log.h"
#include "daemon/service.h"
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

/* In a child: a process keeps only others out. */
static void who_comes_second_is_kept_out(void **state) {
    struct fixture *fixture = *state;
    char text[512];
    assert_int_equal(avo_service_folder_take(fixture->dir, "host.pid", "node"), 0);
    pid_t child = fork();
    if (child == 0) {
        _exit(avo_service_folder_take(fixture->dir, "host.pid", "node"));
    }
    assert_int_equal(testing_child_status(child), AVO_SERVICE_REFUSED);
    read_file(fixture->log, text, sizeof text);
    assert_non_null(strstr(text, fixture->dir));
    assert_non_null(strstr(text, ": another node serves it: stop that one"));
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
        cmocka_unit_test_setup_teardown(who_comes_second_is_kept_out, setup, teardown),
        cmocka_unit_test_setup_teardown(a_folder_that_is_not_there_is_named, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
