/* The LAS's shell at its edges: an enclave's host on descriptor 0, calls that fail or are interrupted, at either kind of peer. */
#include "daemon/socket.h"
#include "las/server_testing.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define QUIET_MS 300

/* What the next call of the shell fails with, and how often one has: recv on a socket of this family, poll. */
static _Thread_local bool is_shell;
static _Atomic int recv_fails, recv_family, poll_fails;
static _Atomic uint32_t failed;
static bool ended; /* the test waited for its end */

static bool fails(_Atomic int *with) {
    if (!is_shell || *with == 0) {
        return false;
    }
    errno = *with;
    *with = 0;
    failed++;
    return true;
}

ssize_t recv(int fd, void *to, size_t capacity, int flags) {
    int family = 0;
    socklen_t size = sizeof family;
    (void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size);
    if (family == recv_family && fails(&recv_fails)) {
        return -1;
    }
    return syscall(SYS_recvfrom, fd, to, capacity, flags, NULL, NULL);
}

int poll(struct pollfd *fds, nfds_t count, int wait_ms) {
    if (count > 1 && fails(&poll_fails)) { /* not that of the dialling end */
        return -1;
    }
    struct timespec wait = {wait_ms / 1000, wait_ms % 1000 * 1000000L};
    return (int)syscall(SYS_ppoll, fds, count, wait_ms < 0 ? NULL : &wait, NULL, 0);
}

static void nothing(void *context, const uint8_t *data, struct avo_buffer *to) {
    (void)context;
    (void)data;
    (void)to;
}

static void *run(void *argument) {
    struct world *world = argument;
    is_shell = true;
    world->ending = avo_las_server_run(world->server);
    return NULL;
}

static int setup(void **state) {
    recv_fails = poll_fails = 0;
    failed = 0;
    ended = false;
    struct world *world = world_open(&(struct world_config){82, nothing, nothing, run});
    assert_true(world_readable(world->cas_listener, WORLD_WAIT_MS)); /* it has dialled */
    *state = world;
    return 0;
}

static int teardown(void **state) {
    struct world *world = *state;
    if (!ended) {
        (void)close(world->outside[0]);
        assert_int_equal(pthread_join(world->thread, NULL), 0);
        assert_int_equal(world->ending, AVO_WATCH_TOLD);
    }
    world_close(world);
    return 0;
}

static ssize_t ask_target(int fd) {
    uint8_t answer[AVO_LOCAL_MAX_BYTES];
    return world_ask_target(fd, answer);
}

static ssize_t ask(int fd, const char *message) {
    uint8_t answer[AVO_LOCAL_MAX_BYTES];
    return world_ask(fd, avo_slice_string(message), answer);
}

/* Connects from a descriptor other than 0, which is free: the shell's own end gets it. */
static int connect_to_zero(const struct world *world) {
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    (void)snprintf(to.sun_path, sizeof to.sun_path, "%s", world->path);
    int first = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    int fd = fcntl(first, F_DUPFD_CLOEXEC, 3);
    assert_int_equal(first, STDIN_FILENO);
    (void)close(first);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void descriptor_zero_is_one_as_any_other(void **state) {
    struct world *world = *state;
    int input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    (void)close(STDIN_FILENO);
    int zero = connect_to_zero(world);
    assert_true(ask_target(zero) > 0);
    assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
    int other = avo_socket_connect(world->path);
    assert_true(ask_target(other) > 0 && ask_target(zero) > 0);
    assert_int_equal(ask(zero, "junk"), 0);
    assert_int_equal(fcntl(STDIN_FILENO, F_GETFD), -1); /* closed, not forgotten */
    assert_true(ask_target(other) > 0);
    (void)close(other);
    (void)close(zero);
    if (input >= 0) {
        assert_int_equal(dup2(input, STDIN_FILENO), STDIN_FILENO);
        (void)close(input);
    }
}

static void an_interrupted_call_is_made_again(void **state) {
    struct world *world = *state;
    int enclave = avo_socket_connect(world->path);
    assert_true(ask_target(enclave) > 0);
    recv_family = AF_UNIX;
    recv_fails = EINTR;
    assert_true(ask_target(enclave) > 0);
    recv_fails = EAGAIN;
    assert_true(ask_target(enclave) > 0);
    poll_fails = EINTR;
    assert_true(ask_target(enclave) > 0 && ask_target(enclave) > 0);
    assert_int_equal(failed, 3);
    recv_fails = ECONNRESET;
    assert_true(ask(enclave, "x") <= 0); /* its end, as any */
    (void)close(enclave);
}

static void a_poll_that_fails_is_the_end(void **state) {
    struct world *world = *state;
    int enclave = avo_socket_connect(world->path);
    poll_fails = EINVAL;
    assert_int_equal(send(enclave, "x", 1, MSG_NOSIGNAL), 1);
    assert_int_equal(pthread_join(world->thread, NULL), 0);
    assert_int_equal(world->ending, AVO_WATCH_DONE);
    ended = true;
    (void)close(enclave);
}

static void only_an_error_of_the_connection_makes_it_dial_again(void **state) {
    struct world *world = *state;
    static const int errors[] = {EINTR, EAGAIN, ECONNRESET};
    int cas = accept(world->cas_listener, NULL, NULL);
    assert_true(world_readable(cas, WORLD_WAIT_MS));
    recv_family = AF_INET;
    for (uint32_t i = 0; i < AVO_COUNT(errors); i++) {
        recv_fails = errors[i];
        assert_int_equal(send(cas, &"avocado"[i], 1, MSG_NOSIGNAL), 1); /* of its first words: more has to come */
        bool again = errors[i] == ECONNRESET;
        assert_int_equal(world_readable(world->cas_listener, again ? WORLD_WAIT_MS : QUIET_MS), again);
        assert_int_equal(failed, i + 1);
    }
    (void)close(cas);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(descriptor_zero_is_one_as_any_other, setup, teardown),
        cmocka_unit_test_setup_teardown(an_interrupted_call_is_made_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_poll_that_fails_is_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(only_an_error_of_the_connection_makes_it_dial_again, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
