/* Asynchronous calls of <avocado/async.h>: begun here, ended in next.c. */
#include "client/io/client_state.h"
#include "client/io/clock.h"
#include "client/io/explain.h"
#include <stdlib.h>

_Static_assert(AVO_CALL_GET == (int)AVO_CLIENT_GET && AVO_CALL_PUT == (int)AVO_CLIENT_PUT &&
                   AVO_CALL_DELETE == (int)AVO_CLIENT_DELETE,
               "a call has one number");

static bool bytes_copy(struct avo_pending_call *call, const struct avo_client_request *request) {
    size_t length = request->key.length + request->value.length;
    call->bytes = malloc(length);
    if (call->bytes == NULL) {
        return false;
    }
    avo_copy(call->bytes, length, request->key);
    avo_copy(call->bytes + request->key.length, request->value.length, request->value);
    call->key_bytes = request->key.length;
    call->value_bytes = request->value.length;
    return true;
}

/* The request passed the core's checks of lengths when this is called a second time, with the copy. */
static enum avo_error start(struct avo_client *client, struct avo_client_request request, void *user) {
    enum avo_error error = avo_client_has_bytes(&request) ? avo_client_core_check(client->link.core, &request) : AVO_EINVAL;
    if (error != AVO_OK) {
        avo_explain_refused(&client->why, error, &request, &client->profile->view);
        return error;
    }
    struct avo_pending_call *call = avo_pending_call_take(client);
    if (call == NULL) {
        avo_why_set(&client->why,
                    "%u calls are under way, as many as the option depth allows; take a completion with avo_next first",
                    client->depth);
        return AVO_EBUSY;
    }
    if (!bytes_copy(call, &request)) {
        avo_pending_call_give(client, call, true);
        avo_why_set(&client->why, "no memory for the call; free some and try again");
        return AVO_EIO;
    }
    call->user = user;
    request.tag = (uint64_t)(call - client->calls);
    request.key = avo_slice(call->bytes, call->key_bytes);
    request.value = avo_slice(call->bytes + call->key_bytes, call->value_bytes);
    error = avo_client_core_submit(client->link.core, &request, avo_clock_us());
    if (error != AVO_OK) {
        avo_explain_refused(&client->why, error, &request, &client->profile->view);
        avo_pending_call_give(client, call, true);
        return error;
    }
    client->unsent = true;
    return AVO_OK;
}

static enum avo_error check_and_start(struct avo_client *client, struct avo_client_request request, uint32_t timeout_ms,
                                      unsigned int flags, void *user) {
    enum avo_error error = avo_client_check(client);
    if (error != AVO_OK) {
        return error;
    }
    if ((flags & ~AVO_AT_LEAST_ONCE) != 0) {
        avo_why_set(&client->why, "a flag of 0x%x is unknown to this library (%s); use AVO_AT_LEAST_ONCE or 0", flags,
                    avo_version());
        return AVO_EINVAL;
    }
    request.at_least_once = client->at_least_once || (flags & AVO_AT_LEAST_ONCE) != 0;
    request.deadline_us = avo_client_deadline_us(client, timeout_ms);
    return start(client, request, user);
}

/* What failed last is what avo_detail is about: a completion that nobody asked about yet is older. */
static enum avo_error submit(struct avo_client *client, struct avo_client_request request, uint32_t timeout_ms, unsigned int flags,
                             void *user) {
    enum avo_error error = check_and_start(client, request, timeout_ms, flags, user);
    client->why_due = client->why_due && error == AVO_OK;
    return error;
}

enum avo_error avo_submit_get(struct avo_client *client, const void *key, size_t key_bytes, uint32_t timeout_ms, unsigned int flags,
                              void *user) {
    struct avo_client_request request = {.call = AVO_CLIENT_GET, .key = avo_client_given(key, key_bytes)};
    return submit(client, request, timeout_ms, flags, user);
}

enum avo_error avo_submit_put(struct avo_client *client, const void *key, size_t key_bytes, const void *value, size_t value_bytes,
                              uint32_t timeout_ms, unsigned int flags, void *user) {
    struct avo_client_request request = {
        .call = AVO_CLIENT_PUT, .key = avo_client_given(key, key_bytes), .value = avo_client_given(value, value_bytes)};
    return submit(client, request, timeout_ms, flags, user);
}

enum avo_error avo_submit_delete(struct avo_client *client, const void *key, size_t key_bytes, uint32_t timeout_ms,
                                 unsigned int flags, void *user) {
    struct avo_client_request request = {.call = AVO_CLIENT_DELETE, .key = avo_client_given(key, key_bytes)};
    return submit(client, request, timeout_ms, flags, user);
}
