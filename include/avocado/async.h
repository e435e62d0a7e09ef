/* libavocado without waiting: many calls under way, their completions taken from a queue. Included by <avocado/avocado.h>.
 *
 *     for (...) { avo_submit_get(client, key, key_bytes, 0, 0, my_pointer); }   nothing is sent yet
 *     const struct avo_completion *done;
 *     while ((done = avo_next(client, 1000)) != NULL) { ... done->user ... }     sends, waits, receives
 *
 * Every call that was submitted with AVO_OK comes out of avo_next exactly once, within its timeout and AVO_TICK_MS, provided that
 * avo_next is called. Calls end in any order. Two calls under way at the same time are concurrent, even on the same key: a get
 * that must see a put is submitted after the put's completion.
 *
 * What is submitted together leaves together: calls gather until avo_flush or avo_next, and then leave in as few packets as they
 * fit, a batch for each worker.
 *
 * In an event loop of the caller's own (epoll, poll, libuv, libevent):
 *     watch avo_fd(client) for reading, level-triggered;
 *     before each wait, avo_flush(client), and wait at most avo_wake_ms(client);
 *     after each wait, call avo_next(client, 0) until it returns NULL.
 */
#ifndef AVOCADO_ASYNC_H
#define AVOCADO_ASYNC_H

#include <avocado/error.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct avo_client;

/* Flags of one call. */
#define AVO_AT_LEAST_ONCE 1u /* a write of unknown outcome is repeated until it is done or the time is up: may be seen twice */

/* Starts a call. Key and value are copied before it returns; `user` is given back with the completion and never looked at.
 * timeout_ms: as for the calls that wait; 0: the option timeout_ms. AVO_EBUSY: `depth` calls are under way: take completions, then
 * submit again. AVO_EINVAL: an empty key, NULL with a length, an unknown flag. AVO_ETOOBIG: a key or value beyond its limit.
 * AVO_EIO: no memory. AVO_ESTALE: after fork. After an error there will be no completion. */
enum avo_error avo_submit_get(struct avo_client *client, const void *key, size_t key_bytes, uint32_t timeout_ms, unsigned int flags,
                              void *user);
enum avo_error avo_submit_put(struct avo_client *client, const void *key, size_t key_bytes, const void *value, size_t value_bytes,
                              uint32_t timeout_ms, unsigned int flags, void *user);
enum avo_error avo_submit_delete(struct avo_client *client, const void *key, size_t key_bytes, uint32_t timeout_ms,
                                 unsigned int flags, void *user);

enum avo_call { AVO_CALL_GET = 1, AVO_CALL_PUT = 2, AVO_CALL_DELETE = 3 };

/* How a call ended. Grows at its end only. */
struct avo_completion {
    void *user;
    enum avo_call call;
    enum avo_error error; /* as the waiting call of the same name returns it */
    const void *key;      /* the library's copy */
    size_t key_bytes;
    const void *value; /* of a get with AVO_OK, else NULL */
    size_t value_bytes;
    int slot;              /* of the replica that answered or was asked last; -1: none was */
    unsigned int answered; /* after AVO_EQUORUM, AVO_ETIMEOUT and AVO_EUNKNOWN: of so many replicas, ... */
    unsigned int needed;   /* ... so many were needed; 0: nobody said */
    unsigned int replicas;
};

/* The next completion; waits for one at most `wait_ms` (0: not at all). NULL: none came in time, or no call is under way. Sends
 * and receives whatever is due. The completion, its key and its value belong to the library and stay as they are until the next
 * avo_next, avo_flush, avo_close or call that waits; submitting leaves them alone. */
const struct avo_completion *avo_next(struct avo_client *client, uint32_t wait_ms);

/* Sends what was submitted; never waits. What the socket does not take counts as lost on the way and is sent again in time. */
void avo_flush(struct avo_client *client);

/* Calls that were submitted and whose completion avo_next has not returned yet. */
size_t avo_pending(const struct avo_client *client);

/* A descriptor that is readable when avo_next has something to do: for poll, epoll and the like, and for nothing else. It stays
 * the same for the client's life. -1 after fork. */
int avo_fd(const struct avo_client *client);

/* Milliseconds until avo_next must be called although nothing came: 0: now; -1: not before the next submit. While calls, or the
 * renewal of a ticket, are under way it is at most AVO_TICK_MS. */
int avo_wake_ms(const struct avo_client *client);

#ifdef __cplusplus
}
#endif

#endif
