/* The pool of asynchronous calls, and the completions that wait in it. */
#include "base/assert.h"
#include "base/secret.h"
#include "client/io/client_state.h"
#include <stdlib.h>

bool avo_client_calls_open(struct avo_client *client, uint32_t depth) {
    client->calls = calloc((size_t)depth + 1, sizeof *client->calls); /* one more: the caller may hold a completion */
    if (client->calls == NULL) {
        return false;
    }
    client->depth = depth;
    client->parked_end = &client->parked;
    return true;
}

static void bytes_free(uint8_t *bytes, size_t length) {
    if (bytes != NULL) {
        avo_secret_wipe(bytes, length);
        free(bytes);
    }
}

static void call_clear(struct avo_pending_call *call) {
    bytes_free(call->bytes, call->key_bytes + call->value_bytes);
    bytes_free(call->value, call->ended.value.length);
    *call = (struct avo_pending_call){0};
}

void avo_client_calls_close(struct avo_client *client) {
    for (uint32_t i = 0; client->calls != NULL && i < client->used_count; i++) {
        call_clear(&client->calls[i]);
    }
    free(client->calls);
    client->calls = NULL;
}

struct avo_pending_call *avo_pending_call_take(struct avo_client *client) {
    struct avo_pending_call *call = client->free;
    if (client->pending_count == client->depth) {
        return NULL;
    }
    if (call == NULL) { /* none of those that were used; the rest is memory that was never touched */
        AVO_ASSERT(client->used_count <= client->depth);
        call = &client->calls[client->used_count++];
    } else {
        client->free = call->next;
    }
    client->pending_count++;
    call->next = NULL;
    return call;
}

void avo_pending_call_give(struct avo_client *client, struct avo_pending_call *call, bool pending) {
    call_clear(call);
    call->next = client->free;
    client->free = call;
    client->pending_count -= pending;
}

void avo_pending_call_park(struct avo_client *client, const struct avo_client_completion *completion) {
    AVO_ASSERT(completion->tag <= client->depth);
    struct avo_pending_call *call = &client->calls[completion->tag];
    call->ended = *completion;
    call->ended.value = AVO_SLICE_EMPTY;
    if (completion->status == AVO_OK && completion->value.length > 0) {
        call->value = malloc(completion->value.length);
        if (call->value == NULL) {
            call->ended.status = AVO_EIO; /* it can be read again */
        } else {
            avo_copy(call->value, completion->value.length, completion->value);
            call->ended.value = avo_slice(call->value, completion->value.length);
        }
    }
    *client->parked_end = call;
    client->parked_end = &call->next;
}

struct avo_pending_call *avo_pending_call_unpark(struct avo_client *client) {
    struct avo_pending_call *call = client->parked;
    if (call != NULL) {
        client->parked = call->next;
        client->parked_end = client->parked == NULL ? &client->parked : client->parked_end;
        call->next = NULL;
    }
    return call;
}

void avo_pending_call_hand_back(struct avo_client *client) {
    if (client->handed != NULL) {
        avo_pending_call_give(client, client->handed, false);
        client->handed = NULL;
    }
}
