/* The LAS's shell at its edges: an enclave's host on descriptor 0, calls that fail or are interrupted, at either kind of peer. */
#include "daemon/address.h"
#include "daemon/log.h"
#include "daemon/socket.h"
#include "las/server.h"
#include "protocol/channel/noise.h"
#include "protocol/control/local.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define MEMORY_BYTES (2U << 20)
#define WAIT_MS 10000
#define QUIET_MS 300

struct world {
    uint8_t *memory;
    struct avo_prng random;
    struct avo_las *las;
    struct avo_las_server *server;
    char path[64], log[64];
    int cas_listener;
    int cpu[2], outside[2];
    pthread_t thread;
    bool ended;
    enum avo_watch_ending ending;
};

/* What the next call of the shell fails with, and how often one has: recv on a socket of this family, poll. */
static _Thread_local bool is_shell;
static _Atomic int recv_fails, recv_family, poll_fails;
static _Atomic uint32_t failed;

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

static bool readable(int fd, int wait_ms) {
    return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, wait_ms) == 1;
}

static int setup(void **state) {
    struct world *world = calloc(1, sizeof *world);
    struct avo_address cas;
    world->memory = aligned_alloc(AVO_CACHE_LINE_BYTES, MEMORY_BYTES);
    memset(world->memory, 0, MEMORY_BYTES);
    recv_fails = poll_fails = 0;
    failed = 0;
    world->random = avo_prng(82);
    struct avo_arena arena = avo_arena(world->memory, MEMORY_BYTES);
    struct avo_key_pair cas_key;
    avo_key_pair_make(&cas_key, &world->random.random);
    struct avo_las_config core = {.local_max_count = 2,
                                  .tee = 1,
                                  .aead = avo_aead_create(&arena, AVO_AEAD_NETTLE),
                                  .random = &world->random.random,
                                  .measurement = {0x1a}};
    memcpy(core.cas_public_key, cas_key.public, sizeof core.cas_public_key);
    world->las = avo_las_create(&arena, &core);
    world->cas_listener = cas_listen(&cas);
    (void)snprintf(world->path, sizeof world->path, "/tmp/avocado-las-edges-%d.sock", (int)getpid());
    (void)snprintf(world->log, sizeof world->log, "/tmp/avocado-las-edges-%d.log", (int)getpid());
    assert_true(avo_log_file(world->log));
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, world->cpu), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, world->outside), 0);
    const struct avo_las_server_config config = {.las = world->las,
                                                 .local_max_count = 2,
                                                 .cas = cas,
                                                 .listener = avo_socket_listen(world->path),
                                                 .watch = {.tee = world->cpu[1], .signals = -1, .outside = world->outside[1]},
                                                 .evidence = nothing,
                                                 .report_key = nothing};
    world->server = avo_las_server_create(&arena, &config);
    assert_non_null(world->server);
    assert_int_equal(pthread_create(&world->thread, NULL, run, world), 0);
    assert_true(readable(world->cas_listener, WAIT_MS)); /* it has dialled */
    *state = world;
    return 0;
}

static int teardown(void **state) {
    struct world *world = *state;
    if (!world->ended) {
        (void)close(world->outside[0]);
        assert_int_equal(pthread_join(world->thread, NULL), 0);
        assert_int_equal(world->ending, AVO_WATCH_TOLD);
    }
    (void)unlink(world->path);
    (void)unlink(world->log);
    (void)close(world->cas_listener);
    avo_las_wipe(world->las);
    free(world->memory);
    free(world);
    return 0;
}

/* Asks for the LAS's own target; what came, or 0 when it closed the connection. */
static ssize_t ask(int fd, struct avo_slice message) {
    uint8_t answer[AVO_LOCAL_MAX_BYTES];
    assert_int_equal(send(fd, message.data, message.length, MSG_NOSIGNAL), message.length);
    assert_true(readable(fd, WAIT_MS));
    return recv(fd, answer, sizeof answer, 0);
}

static ssize_t ask_target(int fd) {
    uint8_t bytes[64];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_local_write(&writer, AVO_LOCAL_TARGET_REQUEST, 5, AVO_SLICE_EMPTY);
    return ask(fd, avo_writer_slice(&writer));
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
    assert_int_equal(ask(zero, avo_slice_string("junk")), 0);
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
    assert_true(ask(enclave, avo_slice_string("x")) <= 0); /* its end, as any */
    (void)close(enclave);
}

static void a_poll_that_fails_is_the_end(void **state) {
    struct world *world = *state;
    int enclave = avo_socket_connect(world->path);
    poll_fails = EINVAL;
    assert_int_equal(send(enclave, "x", 1, MSG_NOSIGNAL), 1);
    assert_int_equal(pthread_join(world->thread, NULL), 0);
    assert_int_equal(world->ending, AVO_WATCH_DONE);
    world->ended = true;
    (void)close(enclave);
}

static void only_an_error_of_the_connection_makes_it_dial_again(void **state) {
    struct world *world = *state;
    static const int errors[] = {EINTR, EAGAIN, ECONNRESET};
    int cas = accept(world->cas_listener, NULL, NULL);
    assert_true(readable(cas, WAIT_MS));
    recv_family = AF_INET;
    for (uint32_t i = 0; i < AVO_COUNT(errors); i++) {
        recv_fails = errors[i];
        assert_int_equal(send(cas, &"avocado"[i], 1, MSG_NOSIGNAL), 1); /* of its first words: more has to come */
        bool again = errors[i] == ECONNRESET;
        assert_int_equal(readable(world->cas_listener, again ? WAIT_MS : QUIET_MS), again);
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
