/* The promises of the headers that need a cluster to be seen: calls that wait between calls that do not, whose bytes are whose and
 * for how long, figures.
 *
 * usage: mixed PROFILE
 */
#include <avocado/avocado.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS 50
#define LARGE_BYTES 100000
#define COPIED "copied"

#define CHECK(promise) ((promise) ? (void)0 : fail(__LINE__, #promise))

static struct avo_client *client;

static void fail(int line, const char *promise) {
    fprintf(stderr, "mixed.c:%d: not so: %s (%s)\n", line, promise, client == NULL ? "" : avo_detail(client));
    exit(1);
}

/* Every other value is large: it comes as a transfer. */
static size_t value_make(unsigned char *to, uintptr_t number) {
    size_t length = number % 2 == 0 ? LARGE_BYTES : 10;
    memset(to, (int)number + 1, length);
    return length;
}

static size_t key_make(char to[32], uintptr_t number) {
    return (size_t)snprintf(to, 32, "mixed-%zu", (size_t)number);
}

static void submit_all(enum avo_call call) {
    static unsigned char value[LARGE_BYTES];
    char key[32];
    for (uintptr_t i = 0; i < CALLS; i++) {
        size_t key_bytes = key_make(key, i);
        size_t value_bytes = value_make(value, i);
        CHECK((call == AVO_CALL_PUT ? avo_submit_put(client, key, key_bytes, value, value_bytes, 0, 0, (void *)i)
                                    : avo_submit_get(client, key, key_bytes, 0, 0, (void *)i)) == AVO_OK);
        memset(key, 'x', sizeof key); /* both were copied */
        memset(value, 0xff, sizeof value);
    }
}

static void check(const struct avo_completion *done, enum avo_call call) {
    static unsigned char value[LARGE_BYTES];
    char key[32];
    uintptr_t number = (uintptr_t)done->user;
    size_t value_bytes = value_make(value, number);
    CHECK(done->error == AVO_OK && done->call == call && done->slot >= 0);
    CHECK(done->key_bytes == key_make(key, number) && memcmp(done->key, key, done->key_bytes) == 0);
    CHECK(call == AVO_CALL_GET || (done->value == NULL && done->value_bytes == 0));
    CHECK(call != AVO_CALL_GET || (done->value_bytes == value_bytes && memcmp(done->value, value, value_bytes) == 0));
}

/* What ends while a call waits is kept, value and all. */
static void waiting_between(enum avo_call call) {
    bool seen[CALLS] = {false};
    char got[8];
    size_t length = 0;
    submit_all(call);
    for (int i = 0; i < 20; i++) {
        CHECK(avo_put(client, "between", 7, "value", 5, 0) == AVO_OK);
        CHECK(avo_get(client, "between", 7, got, sizeof got, &length, 0) == AVO_OK && length == 5 && memcmp(got, "value", 5) == 0);
    }
    for (size_t left = CALLS; left > 0; left--) {
        CHECK(avo_pending(client) == left);
        const struct avo_completion *done = avo_next(client, 5000);
        CHECK(done != NULL && !seen[(uintptr_t)done->user]);
        seen[(uintptr_t)done->user] = true;
        check(done, call);
    }
    CHECK(avo_pending(client) == 0 && avo_next(client, 5000) == NULL && avo_wake_ms(client) == -1);
}

/* A value goes under another key straight from its completion, which submits leave alone. */
static void values_are_copied_on(void) {
    submit_all(AVO_CALL_GET);
    unsigned ended = 0;
    while (avo_pending(client) > 0) {
        const struct avo_completion *done = avo_next(client, 5000);
        CHECK(done != NULL && done->error == AVO_OK);
        ended++;
        if (done->call == AVO_CALL_GET) {
            char key[32];
            int length = snprintf(key, sizeof key, COPIED "-%zu", (size_t)(uintptr_t)done->user);
            CHECK(avo_submit_put(client, key, (size_t)length, done->value, done->value_bytes, 0, 0, done->user) == AVO_OK);
            check(done, AVO_CALL_GET);
        }
    }
    CHECK(ended == 2 * CALLS);
    for (uintptr_t i = 0; i < CALLS; i++) {
        static unsigned char got[LARGE_BYTES];
        static unsigned char value[LARGE_BYTES];
        char key[32];
        size_t length;
        int key_bytes = snprintf(key, sizeof key, COPIED "-%zu", (size_t)i);
        CHECK(avo_get(client, key, (size_t)key_bytes, got, sizeof got, &length, 0) == AVO_OK);
        CHECK(length == value_make(value, i) && memcmp(got, value, length) == 0);
    }
}

static void edges(void) {
    char got[4] = "abc";
    size_t length;
    CHECK(avo_put(client, "edge", 4, "12345", 5, 0) == AVO_OK);
    CHECK(avo_get(client, "edge", 4, got, sizeof got, &length, 0) == AVO_ESPACE && length == 5 && strcmp(got, "abc") == 0);
    CHECK(avo_get(client, "edge", 4, NULL, 0, &length, 0) == AVO_ESPACE && length == 5);
    CHECK(avo_put(client, "edge", 4, NULL, 0, 0) == AVO_OK);
    CHECK(avo_get(client, "edge", 4, NULL, 0, &length, 0) == AVO_OK && length == 0);
    CHECK(avo_delete(client, "edge", 4, 0) == AVO_OK && avo_delete(client, "edge", 4, 0) == AVO_OK);
    CHECK(avo_get(client, "edge", 4, got, sizeof got, &length, 0) == AVO_ENOTFOUND && length == 0);
}

static void figures(void) {
    struct avo_replica_figures replicas[9];
    size_t count;
    submit_all(AVO_CALL_GET);
    CHECK(avo_status(client, replicas, 9, &count, 0) == AVO_OK && count == avo_info(client)->replicas);
    for (size_t i = 0; i < count; i++) {
        CHECK(replicas[i].serving && replicas[i].slot == i && replicas[i].keys >= CALLS && replicas[i].tampered == 0);
        CHECK(replicas[i].enclave_bytes_used <= replicas[i].enclave_bytes_budget && replicas[i].reserved[0] == 0);
    }
    for (size_t left = CALLS; left > 0; left--) {
        check(avo_next(client, 5000), AVO_CALL_GET);
    }
    CHECK(avo_info(client)->datagrams_sent > 0 && avo_info(client)->sessions_opened > 0);
}

int main(int argc, char **argv) {
    char why[AVO_DETAIL_BYTES];
    if (argc != 2 || avo_open(argv[1], &client, why, sizeof why) != AVO_OK) {
        fprintf(stderr, "%s\n", argc == 2 ? why : "usage: mixed PROFILE");
        return 2;
    }
    waiting_between(AVO_CALL_PUT);
    waiting_between(AVO_CALL_GET);
    values_are_copied_on();
    edges();
    figures();
    avo_close(client);
    printf("all as promised\n");
    return 0;
}
