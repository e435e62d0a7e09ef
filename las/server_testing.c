#include "las/server_testing.h"
#include "daemon/address.h"
#include "daemon/log.h"
#include "daemon/socket.h"
#include <netinet/in.h>
#include <poll.h>
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

/* Paths are of the seed, so that the tests of one process at a time do not meet. */
static void files_name(struct world *world, uint64_t seed) {
    (void)snprintf(world->path, sizeof world->path, "/tmp/avocado-las-%d-%d.sock", (int)seed, (int)getpid());
    (void)snprintf(world->log, sizeof world->log, "/tmp/avocado-las-%d-%d.log", (int)seed, (int)getpid());
    assert_true(avo_log_file(world->log));
}

struct world *world_open(const struct world_config *config) {
    struct world *world = calloc(1, sizeof *world);
    struct avo_address cas;
    world->memory = aligned_alloc(AVO_CACHE_LINE_BYTES, WORLD_MEMORY_BYTES);
    memset(world->memory, 0, WORLD_MEMORY_BYTES);
    world->random = avo_prng(config->seed);
    struct avo_arena arena = avo_arena(world->memory, WORLD_MEMORY_BYTES);
    world->aead = avo_aead_create(&arena, AVO_AEAD_NETTLE);
    avo_key_pair_make(&world->cas_key, &world->random.random);
    struct avo_las_config core = {
        .local_max_count = 2, .tee = 1, .aead = world->aead, .random = &world->random.random, .measurement = {0x1a}};
    memcpy(core.cas_public_key, world->cas_key.public, sizeof core.cas_public_key);
    world->las = avo_las_create(&arena, &core);
    world->cas_listener = cas_listen(&cas);
    files_name(world, config->seed);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, world->cpu), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, world->outside), 0);
    const struct avo_las_server_config server = {.las = world->las,
                                                 .local_max_count = 2,
                                                 .cas = cas,
                                                 .listener = avo_socket_listen(world->path),
                                                 .watch = {.tee = world->cpu[1], .signals = -1, .outside = world->outside[1]},
                                                 .evidence = config->evidence,
                                                 .report_key = config->report_key};
    world->server = avo_las_server_create(&arena, &server);
    assert_non_null(world->server);
    assert_int_equal(pthread_create(&world->thread, NULL, config->thread, world), 0);
    return world;
}

void world_close(struct world *world) {
    (void)unlink(world->path);
    (void)unlink(world->log);
    (void)close(world->cas_listener);
    avo_las_wipe(world->las);
    free(world->memory);
    free(world);
}

bool world_readable(int fd, int wait_ms) {
    return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, wait_ms) == 1;
}

ssize_t world_ask(int fd, struct avo_slice message, uint8_t answer[AVO_LOCAL_MAX_BYTES]) {
    assert_int_equal(send(fd, message.data, message.length, MSG_NOSIGNAL), message.length);
    assert_true(world_readable(fd, WORLD_WAIT_MS));
    return recv(fd, answer, AVO_LOCAL_MAX_BYTES, 0);
}

ssize_t world_ask_target(int fd, uint8_t answer[AVO_LOCAL_MAX_BYTES]) {
    uint8_t bytes[64];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_local_write(&writer, AVO_LOCAL_TARGET_REQUEST, 5, AVO_SLICE_EMPTY);
    return world_ask(fd, avo_writer_slice(&writer), answer);
}
