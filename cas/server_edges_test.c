/* The CAS's shell at its edges: a peer on descriptor 0, a poll that fails, an address that cannot be had, what its log and its
 * sockets are set to. */
#include "cas/server_testing.h"
#include "daemon/address.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* What the next poll of a whole server fails with; and how often it has failed. */
static _Atomic int poll_fails;
static _Atomic uint32_t polls_failed;

int poll(struct pollfd *fds, nfds_t count, int wait_ms) {
    if (count > 1 && poll_fails != 0) {
        errno = poll_fails;
        poll_fails = 0;
        polls_failed++;
        return -1;
    }
    struct timespec wait = {wait_ms / 1000, wait_ms % 1000 * 1000000L};
    return (int)syscall(SYS_ppoll, fds, count, wait_ms < 0 ? NULL : &wait, NULL, 0);
}

/* Connects from a descriptor other than 0, which is free: the shell's own end gets it. */
static int connect_to_zero(const struct server_world *world) {
    struct sockaddr_storage to;
    int first = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int fd = fcntl(first, F_DUPFD_CLOEXEC, 3);
    assert_int_equal(first, STDIN_FILENO);
    (void)close(first);
    socklen_t length = avo_address_to_socket(&world->address, AF_INET, &to);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, length), 0);
    return fd;
}

static void descriptor_zero_is_one_as_any_other(void **state) {
    struct server_world *world = *state;
    int input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3), peers[SERVER_PEERS];
    (void)close(STDIN_FILENO);
    int type = 0;
    socklen_t size = sizeof type;
    peers[0] = connect_to_zero(world);
    peer_says(peers[0], "zero");
    peer_expect(peers[0], "zero");
    assert_int_equal(getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &size), 0);
    for (int i = 1; i < SERVER_PEERS; i++) {
        peers[i] = peer_connect(world);
        peer_says(peers[i], "here");
        peer_expect(peers[i], "here");
    }
    assert_true(world->opened[0] == 1 && world->opened[1] == 1 && world->opened[2] == 1);
    peer_says(peers[0], "close");
    peer_expect(peers[0], "close"); /* told to leave, and lingers */
    int late = peer_connect(world);
    peer_says(late, "late");
    peer_expect(late, "late");
    assert_true(world->crowds == 0 && world->opened[0] == 2);
    (void)close(late);
    wait_for(&world->closed[0], 1);
    for (int i = 0; i < SERVER_PEERS; i++) {
        (void)close(peers[i]);
    }
    wait_for(&world->closed[2], 1);
    if (input >= 0) {
        assert_int_equal(dup2(input, STDIN_FILENO), STDIN_FILENO);
        (void)close(input);
    }
}

static void an_interrupted_poll_is_made_again(void **state) {
    struct server_world *world = *state;
    int fd = peer_connect(world);
    peer_says(fd, "one");
    peer_expect(fd, "one");
    poll_fails = EINTR;
    wait_for(&polls_failed, 1);
    peer_says(fd, "two");
    peer_expect(fd, "two");
    (void)close(fd);
}

static void a_poll_that_fails_is_the_end(void **state) {
    struct server_world *world = *state;
    poll_fails = EINVAL;
    assert_int_equal(pthread_join(world->thread, NULL), 0);
    assert_int_equal(world->ending, AVO_WATCH_DONE);
    (void)close(world->cpu[0]);
    world->cpu[0] = -1; /* ended */
}

/* The shell's own end of a connection: in this process too. */
static int other_end(int fd) {
    struct sockaddr_in own, other;
    for (int at = 3; at < 256; at++) {
        socklen_t length = sizeof own, other_length = sizeof other;
        assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &length), 0);
        if (at != fd && getpeername(at, (struct sockaddr *)&other, &other_length) == 0 && other.sin_family == AF_INET &&
            other.sin_port == own.sin_port) {
            return at;
        }
    }
    return -1;
}

/* A peer whose machine is gone is noticed, and none can block the shell. */
static void a_connection_is_kept_alive_and_never_blocks(void **state) {
    struct server_world *world = *state;
    int fd = peer_connect(world), alive = 0;
    socklen_t size = sizeof alive;
    peer_says(fd, "here");
    peer_expect(fd, "here");
    int own = other_end(fd);
    assert_true(own >= 0);
    assert_int_equal(getsockopt(own, SOL_SOCKET, SO_KEEPALIVE, &alive, &size), 0);
    assert_int_equal(alive, 1);
    assert_true((fcntl(own, F_GETFL) & O_NONBLOCK) != 0 && (fcntl(own, F_GETFD) & FD_CLOEXEC) != 0);
    assert_true((fcntl(world->listener, F_GETFL) & O_NONBLOCK) != 0 && (fcntl(world->listener, F_GETFD) & FD_CLOEXEC) != 0);
    (void)close(fd);
}

/* IPv6 as well; and where there is no descriptor left, the reason is there to be told. */
static void it_listens_on_what_it_is_given(void **state) {
    (void)state;
    struct avo_address address;
    assert_int_equal(avo_address_parse("::1", 0, &address), AVO_OK);
    struct sockaddr_storage own = {0};
    socklen_t length = sizeof own;
    int fd = avo_server_listen(&address);
    if (fd >= 0) { /* a machine may have no IPv6 */
        assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &length), 0);
        assert_int_equal(own.ss_family, AF_INET6);
        (void)close(fd);
    } else {
        assert_true(errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(descriptor_zero_is_one_as_any_other, server_setup, server_teardown),
        cmocka_unit_test_setup_teardown(an_interrupted_poll_is_made_again, server_setup, server_teardown),
        cmocka_unit_test_setup_teardown(a_poll_that_fails_is_the_end, server_setup, server_teardown),
        cmocka_unit_test_setup_teardown(a_connection_is_kept_alive_and_never_blocks, server_setup, server_teardown),
        cmocka_unit_test(it_listens_on_what_it_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
