/* What stands behind struct avo_client, and what the files of the public calls do for one another. Nobody outside client/io
 * includes this. */
#ifndef AVO_CLIENT_CLIENT_STATE_H
#define AVO_CLIENT_CLIENT_STATE_H

#include "client/io/client.h"
#include "client/io/renewal.h"

/* One asynchronous call, from its submission until the avo_next after the one that returned its completion. */
struct avo_pending_call {
    struct avo_pending_call *next; /* free, or parked */
    void *user;
    uint8_t *bytes; /* ours: the key, and the value of a put behind it */
    size_t key_bytes;
    size_t value_bytes;
    /* Parked: it ended while somebody waited for something else. */
    struct avo_client_completion ended;
    uint8_t *value; /* ours: of a get, which `ended` borrows; else NULL */
};

struct avo_client {
    struct avo_random random;
    struct avo_profile *profile; /* in marked memory, without the secret key, which the core has */
    struct avo_link_aead engine;
    struct avo_link link;
    struct avo_renewal renewal;
    struct avo_udp_batch out;
    struct avo_udp_batch in;
    uint32_t timeout_ms;
    bool at_least_once;

    /* Calls: `depth` under way or parked, and the one whose completion the caller holds. */
    uint32_t depth;
    uint32_t pending_count;
    uint32_t used_count; /* of `calls`, ever */
    struct avo_pending_call *calls;
    struct avo_pending_call *free;
    struct avo_pending_call *parked;
    struct avo_pending_call **parked_end;
    struct avo_pending_call *handed;
    struct avo_completion shown;

    bool unsent;  /* submitted since the last send */
    bool at_hand; /* the core, or `in`, may have more */
    bool more;    /* the socket may have */

    struct avo_why why;
    bool why_due;                        /* `failed` is newer than `why`: put into words when somebody asks */
    struct avo_client_completion failed; /* the last one that avo_next returned; its value is not kept */
    uint8_t failed_key[AVO_KEY_MAX_BYTES];
    size_t failed_key_bytes;
    struct avo_info info;
};

#define AVO_TAG_WAITING UINT64_MAX /* of the call that somebody waits for; other tags are indices of `calls` */

/* calls.c: the pool of asynchronous calls */

AVO_MUST_USE bool avo_client_calls_open(struct avo_client *client, uint32_t depth);
void avo_client_calls_close(struct avo_client *client);
/* NULL: `depth` are pending. It counts as pending. */
struct avo_pending_call *avo_pending_call_take(struct avo_client *client);
/* Frees what it holds; it no longer counts when it was `pending`. */
void avo_pending_call_give(struct avo_client *client, struct avo_pending_call *call, bool pending);
/* Keeps a completion that nobody waited for. */
void avo_pending_call_park(struct avo_client *client, const struct avo_client_completion *completion);
/* The oldest one that was parked; NULL: none is. */
struct avo_pending_call *avo_pending_call_unpark(struct avo_client *client);
/* The caller is done with the completion that it holds. */
void avo_pending_call_hand_back(struct avo_client *client);

/* next.c: the network */

/* The next completion of any kind: true, or false after `until_us` or when nothing is under way. Sends and receives what is due. */
AVO_MUST_USE bool avo_client_pull(struct avo_client *client, uint64_t until_us, struct avo_client_completion *completion);

/* A call that waits, begun: AVO_ESTALE in a child of the process that opened the client (`why` is set). */
AVO_MUST_USE enum avo_error avo_client_check(struct avo_client *client);
/* Puts into client->why how a call ended, and why an ended ticket was not renewed. */
void avo_client_explain(struct avo_client *client, const struct avo_client_completion *completion, struct avo_slice key);
/* Bytes as the caller gave them. Not avo_slice, which asserts: what comes from a caller is checked, and a mistake told. */
struct avo_slice avo_client_given(const void *data, size_t length);
/* False: key or value is NULL, though it has a length: AVO_EINVAL. */
bool avo_client_has_bytes(const struct avo_client_request *request);
uint64_t avo_client_deadline_us(const struct avo_client *client, uint32_t timeout_ms);

#endif
