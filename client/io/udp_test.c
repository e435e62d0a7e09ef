/* Datagrams of one length go as one message, and all arrive: also where the kernel refuses to cut it into datagrams, as it does
 * where a path's MTU is smaller, and here for want of checksums. */
#include "client/io/endpoint.h"
#include "client/io/udp.h"
#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define COUNT 20
#define BYTES 1400

static struct avo_address bound(const struct avo_udp *udp) {
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_storage own;
    socklen_t length = sizeof own;
    struct avo_address address;
    assert_int_equal(bind(udp->fd, (const struct sockaddr *)&any, sizeof any), 0);
    assert_int_equal(getsockname(udp->fd, (struct sockaddr *)&own, &length), 0);
    assert_true(avo_endpoint_from_socket(&own, &address));
    return address;
}

static void send_all(struct avo_udp *udp, struct avo_udp_batch *batch, const struct avo_address *to) {
    avo_udp_begin(batch);
    for (uint8_t i = 0; i < COUNT; i++) {
        memset(avo_udp_slot(batch).data, i, BYTES);
        avo_udp_add(udp, batch, to, BYTES);
    }
    assert_int_equal(batch->messages, 1);
    avo_udp_send(udp, batch);
}

static void receive_all(struct avo_udp *udp, struct avo_udp_batch *batch) {
    struct pollfd ready = {.fd = udp->fd, .events = POLLIN};
    struct avo_slice datagram;
    uint8_t next = 0;
    while (next < COUNT && poll(&ready, 1, 5000) == 1) {
        (void)avo_udp_receive(udp, batch);
        while (avo_udp_take(batch, &datagram)) {
            assert_int_equal(datagram.length, BYTES);
            assert_int_equal(datagram.data[BYTES - 1], next++);
        }
    }
    assert_int_equal(next, COUNT);
}

static void every_datagram_arrives(void **state) {
    (void)state;
    struct avo_udp_batch *batch = calloc(1, sizeof *batch);
    struct avo_udp from;
    struct avo_udp to;
    assert_true(batch != NULL && avo_udp_open(&from, true) && avo_udp_open(&to, true));
    struct avo_address address = bound(&to);
    for (int uncut = 0; uncut < 2; uncut++) {
        assert_int_equal(setsockopt(from.fd, SOL_SOCKET, SO_NO_CHECK, &uncut, sizeof uncut), 0);
        send_all(&from, batch, &address);
        receive_all(&to, batch);
    }
    avo_udp_close(&from);
    avo_udp_close(&to);
    free(batch);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_datagram_arrives)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
