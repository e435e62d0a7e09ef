/* The blocking link against the real TCP shell of the CAS, over loopback, in two threads. */
#include "cas/server.h"
#include "client/dialog/link.h"
#include "client/dialog/tcp.h"
#include "tests/control/testing.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct world world;
    struct avo_key_pair owner_key;
    struct avo_prng random; /* the client's own, in its own thread */
    struct avo_text reason;
    struct avo_server *server;
    pthread_t thread;
    int stop;
    int cpu[2];
    struct avo_cas_link_config config;
    bool stopped_by_signal;
};

static void evidence(void *context, const uint8_t *report_data, struct avo_buffer *quote) {
    (void)context;
    evidence_make(quote->data, MEASUREMENT_CAS, report_data);
    quote->length = EVIDENCE_BYTES;
}

static enum avo_error persist(void *context, struct avo_slice state, struct avo_text *why) {
    (void)context, (void)state, (void)why;
    return AVO_OK;
}

static void *serve(void *argument) {
    struct fixture *fixture = argument;
    fixture->stopped_by_signal = avo_server_run(fixture->server) == AVO_WATCH_TOLD;
    return NULL;
}

/* The test's verifier wants the world's time; the shell's is the real one. */
static enum avo_error verify(void *context, struct avo_slice policy, enum avo_attested_role role, struct avo_slice bytes,
                             const uint8_t report_data[AVO_BINDING_BYTES], uint64_t now_s, struct avo_attested *attested,
                             struct avo_text *reason) {
    (void)now_s;
    struct world *world = context;
    return world->verifier.verify(world, policy, role, bytes, report_data, WORLD_NOW_S, attested, reason);
}

static uint16_t port_of(int listener) {
    struct sockaddr_in bound;
    socklen_t length = sizeof bound;
    assert_int_equal(getsockname(listener, (struct sockaddr *)&bound, &length), 0);
    return ntohs(bound.sin_port);
}

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct avo_address any = {.ip = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1}};
    fixture->random = avo_prng(61);
    avo_key_pair_make(&fixture->owner_key, &fixture->random.random);
    world_open(&fixture->world, 62, &fixture->owner_key);
    const struct avo_aead *aead = avo_aead_create(&fixture->world.arena, AVO_AEAD_BEST); /* one a thread */
    int listener = avo_server_listen(&any);
    assert_true(listener >= 0);
    fixture->stop = eventfd(0, EFD_CLOEXEC);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fixture->cpu), 0);
    const struct avo_server_config config = {.cas = fixture->world.cas,
                                             .connection_max_count = WORLD_CONNECTIONS,
                                             .listener = listener,
                                             .watch = {.tee = fixture->cpu[0], .signals = -1, .outside = fixture->stop},
                                             .evidence = evidence,
                                             .persist = persist};
    fixture->server = avo_server_create(&fixture->world.arena, &config);
    assert_non_null(fixture->server);
    assert_int_equal(pthread_create(&fixture->thread, NULL, serve, fixture), 0);
    any.port = port_of(listener);
    fixture->config = (struct avo_cas_link_config){
        .address = any, .own_key = &fixture->owner_key, .aead = aead, .random = &fixture->random.random, .timeout_ms = 5000};
    memcpy(fixture->config.cas_public_key, avo_cas_public_key(fixture->world.cas), AVO_PUBLIC_KEY_BYTES);
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    uint64_t one = 1;
    assert_int_equal(write(fixture->stop, &one, sizeof one), sizeof one);
    assert_int_equal(pthread_join(fixture->thread, NULL), 0);
    world_close(&fixture->world);
    (void)close(fixture->stop);
    (void)close(fixture->cpu[0]);
    (void)close(fixture->cpu[1]);
    free(fixture);
    return 0;
}

static struct avo_cas_link *open_link(struct fixture *fixture) {
    struct avo_cas_link *link;
    assert_int_equal(avo_cas_link_open(&fixture->config, &link, &fixture->reason), AVO_OK);
    return link;
}

static void an_owner_uploads_after_evidence(void **state) {
    struct fixture *fixture = *state;
    struct avo_attested attested;
    struct avo_genesis_status status;
    const struct avo_verifier verifier = {.context = &fixture->world, .verify = verify};
    struct avo_slice policy = avo_slice_string("policy");
    struct avo_cas_link *link = open_link(fixture);
    assert_memory_equal(avo_cas_link_sign_public(link), avo_cas_sign_public_key(fixture->world.cas), AVO_PUBLIC_KEY_BYTES);
    assert_int_equal(avo_cas_link_upload(link, policy, &fixture->reason), AVO_EDENIED);
    assert_non_null(strstr(fixture->reason.bytes, "has not proven itself"));
    assert_int_equal(avo_cas_link_attest(link, &verifier, policy, 0, &attested, &fixture->reason), AVO_OK);
    assert_int_equal(avo_cas_link_upload(link, policy, &fixture->reason), AVO_OK);
    assert_int_equal(avo_cas_link_upload(link, policy, &fixture->reason), AVO_EDENIED); /* a refusal leaves the link open */
    assert_int_equal(avo_cas_link_status(link, &status, &fixture->reason), AVO_OK);
    assert_int_equal(status.phase, AVO_GENESIS_GATHERING);
    avo_cas_link_close(link);
}

static void another_key_than_the_pinned_one_is_told(void **state) {
    struct fixture *fixture = *state;
    struct avo_cas_link *link;
    fixture->config.cas_public_key[5] ^= 1;
    assert_int_equal(avo_cas_link_open(&fixture->config, &link, &fixture->reason), AVO_EAUTH);
    assert_null(link);
    assert_non_null(strstr(fixture->reason.bytes, "pinned key"));
}

static void *answer_newer(void *argument) {
    static const uint8_t newer[8] = {'a', 'v', 'o', 'c', 'a', 'd', 'o', AVO_WIRE_VERSION + 2};
    uint8_t ignored[256];
    int connection = accept(*(int *)argument, NULL, NULL);
    ssize_t got = read(connection, ignored, sizeof ignored);
    ssize_t sent = got > 0 ? write(connection, newer, sizeof newer) : 0;
    (void)close(connection);
    return sent == sizeof newer ? argument : NULL;
}

static void another_version_is_told_by_name(void **state) {
    struct fixture *fixture = *state;
    struct avo_cas_link *link;
    struct avo_address any = fixture->config.address;
    char line[100];
    pthread_t thread;
    void *answered;
    any.port = 0;
    int other = avo_server_listen(&any);
    assert_int_equal(fcntl(other, F_SETFL, fcntl(other, F_GETFL) & ~O_NONBLOCK), 0);
    fixture->config.address.port = port_of(other);
    assert_int_equal(pthread_create(&thread, NULL, answer_newer, &other), 0);
    assert_int_equal(avo_cas_link_open(&fixture->config, &link, &fixture->reason), AVO_EVERSION);
    (void)snprintf(line, sizeof line, "CAS: it speaks wire version %d, this program speaks version %d: upgrade",
                   AVO_WIRE_VERSION + 2, AVO_WIRE_VERSION);
    assert_non_null(strstr(fixture->reason.bytes, line));
    assert_int_equal(pthread_join(thread, &answered), 0);
    assert_non_null(answered);
    (void)close(other);
}

static void a_closed_port_is_told(void **state) {
    struct fixture *fixture = *state;
    struct avo_cas_link *link;
    struct avo_address any = fixture->config.address;
    any.port = 0;
    int other = avo_server_listen(&any);
    fixture->config.address.port = port_of(other);
    (void)close(other);
    assert_int_equal(avo_cas_link_open(&fixture->config, &link, &fixture->reason), AVO_EIO);
    assert_non_null(strstr(fixture->reason.bytes, "Connection refused"));
}

static void silence_ends_at_the_deadline(void **state) {
    struct fixture *fixture = *state;
    struct avo_cas_link *link;
    struct avo_address any = fixture->config.address;
    any.port = 0;
    int silent = avo_server_listen(&any); /* accepts in its backlog and never answers */
    fixture->config.address.port = port_of(silent);
    fixture->config.timeout_ms = 100;
    uint64_t before_ms = avo_tcp_now_ms();
    assert_int_equal(avo_cas_link_open(&fixture->config, &link, &fixture->reason), AVO_ETIMEOUT);
    assert_true(avo_tcp_now_ms() - before_ms >= 100);
    (void)close(silent);
}

/* More strangers than there are connections, with garbage and with silence; then the owner still gets in. */
static void strangers_do_not_keep_the_owner_out(void **state) {
    struct fixture *fixture = *state;
    uint8_t garbage[500];
    int strangers[3 * WORLD_CONNECTIONS];
    avo_random_fill(&fixture->random.random, garbage, sizeof garbage);
    for (size_t i = 0; i < AVO_COUNT(strangers); i++) {
        uint64_t deadline_ms = avo_tcp_now_ms() + 2000;
        assert_int_equal(avo_tcp_connect(&fixture->config.address, deadline_ms, &strangers[i]), AVO_OK);
        assert_int_equal(avo_tcp_send(strangers[i], AVO_SLICE_OF(garbage), deadline_ms), AVO_OK);
    }
    for (size_t i = 0; i < AVO_COUNT(strangers); i++) {
        avo_tcp_close(strangers[i]);
    }
    avo_cas_link_close(open_link(fixture));
}

static void the_end_of_the_cpu_ends_the_server(void **state) {
    struct fixture *fixture = *state;
    (void)close(fixture->cpu[1]);
    assert_int_equal(pthread_join(fixture->thread, NULL), 0);
    assert_false(fixture->stopped_by_signal);
    fixture->cpu[1] = -1;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fixture->cpu), 0); /* for the teardown */
    assert_int_equal(pthread_create(&fixture->thread, NULL, serve, fixture), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_owner_uploads_after_evidence, setup, teardown),
        cmocka_unit_test_setup_teardown(another_key_than_the_pinned_one_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(another_version_is_told_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(a_closed_port_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(silence_ends_at_the_deadline, setup, teardown),
        cmocka_unit_test_setup_teardown(strangers_do_not_keep_the_owner_out, setup, teardown),
        cmocka_unit_test_setup_teardown(the_end_of_the_cpu_ends_the_server, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
