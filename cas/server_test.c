/* The CAS's shell: events and effects reach the right place, in order, and no peer takes the shell away. */
#include "cas/server_testing.h"
#include <errno.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void each_is_answered_on_its_own_connection(void **state) {
    struct server_world *world = *state;
    int first = peer_connect(world), second = peer_connect(world);
    peer_says(second, "two");
    peer_expect(second, "two");
    peer_says(first, "one");
    peer_expect(first, "one");
    peer_says(first, "more");
    peer_expect(first, "more");
    assert_false(peer_readable(second, SERVER_QUIET_MS));
    assert_true(world->opened[0] == 1 && world->opened[1] == 1 && world->opened[2] == 0);
    (void)close(first);
    wait_for(&world->closed[0], 1);
    int third = peer_connect(world); /* in the place that became free */
    peer_says(third, "three");
    peer_expect(third, "three");
    assert_true(world->opened[0] == 2 && world->opened[1] == 1 && world->closed[1] == 0);
    (void)close(second);
    (void)close(third);
    server_end(world, &world->cpu[0], AVO_WATCH_TEE);
}

/* Nothing is said of a state before it is kept, and why not when it is not. */
static void a_state_is_kept_before_its_answer(void **state) {
    struct server_world *world = *state;
    int fd = peer_connect(world);
    peer_says(fd, "p state");
    peer_expect(fd, "kept");
    assert_string_equal(world->kept, "p state");
    assert_true(server_log_says(world, " warn avocado: a warning\n") && server_log_says(world, " info avocado: some news\n"));
    world->disk_full = true;
    peer_says(fd, "p other");
    peer_expect(fd, "no space");
    peer_says(fd, "p again");
    peer_expect(fd, "no space"); /* each time its own reason */
    assert_string_equal(world->kept, "p state");
    (void)close(fd);
}

static void its_tee_attests_what_the_core_says(void **state) {
    struct server_world *world = *state;
    static uint8_t got[SERVER_EVIDENCE_BYTES];
    int fd = peer_connect(world);
    peer_says(fd, "q");
    assert_int_equal(peer_hear(fd, got, sizeof got), sizeof got);
    assert_true(got[0] == 'r' && got[SERVER_EVIDENCE_BYTES - 1] == 'r');
    peer_says(fd, "hello");
    peer_expect(fd, "hello");
    (void)close(fd);
}

/* The last reply arrives, then the end; the core closed it itself, and is not told. One that stays all the same goes after a while.
 */
static void a_closed_peer_gets_its_last_reply_and_some_time(void **state) {
    struct server_world *world = *state;
    int fd = peer_connect(world);
    peer_says(fd, "close");
    peer_expect(fd, "close");
    peer_expect_end(fd);
    peer_says(fd, "unheard"); /* still there, and no longer listened to */
    (void)usleep(SERVER_QUIET_MS * 1000);
    assert_int_equal(send(fd, "still", 5, MSG_NOSIGNAL), 5);
    server_clock_ahead(3);
    bool gone = false;
    for (int i = 0; i < SERVER_WAIT_MS / 10 && !gone; i++) {
        gone = send(fd, "x", 1, MSG_NOSIGNAL) != 1;
        (void)usleep(10000);
    }
    assert_true(gone);
    assert_int_equal(world->closed[0], 0);
    (void)close(fd);
}

/* Who does not read its replies is dropped; nobody else waits for it. */
static void a_peer_that_does_not_read_is_dropped(void **state) {
    struct server_world *world = *state;
    int deaf = peer_connect(world), good = peer_connect(world);
    peer_says(good, "good");
    peer_expect(good, "good");
    peer_says(deaf, "flood");
    wait_for(&world->closed[0], 1);
    peer_says(good, "again");
    peer_expect(good, "again");
    assert_int_equal(world->closed[1], 0);
    (void)close(deaf);
    (void)close(good);
}

static void when_it_is_full_the_core_says_who_goes(void **state) {
    struct server_world *world = *state;
    int peers[SERVER_PEERS];
    for (int i = 0; i < SERVER_PEERS; i++) {
        peers[i] = peer_connect(world);
        peer_says(peers[i], "here");
        peer_expect(peers[i], "here");
    }
    assert_int_equal(world->crowds, 0);
    world->victim = 1;
    int late = peer_connect(world);
    peer_says(late, "late");
    peer_expect(late, "late");
    peer_expect_end(peers[1]);
    assert_true(world->crowds == 1 && world->opened[1] == 2 && world->closed[1] == 0);
    peer_says(peers[2], "close");
    peer_expect(peers[2], "close"); /* told to leave, and lingers */
    int later = peer_connect(world);
    peer_says(later, "later");
    peer_expect(later, "later");
    assert_true(world->crowds == 1 && world->opened[2] == 2); /* its place is taken, and nobody else's */
    for (int i = 0; i < SERVER_PEERS; i++) {
        (void)close(peers[i]);
    }
    (void)close(late);
    (void)close(later);
}

/* All are busy: the new one waits, is asked for about once a tick, and served when one leaves. */
static void when_nobody_can_go_the_new_one_waits(void **state) {
    struct server_world *world = *state;
    int peers[SERVER_PEERS];
    for (int i = 0; i < SERVER_PEERS; i++) {
        peers[i] = peer_connect(world);
        peer_says(peers[i], "here");
        peer_expect(peers[i], "here");
    }
    int late = peer_connect(world);
    peer_says(late, "late");
    wait_for(&world->crowds, 1);
    uint32_t before = world->ticks;
    assert_false(peer_readable(late, SERVER_QUIET_MS));
    assert_true(world->crowds <= 2 + world->ticks - before);
    (void)close(peers[1]);
    peer_expect(late, "late");
    assert_int_equal(world->opened[1], 2);
    (void)close(peers[0]);
    (void)close(peers[2]);
    (void)close(late);
}

/* Twice a second, however much is said. */
static void time_passes_in_ticks(void **state) {
    struct server_world *world = *state;
    int fd = peer_connect(world);
    peer_says(fd, "hello");
    peer_expect(fd, "hello");
    uint32_t before = world->ticks;
    struct timespec began, now;
    (void)clock_gettime(CLOCK_MONOTONIC, &began);
    for (int i = 0; i < 200; i++) {
        peer_says(fd, "busy");
        peer_expect(fd, "busy");
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    assert_true(world->ticks - before <= 2 + 2 * (uint32_t)(now.tv_sec - began.tv_sec + 1));
    wait_for(&world->ticks, world->ticks + 1);
    (void)close(fd);
}

static int next_descriptor(void) {
    int fd = dup(STDERR_FILENO);
    (void)close(fd);
    return fd;
}

static void an_address_that_is_taken_is_said(void **state) {
    struct server_world *world = *state;
    errno = 0;
    int before = next_descriptor();
    assert_int_equal(avo_server_listen(&world->address), -1);
    assert_int_equal(errno, EADDRINUSE);
    assert_int_equal(next_descriptor(), before);
}

/* Connections that it closed are remembered by the kernel for a while: no reason to refuse its next start. */
static void the_next_start_has_the_same_address(void **state) {
    struct server_world *world = *state;
    int fd = peer_connect(world);
    peer_says(fd, "close");
    peer_expect(fd, "close");
    peer_expect_end(fd);
    (void)close(fd);
    server_end(world, &world->outside[0], AVO_WATCH_TOLD);
    (void)close(world->listener);
    world->listener = avo_server_listen(&world->address);
    assert_true(world->listener >= 0);
}

static void too_little_memory_makes_none(void **state) {
    (void)state;
    static _Alignas(AVO_CACHE_LINE_BYTES) uint8_t memory[SERVER_MEMORY_BYTES];
    const struct avo_server_config config = {.connection_max_count = 16}; /* more than it polls anything else */
    size_t fits = 0;
    for (size_t bytes = 0; bytes <= sizeof memory && fits == 0; bytes += AVO_CACHE_LINE_BYTES) {
        struct avo_arena arena = avo_arena(memory, bytes);
        if (avo_server_create(&arena, &config) != NULL) {
            assert_true(avo_arena_left_bytes(&arena) < AVO_CACHE_LINE_BYTES);
            fits = bytes;
        }
    }
    assert_true(fits > 16 * 32 * 1024); /* what a peer may leave unread */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_is_answered_on_its_own_connection, server_setup, server_teardown),
        cmocka_unit_test_setup_teardown(a_state_is_kept_before_its_answer, server_setup, server_teardown),
        cmocka_unit_test_setup_teardown(its_tee_attests_what_the_core_says, server_setup, server_teardown),
        cmocka_unit_test_setup_teardown(a_closed_peer_gets_its_last_reply_and_some_time, server_setup, server_teardown),
        cmocka_unit_test_setup_teardown(a_peer_that_does_not_read_is_dropped, server_setup, server_teardown),
        cmocka_unit_test_setup_teardown(when_it_is_full_the_core_says_who_goes, server_setup, server_teardown),
        cmocka_unit_test_setup_teardown(when_nobody_can_go_the_new_one_waits, server_setup, server_teardown),
        cmocka_unit_test_setup_teardown(time_passes_in_ticks, server_setup, server_teardown),
        cmocka_unit_test_setup_teardown(the_next_start_has_the_same_address, server_setup, server_teardown),
        cmocka_unit_test_setup_teardown(an_address_that_is_taken_is_said, server_setup, server_teardown),
        cmocka_unit_test(too_little_memory_makes_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
