/* The UDP driver: what leaves as few messages and comes back as single datagrams, each whole, none twice, in order for each
 * address. */
#include "daemon/address.h"
#include "host/transport/transport.h"
#include "host/transport/udp_group.h"
#include <netinet/in.h>
#include <netinet/udp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define DATAGRAM_BYTES 1504

static struct avo_ring_end ring_make(uint32_t slot_count, uint8_t **memory) {
    struct avo_ring_shape shape = {slot_count, DATAGRAM_BYTES};
    size_t bytes = avo_ring_bytes(shape);
    *memory = aligned_alloc(AVO_CACHE_LINE_BYTES, bytes);
    assert_non_null(*memory);
    memset(*memory, 0, bytes);
    return avo_ring_end(*memory, shape);
}

static struct avo_transport *transport_open(struct avo_address *address) {
    char why[AVO_TRANSPORT_WHY_BYTES];
    struct avo_transport *transport = NULL;
    for (uint16_t port = 23500; transport == NULL && port < 23900; port++) {
        assert_int_equal(avo_address_parse("127.0.0.1", port, address), AVO_OK);
        transport = avo_transport_udp(address, why);
    }
    assert_non_null(transport);
    return transport;
}

static struct avo_address address_of(uint16_t port) {
    struct avo_address address;
    assert_int_equal(avo_address_parse("127.0.0.1", port, &address), AVO_OK);
    return address;
}

static void push(struct avo_ring_end *ring, uint16_t port, size_t length) {
    static const uint8_t bytes[DATAGRAM_BYTES];
    struct avo_address to = address_of(port);
    assert_true(avo_ring_push(ring, &to, avo_slice(bytes, length)));
}

/* One line a message: port, count of datagrams, length of each, bytes in all. */
static void assert_message(const struct avo_udp_group *group, uint32_t index, uint16_t port, uint32_t count, uint32_t segment_bytes,
                           uint32_t bytes) {
    const struct avo_udp_message *message = &group->messages[index];
    assert_true(index < group->count);
    assert_int_equal(message->to.port, port);
    assert_int_equal(message->count, count);
    assert_int_equal(message->segment_bytes, segment_bytes);
    assert_int_equal(message->bytes, bytes);
    assert_int_equal(group->headers[index].msg_hdr.msg_iovlen, count);
    assert_int_equal(group->headers[index].msg_hdr.msg_controllen > 0, count > 1);
}

static void what_is_for_one_address_is_one_message(void **state) {
    (void)state;
    uint8_t *memory;
    struct avo_ring_end producer = ring_make(64, &memory);
    struct avo_ring_end consumer = avo_ring_end(memory, producer.shape);
    struct avo_udp_group *group = calloc(1, sizeof *group);
    assert_non_null(group);
    push(&producer, 1, 1400);
    push(&producer, 2, 700);
    push(&producer, 1, 1400);
    push(&producer, 2, 700);
    push(&producer, 1, 90);   /* shorter: the last of its message */
    push(&producer, 1, 90);   /* so this begins another */
    push(&producer, 2, 1400); /* longer: another */
    push(&producer, 0, 10);   /* cannot go */
    avo_ring_publish(&producer);
    assert_int_equal(avo_udp_group_fill(group, &consumer, AF_INET), 1);
    assert_int_equal(group->taken, 8);
    assert_int_equal(group->count, 4);
    assert_message(group, 0, 1, 3, 1400, 2890);
    assert_message(group, 1, 2, 2, 700, 1400);
    assert_message(group, 2, 1, 1, 90, 90);
    assert_message(group, 3, 2, 1, 1400, 1400);
    free(group);
    free(memory);
}

static void a_message_is_no_larger_than_an_ip_packet(void **state) {
    (void)state;
    uint8_t *memory;
    struct avo_ring_end producer = ring_make(64, &memory);
    struct avo_ring_end consumer = avo_ring_end(memory, producer.shape);
    struct avo_udp_group *group = calloc(1, sizeof *group);
    assert_non_null(group);
    for (int i = 0; i < 64; i++) {
        push(&producer, 7, 1472);
    }
    avo_ring_publish(&producer);
    assert_int_equal(avo_udp_group_fill(group, &consumer, AF_INET), 0);
    assert_int_equal(group->count, 2);
    assert_message(group, 0, 7, 44, 1472, 44 * 1472);
    assert_message(group, 1, 7, 20, 1472, 20 * 1472);
    free(group);
    free(memory);
}

static size_t length_of(uint32_t i) {
    return i % 7 == 6 ? 100 + i : 1400;
}

static uint32_t received_check(struct avo_ring_end *ring, uint32_t from, const struct avo_address *sender) {
    uint8_t datagram[DATAGRAM_BYTES];
    struct avo_address address;
    for (size_t length; (length = avo_ring_pop(ring, &address, datagram)) > 0; from++) {
        assert_int_equal(length, length_of(from));
        assert_memory_equal(datagram, &from, sizeof from);
        assert_int_equal(address.port, sender->port);
    }
    return from;
}

/* The receiver's ring is smaller than one message: what does not fit waits, and is not lost. Nor is what the kernel refuses to cut
 * into datagrams (as it does where the path's MTU is smaller, and here for want of checksums). */
static void datagrams_arrive(bool cut) {
    enum { COUNT = 60 };
    uint8_t *out_memory;
    uint8_t *in_memory;
    uint8_t bytes[DATAGRAM_BYTES] = {0};
    struct avo_address a_address;
    struct avo_address b_address;
    struct avo_transport *a = transport_open(&a_address);
    struct avo_transport *b = transport_open(&b_address);
    bool blocked;
    int none = !cut;
    assert_int_equal(setsockopt(a->methods->poll_fd(a, &blocked), SOL_SOCKET, SO_NO_CHECK, &none, sizeof none), 0);
    struct avo_ring_end out = ring_make(64, &out_memory);
    struct avo_ring_end out_end = avo_ring_end(out_memory, out.shape);
    struct avo_ring_end in = ring_make(8, &in_memory);
    struct avo_ring_end in_end = avo_ring_end(in_memory, in.shape);
    for (uint32_t i = 0; i < COUNT; i++) {
        memcpy(bytes, &i, sizeof i);
        assert_true(avo_ring_push(&out, &b_address, avo_slice(bytes, length_of(i))));
    }
    avo_ring_publish(&out);
    assert_int_equal(a->methods->send(a, &out_end), COUNT);
    uint32_t next = 0;
    bool held = false;
    for (int turns = 0; next < COUNT && turns < 1000; turns++) {
        (void)b->methods->receive(b, &in);
        avo_ring_publish(&in);
        held |= b->held;
        next = received_check(&in_end, next, &a_address);
    }
    assert_int_equal(next, COUNT);
    assert_int_equal(b->received_count, COUNT);
    assert_int_equal(a->sent_count, COUNT);
    assert_int_equal(a->lost_count, 0);
    assert_true(held);
    assert_false(b->held);
    a->methods->close(a);
    b->methods->close(b);
    free(out_memory);
    free(in_memory);
}

static void every_datagram_arrives(void **state) {
    (void)state;
    datagrams_arrive(true);
    datagrams_arrive(false);
}

/* A driver can only lose packets: what nobody routes is counted, and what comes behind goes on. */
static void what_cannot_go_is_lost_and_counted(void **state) {
    (void)state;
    uint8_t *memory;
    struct avo_address address;
    struct avo_transport *transport = transport_open(&address);
    struct avo_ring_end out = ring_make(8, &memory);
    struct avo_ring_end end = avo_ring_end(memory, out.shape);
    push(&out, 0, 10);
    push(&out, address.port, 10);
    avo_ring_publish(&out);
    assert_int_equal(transport->methods->send(transport, &end), 2);
    assert_int_equal(transport->lost_count, 1);
    assert_false(avo_ring_waits(&end));
    transport->methods->close(transport);
    free(memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_for_one_address_is_one_message),
        cmocka_unit_test(a_message_is_no_larger_than_an_ip_packet),
        cmocka_unit_test(every_datagram_arrives),
        cmocka_unit_test(what_cannot_go_is_lost_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
