/* The shell: a LAS between sockets. A listener stands for the CAS; enclaves' hosts are the test's own sockets. */
#include "attest/verify/local_report.h"
#include "daemon/socket.h"
#include "las/cas_testing.h"
#include "las/server_testing.h"
#include "protocol/channel/noise.h"
#include "protocol/control/las.h"
#include "protocol/control/local.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define EVIDENCE_BYTES 9000

static const uint8_t report_key[AVO_CMAC_KEY_BYTES] = {7};

static int input; /* what the test's own standard input is like: no descriptor of the LAS's */

/* What the LAS sends over TCP stays where it is while this is set; or goes a few bytes at a time, with interruptions. */
static _Atomic bool hold, trickle;
static _Atomic uint32_t turns, held;

ssize_t send(int fd, const void *bytes, size_t length, int flags) {
    int family = 0;
    socklen_t size = sizeof family;
    (void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size);
    if (hold && family == AF_INET) {
        held++;
        errno = EAGAIN;
        return -1;
    }
    if (trickle && family == AF_INET && turns++ % 3 == 0) {
        errno = turns % 2 == 0 ? EINTR : EAGAIN;
        return -1;
    }
    return syscall(SYS_sendto, fd, bytes, trickle && length > 700 ? 700 : length, flags, NULL, 0);
}

static void give_evidence(void *context, const uint8_t *report_data, struct avo_buffer *evidence) {
    (void)context;
    assert_true(evidence->length == 0 && evidence->capacity == AVO_EVIDENCE_MAX_BYTES);
    memset(evidence->data, report_data[0], EVIDENCE_BYTES);
    evidence->length = EVIDENCE_BYTES;
}

static void give_key(void *context, const uint8_t *key_id, struct avo_buffer *key) {
    (void)context;
    assert_true(key->length == 0 && key->capacity == AVO_CMAC_KEY_BYTES && key_id[0] == 'i');
    memcpy(key->data, report_key, sizeof report_key);
    key->length = sizeof report_key;
}

static void *run(void *argument) {
    struct world *world = argument;
    world->ending = avo_las_server_run(world->server);
    return NULL;
}

static int setup(void **state) {
    hold = trickle = false;
    held = 0;
    input = fcntl(STDIN_FILENO, F_GETFD);
    *state = world_open(&(struct world_config){81, give_evidence, give_key, run});
    return 0;
}

static int teardown(void **state) {
    assert_int_equal(fcntl(STDIN_FILENO, F_GETFD), input);
    world_close(*state);
    return 0;
}

static void end(struct world *world, int *fd, enum avo_watch_ending expected) {
    close(*fd);
    assert_int_equal(pthread_join(world->thread, NULL), 0);
    assert_int_equal(world->ending, expected);
}

static bool log_says(const struct world *world, const char *text) {
    char said[4096] = {0};
    FILE *log = fopen(world->log, "r");
    assert_non_null(log);
    (void)fread(said, 1, sizeof said - 1, log);
    (void)fclose(log);
    return strstr(said, text) != NULL;
}

static bool readable(int fd) {
    return world_readable(fd, WORLD_WAIT_MS);
}

static void expect_target(int fd) {
    uint8_t answer[AVO_LOCAL_MAX_BYTES];
    struct avo_local_message message;
    ssize_t got = world_ask_target(fd, answer);
    assert_true(got > 0);
    assert_int_equal(avo_local_read(avo_slice(answer, (size_t)got), &message), AVO_OK);
    assert_int_equal(message.type, AVO_LOCAL_TARGET);
    assert_int_equal(message.id, 5);
    assert_int_equal(message.body.data[0], 0x1a);
}

static void enclaves_are_answered_and_garbage_is_dropped(void **state) {
    struct world *world = *state;
    uint8_t answer[AVO_LOCAL_MAX_BYTES];
    int good = avo_socket_connect(world->path);
    expect_target(good);
    int bad = avo_socket_connect(world->path);
    int waits = avo_socket_connect(world->path); /* more than it serves at once: it waits in the backlog */
    assert_int_equal(world_ask(bad, avo_slice_string("junk"), answer), 0);
    expect_target(waits);
    expect_target(good);
    close(good);
    close(bad);
    close(waits);
    end(world, &world->outside[0], AVO_WATCH_TOLD);
}

/* It says the first words of a handshake, and says them again when the CAS hangs up. */
static void a_lost_cas_is_dialled_again(void **state) {
    struct world *world = *state;
    uint8_t first[3][256];
    for (int i = 0; i < 3; i++) {
        assert_true(readable(world->cas_listener));
        int cas = accept(world->cas_listener, NULL, NULL);
        assert_true(readable(cas));
        assert_true(recv(cas, first[i], sizeof first[i], 0) > 64);
        if (i == 1) {
            assert_int_equal(send(cas, "no handshake at all, but some bytes", 35, 0), 35);
        }
        close(cas);
    }
    assert_memory_not_equal(first[0], first[1], 64); /* under fresh ephemeral keys */
    int enclave = avo_socket_connect(world->path);
    expect_target(enclave);
    close(enclave);
    end(world, &world->cpu[0], AVO_WATCH_TEE);
}

/* What it could not send on a connection that broke is no part of the next one. */
static void old_bytes_do_not_go_into_the_next_connection(void **state) {
    struct world *world = *state;
    uint8_t first[1024];
    hold = true;
    assert_true(readable(world->cas_listener));
    close(accept(world->cas_listener, NULL, NULL));
    assert_true(readable(world->cas_listener)); /* it dials again: the first connection is given up */
    hold = false;
    int cas = accept(world->cas_listener, NULL, NULL);
    assert_true(readable(cas));
    ssize_t got = recv(cas, first, sizeof first, 0);
    while (got > 0 && got < 200 && poll(&(struct pollfd){.fd = cas, .events = POLLIN}, 1, 300) == 1) {
        got += recv(cas, first + got, sizeof first - (size_t)got, 0);
    }
    assert_int_equal(got, 8 + 2 + AVO_NOISE_FIRST_OVERHEAD_BYTES + 1); /* one preamble, one first message */
    close(cas);
    end(world, &world->outside[0], AVO_WATCH_TOLD);
}

static void ask_voucher(int fd) {
    uint8_t report[AVO_LOCAL_REPORT_BYTES] = {0}, bytes[AVO_LOCAL_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    report[AVO_SGX_REPORT_BYTES] = 'i';
    uint8_t *mac = report + AVO_SGX_REPORT_BYTES + AVO_REPORT_KEY_ID_BYTES;
    assert_int_equal(avo_cmac_aes128(report_key, avo_slice(report, AVO_SGX_REPORT_BYTES), mac), AVO_OK);
    avo_local_write(&writer, AVO_LOCAL_REPORT, 8, AVO_SLICE_OF(report));
    assert_int_equal(send(fd, bytes, writer.length, MSG_NOSIGNAL), writer.length);
}

/* A stranger that fills all places and asks nothing loses them; one that asks has its answer, however long it was silent before. */
static void idle_connections_do_not_keep_their_places(void **state) {
    struct world *world = *state;
    uint8_t answer[1];
    int idle[2] = {avo_socket_connect(world->path), avo_socket_connect(world->path)};
    int waits = avo_socket_connect(world->path);
    expect_target(waits);
    for (int i = 0; i < 2; i++) {
        assert_true(readable(idle[i]));
        assert_int_equal(recv(idle[i], answer, sizeof answer, 0), 0);
        close(idle[i]);
    }
    close(waits);
    end(world, &world->outside[0], AVO_WATCH_TOLD);
}

/* Two that wait for the CAS take both places: the third learns at once that there is none. */
static void one_too_many_is_turned_away(void **state) {
    struct world *world = *state;
    uint8_t answer[1];
    int first = avo_socket_connect(world->path), second = avo_socket_connect(world->path);
    ask_voucher(first);
    ask_voucher(second);
    int third = avo_socket_connect(world->path);
    assert_true(readable(third));
    assert_int_equal(recv(third, answer, sizeof answer, 0), 0);
    assert_true(log_says(world, "2 enclaves wait for the CAS here"));
    assert_int_equal(poll(&(struct pollfd){.fd = first, .events = POLLIN}, 1, (int)(AVO_LAS_LOCAL_IDLE_US / 1000) + 500), 0);
    close(first);
    close(second);
    close(third);
    end(world, &world->outside[0], AVO_WATCH_TOLD);
}

static void expect_voucher(int fd) {
    uint8_t answer[AVO_LOCAL_MAX_BYTES];
    struct avo_local_message message;
    assert_true(readable(fd));
    ssize_t got = recv(fd, answer, sizeof answer, 0);
    assert_true(got > 0);
    assert_int_equal(avo_local_read(avo_slice(answer, (size_t)got), &message), AVO_OK);
    assert_true(message.type == AVO_LOCAL_VOUCHER && message.id == 8 && avo_voucher_check(message.body) == AVO_OK);
}

static void expect_proof(const struct world *world, struct cas *cas) {
    struct avo_las_request request;
    assert_int_equal(avo_las_request_read(cas_hear(cas), &request), AVO_OK);
    assert_int_equal(request.evidence.length, EVIDENCE_BYTES);
    assert_memory_equal(request.sign_public, avo_las_sign_public_key(world->las), sizeof request.sign_public);
}

static const uint8_t registered[] = {AVO_CONTROL_LAS_REGISTERED};

/* Over real sockets, in pieces: it proves itself, and answers both enclaves that waited. The CAS's refusal ends it. */
static void it_proves_itself_and_vouches(void **state) {
    struct world *world = *state;
    static struct cas cas;
    trickle = true;
    cas_open(&cas, world->cas_listener, world->aead, &world->cas_key);
    expect_proof(world, &cas);
    int first = avo_socket_connect(world->path), second = avo_socket_connect(world->path);
    ask_voucher(first);
    ask_voucher(second);
    assert_int_equal(poll(&(struct pollfd){.fd = first, .events = POLLIN}, 1, 100), 0); /* its vouchers do not count yet */
    cas_say(&cas, AVO_SLICE_OF(registered));
    expect_voucher(first);
    expect_voucher(second);
    trickle = false;
    cas_refuse(&cas, AVO_ESTALE, "another start took its place");
    close(first);
    close(second);
    assert_int_equal(pthread_join(world->thread, NULL), 0);
    assert_int_equal(world->ending, AVO_WATCH_DONE);
    assert_true(log_says(world, " error avocado: CAS refused it: another start took its place\n"));
    close(cas.fd);
}

/* Asked twice before an answer could go out, it sends both, whole and in order. Refused later, it says so and comes again. */
static void answers_wait_in_order_and_a_refusal_is_logged(void **state) {
    struct world *world = *state;
    static struct cas cas;
    cas_open(&cas, world->cas_listener, world->aead, &world->cas_key);
    expect_proof(world, &cas);
    cas_say(&cas, AVO_SLICE_OF(registered));
    hold = true;
    cas_greet(&cas);
    for (int i = 0; i < WORLD_WAIT_MS && held == 0; i++) {
        (void)usleep(1000);
    }
    cas_say(&cas, AVO_SLICE_OF(registered));
    for (int i = 0; i < WORLD_WAIT_MS && !log_says(world, "registered again"); i++) {
        (void)usleep(1000);
    }
    cas_greet(&cas);
    (void)usleep(100000); /* it has both answers by then */
    hold = false;
    expect_proof(world, &cas);
    expect_proof(world, &cas);
    cas_refuse(&cas, AVO_EDENIED, "collateral ran out");
    assert_true(readable(world->cas_listener));
    assert_true(log_says(world, " warn avocado: CAS refused it: collateral ran out; trying again (1 times so far)\n"));
    close(cas.fd);
    end(world, &world->outside[0], AVO_WATCH_TOLD);
}

/* The least memory that makes one for so many enclaves. */
static size_t needed_bytes(uint32_t local_max_count) {
    static _Alignas(AVO_CACHE_LINE_BYTES) uint8_t memory[WORLD_MEMORY_BYTES];
    const struct avo_las_server_config config = {.local_max_count = local_max_count};
    for (size_t bytes = 0; bytes <= sizeof memory; bytes += AVO_CACHE_LINE_BYTES) {
        struct avo_arena arena = avo_arena(memory, bytes);
        if (avo_las_server_create(&arena, &config) != NULL) {
            return bytes;
        }
    }
    return 0;
}

static void each_enclave_has_its_memory(void **state) {
    (void)state;
    assert_true(needed_bytes(1) > 0);
    assert_int_equal(needed_bytes(257) - needed_bytes(1),
                     256 * (2 * sizeof(uint64_t) + sizeof(struct pollfd))); /* descriptor and deadline */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(enclaves_are_answered_and_garbage_is_dropped, setup, teardown),
        cmocka_unit_test_setup_teardown(idle_connections_do_not_keep_their_places, setup, teardown),
        cmocka_unit_test_setup_teardown(one_too_many_is_turned_away, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lost_cas_is_dialled_again, setup, teardown),
        cmocka_unit_test_setup_teardown(old_bytes_do_not_go_into_the_next_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(it_proves_itself_and_vouches, setup, teardown),
        cmocka_unit_test_setup_teardown(answers_wait_in_order_and_a_refusal_is_logged, setup, teardown),
        cmocka_unit_test(each_enclave_has_its_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
