/* Many calls under way at once: a thousand keys are written and read back, up to 64 calls at a time.
 *
 *     cc pipeline.c $(pkg-config --cflags --libs avocado) -o pipeline
 *     ./pipeline .avocado/client.profile
 *
 * Calls that are submitted together leave together, in as few packets as they fit: that is what makes this fast.
 */
#include <avocado/avocado.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KEYS 1000
#define UNDER_WAY 64

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(2);
}

static double now_s(void) {
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static size_t name(char to[32], uintptr_t number) {
    return (size_t)snprintf(to, 32, "pipeline-%zu", (size_t)number);
}

/* `user` is a pointer of ours, which comes back with the completion; a number fits as well. */
static void submit(struct avo_client *client, enum avo_call call, uintptr_t number) {
    char key[32]; /* copied by the call: it may go away at once */
    char value[48];
    size_t key_bytes = name(key, number);
    int value_bytes = snprintf(value, sizeof value, "value of %s", key);
    enum avo_error error = call == AVO_CALL_PUT
                               ? avo_submit_put(client, key, key_bytes, value, (size_t)value_bytes, 0, 0, (void *)number)
                               : avo_submit_get(client, key, key_bytes, 0, 0, (void *)number);
    if (error != AVO_OK) {
        fail(avo_detail(client));
    }
}

static void check(struct avo_client *client, const struct avo_completion *done) {
    char key[32];
    char value[48];
    if (done->error != AVO_OK) {
        fail(avo_detail(client));
    }
    (void)name(key, (uintptr_t)done->user);
    int length = snprintf(value, sizeof value, "value of %s", key);
    if (done->call == AVO_CALL_GET && (done->value_bytes != (size_t)length || memcmp(done->value, value, (size_t)length) != 0)) {
        fail("a value is not what was written");
    }
}

/* Keeps UNDER_WAY calls going until all keys had theirs. */
static void run(struct avo_client *client, enum avo_call call) {
    uintptr_t submitted = 0;
    double started = now_s();
    do {
        while (submitted < KEYS && avo_pending(client) < UNDER_WAY) {
            submit(client, call, submitted++);
        }
        const struct avo_completion *done = avo_next(client, 1000); /* sends what was submitted, then waits */
        if (done != NULL) {
            check(client, done); /* done->key and done->value are the library's until the next avo_next */
        }
    } while (avo_pending(client) > 0);
    printf("%d %s: %.0f a second\n", KEYS, call == AVO_CALL_PUT ? "puts" : "gets", KEYS / (now_s() - started));
}

int main(int argc, char **argv) {
    struct avo_client *client;
    struct avo_options options = AVO_OPTIONS_INIT;
    char why[AVO_DETAIL_BYTES];
    if (argc != 2) {
        fail("usage: pipeline PROFILE");
    }
    options.depth = UNDER_WAY; /* one more submit would be refused with AVO_EBUSY */
    if (avo_open_with(argv[1], &options, &client, why, sizeof why) != AVO_OK) {
        fail(why);
    }
    run(client, AVO_CALL_PUT);
    run(client, AVO_CALL_GET);
    avo_close(client);
    return 0;
}
