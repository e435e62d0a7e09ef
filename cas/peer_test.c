/* One connection of the shell: what goes out comes out whole and in order, whatever the socket takes at a time. */
#include "cas/peer.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

/* What send and recv do next: fail with this error once, or take so many bytes at most. */
static int fails;
static size_t at_most;

static bool takes_failure(void) {
    if (fails == 0) {
        return false;
    }
    errno = fails;
    fails = 0;
    return true;
}

ssize_t send(int fd, const void *bytes, size_t length, int flags) {
    assert_int_equal(flags, MSG_NOSIGNAL); /* a peer that is gone must not end the CAS by a signal */
    return takes_failure() ? -1 : syscall(SYS_sendto, fd, bytes, length < at_most ? length : at_most, flags, NULL, 0);
}

ssize_t recv(int fd, void *to, size_t capacity, int flags) {
    return takes_failure() ? -1 : syscall(SYS_recvfrom, fd, to, capacity, flags, NULL, NULL);
}

static struct avo_peer peer;
static int other;

static int setup(void **state) {
    (void)state;
    int pair[2];
    fails = 0;
    at_most = SIZE_MAX;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    memset(&peer, 0xff, sizeof peer);
    avo_peer_open(&peer, pair[0]);
    other = pair[1];
    return 0;
}

static int teardown(void **state) {
    (void)state;
    (void)close(other);
    if (peer.fd >= 0) {
        avo_peer_drop(&peer);
    }
    return 0;
}

static void expect(const char *text) {
    char got[64] = {0};
    ssize_t length = read(other, got, sizeof got - 1);
    assert_int_equal(length < 0 ? 0 : length, strlen(text));
    assert_string_equal(got, text);
}

static void what_is_queued_goes_out_in_order(void **state) {
    (void)state;
    assert_true(avo_peer_send(&peer, avo_slice_string("one ")) && avo_peer_send(&peer, avo_slice_string("two")));
    expect("");
    at_most = 3;
    assert_true(avo_peer_flush(&peer));
    expect("one two");
    assert_true(avo_peer_send(&peer, avo_slice_string("three")) && avo_peer_flush(&peer) && avo_peer_flush(&peer));
    expect("three");
    assert_int_equal(read(other, &(char){0}, 1), -1); /* nothing more, and not its end */
}

static void what_the_socket_does_not_take_now_waits(void **state) {
    (void)state;
    static const int passing[] = {EAGAIN, EINTR};
    for (size_t i = 0; i < AVO_COUNT(passing); i++) {
        assert_true(avo_peer_send(&peer, avo_slice_string("later")));
        fails = passing[i];
        assert_true(avo_peer_flush(&peer));
        assert_int_equal(peer.out_length, 5);
        assert_true(avo_peer_flush(&peer));
        assert_int_equal(peer.out_length, 0);
        expect("later");
    }
    assert_true(avo_peer_send(&peer, avo_slice_string("never")));
    (void)shutdown(other, SHUT_RD);
    assert_false(avo_peer_flush(&peer));
}

/* So many bytes a peer may leave unread; not one more is queued, and nothing of what does not fit. */
static void a_peer_that_does_not_read_is_told_apart(void **state) {
    (void)state;
    static uint8_t bytes[AVO_PEER_OUT_BYTES];
    assert_true(avo_peer_send(&peer, AVO_SLICE_OF(bytes)));
    assert_false(avo_peer_send(&peer, avo_slice(bytes, 1)));
    assert_int_equal(peer.out_length, AVO_PEER_OUT_BYTES);
    assert_true(avo_peer_send(&peer, AVO_SLICE_EMPTY));
}

static void what_comes_in_is_told_from_silence_and_the_end(void **state) {
    (void)state;
    uint8_t to[8];
    assert_int_equal(avo_peer_receive(&peer, to, sizeof to), 0); /* EAGAIN */
    fails = EINTR;
    assert_int_equal(avo_peer_receive(&peer, to, sizeof to), 0);
    fails = ECONNRESET;
    assert_int_equal(avo_peer_receive(&peer, to, sizeof to), -1);
    assert_int_equal(write(other, "x", 1), 1);
    assert_int_equal(avo_peer_receive(&peer, to, sizeof to), 1);
    assert_int_equal(write(other, "more than it takes", 18), 18);
    assert_int_equal(avo_peer_receive(&peer, to, sizeof to), 8);
    assert_memory_equal(to, "more tha", 8);
    assert_int_equal(avo_peer_receive(&peer, to, sizeof to) + avo_peer_receive(&peer, to, sizeof to), 10);
    (void)shutdown(other, SHUT_WR);
    errno = EAGAIN; /* of some call before */
    assert_int_equal(avo_peer_receive(&peer, to, sizeof to), -1);
}

/* The last reply goes out first, then the end; the other side may take two seconds to read them. */
static void one_that_is_let_go_gets_its_last_reply(void **state) {
    (void)state;
    assert_false(peer.closing);
    assert_true(avo_peer_send(&peer, avo_slice_string("refused")));
    avo_peer_finish(&peer, 1000);
    assert_true(peer.closing);
    assert_int_equal(peer.linger_until_us, 1000 + 2000000);
    fails = EAGAIN;
    assert_true(avo_peer_flush(&peer));
    assert_int_equal(read(other, &(char){0}, 1), -1); /* nothing, and not its end */
    assert_true(avo_peer_flush(&peer));
    expect("refused");
    assert_int_equal(read(other, &(char){0}, 1), 0); /* its end */
}

static void a_dropped_one_is_closed_at_once(void **state) {
    (void)state;
    avo_peer_finish(&peer, 0);
    avo_peer_drop(&peer);
    assert_true(peer.fd == -1 && !peer.closing);
    assert_int_equal(read(other, &(char){0}, 1), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_queued_goes_out_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(what_the_socket_does_not_take_now_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(a_peer_that_does_not_read_is_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(what_comes_in_is_told_from_silence_and_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_is_let_go_gets_its_last_reply, setup, teardown),
        cmocka_unit_test_setup_teardown(a_dropped_one_is_closed_at_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
