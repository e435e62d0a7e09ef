/* Whole nodes in one process under load, from start to end (run it under ThreadSanitizer too): every thread of three hosts and
 * three enclaves, and clients on threads of their own. */
#include "client/io/client.h"
#include "tests/threads/nodes.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// clang-format off
#include <cmocka.h>
// clang-format on

#define CLIENTS 3
#define ROUNDS 500
#define KEYS 40
#define LARGE_BYTES 20000 /* many packets, and a blob of its own */
#define TIMEOUT_MS 60000  /* ThreadSanitizer and a busy machine are slow */

struct traffic {
    const struct avo_profile *profile;
    uint32_t id;
    uint32_t rounds;
    char why[AVO_DETAIL_BYTES]; /* empty: every answer was right */
};

static size_t value_make(uint32_t id, uint32_t round, uint8_t *value) {
    size_t length = round % 8 == 0 ? LARGE_BYTES : 8 + round % 200;
    memset(value, (int)(id * 31 + round), length);
    return length;
}

/* Writes a key of its own, reads it back, deletes some; reads what the others write, whatever that is. */
static enum avo_error round_run(struct avo_client *client, struct traffic *traffic, uint32_t round) {
    static _Thread_local uint8_t value[LARGE_BYTES], got[LARGE_BYTES];
    char key[32];
    size_t got_bytes;
    int key_bytes = snprintf(key, sizeof key, "client %u key %u", traffic->id, round % KEYS);
    size_t length = value_make(traffic->id, round, value);
    enum avo_error error = avo_put(client, key, (size_t)key_bytes, value, length, TIMEOUT_MS);
    if (error == AVO_OK) {
        error = avo_get(client, key, (size_t)key_bytes, got, sizeof got, &got_bytes, TIMEOUT_MS);
    }
    if (error == AVO_OK && (got_bytes != length || memcmp(got, value, length) != 0)) {
        return AVO_ETAMPERED;
    }
    if (error == AVO_OK && round % 5 == 0) {
        error = avo_delete(client, key, (size_t)key_bytes, TIMEOUT_MS);
    }
    if (error == AVO_OK) {
        key_bytes = snprintf(key, sizeof key, "client %u key %u", (traffic->id + 1) % CLIENTS, round % KEYS);
        error = avo_get(client, key, (size_t)key_bytes, got, sizeof got, &got_bytes, TIMEOUT_MS);
        error = error == AVO_ENOTFOUND ? AVO_OK : error;
    }
    return error;
}

static void *traffic_run(void *argument) {
    struct traffic *traffic = argument;
    struct avo_client *client;
    struct avo_why why;
    if (avo_client_open(traffic->profile, NULL, &client, &why) != AVO_OK) {
        (void)snprintf(traffic->why, sizeof traffic->why, "%s", why.text);
        return NULL;
    }
    avo_at_least_once(client, 1); /* a node that ends takes its answers with it */
    for (uint32_t round = 0; round < traffic->rounds; round++) {
        enum avo_error error = round_run(client, traffic, round);
        if (error != AVO_OK) {
            (void)snprintf(traffic->why, sizeof traffic->why, "client %u, round %u: %s: %s", traffic->id, round,
                           avo_error_name(error), avo_detail(client));
            break;
        }
    }
    avo_close(client);
    return NULL;
}

static void traffic_start(struct traffic *traffic, pthread_t *threads, const struct avo_profile *profile) {
    for (uint32_t i = 0; i < CLIENTS; i++) {
        traffic[i] = (struct traffic){.profile = profile, .id = i, .rounds = ROUNDS};
        assert_int_equal(pthread_create(&threads[i], NULL, traffic_run, &traffic[i]), 0);
    }
}

static void traffic_end(struct traffic *traffic, pthread_t *threads) {
    for (uint32_t i = 0; i < CLIENTS; i++) {
        pthread_join(threads[i], NULL);
        assert_string_equal(traffic[i].why, "");
    }
}

static void test_nodes_start_serve_and_end_on_threads_of_one_process(void **state) {
    (void)state;
    struct traffic traffic[CLIENTS];
    pthread_t threads[CLIENTS];
    struct avo_nodes *nodes = calloc(1, sizeof *nodes);
    assert_non_null(nodes);
    assert_true(avo_nodes_start(nodes));
    traffic_start(traffic, threads, &nodes->profile);
    traffic_end(traffic, threads);
    traffic_start(traffic, threads, &nodes->profile);
    avo_node_stop(&nodes->nodes[2]); /* under load: the others go on */
    traffic_end(traffic, threads);
    avo_node_stop(&nodes->nodes[0]);
    avo_node_stop(&nodes->nodes[1]);
    free(nodes);
}

int main(void) {
    (void)signal(SIGPIPE, SIG_IGN); /* as avo_sandbox_harden does in an enclave: a doorbell may ring where a host has just ended */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nodes_start_serve_and_end_on_threads_of_one_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
