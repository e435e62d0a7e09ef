/* The loop around an enclave's stand-in that sends every datagram back to where it came from, by real sockets and a real doorbell.
 */
#include "boundary/doorbell.h"
#include "daemon/address.h"
#include "host/enclave.h"
#include "host/loop.h"
#include "host/region.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

struct world {
    struct avo_host_region region;
    struct avo_transport *transport;
    struct avo_loop loop;
    struct avo_clock clock;
    struct avo_address address;
    int doorbell[2]; /* host's end, enclave's end */
    int client_fd;
    pthread_t host;
    pthread_t enclave;
    uint64_t wakes; /* of the enclave's stand-in */
    bool dead;      /* it ends at its next wake */
};

static uint32_t echo(struct avo_region_worker *door) {
    static uint8_t datagram[AVO_REGION_DATAGRAM_MAX_BYTES];
    struct avo_address from;
    uint32_t count = 0;
    for (uint32_t length; (length = avo_ring_pop(&door->inbound, &from, datagram)) > 0; count++) {
        while (!avo_ring_push(&door->outbound, &from, avo_slice(datagram, length))) {
            usleep(100);
        }
    }
    avo_ring_publish(&door->outbound);
    return count;
}

/* Sleeps and rings by the rules of boundary/region.h. */
static void *enclave_run(void *argument) {
    struct world *world = argument;
    struct avo_region_worker door = avo_region_worker(world->region.memory, &world->region.layout, 0);
    for (;;) {
        if (echo(&door) > 0 && avo_doorbell_host_take(world->region.memory, 0)) {
            (void)!write(world->doorbell[1], "", 1);
        }
        avo_doorbell_enclave_sleep(world->region.memory, 0, true);
        if (!avo_ring_waits(&door.inbound)) {
            uint8_t rings[64];
            ssize_t got = read(world->doorbell[1], rings, sizeof rings);
            __atomic_add_fetch(&world->wakes, 1, __ATOMIC_RELAXED);
            if (got <= 0 || __atomic_load_n(&world->dead, __ATOMIC_RELAXED)) {
                close(world->doorbell[1]);
                return NULL;
            }
        }
        avo_doorbell_enclave_sleep(world->region.memory, 0, false);
    }
}

static void transport_open(struct world *world, const char *ip) {
    char why[AVO_TRANSPORT_WHY_BYTES];
    for (uint16_t port = 23100; world->transport == NULL && port < 23400; port++) {
        assert_int_equal(avo_address_parse(ip, port, &world->address), AVO_OK);
        world->transport = avo_transport_udp(&world->address, why);
    }
    assert_non_null(world->transport);
}

static struct world *world_open(const char *ip) {
    struct world *world = calloc(1, sizeof *world);
    struct sockaddr_storage to;
    char link[64];
    struct avo_region_layout layout = avo_host_region_layout(1, 1500, 1 << 20);
    snprintf(link, sizeof link, "/tmp/avocado-loop-test-%d", (int)getpid());
    assert_int_equal(avo_host_region_create(&world->region, &layout, link), AVO_OK);
    unlink(link);
    transport_open(world, ip);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, world->doorbell), 0);
    world->clock = avo_clock_start();
    avo_loop_init(&world->loop, world->region.memory, &layout, 0, world->transport, &world->clock, world->doorbell[0]);
    int family = avo_address_is_v4(&world->address) ? AF_INET : AF_INET6;
    world->client_fd = socket(family, SOCK_DGRAM, 0);
    socklen_t length = avo_address_to_socket(&world->address, family, &to);
    assert_int_equal(connect(world->client_fd, (struct sockaddr *)&to, length), 0);
    assert_int_equal(pthread_create(&world->host, NULL, avo_loop_run, &world->loop), 0);
    assert_int_equal(pthread_create(&world->enclave, NULL, enclave_run, world), 0);
    return world;
}

/* The enclave's end closes; its host's loop ends by itself. */
static void world_close(struct world *world) {
    __atomic_store_n(&world->dead, true, __ATOMIC_RELAXED);
    avo_doorbell_host_ring(world->doorbell[0]);
    pthread_join(world->enclave, NULL);
    pthread_join(world->host, NULL);
    world->transport->methods->close(world->transport);
    close(world->client_fd);
    close(world->doorbell[0]);
    free(world);
}

static size_t receive(struct world *world, uint8_t *to, size_t capacity) {
    struct pollfd ready = {.fd = world->client_fd, .events = POLLIN};
    if (poll(&ready, 1, 3000) != 1) {
        return 0;
    }
    ssize_t got = recv(world->client_fd, to, capacity, 0);
    return got > 0 ? (size_t)got : 0;
}

static void echoes_over(const char *ip) {
    struct world *world = world_open(ip);
    uint32_t got[64];
    for (int round = 0; round < 50; round++) {
        for (uint32_t i = 0; i < AVO_COUNT(got); i++) {
            assert_int_equal(send(world->client_fd, &i, sizeof i, 0), sizeof i);
        }
        for (uint32_t i = 0; i < AVO_COUNT(got); i++) {
            assert_int_equal(receive(world, (uint8_t *)&got[i], sizeof got[i]), sizeof got[i]);
            assert_int_equal(got[i], i);
        }
    }
    world_close(world);
}

static void datagrams_go_through_and_back(void **state) {
    (void)state;
    echoes_over("127.0.0.1");
}

static void datagrams_go_over_ipv6(void **state) {
    (void)state;
    echoes_over("::1");
}

/* Empty ones vanish, too long ones are cut, and those around them arrive unharmed and in order. */
static void odd_sizes_harm_nothing(void **state) {
    (void)state;
    struct world *world = world_open("127.0.0.1");
    static uint8_t large[9000], got[9000];
    uint32_t limit = world->region.layout.ring.datagram_bytes;
    memset(large, 0xa5, sizeof large);
    for (int round = 0; round < 20; round++) {
        assert_int_equal(send(world->client_fd, "one", 3, 0), 3);
        assert_int_equal(send(world->client_fd, "", 0, 0), 0);
        assert_int_equal(send(world->client_fd, large, sizeof large, 0), sizeof large);
        assert_int_equal(send(world->client_fd, "", 0, 0), 0);
        assert_int_equal(send(world->client_fd, "two", 3, 0), 3);
        assert_int_equal(receive(world, got, sizeof got), 3);
        assert_memory_equal(got, "one", 3);
        assert_int_equal(receive(world, got, sizeof got), limit);
        assert_memory_equal(got, large, limit);
        assert_int_equal(receive(world, got, sizeof got), 3);
        assert_memory_equal(got, "two", 3);
    }
    world_close(world);
}

/* The clock goes on and the enclave is woken for its timers: often while packets pass, seldom otherwise. */
static void ticks_come_by_themselves(void **state) {
    (void)state;
    struct world *world = world_open("127.0.0.1");
    uint8_t got[16];
    assert_int_equal(send(world->client_fd, "x", 1, 0), 1);
    assert_int_equal(receive(world, got, sizeof got), 1);
    uint64_t clock_us = avo_region_clock(world->region.memory);
    uint64_t before = __atomic_load_n(&world->wakes, __ATOMIC_RELAXED);
    usleep(500000);
    uint64_t busy = __atomic_load_n(&world->wakes, __ATOMIC_RELAXED) - before;
    assert_true(avo_region_clock(world->region.memory) > clock_us + 300000);
    assert_true(busy >= 10 && busy <= 60);
    usleep(1000000);
    before = __atomic_load_n(&world->wakes, __ATOMIC_RELAXED);
    usleep(1000000);
    uint64_t idle = __atomic_load_n(&world->wakes, __ATOMIC_RELAXED) - before;
    assert_true(idle >= 1 && idle <= 6);
    world_close(world);
}

/* What cannot be sent is lost and holds up nothing. */
static void a_datagram_to_nowhere_is_dropped(void **state) {
    (void)state;
    struct world *world = calloc(1, sizeof *world);
    struct avo_region_layout layout = avo_host_region_layout(1, 1500, 4096);
    struct avo_address nowhere;
    assert_int_equal(avo_host_region_create(&world->region, &layout, "/tmp/avocado-loop-test-link"), AVO_OK);
    unlink("/tmp/avocado-loop-test-link");
    transport_open(world, "127.0.0.1");
    struct avo_region_worker door = avo_region_worker(world->region.memory, &layout, 0);
    struct avo_ring_end outbound = avo_region_worker(world->region.memory, &layout, 0).outbound;
    const char *const ips[] = {"255.255.255.255", "::1", "127.0.0.1"};
    for (size_t i = 0; i < AVO_COUNT(ips); i++) {
        assert_int_equal(avo_address_parse(ips[i], i == 2 ? 0 : 9, &nowhere), AVO_OK);
        assert_true(avo_ring_push(&door.outbound, &nowhere, avo_slice_string("x")));
    }
    world->address.port = 9;
    assert_true(avo_ring_push(&door.outbound, &world->address, avo_slice_string("x")));
    avo_ring_publish(&door.outbound);
    for (int i = 0; i < 8; i++) {
        (void)world->transport->methods->send(world->transport, &outbound);
    }
    assert_false(avo_ring_waits(&outbound));
    assert_int_equal(world->transport->lost_count, AVO_COUNT(ips));
    world->transport->methods->close(world->transport);
    free(world);
}

static void a_port_in_use_is_named(void **state) {
    (void)state;
    char why[AVO_TRANSPORT_WHY_BYTES] = "";
    char port[16];
    struct world *world = calloc(1, sizeof *world);
    transport_open(world, "127.0.0.1");
    assert_null(avo_transport_udp(&world->address, why));
    snprintf(port, sizeof port, "port %u", world->address.port);
    assert_non_null(strstr(why, port));
    assert_non_null(strstr(why, "in use"));
    world->transport->methods->close(world->transport);
    free(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams_go_through_and_back),    cmocka_unit_test(datagrams_go_over_ipv6),
        cmocka_unit_test(odd_sizes_harm_nothing),           cmocka_unit_test(ticks_come_by_themselves),
        cmocka_unit_test(a_datagram_to_nowhere_is_dropped), cmocka_unit_test(a_port_in_use_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
