/* The network and the completion queue of <avocado/async.h>. */
#include "client/io/client_state.h"
#include "client/io/clock.h"
#include <limits.h>

#define FETCHES_MAX 8 /* a flood must not keep a caller who does not want to wait */

/* The timers wait for what lies in the socket: after a long pause of this process, that is what ends the calls. */
static bool take(struct avo_client *client, bool timers, struct avo_client_completion *completion) {
    client->at_hand = avo_link_take(&client->link, &client->in, completion);
    if (!client->at_hand && timers) {
        avo_link_tick(&client->link);
        client->at_hand = avo_link_take(&client->link, &client->in, completion);
    }
    return client->at_hand;
}

static void send_due(struct avo_client *client) {
    avo_link_send(&client->link, &client->out);
    client->unsent = false;
}

bool avo_client_pull(struct avo_client *client, uint64_t until_us, struct avo_client_completion *completion) {
    avo_renewal_turn(&client->renewal, avo_clock_us());
    for (unsigned fetches = 0; !take(client, !client->more || fetches == FETCHES_MAX, completion); fetches++) {
        avo_renewal_turn(&client->renewal, avo_clock_us());
        send_due(client);
        bool idle = avo_client_core_busy_count(client->link.core) == 0;
        bool late = idle || client->link.now_us >= until_us;
        if (late && ((fetches > 0 && !client->more) || fetches >= FETCHES_MAX)) {
            return false;
        }
        if (!late && !client->more) {
            avo_link_wait(&client->link, avo_renewal_poll(&client->renewal), until_us);
        }
        client->more = avo_link_fetch(&client->link, &client->in);
    }
    return true;
}

/* For its connection alone. */
static void renewal_wait(const struct avo_client *client) {
    struct pollfd ready = avo_renewal_poll(&client->renewal);
    (void)poll(&ready, 1, AVO_RENEWAL_TURN_US / 1000);
}

void avo_client_renewal_finish(struct avo_client *client, uint64_t patience_us) {
    uint64_t end_us = avo_clock_us() + patience_us;
    while (client->renewal.talk != NULL && avo_clock_us() < end_us) {
        renewal_wait(client);
        avo_renewal_turn(&client->renewal, avo_clock_us());
    }
}

static const struct avo_completion *show(struct avo_client *client, struct avo_pending_call *call,
                                         const struct avo_client_completion *ended) {
    bool read = ended->call == AVO_CLIENT_GET && ended->status == AVO_OK;
    client->handed = call;
    client->pending_count--;
    client->shown = (struct avo_completion){.user = call->user,
                                            .call = (enum avo_call)ended->call,
                                            .error = ended->status,
                                            .key = call->bytes,
                                            .key_bytes = call->key_bytes,
                                            .value = read ? ended->value.data : NULL,
                                            .value_bytes = read ? ended->value.length : 0,
                                            .slot = ended->slot == AVO_SLOT_CLIENT ? -1 : ended->slot,
                                            .answered = ended->answered,
                                            .needed = ended->needed,
                                            .replicas = ended->members};
    if (ended->status != AVO_OK) {
        client->failed = *ended;
        client->failed_key_bytes = call->key_bytes;
        avo_copy(client->failed_key, sizeof client->failed_key, avo_slice(call->bytes, call->key_bytes));
        client->why_due = true;
    }
    return &client->shown;
}

const struct avo_completion *avo_next(struct avo_client *client, uint32_t wait_ms) {
    struct avo_client_completion completion;
    if (avo_client_check(client) != AVO_OK) {
        return NULL;
    }
    avo_pending_call_hand_back(client);
    struct avo_pending_call *call = avo_pending_call_unpark(client);
    if (call != NULL) {
        return show(client, call, &call->ended);
    }
    uint64_t until_us = wait_ms == 0 ? 0 : avo_clock_us() + (uint64_t)wait_ms * 1000;
    if (!avo_client_pull(client, until_us, &completion)) {
        return NULL;
    }
    return show(client, &client->calls[completion.tag], &completion);
}

void avo_flush(struct avo_client *client) {
    if (avo_client_check(client) == AVO_OK) {
        avo_pending_call_hand_back(client);
        send_due(client);
    }
}

size_t avo_pending(const struct avo_client *client) {
    return client->pending_count;
}

int avo_fd(const struct avo_client *client) {
    return avo_link_is_own(&client->link) ? client->link.udp.fd : -1;
}

/* Calls under way have their timers; a ticket is renewed in the time between calls too. */
static uint64_t wake_us(const struct avo_client *client, uint64_t now_us) {
    uint64_t core_us = avo_client_core_wake_us(client->link.core);
    uint64_t renewal_us = avo_renewal_wake_us(&client->renewal, now_us);
    bool calls = avo_client_core_busy_count(client->link.core) + client->pending_count > 0;
    uint64_t idle_us = client->renewal.talk != NULL ? renewal_us : UINT64_MAX;
    return !calls ? idle_us : core_us < renewal_us ? core_us : renewal_us;
}

int avo_wake_ms(const struct avo_client *client) {
    uint64_t now_us = avo_clock_us();
    if (!avo_link_is_own(&client->link)) {
        return -1;
    }
    if (client->parked != NULL || client->at_hand || client->unsent) {
        return 0;
    }
    uint64_t due_us = wake_us(client, now_us);
    if (due_us == UINT64_MAX) {
        return -1;
    }
    uint64_t wait_us = due_us > now_us ? due_us - now_us : 0;
    return wait_us >= (uint64_t)INT_MAX * 1000 ? INT_MAX : (int)((wait_us + 999) / 1000);
}
