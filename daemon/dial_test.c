/* A connection that is made again: when it is refused, when nobody answers, when it is lost. */
#include "daemon/address.h"
#include "daemon/dial.h"
#include "daemon/log.h"
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define MS 1000ULL

static char log_path[] = "/tmp/avocado-dial-test-XXXXXX";

static int log_open(void **state) {
    (void)state;
    int fd = mkstemp(log_path);
    return fd >= 0 && close(fd) == 0 && avo_log_file(log_path) ? 0 : -1;
}

static int log_remove(void **state) {
    (void)state;
    return unlink(log_path);
}

static unsigned lines_with(const char *word) {
    char line[512];
    unsigned count = 0;
    FILE *file = fopen(log_path, "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        count += strstr(line, word) != NULL;
    }
    (void)fclose(file);
    assert_int_equal(truncate(log_path, 0), 0);
    return count;
}

/* A bound socket of loopback, which listens when the test says so. */
static int server_open(struct avo_address *address) {
    struct sockaddr_storage own = {0};
    socklen_t length = sizeof own;
    assert_int_equal(avo_address_parse("127.0.0.1", 0, address), AVO_OK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&own, avo_address_to_socket(address, AF_INET, &own)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &length), 0);
    *address = avo_address_from_socket(&own);
    return fd;
}

/* Pumps with this much time between, while the state is as it was; at most `count` times. */
static uint64_t pump(struct avo_dial *dial, uint64_t now_us, uint64_t step_us, int count) {
    enum avo_dial_state before = dial->state;
    for (int i = 0; i < count && dial->state == before; i++) {
        now_us += step_us;
        (void)poll(NULL, 0, 1);
        avo_dial_pump(dial, now_us);
    }
    return now_us;
}

static void a_refusal_is_said_once_and_tries_grow_rare(void **state) {
    (void)state;
    struct avo_dial dial;
    struct avo_address address;
    int server = server_open(&address);
    avo_dial_init(&dial, &address, "the CAS");
    for (uint64_t now_us = 0; now_us < 20000 * MS; now_us += 10 * MS) {
        avo_dial_pump(&dial, now_us);
        assert_int_equal(dial.state, AVO_DIAL_IDLE); /* loopback refuses at once */
        assert_in_range(avo_dial_wait_ms(&dial, now_us), 0, AVO_DIAL_RETRY_MAX_US / 1000 + 1);
    }
    assert_int_equal(dial.retry_wait_us, AVO_DIAL_RETRY_MAX_US);
    assert_int_equal(lines_with("warn avocado: cannot reach the CAS at 127.0.0.1:"), 1);
    assert_int_equal(listen(server, 1), 0);
    (void)pump(&dial, 20000 * MS, 10 * MS, 1000);
    for (int i = 0; i < 100 && dial.state != AVO_DIAL_CONNECTED; i++) {
        (void)poll(NULL, 0, 1);
        avo_dial_pump(&dial, 25000 * MS);
    }
    assert_int_equal(dial.state, AVO_DIAL_CONNECTED);
    assert_int_equal(avo_dial_wait_ms(&dial, 0), -1);
    avo_dial_heard(&dial);
    assert_int_equal(lines_with("info avocado: reached the CAS"), 1);
    avo_dial_lose(&dial, 0);
    assert_int_equal(dial.fd, -1);
    (void)close(server);
}

/* A firewall that drops, or a listener whose queue is full: the kernel would wait for minutes. */
static void silence_is_given_up(void **state) {
    (void)state;
    struct avo_dial dial;
    struct avo_dial fill[8];
    struct avo_address address;
    int server = server_open(&address);
    assert_int_equal(listen(server, 0), 0);
    for (size_t i = 0; i < AVO_COUNT(fill); i++) {
        avo_dial_init(&fill[i], &address, "the queue");
        avo_dial_pump(&fill[i], 1);
    }
    avo_dial_init(&dial, &address, "the CAS");
    avo_dial_pump(&dial, 1);
    uint64_t now_us = pump(&dial, 1, 100 * MS, 49);
    assert_int_equal(dial.state, AVO_DIAL_CONNECTING);
    assert_in_range(avo_dial_wait_ms(&dial, now_us), 1, 101);
    (void)pump(&dial, now_us, 101 * MS, 1);
    assert_int_equal(dial.state, AVO_DIAL_IDLE);
    assert_int_equal(dial.fd, -1);
    assert_int_equal(lines_with("Connection timed out; trying again"), 1);
    for (size_t i = 0; i < AVO_COUNT(fill); i++) {
        avo_dial_lose(&fill[i], 1);
    }
    (void)close(server);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_is_said_once_and_tries_grow_rare),
        cmocka_unit_test(silence_is_given_up),
    };
    return cmocka_run_group_tests(tests, log_open, log_remove);
}
