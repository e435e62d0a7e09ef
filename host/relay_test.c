/* The relay between an enclave's control stream and a TCP server in the CAS's stead. */
#include "daemon/address.h"
#include "daemon/socket.h"
#include "host/region.h"
#include "host/relay.h"
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define LAS_PATH "/tmp/avocado-relay-test-las"

struct world {
    struct avo_host_region region;
    struct avo_host_relay relay;
    struct avo_stream_end from_host; /* the enclave's ends */
    struct avo_stream_end to_host;
    struct avo_relay_reader reader;
    struct avo_relay_writer writer;
    int listen_fd;
    int cas_fd;
    uint64_t now_us;
};

static struct world *world_open(void) {
    struct world *world = calloc(1, sizeof *world);
    struct sockaddr_storage own = {0};
    socklen_t length = sizeof own;
    struct avo_address any;
    struct avo_region_layout layout = avo_host_region_layout(1, 1500, 4096);
    assert_int_equal(avo_host_region_create(&world->region, &layout, "/tmp/avocado-relay-test-link"), AVO_OK);
    unlink("/tmp/avocado-relay-test-link");
    assert_int_equal(avo_address_parse("127.0.0.1", 0, &any), AVO_OK);
    world->listen_fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(world->listen_fd, (struct sockaddr *)&own, avo_address_to_socket(&any, AF_INET, &own)), 0);
    assert_int_equal(listen(world->listen_fd, 4), 0);
    assert_int_equal(getsockname(world->listen_fd, (struct sockaddr *)&own, &length), 0);
    struct avo_address cas = avo_address_from_socket(&own);
    avo_host_relay_init(&world->relay, world->region.memory, &layout, &cas, LAS_PATH);
    world->from_host = avo_region_stream_inbound(world->region.memory, &layout);
    world->to_host = avo_region_stream_outbound(world->region.memory, &layout);
    return world;
}

static void world_close(struct world *world) {
    if (world->relay.cas.fd >= 0) {
        close(world->relay.cas.fd);
    }
    close(world->listen_fd);
    close(world->cas_fd);
    close(world->region.fd);
    free(world);
}

static void pump(struct world *world) {
    for (int i = 0; i < 20; i++) {
        world->now_us += 1000;
        (void)avo_host_relay_pump(&world->relay, world->now_us);
        usleep(1000);
    }
}

static void expect(struct world *world, enum avo_relay_kind kind, const char *bytes) {
    struct avo_relay_frame frame;
    assert_int_equal(avo_relay_read(&world->reader, &world->from_host, &frame), AVO_OK);
    assert_int_equal(frame.kind, kind);
    assert_true(avo_slice_equal(frame.bytes, avo_slice_string(bytes)));
}

static void expect_nothing(struct world *world) {
    struct avo_relay_frame frame;
    assert_int_equal(avo_relay_read(&world->reader, &world->from_host, &frame), AVO_EBUSY);
}

static void opened(struct world *world) {
    pump(world);
    world->cas_fd = accept(world->listen_fd, NULL, NULL);
    assert_true(world->cas_fd >= 0);
    expect(world, AVO_RELAY_OPENED, "");
}

static void bytes_pass_both_ways(void **state) {
    (void)state;
    struct world *world = world_open();
    char got[16] = {0};
    opened(world);
    assert_true(avo_relay_write(&world->writer, &world->to_host, AVO_RELAY_BYTES, avo_slice_string("to the CAS")));
    pump(world);
    assert_int_equal(recv(world->cas_fd, got, sizeof got, MSG_DONTWAIT), 10);
    assert_string_equal(got, "to the CAS");
    assert_int_equal(send(world->cas_fd, "and back", 8, 0), 8);
    pump(world);
    expect(world, AVO_RELAY_BYTES, "and back");
    expect_nothing(world);
    world_close(world);
}

/* The end of a connection comes before the beginning of the next, and what was meant for the old one is dropped. */
static void a_lost_connection_begins_anew(void **state) {
    (void)state;
    struct world *world = world_open();
    opened(world);
    close(world->cas_fd);
    pump(world);
    expect(world, AVO_RELAY_CLOSED, "");
    expect_nothing(world);
    assert_true(avo_relay_write(&world->writer, &world->to_host, AVO_RELAY_BYTES, avo_slice_string("too late")));
    pump(world);
    expect_nothing(world);
    world->now_us += AVO_DIAL_RETRY_MAX_US;
    opened(world);
    char byte;
    assert_int_equal(recv(world->cas_fd, &byte, 1, MSG_DONTWAIT), -1);
    world_close(world);
}

static void a_connection_that_the_enclave_ends_is_opened_again_after_a_while(void **state) {
    (void)state;
    struct world *world = world_open();
    char byte;
    short events;
    int las_fd;
    int wait_ms;
    opened(world);
    assert_true(avo_relay_write(&world->writer, &world->to_host, AVO_RELAY_CLOSED, AVO_SLICE_EMPTY));
    pump(world);
    assert_int_equal(recv(world->cas_fd, &byte, 1, 0), 0);
    expect(world, AVO_RELAY_CLOSED, "");
    assert_int_equal(world->relay.cas.state, AVO_DIAL_IDLE);
    assert_int_equal(avo_host_relay_poll(&world->relay, world->now_us, &events, &las_fd, &wait_ms), -1);
    assert_in_range(wait_ms, AVO_DIAL_RETRY_MAX_US / 2000, AVO_DIAL_RETRY_MAX_US / 1000 + 1);
    world->now_us += AVO_DIAL_RETRY_MAX_US;
    opened(world);
    world_close(world);
}

static void large_amounts_pass_a_slow_reader(void **state) {
    (void)state;
    struct world *world = world_open();
    static uint8_t sent[200000], got[200000];
    size_t out = 0, in = 0;
    opened(world);
    for (size_t i = 0; i < sizeof sent; i++) {
        sent[i] = (uint8_t)(i * 7 + i / 251);
    }
    assert_int_equal(fcntl(world->cas_fd, F_SETFL, O_NONBLOCK), 0);
    for (int turn = 0; turn < 100000 && in < sizeof got; turn++) {
        struct avo_relay_frame frame;
        ssize_t wrote = send(world->cas_fd, sent + out, sizeof sent - out, 0);
        out += wrote > 0 ? (size_t)wrote : 0;
        (void)avo_host_relay_pump(&world->relay, ++world->now_us);
        if (avo_relay_read(&world->reader, &world->from_host, &frame) == AVO_OK) {
            avo_copy(got + in, sizeof got - in, frame.bytes);
            in += frame.bytes.length;
        }
    }
    assert_int_equal(in, sizeof got);
    assert_memory_equal(got, sent, sizeof got);
    world_close(world);
}

/* The LAS is not there yet, then it is, then it is started again: each time the question is asked. */
static void a_question_reaches_the_las_and_its_answer_the_enclave(void **state) {
    (void)state;
    struct world *world = world_open();
    char got[16] = {0};
    opened(world);
    (void)unlink(LAS_PATH);
    assert_true(avo_relay_write(&world->writer, &world->to_host, AVO_RELAY_LAS, avo_slice_string("question")));
    pump(world);
    expect_nothing(world);
    int listen_fd = avo_socket_listen(LAS_PATH);
    assert_true(listen_fd >= 0);
    world->now_us += AVO_HOST_LAS_RETRY_US;
    pump(world);
    int las_fd = accept(listen_fd, NULL, NULL);
    assert_int_equal(recv(las_fd, got, sizeof got, MSG_DONTWAIT), 8);
    close(las_fd);
    pump(world);
    world->now_us += AVO_HOST_LAS_RETRY_US;
    pump(world);
    las_fd = accept(listen_fd, NULL, NULL);
    assert_int_equal(recv(las_fd, got, sizeof got, MSG_DONTWAIT), 8);
    assert_int_equal(send(las_fd, "answer", 6, 0), 6);
    pump(world);
    expect(world, AVO_RELAY_LAS, "answer");
    assert_int_equal(send(las_fd, "unasked", 7, 0), 7);
    pump(world);
    expect_nothing(world);
    close(las_fd);
    close(listen_fd);
    (void)unlink(LAS_PATH);
    close(world->relay.las.fd);
    world_close(world);
}

/* A question that takes the place of one whose answer is on its way gets its own answer, not that one. */
static void a_late_answer_is_not_taken_for_the_next_questions(void **state) {
    (void)state;
    struct world *world = world_open();
    char got[16] = {0};
    opened(world);
    int listen_fd = avo_socket_listen(LAS_PATH);
    assert_true(listen_fd >= 0);
    assert_true(avo_relay_write(&world->writer, &world->to_host, AVO_RELAY_LAS, avo_slice_string("first")));
    pump(world);
    int las_fd = accept(listen_fd, NULL, NULL);
    assert_int_equal(recv(las_fd, got, sizeof got, MSG_DONTWAIT), 5);
    assert_true(avo_relay_write(&world->writer, &world->to_host, AVO_RELAY_LAS, avo_slice_string("second")));
    assert_int_equal(send(las_fd, "answer 1", 8, 0), 8);
    pump(world);
    expect_nothing(world);
    close(las_fd);
    las_fd = accept(listen_fd, NULL, NULL);
    assert_int_equal(recv(las_fd, got, sizeof got, MSG_DONTWAIT), 6);
    assert_int_equal(send(las_fd, "answer 2", 8, 0), 8);
    pump(world);
    expect(world, AVO_RELAY_LAS, "answer 2");
    close(las_fd);
    close(listen_fd);
    (void)unlink(LAS_PATH);
    close(world->relay.las.fd);
    world_close(world);
}

static void an_enclave_that_breaks_the_rules_is_heard_no_more(void **state) {
    (void)state;
    struct world *world = world_open();
    opened(world);
    assert_int_equal(avo_stream_write(&world->to_host, avo_slice_string("garbage")), 7);
    pump(world);
    assert_true(world->relay.broken);
    assert_false(avo_host_relay_pump(&world->relay, world->now_us));
    world_close(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_pass_both_ways),
        cmocka_unit_test(a_lost_connection_begins_anew),
        cmocka_unit_test(a_connection_that_the_enclave_ends_is_opened_again_after_a_while),
        cmocka_unit_test(a_question_reaches_the_las_and_its_answer_the_enclave),
        cmocka_unit_test(a_late_answer_is_not_taken_for_the_next_questions),
        cmocka_unit_test(large_amounts_pass_a_slow_reader),
        cmocka_unit_test(an_enclave_that_breaks_the_rules_is_heard_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
