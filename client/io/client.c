/* The synchronous calls of <avocado/avocado.h>: one operation at a time over the pipelined core. */
#include "client/io/client.h"
#include "base/secret.h"
#include "client/io/clock.h"
#include "client/io/explain.h"
#include "client/io/figures.h"
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(AVO_DETAIL_BYTES == AVO_WHY_BYTES, "one line is one line");

struct avo_client {
    struct avo_random random;
    struct avo_profile profile;
    struct avo_link_aead engine;
    struct avo_link link;
    struct avo_udp_batch batch;
    struct avo_why why;
    bool at_least_once;
    /* The one operation under way. */
    bool ended;
    struct avo_client_completion completion;
    uint8_t *value; /* of the last get */
    size_t value_bytes;
};

static void on_done(void *context, const struct avo_client_completion *completion) {
    struct avo_client *client = context;
    client->ended = true;
    client->completion = *completion;
    avo_copy(client->value, AVO_VALUE_MAX_BYTES, completion->value);
    client->value_bytes = completion->value.length;
}

enum avo_error avo_client_open(const struct avo_profile *profile, struct avo_client **client, struct avo_why *why) {
    struct avo_client *made = sodium_init() < 0 ? NULL : calloc(1, sizeof *made);
    enum avo_error error = AVO_EIO;
    *client = NULL;
    if (made == NULL || (made->value = malloc(AVO_VALUE_MAX_BYTES)) == NULL || !avo_link_aead_open(&made->engine)) {
        avo_why_set(why, "client: no memory; free some and try again");
        avo_close(made);
        return error;
    }
    made->random = avo_system_random();
    made->profile = *profile;
    uint32_t figures = avo_figures_operation_count(&profile->view);
    struct avo_link_config config = {.view = &made->profile.view,
                                     .key = &made->profile.key,
                                     .signed_ticket = avo_slice(made->profile.ticket_bytes, made->profile.ticket_length),
                                     .aead = made->engine.aead,
                                     .random = &made->random,
                                     .operation_count = figures > 1 ? figures : 1,
                                     .transfer_count = 1,
                                     .transfer_max_bytes = AVO_MESSAGE_MAX_BYTES};
    error = avo_link_open(&made->link, &config);
    if (error != AVO_OK) {
        avo_why_set(why, "client: no socket or memory: %s; check `ulimit -n` and free memory", strerror(errno));
        avo_close(made);
        return error;
    }
    *client = made;
    return AVO_OK;
}

enum avo_error avo_open(const char *profile_path, struct avo_client **client, char *why, size_t why_bytes) {
    struct avo_why line = {.text = ""};
    struct avo_profile *profile = calloc(1, sizeof *profile);
    *client = NULL;
    enum avo_error error = AVO_EIO;
    if (profile != NULL && sodium_init() >= 0) {
        error = avo_profile_load(profile_path, profile, &line);
    }
    if (error == AVO_OK) {
        error = avo_client_open(profile, client, &line);
    }
    if (why != NULL && why_bytes > 0) {
        (void)snprintf(why, why_bytes, "%s", line.text);
    }
    if (profile != NULL) {
        avo_secret_wipe(profile, sizeof *profile);
    }
    free(profile);
    return error;
}

void avo_close(struct avo_client *client) {
    if (client == NULL) {
        return;
    }
    avo_link_close(&client->link);
    avo_link_aead_close(&client->engine);
    if (client->value != NULL) {
        avo_secret_wipe(client->value, AVO_VALUE_MAX_BYTES);
    }
    free(client->value);
    avo_secret_wipe(client, sizeof *client);
    free(client);
}

static enum avo_error run(struct avo_client *client, const struct avo_client_request *request) {
    struct avo_link_sink sink = {.context = client, .done = on_done};
    client->ended = false;
    client->why.text[0] = '\0';
    enum avo_error error = avo_client_core_submit(client->link.core, request, avo_clock_us());
    if (error != AVO_OK) {
        avo_explain_refused(&client->why, error, request, &client->profile.view);
        return error;
    }
    while (!client->ended) {
        avo_link_turn(&client->link, &client->batch, &sink, request->deadline_us + AVO_CLIENT_TICK_US);
    }
    if (client->completion.status != AVO_OK) {
        avo_explain(&client->why, &client->completion, request->key);
    }
    return client->completion.status;
}

static struct avo_client_request request_of(const struct avo_client *client, enum avo_client_call call, struct avo_slice key,
                                            uint32_t timeout_ms) {
    return (struct avo_client_request){.call = call,
                                       .at_least_once = client->at_least_once,
                                       .key = key,
                                       .deadline_us = avo_clock_us() + (uint64_t)timeout_ms * 1000};
}

enum avo_error avo_put(struct avo_client *client, const void *key, size_t key_bytes, const void *value, size_t value_bytes,
                       uint32_t timeout_ms) {
    struct avo_client_request request = request_of(client, AVO_CLIENT_PUT, avo_slice(key, key_bytes), timeout_ms);
    request.value = avo_slice(value, value_bytes);
    return run(client, &request);
}

enum avo_error avo_client_get(struct avo_client *client, struct avo_slice key, uint32_t timeout_ms, struct avo_slice *value) {
    struct avo_client_request request = request_of(client, AVO_CLIENT_GET, key, timeout_ms);
    enum avo_error error = run(client, &request);
    *value = error == AVO_OK ? avo_slice(client->value, client->value_bytes) : AVO_SLICE_EMPTY;
    return error;
}

enum avo_error avo_get(struct avo_client *client, const void *key, size_t key_bytes, void *value, size_t capacity,
                       size_t *value_bytes, uint32_t timeout_ms) {
    struct avo_slice got;
    enum avo_error error = avo_client_get(client, avo_slice(key, key_bytes), timeout_ms, &got);
    *value_bytes = got.length;
    if (error == AVO_OK && got.length > capacity) {
        avo_why_set(&client->why, "get: the value has %zu bytes, the buffer %zu; give a larger buffer", got.length, capacity);
        return AVO_ESPACE;
    }
    avo_copy(value, capacity, got);
    return error;
}

enum avo_error avo_delete(struct avo_client *client, const void *key, size_t key_bytes, uint32_t timeout_ms) {
    struct avo_client_request request = request_of(client, AVO_CLIENT_DELETE, avo_slice(key, key_bytes), timeout_ms);
    return run(client, &request);
}

void avo_at_least_once(struct avo_client *client, int on) {
    client->at_least_once = on != 0;
}

const char *avo_detail(const struct avo_client *client) {
    return client->why.text;
}

const struct avo_profile *avo_client_profile(const struct avo_client *client) {
    return &client->profile;
}

static struct avo_replica_figures public_figures(const struct avo_node_figures *node) {
    return (struct avo_replica_figures){.slot = node->slot,
                                        .serving = node->serving,
                                        .keys = node->totals.keys,
                                        .tombstones = node->totals.tombstones,
                                        .damaged = node->totals.damaged,
                                        .enclave_bytes_used = node->totals.enclave_bytes_used,
                                        .enclave_bytes_budget = node->totals.enclave_bytes_budget,
                                        .host_bytes = node->totals.host_bytes,
                                        .operations = node->totals.operations,
                                        .tampered = node->totals.tampered,
                                        .replayed = node->totals.replayed,
                                        .dropped = node->totals.dropped,
                                        .bad_packets = node->totals.bad_packets};
}

enum avo_error avo_status(struct avo_client *client, struct avo_replica_figures *replicas, size_t capacity, size_t *count,
                          uint32_t timeout_ms) {
    struct avo_cluster_figures figures;
    avo_figures_ask(&client->link, &client->batch, &client->profile.view, (uint64_t)timeout_ms * 1000, &figures);
    *count = figures.count;
    for (size_t i = 0; i < figures.count && i < capacity; i++) {
        replicas[i] = public_figures(&figures.nodes[i]);
    }
    return AVO_OK;
}
