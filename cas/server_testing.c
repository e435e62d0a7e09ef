#include "cas/server_testing.h"
#include "daemon/address.h"
#include "daemon/log.h"
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static _Atomic int64_t ahead_s;

void server_clock_ahead(int64_t seconds) {
    ahead_s = seconds;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    long status = syscall(SYS_clock_gettime, clock, now);
    now->tv_sec += clock == CLOCK_MONOTONIC ? ahead_s : 0;
    return (int)status;
}

/* A line for the log at each level. */
static void reports(struct server_world *world) {
    static const enum avo_log_level levels[] = {AVO_LOG_WARN, AVO_LOG_INFO};
    for (size_t i = 0; i < AVO_COUNT(levels); i++) {
        world->effects[world->count++] = (struct avo_cas_effect){
            .kind = AVO_CAS_LOG, .bytes = avo_slice_string(i == 0 ? "a warning" : "some news"), .level = levels[i]};
    }
}

static void does(struct server_world *world, enum avo_cas_effect_kind kind, uint32_t connection, struct avo_slice bytes) {
    world->effects[world->count++] = (struct avo_cas_effect){.kind = kind, .connection = connection, .bytes = bytes};
}

static void hears(struct server_world *world, const struct avo_cas_event *event) {
    size_t length = event->bytes.length;
    assert_true(length > 0 && length <= sizeof world->bytes);
    memcpy(world->bytes, event->bytes.data, length);
    struct avo_slice bytes = avo_slice(world->bytes, length);
    switch (world->bytes[0]) {
    case 'c': /* says it back, and closes */
        does(world, AVO_CAS_SEND, event->connection, bytes);
        does(world, AVO_CAS_CLOSE, event->connection, avo_slice_string("asked to"));
        break;
    case 'p':
        does(world, AVO_CAS_PERSIST, event->connection, bytes);
        reports(world);
        break;
    case 'q':
        memset(world->bytes, 'r', 64);
        does(world, AVO_CAS_NEED_EVIDENCE, event->connection, avo_slice(world->bytes, 64));
        break;
    case 'f': /* more than a peer may leave unread */
        for (int i = 0; i < 3; i++) {
            does(world, AVO_CAS_SEND, event->connection, AVO_SLICE_OF(world->flood));
        }
        break;
    default:
        does(world, AVO_CAS_SEND, event->connection, bytes);
    }
}

struct avo_cas_effects avo_cas_step(struct avo_cas *cas, const struct avo_cas_event *event) {
    struct server_world *world = (struct server_world *)cas;
    assert_true(event->now_us >= world->last_us && event->now_us > 0);
    assert_true(llabs((long long)event->now_s - (long long)time(NULL)) <= 1);
    world->last_us = event->now_us;
    world->count = 0;
    switch (event->kind) {
    case AVO_CAS_OPENED:
        world->opened[event->connection]++;
        break;
    case AVO_CAS_CLOSED:
        world->closed[event->connection]++;
        break;
    case AVO_CAS_BYTES:
        hears(world, event);
        break;
    case AVO_CAS_TICK:
        world->ticks++;
        break;
    case AVO_CAS_CROWDED:
        world->crowds++;
        if (world->victim >= 0) {
            does(world, AVO_CAS_CLOSE, (uint32_t)world->victim, avo_slice_string("room was needed"));
        }
        break;
    case AVO_CAS_PERSISTED: /* connection 0 asks for it in these tests */
        does(world, AVO_CAS_SEND, 0, event->error == AVO_OK ? avo_slice_string("kept") : event->bytes);
        break;
    case AVO_CAS_EVIDENCE_READY:
        does(world, AVO_CAS_SEND, event->connection, event->bytes);
        break;
    }
    return (struct avo_cas_effects){world->effects, world->count};
}

static void evidence(void *context, const uint8_t *report_data, struct avo_buffer *quote) {
    (void)context;
    assert_true(quote->length == 0 && quote->capacity == AVO_EVIDENCE_MAX_BYTES);
    memset(quote->data, report_data[63], SERVER_EVIDENCE_BYTES);
    quote->length = SERVER_EVIDENCE_BYTES;
}

static enum avo_error persist(void *context, struct avo_slice state, struct avo_text *why) {
    struct server_world *world = context;
    assert_int_equal(why->length, 0);
    if (world->disk_full) {
        avo_text_add_string(why, "no space");
        return AVO_EIO;
    }
    memcpy(world->kept, state.data, state.length);
    return AVO_OK;
}

static void *run(void *argument) {
    struct server_world *world = argument;
    world->ending = avo_server_run(world->server);
    return NULL;
}

int server_setup(void **state) {
    struct server_world *world = calloc(1, sizeof *world);
    world->victim = -1;
    (void)snprintf(world->log, sizeof world->log, "/tmp/avocado-cas-server-%d.log", (int)getpid());
    assert_true(avo_log_file(world->log));
    ahead_s = 0;
    world->memory = aligned_alloc(AVO_CACHE_LINE_BYTES, SERVER_MEMORY_BYTES);
    memset(world->memory, 0, SERVER_MEMORY_BYTES);
    struct avo_arena arena = avo_arena(world->memory, SERVER_MEMORY_BYTES);
    struct sockaddr_storage own = {0};
    socklen_t length = sizeof own;
    assert_int_equal(avo_address_parse("127.0.0.1", 0, &world->address), AVO_OK);
    world->listener = avo_server_listen(&world->address);
    assert_true(world->listener >= 0);
    assert_int_equal(getsockname(world->listener, (struct sockaddr *)&own, &length), 0);
    world->address = avo_address_from_socket(&own);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, world->cpu), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, world->outside), 0);
    const struct avo_server_config config = {.cas = (struct avo_cas *)world,
                                             .connection_max_count = SERVER_PEERS,
                                             .listener = world->listener,
                                             .watch = {.tee = world->cpu[1], .signals = -1, .outside = world->outside[1]},
                                             .context = world,
                                             .evidence = evidence,
                                             .persist = persist};
    world->server = avo_server_create(&arena, &config);
    assert_non_null(world->server);
    assert_int_equal(pthread_create(&world->thread, NULL, run, world), 0);
    *state = world;
    return 0;
}

void server_end(struct server_world *world, int *fd, enum avo_watch_ending expected) {
    (void)close(*fd);
    assert_int_equal(pthread_join(world->thread, NULL), 0);
    assert_int_equal(world->ending, expected);
    *fd = -1;
}

/* Ends it where the test did not. */
int server_teardown(void **state) {
    struct server_world *world = *state;
    if (world->cpu[0] >= 0 && world->outside[0] >= 0) {
        server_end(world, &world->outside[0], AVO_WATCH_TOLD);
    }
    (void)unlink(world->log);
    (void)close(world->listener);
    free(world->memory);
    free(world);
    return 0;
}

bool server_log_says(const struct server_world *world, const char *text) {
    char said[4096] = {0};
    FILE *log = fopen(world->log, "r");
    assert_non_null(log);
    (void)fread(said, 1, sizeof said - 1, log);
    (void)fclose(log);
    return strstr(said, text) != NULL;
}

int peer_connect(const struct server_world *world) {
    struct sockaddr_storage to;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int small = 4096;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    socklen_t length = avo_address_to_socket(&world->address, AF_INET, &to);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, length), 0);
    return fd;
}

bool peer_readable(int fd, int wait_ms) {
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    return poll(&polled, 1, wait_ms) == 1;
}

void peer_says(int fd, const char *text) {
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Reads so many bytes; less when the other side ends. */
size_t peer_hear(int fd, void *to, size_t length) {
    size_t got = 0;
    while (got < length && peer_readable(fd, SERVER_WAIT_MS)) {
        ssize_t more = recv(fd, (uint8_t *)to + got, length - got, 0);
        if (more <= 0) {
            break;
        }
        got += (size_t)more;
    }
    return got;
}

void peer_expect(int fd, const char *text) {
    char got[64] = {0};
    assert_int_equal(peer_hear(fd, got, strlen(text)), strlen(text));
    assert_string_equal(got, text);
}

void peer_expect_end(int fd) {
    assert_true(peer_readable(fd, SERVER_WAIT_MS));
    assert_true(recv(fd, &(char){0}, 1, 0) <= 0);
}

void wait_for(const _Atomic uint32_t *count, uint32_t expected) {
    for (int i = 0; i < SERVER_WAIT_MS && *count < expected; i++) {
        (void)usleep(1000);
    }
    assert_int_equal(*count, expected);
}
