/* The calls of <avocado/avocado.h> that wait, over the same queue: what ends meanwhile is parked for avo_next. */
#include "client/io/client_state.h"
#include "client/io/clock.h"
#include "client/io/explain.h"
#include "client/io/figures.h"

static struct avo_client_request request_of(const struct avo_client *client, enum avo_client_call call, struct avo_slice key,
                                            uint32_t timeout_ms) {
    return (struct avo_client_request){.call = call,
                                       .at_least_once = client->at_least_once,
                                       .key = key,
                                       .deadline_us = avo_client_deadline_us(client, timeout_ms),
                                       .tag = AVO_TAG_WAITING};
}

static enum avo_error begin(struct avo_client *client) {
    enum avo_error error = avo_client_check(client);
    if (error == AVO_OK) {
        avo_pending_call_hand_back(client);
        client->why_due = false;
        client->why.text[0] = '\0';
    }
    return error;
}

/* A call that has no place for what it is asked for. */
static enum avo_error refuse(struct avo_client *client, const char *why) {
    enum avo_error error = begin(client);
    if (error == AVO_OK) {
        avo_why_set(&client->why, "%s", why);
        error = AVO_EINVAL;
    }
    return error;
}

/* Waits for the completion of a request that the core has; those of asynchronous calls are parked. */
static void await(struct avo_client *client, struct avo_client_completion *completion) {
    for (;;) {
        if (!avo_client_pull(client, UINT64_MAX, completion)) {
            continue; /* a flood of datagrams that mean nothing */
        }
        if (completion->tag == AVO_TAG_WAITING || completion->call == AVO_CLIENT_STATS) {
            return;
        }
        avo_pending_call_park(client, completion);
    }
}

static enum avo_error run(struct avo_client *client, const struct avo_client_request *request,
                          struct avo_client_completion *completion) {
    enum avo_error error = begin(client);
    if (error != AVO_OK) {
        return error;
    }
    error = avo_client_has_bytes(request) ? avo_client_core_submit(client->link.core, request, avo_clock_us()) : AVO_EINVAL;
    if (error != AVO_OK) {
        avo_explain_refused(&client->why, error, request, &client->profile->view);
        return error;
    }
    await(client, completion);
    if (completion->status != AVO_OK) {
        avo_client_explain(client, completion, request->key);
    }
    return completion->status;
}

enum avo_error avo_put(struct avo_client *client, const void *key, size_t key_bytes, const void *value, size_t value_bytes,
                       uint32_t timeout_ms) {
    struct avo_client_completion completion;
    struct avo_client_request request = request_of(client, AVO_CLIENT_PUT, avo_client_given(key, key_bytes), timeout_ms);
    request.value = avo_client_given(value, value_bytes);
    return run(client, &request, &completion);
}

enum avo_error avo_client_get(struct avo_client *client, struct avo_slice key, uint32_t timeout_ms, struct avo_slice *value) {
    struct avo_client_completion completion;
    struct avo_client_request request = request_of(client, AVO_CLIENT_GET, key, timeout_ms);
    enum avo_error error = run(client, &request, &completion);
    *value = error == AVO_OK ? completion.value : AVO_SLICE_EMPTY;
    return error;
}

enum avo_error avo_get(struct avo_client *client, const void *key, size_t key_bytes, void *value, size_t capacity,
                       size_t *value_bytes, uint32_t timeout_ms) {
    struct avo_slice got;
    if (value_bytes == NULL || (value == NULL && capacity > 0)) {
        if (value_bytes != NULL) {
            *value_bytes = 0;
        }
        return refuse(client, "get: value or value_bytes is NULL; give a buffer and a place for the length, or a capacity of 0");
    }
    enum avo_error error = avo_client_get(client, avo_client_given(key, key_bytes), timeout_ms, &got);
    *value_bytes = got.length;
    if (error == AVO_OK && got.length > capacity) {
        avo_why_set(&client->why, "get: the value has %zu bytes, the buffer %zu; give a larger buffer", got.length, capacity);
        return AVO_ESPACE;
    }
    avo_copy(value, capacity, got);
    return error;
}

enum avo_error avo_delete(struct avo_client *client, const void *key, size_t key_bytes, uint32_t timeout_ms) {
    struct avo_client_completion completion;
    struct avo_client_request request = request_of(client, AVO_CLIENT_DELETE, avo_client_given(key, key_bytes), timeout_ms);
    return run(client, &request, &completion);
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
                                        .bad_packets = node->totals.bad_packets,
                                        .damaged_now = node->totals.damaged_now,
                                        .repaired = node->totals.repaired,
                                        .sessions = node->totals.sessions};
}

enum avo_error avo_status(struct avo_client *client, struct avo_replica_figures *replicas, size_t capacity, size_t *count,
                          uint32_t timeout_ms) {
    struct avo_cluster_figures figures;
    struct avo_figures_asking asking;
    struct avo_client_completion completion;
    if (count == NULL || (replicas == NULL && capacity > 0)) {
        if (count != NULL) {
            *count = 0;
        }
        return refuse(client, "status: replicas or count is NULL; give an array and a place for the count, or a capacity of 0");
    }
    *count = 0;
    enum avo_error error = begin(client);
    if (error != AVO_OK) {
        return error;
    }
    uint64_t deadline_us = avo_client_deadline_us(client, timeout_ms);
    avo_figures_submit(&asking, client->link.core, &client->profile->view, deadline_us, &figures);
    while (asking.left > 0) {
        await(client, &completion);
        avo_figures_answer(&asking, &completion);
    }
    avo_figures_end(&asking);
    *count = figures.count;
    for (size_t i = 0; i < figures.count && i < capacity; i++) {
        replicas[i] = public_figures(&figures.nodes[i]);
    }
    return AVO_OK;
}
