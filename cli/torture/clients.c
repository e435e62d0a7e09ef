#include "cli/torture/clients.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define VALUE_BYTES 4096 /* the largest: more than a packet */

struct avo_slice avo_torture_key(const struct avo_torture_load *load, uint64_t number, char to[AVO_TORTURE_KEY_BYTES]) {
    (void)snprintf(to, AVO_TORTURE_KEY_BYTES, "torture-%016" PRIx64 "-%" PRIu64, load->run, number);
    return avo_slice_string(to);
}

bool avo_torture_client_open(struct avo_torture_client *client, struct avo_torture_load *load, uint32_t number, uint64_t seed,
                             const struct avo_profile *profile, struct avo_why *why) {
    *client = (struct avo_torture_client){.load = load, .number = number, .prng = avo_prng(seed)};
    return avo_client_open(profile, NULL, &client->client, why) == AVO_OK;
}

void avo_torture_client_close(struct avo_torture_client *client) {
    avo_close(client->client);
    client->client = NULL;
}

/* Every error of a write but AVO_EUNKNOWN says that it had no effect [DESIGN 2]; a get that fails says nothing. */
static enum avo_history_outcome outcome_of(enum avo_error error) {
    return error == AVO_OK || error == AVO_ENOTFOUND ? AVO_HISTORY_DONE
           : error == AVO_EUNKNOWN                   ? AVO_HISTORY_UNKNOWN
                                                     : AVO_HISTORY_NONE;
}

static void record(struct avo_torture_client *client, struct avo_observed *observed, enum avo_error error) {
    observed->return_ns = avo_recorder_clock_ns();
    observed->client = client->number;
    observed->outcome = outcome_of(error);
    observed->absent = error == AVO_ENOTFOUND;
    client->last_error = observed->outcome == AVO_HISTORY_DONE ? client->last_error : error;
    avo_recorder_add(client->load->recorder, observed);
}

enum avo_error avo_torture_client_get(struct avo_torture_client *client, struct avo_slice key, uint32_t timeout_ms) {
    struct avo_observed observed = {.kind = AVO_HISTORY_GET, .key = key, .call_ns = avo_recorder_clock_ns()};
    enum avo_error error = avo_client_get(client->client, key, timeout_ms, &observed.out);
    record(client, &observed, error);
    return error;
}

/* Every value is written once. One in 64 is longer than a packet. */
static void put(struct avo_torture_client *client, struct avo_slice key) {
    char value[VALUE_BYTES];
    int length = snprintf(value, sizeof value, "c%" PRIu32 "-%" PRIu64, client->number, client->writes++);
    size_t bytes = (size_t)length;
    if (avo_prng_chance(&client->prng, 1, 64)) {
        bytes = sizeof value - (size_t)avo_prng_below(&client->prng, 1000);
        memset(value + length, '.', bytes - (size_t)length);
    }
    struct avo_observed observed = {.kind = AVO_HISTORY_PUT, .key = key, .value = avo_slice(value, bytes)};
    observed.call_ns = avo_recorder_clock_ns();
    record(client, &observed, avo_put(client->client, key.data, key.length, value, bytes, client->load->timeout_ms));
}

static void del(struct avo_torture_client *client, struct avo_slice key) {
    struct avo_observed observed = {.kind = AVO_HISTORY_DELETE, .key = key, .call_ns = avo_recorder_clock_ns()};
    record(client, &observed, avo_delete(client->client, key.data, key.length, client->load->timeout_ms));
}

static void operation(struct avo_torture_client *client) {
    char text[AVO_TORTURE_KEY_BYTES];
    struct avo_slice key = avo_torture_key(client->load, avo_prng_below(&client->prng, client->load->keys), text);
    uint64_t draw = avo_prng_below(&client->prng, 10);
    if (draw < 5) {
        (void)avo_torture_client_get(client, key, client->load->timeout_ms);
    } else if (draw < 9) {
        put(client, key);
    } else {
        del(client, key);
    }
}

static void *client_run(void *context) {
    struct avo_torture_client *client = context;
    struct avo_torture_load *load = client->load;
    uint64_t window = load->start;
    while (!atomic_load(&load->ended)) {
        struct timespec until = {.tv_sec = (time_t)(window / 1000000000), .tv_nsec = (long)(window % 1000000000)};
        (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        for (uint64_t i = 0; i < load->window_ops && !atomic_load(&load->ended); i++) {
            operation(client);
        }
        uint64_t passed = (avo_recorder_clock_ns() - load->start) / AVO_TORTURE_WINDOW_NS;
        window = load->start + (passed + 1) * AVO_TORTURE_WINDOW_NS;
    }
    return NULL;
}

bool avo_torture_client_start(struct avo_torture_client *client) {
    client->runs = pthread_create(&client->thread, NULL, client_run, client) == 0;
    return client->runs;
}

void avo_torture_client_join(struct avo_torture_client *client) {
    if (client->runs) {
        (void)pthread_join(client->thread, NULL);
    }
    client->runs = false;
}
