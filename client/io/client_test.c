/* The library without a cluster: what it refuses, what it frees, when calls end, and what a fork does. Everything else needs
 * replicas: tests/e2e/test_library.py. */
#include "client/io/clock.h"
#include "client/io/testing.h"
#include <avocado/avocado.h>
#include <dirent.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define MANY 300
#define TIMEOUT_MS 150
/* Beyond AVO_TICK_MS: what a busy machine may add. */
#define GRACE_US 200000

struct world {
    struct avo_test_profile folder;
    int deaf[3]; /* bound, never read: a cluster that says nothing */
};

static int make(void **state) {
    struct world *world = malloc(sizeof *world);
    struct avo_why why;
    avo_test_profile_make(&world->folder, 3);
    for (int i = 0; i < 3; i++) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        socklen_t length = sizeof address;
        world->deaf[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(world->deaf[i], (struct sockaddr *)&address, sizeof address), 0);
        assert_int_equal(getsockname(world->deaf[i], (struct sockaddr *)&address, &length), 0);
        world->folder.profile.view.members[i].address.port = ntohs(address.sin_port);
    }
    avo_test_profile_sign(&world->folder);
    assert_int_equal(avo_profile_save(world->folder.path, &world->folder.profile, &why), AVO_OK);
    *state = world;
    return 0;
}

static void deaf_close(struct world *world) {
    for (int i = 0; i < 3; i++) {
        (void)close(world->deaf[i]);
        world->deaf[i] = -1;
    }
}

static int unmake(void **state) {
    struct world *world = *state;
    deaf_close(world);
    avo_test_profile_free(&world->folder);
    free(world);
    return 0;
}

static struct avo_client *open_with(const struct world *world, const struct avo_options *options) {
    struct avo_client *client;
    char why[AVO_DETAIL_BYTES];
    if (avo_open_with(world->folder.path, options, &client, why, sizeof why) != AVO_OK) {
        fail_msg("%s", why);
    }
    return client;
}

static unsigned entries(const char *folder) {
    unsigned count = 0;
    DIR *dir = opendir(folder);
    while (readdir(dir) != NULL) {
        count++;
    }
    (void)closedir(dir);
    return count;
}

static void options_are_checked(void **state) {
    struct world *world = *state;
    struct avo_client *client;
    char why[AVO_DETAIL_BYTES];
    struct avo_options options = AVO_OPTIONS_INIT;
    options.depth = AVO_DEPTH_MAX + 1;
    assert_int_equal(avo_open_with(world->folder.path, &options, &client, why, sizeof why), AVO_EINVAL);
    assert_null(client);
    assert_non_null(strstr(why, "depth 8193"));
    options = (struct avo_options)AVO_OPTIONS_INIT;
    options.size += 8;
    assert_int_equal(avo_open_with(world->folder.path, &options, &client, why, sizeof why), AVO_EINVAL);
    assert_int_equal(avo_open_with("/nonexistent", NULL, &client, NULL, 0), AVO_EIO);
    options = (struct avo_options)AVO_OPTIONS_INIT;
    options.depth = AVO_DEPTH_MAX;
    options.large = AVO_LARGE_MAX;
    client = open_with(world, &options);
    assert_int_equal(avo_info(client)->depth, AVO_DEPTH_MAX);
    assert_int_equal(avo_info(client)->replicas, 3);
    assert_int_equal(avo_info(client)->quorum, 2);
    assert_int_equal(avo_info(client)->value_max_bytes, AVO_VALUE_MAX_BYTES);
    assert_memory_equal(avo_info(client)->cluster_id, world->folder.profile.cluster_id, AVO_CLUSTER_ID_BYTES);
    avo_close(client);
}

static void what_cannot_be_submitted_says_why(void **state) {
    struct avo_client *client = open_with(*state, NULL);
    static char large[AVO_VALUE_MAX_BYTES + 1];
    assert_int_equal(avo_submit_get(client, "", 0, 0, 0, NULL), AVO_EINVAL);
    assert_non_null(strstr(avo_detail(client), "key is empty"));
    assert_int_equal(avo_submit_get(client, NULL, 0, 0, 0, NULL), AVO_EINVAL);
    assert_int_equal(avo_submit_get(client, large, 513, 0, 0, NULL), AVO_ETOOBIG);
    assert_int_equal(avo_submit_put(client, "k", 1, large, sizeof large, 0, 0, NULL), AVO_ETOOBIG);
    assert_non_null(strstr(avo_detail(client), "at most 1048576 bytes"));
    assert_int_equal(avo_submit_put(client, "k", 1, "v", 1, 0, 2, NULL), AVO_EINVAL);
    assert_non_null(strstr(avo_detail(client), "flag"));
    assert_int_equal(avo_pending(client), 0);
    assert_int_equal(avo_wake_ms(client), -1);
    assert_null(avo_next(client, 5000)); /* nothing is under way: no wait */
    avo_close(client);
}

static void a_full_queue_is_busy_until_a_completion_is_taken(void **state) {
    struct avo_options options = AVO_OPTIONS_INIT;
    options.depth = 2;
    struct avo_client *client = open_with(*state, &options);
    int users[3];
    assert_int_equal(avo_submit_get(client, "a", 1, TIMEOUT_MS, 0, &users[0]), AVO_OK);
    assert_int_equal(avo_submit_delete(client, "b", 1, TIMEOUT_MS, 0, &users[1]), AVO_OK);
    assert_int_equal(avo_submit_get(client, "c", 1, TIMEOUT_MS, 0, &users[2]), AVO_EBUSY);
    assert_non_null(strstr(avo_detail(client), "2 calls are under way"));
    assert_int_equal(avo_wake_ms(client), 0); /* something is to be sent */
    avo_flush(client);
    assert_in_range(avo_wake_ms(client), 0, AVO_TICK_MS);
    const struct avo_completion *first = avo_next(client, 5000);
    assert_non_null(first);
    assert_int_equal(avo_pending(client), 1);
    assert_int_equal(avo_submit_get(client, "c", 1, TIMEOUT_MS, 0, &users[2]), AVO_OK); /* while the first is held */
    assert_true(first->user == &users[0] || first->user == &users[1]);
    assert_int_equal(first->error, AVO_ETIMEOUT);
    assert_int_equal(first->key_bytes, 1);
    assert_non_null(strstr(avo_detail(client), "nobody answered in time"));
    assert_non_null(avo_next(client, 5000));
    const struct avo_completion *last = avo_next(client, 5000);
    assert_ptr_equal(last->user, &users[2]);
    assert_memory_equal(last->key, "c", 1);
    assert_int_equal(avo_pending(client), 0);
    assert_null(avo_next(client, 0));
    avo_close(client);
}

/* Every call ends within its own timeout and a tick. */
static void calls_end_when_their_time_is_up(void **state) {
    struct avo_client *client = open_with(*state, NULL);
    uint64_t started_us = avo_clock_us();
    uint64_t due_us[20];
    for (int i = 0; i < 20; i++) {
        uint32_t timeout_ms = 40 + (uint32_t)(i * 7 % 20) * 10;
        due_us[i] = avo_clock_us() + timeout_ms * 1000U;
        assert_int_equal(avo_submit_put(client, "k", 1, "v", 1, timeout_ms, 0, &due_us[i]), AVO_OK);
    }
    uint64_t latest_us = 0;
    for (int i = 0; i < 20; i++) {
        const struct avo_completion *done = avo_next(client, 5000);
        assert_non_null(done);
        const uint64_t *due = done->user;
        uint64_t now_us = avo_clock_us();
        assert_int_equal(done->error, AVO_ETIMEOUT); /* no session ever opened: nothing was sent, so no effect */
        assert_true(now_us >= *due && now_us <= *due + AVO_TICK_MS * 1000 + GRACE_US);
        latest_us = *due > latest_us ? *due : latest_us;
    }
    assert_true(latest_us - started_us >= 230000);
    avo_close(client);
}

static void closed_ports_end_in_time_too(void **state) {
    struct world *world = *state;
    deaf_close(world);
    struct avo_client *client = open_with(world, NULL);
    char value[8];
    size_t length = 99;
    assert_int_equal(avo_submit_get(client, "k", 1, TIMEOUT_MS, 0, NULL), AVO_OK);
    assert_int_equal(avo_get(client, "k", 1, value, sizeof value, &length, 2 * TIMEOUT_MS), AVO_ETIMEOUT);
    assert_int_equal(length, 0);
    assert_non_null(strstr(avo_detail(client), "avocado status"));
    assert_int_equal(avo_wake_ms(client), 0); /* the other one ended meanwhile, and is kept */
    assert_int_equal(avo_pending(client), 1);
    const struct avo_completion *done = avo_next(client, 0);
    assert_non_null(done);
    assert_int_equal(done->error, AVO_ETIMEOUT);
    assert_int_equal(avo_pending(client), 0);
    avo_close(client);
}

static void status_of_nobody_is_an_answer(void **state) {
    struct avo_client *client = open_with(*state, NULL);
    struct avo_replica_figures figures[2];
    size_t count;
    assert_int_equal(avo_submit_get(client, "k", 1, 4 * TIMEOUT_MS, 0, NULL), AVO_OK);
    assert_int_equal(avo_status(client, figures, 2, &count, TIMEOUT_MS), AVO_OK);
    assert_int_equal(count, 3);
    assert_false(figures[0].serving || figures[1].serving);
    assert_int_equal(avo_pending(client), 1);
    assert_non_null(avo_next(client, 5000));
    avo_close(client);
}

static void many_clients_come_and_go_without_a_trace(void **state) {
    static struct avo_client *clients[MANY];
    unsigned descriptors = entries("/proc/self/fd");
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < MANY; i++) {
            clients[i] = open_with(*state, NULL);
            assert_int_equal(avo_submit_put(clients[i], "k", 1, "v", 1, 0, 0, NULL), AVO_OK);
            avo_flush(clients[i]);
        }
        for (int i = 0; i < MANY; i++) {
            avo_close(clients[i]); /* with a call under way */
        }
    }
    assert_int_equal(entries("/proc/self/fd"), descriptors);
}

/* No child may seal under its parent's keys and counters: it could repeat a nonce. */
static void a_child_cannot_use_its_parents_client(void **state) {
    struct avo_client *client = open_with(*state, NULL);
    char value[8];
    size_t length;
    assert_int_equal(avo_submit_get(client, "k", 1, TIMEOUT_MS, 0, NULL), AVO_OK);
    avo_flush(client);
    pid_t child = fork();
    if (child == 0) {
        bool refused = avo_submit_get(client, "k", 1, 0, 0, NULL) == AVO_ESTALE &&
                       avo_put(client, "k", 1, "v", 1, 0) == AVO_ESTALE &&
                       avo_get(client, "k", 1, value, sizeof value, &length, 0) == AVO_ESTALE && avo_next(client, 1000) == NULL &&
                       avo_fd(client) == -1 && avo_wake_ms(client) == -1 && avo_info(client) == NULL &&
                       strstr(avo_detail(client), "after fork") != NULL;
        avo_flush(client);
        avo_close(client);
        _exit(refused ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_non_null(avo_next(client, 5000)); /* the parent's goes on */
    avo_close(client);
}

/* A flood of rubbish at the client's port: a caller who does not want to wait is not kept, and calls end in time. */
static void a_flood_keeps_nobody(void **state) {
    struct world *world = *state;
    struct avo_client *client = open_with(world, NULL);
    struct sockaddr_in address = {0};
    socklen_t length = sizeof address;
    static char rubbish[600];
    assert_int_equal(avo_submit_get(client, "k", 1, TIMEOUT_MS, 0, NULL), AVO_OK);
    avo_flush(client);
    assert_int_equal(getsockname(avo_fd(client), (struct sockaddr *)&address, &length), 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    uint64_t started_us = avo_clock_us();
    bool ended = false;
    while (!ended) {
        for (int i = 0; i < 400; i++) {
            (void)sendto(world->deaf[0], rubbish, sizeof rubbish, 0, (struct sockaddr *)&address, sizeof address);
        }
        ended = avo_next(client, 0) != NULL;
    }
    assert_true(avo_clock_us() - started_us < TIMEOUT_MS * 1000 + AVO_TICK_MS * 1000 + GRACE_US);
    assert_true(avo_info(client)->datagrams_dropped > 0);
    avo_close(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(options_are_checked, make, unmake),
        cmocka_unit_test_setup_teardown(what_cannot_be_submitted_says_why, make, unmake),
        cmocka_unit_test_setup_teardown(a_full_queue_is_busy_until_a_completion_is_taken, make, unmake),
        cmocka_unit_test_setup_teardown(calls_end_when_their_time_is_up, make, unmake),
        cmocka_unit_test_setup_teardown(closed_ports_end_in_time_too, make, unmake),
        cmocka_unit_test_setup_teardown(status_of_nobody_is_an_answer, make, unmake),
        cmocka_unit_test_setup_teardown(many_clients_come_and_go_without_a_trace, make, unmake),
        cmocka_unit_test_setup_teardown(a_child_cannot_use_its_parents_client, make, unmake),
        cmocka_unit_test_setup_teardown(a_flood_keeps_nobody, make, unmake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
