/* One holder a file: the second is kept out and changes nothing; one that left, whichever way, keeps nobody out; and the lock, not
 * the text beside it, says who holds it, by whatever path it is looked at. */
#include "base/testing.h"
#include "daemon/lock.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>

struct fixture {
    char dir[32];
    char pid[64];
};

static int setup(void **state) {
    static struct fixture fixture;
    (void)snprintf(fixture.dir, sizeof fixture.dir, "/tmp/avocado-lock-XXXXXX");
    if (mkdtemp(fixture.dir) == NULL) {
        return -1;
    }
    (void)snprintf(fixture.pid, sizeof fixture.pid, "%s/host.pid", fixture.dir);
    *state = &fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    (void)unlink(fixture->pid);
    return rmdir(fixture->dir);
}

/* A child that holds it, until it is ended. */
static pid_t holder_start(const struct fixture *fixture) {
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        int fd = avo_lock_take(fixture->dir, "host.pid");
        (void)!write(ready[1], fd >= 0 ? "y" : "n", 1);
        (void)pause();
        _exit(fd);
    }
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    (void)close(ready[0]);
    return child;
}

static void holder_end(pid_t child) {
    (void)kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void text_is(const char *path, pid_t pid) {
    char text[32];
    char expected[32];
    int fd = open(path, O_RDONLY);
    ssize_t length = read(fd, text, sizeof text - 1);
    (void)close(fd);
    assert_true(length > 0);
    text[length] = '\0';
    (void)snprintf(expected, sizeof expected, "%d\n", (int)pid);
    assert_string_equal(text, expected);
}

static void who_comes_second_is_kept_out(void **state) {
    struct fixture *fixture = *state;
    pid_t child = holder_start(fixture);
    assert_int_equal(avo_lock_take(fixture->dir, "host.pid"), -1);
    assert_int_equal(errno, EWOULDBLOCK);
    text_is(fixture->pid, child);
    holder_end(child);
    int fd = avo_lock_take(fixture->dir, "host.pid");
    assert_true(fd >= 0);
    text_is(fixture->pid, getpid());
    (void)close(fd);
}

static void who_left_keeps_nobody_out(void **state) {
    struct fixture *fixture = *state;
    pid_t first = holder_start(fixture);
    assert_int_equal(unlink(fixture->pid), 0); /* as one that ends does, before its lock goes */
    pid_t second = holder_start(fixture);
    holder_end(first);
    assert_int_equal(avo_lock_take(fixture->dir, "host.pid"), -1);
    holder_end(second);
}

static void the_lock_names_its_holder(void **state) {
    struct fixture *fixture = *state;
    char other[64];
    assert_int_equal(avo_lock_holder(fixture->pid), 0);
    pid_t child = holder_start(fixture);
    (void)snprintf(other, sizeof other, "%s/other", fixture->dir);
    assert_int_equal(rename(fixture->pid, other), 0);
    int fd = open(other, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, "1\n", 2), 2);
    (void)close(fd);
    assert_int_equal(avo_lock_holder(other), child);
    holder_end(child);
    assert_int_equal(avo_lock_holder(other), 0);
    assert_int_equal(unlink(other), 0);
}

/* What cannot be looked at may be held: nothing is to be thrown away then. */
static void what_cannot_be_seen_counts_as_held(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(symlink("host.pid", fixture->pid), 0);
    assert_int_equal(avo_lock_holder(fixture->pid), AVO_LOCK_HIDDEN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_comes_second_is_kept_out, setup, teardown),
        cmocka_unit_test_setup_teardown(who_left_keeps_nobody_out, setup, teardown),
        cmocka_unit_test_setup_teardown(the_lock_names_its_holder, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_seen_counts_as_held, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
