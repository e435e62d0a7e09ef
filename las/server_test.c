/* The shell: a LAS between sockets. A listener stands for the CAS; enclaves' hosts are the test's own sockets. */
#include "daemon/address.h"
#include "daemon/socket.h"
#include "las/server.h"
#include "protocol/control/local.h"
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define MEMORY_BYTES (2U << 20)
#define WAIT_MS 10000

struct world {
    uint8_t *memory;
    struct avo_prng random;
    struct avo_las *las;
    struct avo_las_server *server;
    char path[64];
    int cas_listener;
    int cpu[2], outside[2];
    pthread_t thread;
    enum avo_watch_ending ending;
};

static void no_answer(void *context, const uint8_t *asked, struct avo_buffer *answer) {
    (void)context;
    (void)asked;
    answer->length = 0;
}

static void *run(void *argument) {
    struct world *world = argument;
    world->ending = avo_las_server_run(world->server);
    return NULL;
}

static int cas_listen(struct avo_address *address) {
    struct sockaddr_storage own = {0};
    socklen_t length = sizeof own;
    struct avo_address any;
    assert_int_equal(avo_address_parse("127.0.0.1", 0, &any), AVO_OK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&own, avo_address_to_socket(&any, AF_INET, &own)), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &length), 0);
    *address = avo_address_from_socket(&own);
    return fd;
}

static int setup(void **state) {
    struct world *world = calloc(1, sizeof *world);
    struct avo_address cas;
    world->memory = aligned_alloc(AVO_CACHE_LINE_BYTES, MEMORY_BYTES);
    memset(world->memory, 0, MEMORY_BYTES);
    world->random = avo_prng(81);
    struct avo_arena arena = avo_arena(world->memory, MEMORY_BYTES);
    struct avo_las_config core = {.local_max_count = 2,
                                  .tee = 1,
                                  .aead = avo_aead_create(&arena, AVO_AEAD_NETTLE),
                                  .random = &world->random.random,
                                  .cas_public_key = {9},
                                  .measurement = {0x1a}};
    world->las = avo_las_create(&arena, &core);
    world->cas_listener = cas_listen(&cas);
    (void)snprintf(world->path, sizeof world->path, "/tmp/avocado-las-server-%d.sock", (int)getpid());
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, world->cpu), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, world->outside), 0);
    const struct avo_las_server_config config = {.las = world->las,
                                                 .local_max_count = 2,
                                                 .cas = cas,
                                                 .listener = avo_socket_listen(world->path),
                                                 .watch = {.tee = world->cpu[1], .signals = -1, .outside = world->outside[1]},
                                                 .evidence = no_answer,
                                                 .report_key = no_answer};
    world->server = avo_las_server_create(&arena, &config);
    assert_non_null(world->server);
    assert_int_equal(pthread_create(&world->thread, NULL, run, world), 0);
    *state = world;
    return 0;
}

static int teardown(void **state) {
    struct world *world = *state;
    (void)unlink(world->path);
    avo_las_wipe(world->las);
    free(world->memory);
    free(world);
    return 0;
}

static void end(struct world *world, int *fd, enum avo_watch_ending expected) {
    close(*fd);
    assert_int_equal(pthread_join(world->thread, NULL), 0);
    assert_int_equal(world->ending, expected);
}

static bool readable(int fd) {
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    return poll(&polled, 1, WAIT_MS) == 1;
}

/* Sends one message; what the LAS answers, or 0 when it closed the connection. */
static ssize_t ask(int fd, struct avo_slice message, uint8_t answer[AVO_LOCAL_MAX_BYTES]) {
    assert_int_equal(send(fd, message.data, message.length, MSG_NOSIGNAL), message.length);
    assert_true(readable(fd));
    return recv(fd, answer, AVO_LOCAL_MAX_BYTES, 0);
}

static void expect_target(int fd) {
    uint8_t bytes[AVO_LOCAL_MAX_BYTES], answer[AVO_LOCAL_MAX_BYTES];
    struct avo_local_message message;
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_local_write(&writer, AVO_LOCAL_TARGET_REQUEST, 5, AVO_SLICE_EMPTY);
    ssize_t got = ask(fd, avo_writer_slice(&writer), answer);
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
    assert_int_equal(ask(bad, avo_slice_string("junk"), answer), 0);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(enclaves_are_answered_and_garbage_is_dropped, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lost_cas_is_dialled_again, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
