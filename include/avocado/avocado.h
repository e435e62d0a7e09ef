/* libavocado: a client of an Avocado cluster. This header has the calls that wait; <avocado/async.h> those that do not.
 *
 *     struct avo_client *client;
 *     char why[AVO_DETAIL_BYTES];
 *     if (avo_open("client.profile", &client, why, sizeof why) != AVO_OK) { fputs(why, stderr); ... }
 *     enum avo_error error = avo_put(client, "key", 3, "value", 5, AVO_TIMEOUT_DEFAULT_MS);
 *     if (error != AVO_OK) { fputs(avo_detail(client), stderr); ... }
 *     avo_close(client);
 *
 * Keys are 1 to 512 bytes, values 0 to 1 MiB (or the cluster's own lower limit), of any content; NULL may stand for no bytes, and
 * with a length above 0 is AVO_EINVAL. Every call ends within its timeout and AVO_TICK_MS. All operations are linearizable. A get
 * that fails at one node is asked of another; a write whose outcome is unknown is not repeated, since it could be seen twice: that
 * is AVO_EUNKNOWN, and whether to repeat is for the caller to say.
 *
 * Threads: a client is used by one thread at a time; different clients do not know of one another. No call starts a thread.
 * Tickets: the profile's ticket ends after 30 days. With a third of that left, or when replicas say that it has ended, calls renew
 * it from the CAS that the profile names, in steps that do not wait; avo_next drives them between calls too. The old ticket serves
 * meanwhile; calls that need the new one wait for it within their time, and end as AVO_EEXPIRED when none is to be had. The renewed
 * profile is written to the file it came from (aside, synced, renamed: that step waits for the disk), unless it cannot be, or is
 * another's by now. No other call but avo_open reads or writes a file.
 * fork: a client belongs to the process that opened it. In a child its keys read as zero, every call on it fails with AVO_ESTALE,
 * and avo_close frees it; the parent's goes on undisturbed. A child opens a client of its own. No core file has the keys.
 * exec: the socket is closed.
 */
#ifndef AVOCADO_AVOCADO_H
#define AVOCADO_AVOCADO_H

#include <avocado/error.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What this header is of; avo_version() is what the library is of. Under 1.0, a new minor version may change both. */
#define AVO_VERSION_MAJOR 0
#define AVO_VERSION_MINOR 1
#define AVO_VERSION_PATCH 0

#define AVO_TIMEOUT_DEFAULT_MS 5000
#define AVO_TICK_MS 5 /* a call ends at most so long after its timeout, given the processor */
#define AVO_DETAIL_BYTES 400
#define AVO_DEPTH_DEFAULT 1024
#define AVO_DEPTH_MAX 8192
#define AVO_LARGE_DEFAULT 16
#define AVO_LARGE_MAX 64

struct avo_client;

/* How a client is opened. Set it to AVO_OPTIONS_INIT, then change what you like: the size lets it grow without breaking programs
 * that were compiled before. */
struct avo_options {
    size_t size;         /* sizeof(struct avo_options) */
    uint32_t depth;      /* asynchronous calls at one time, to AVO_DEPTH_MAX; 0: AVO_DEPTH_DEFAULT. About 400 bytes each */
    uint32_t large;      /* values larger than a packet under way at one time in each direction, to AVO_LARGE_MAX; more wait for
                          * their turn. 0: AVO_LARGE_DEFAULT. 2 MiB each, taken from the system when used */
    uint32_t timeout_ms; /* what a timeout of 0 means; 0: AVO_TIMEOUT_DEFAULT_MS */
    int at_least_once;   /* as avo_at_least_once */
};
#define AVO_OPTIONS_INIT                                                                                                           \
    { sizeof(struct avo_options), 0, 0, 0, 0 }

/* Opens a profile (the file client.profile under the cluster's --dir). Nothing is sent yet. On an error *client is NULL and `why`
 * (may be NULL) holds one line: what, on what, what to do next. AVO_EIO: cannot be read, or no socket or memory; AVO_EFORMAT: no
 * profile; AVO_EAUTH: altered, or others can alter it (the file, or a folder or link on the way to it); AVO_EDENIED: of another
 * cluster or client; AVO_EINVAL: NULL for path or client. With AVO_OK `why` is empty, or says what should be mended: others can
 * read the profile; avo_detail says it too, until the first call. */
enum avo_error avo_open(const char *profile_path, struct avo_client **client, char *why, size_t why_bytes);
/* The same with options (NULL: none). Besides: AVO_EINVAL: an option beyond its limit, or of a newer library. */
enum avo_error avo_open_with(const char *profile_path, const struct avo_options *options, struct avo_client **client, char *why,
                             size_t why_bytes);
/* Wipes the keys and frees everything. Calls that are under way get no completion: a write among them may or may not take effect.
 * NULL: nothing. */
void avo_close(struct avo_client *client);

/* The calls that wait. A timeout of 0 means the option timeout_ms. They may be mixed with asynchronous calls: whatever of those
 * ends meanwhile is kept for avo_next. The caller's bytes are read only during the call. Besides the errors named: AVO_EINVAL (an
 * empty key; NULL where bytes or an output are due), AVO_ETOOBIG (key or value beyond its limit), AVO_EDENIED (the policy does not
 * allow it), AVO_EEXPIRED (the ticket has ended, and is not renewed), AVO_ETIMEOUT and AVO_EQUORUM (nobody, or no majority,
 * answered), AVO_EBUSY, AVO_ESTALE (after fork).
 */

/* AVO_OK: a majority holds it. AVO_EUNKNOWN: it may or may not take effect. Any other error: it had no effect. AVO_EFULL. */
enum avo_error avo_put(struct avo_client *client, const void *key, size_t key_bytes, const void *value, size_t value_bytes,
                       uint32_t timeout_ms);
/* *value_bytes is the value's length. AVO_ENOTFOUND: absent. AVO_ESPACE: longer than `capacity`; nothing was copied. `value` may
 * be NULL where `capacity` is 0. AVO_ETAMPERED: no intact copy in reach. */
enum avo_error avo_get(struct avo_client *client, const void *key, size_t key_bytes, void *value, size_t capacity,
                       size_t *value_bytes, uint32_t timeout_ms);
/* As avo_put. AVO_OK whether the key was there or not. AVO_EQUOTA. */
enum avo_error avo_delete(struct avo_client *client, const void *key, size_t key_bytes, uint32_t timeout_ms);

/* Repeats writes of unknown outcome until they are done or the time is up; they may then be seen twice. Off at first. Holds for
 * calls that start later; AVO_AT_LEAST_ONCE of avo_submit_put is for one. */
void avo_at_least_once(struct avo_client *client, int on);

/* One line about what failed last, be it a call, a submit that was refused, or a completion that avo_next returned: what, on what,
 * how many replicas answered of how many needed, what to do next. Empty when nothing has failed since the last call that waits
 * began. Never NULL; valid until the next call. */
const char *avo_detail(struct avo_client *client);

/* Figures of one replica, summed over its workers, as its enclave tells them. */
struct avo_replica_figures {
    uint8_t slot;
    int serving; /* 0: it did not answer; all figures are 0 then */
    uint64_t keys;
    uint64_t tombstones;
    uint64_t damaged;
    uint64_t enclave_bytes_used; /* or used up: what no further key can have */
    uint64_t enclave_bytes_budget;
    uint64_t host_bytes;
    uint64_t operations; /* that it coordinated */
    uint64_t tampered;
    uint64_t replayed;
    uint64_t dropped;
    uint64_t bad_packets;
    uint64_t damaged_now;
    uint64_t repaired;
    uint64_t sessions;
    uint64_t reserved[8]; /* 0: room for what later versions tell */
};

/* Asks every replica at once. Fills at most `capacity` entries, in order of slot; *count is how many replicas there are. */
enum avo_error avo_status(struct avo_client *client, struct avo_replica_figures *replicas, size_t capacity, size_t *count,
                          uint32_t timeout_ms);

/* What a client knows by itself, without asking anybody. Grows at its end only. */
struct avo_info {
    uint8_t cluster_id[16];
    uint64_t epoch;    /* of the view in the profile */
    uint32_t replicas; /* in that view */
    uint32_t quorum;   /* of them must answer */
    uint32_t workers;  /* a replica */
    uint32_t key_max_bytes;
    uint32_t value_max_bytes;
    uint32_t depth;          /* the option, as it holds */
    uint64_t datagrams_sent; /* since avo_open */
    uint64_t datagrams_received;
    uint64_t datagrams_dropped; /* of no session, not authentic, malformed or seen before */
    uint64_t resent;            /* requests sent again */
    uint64_t moved;             /* times that a call moved to another node, for whatever reason */
    uint64_t sessions_opened;
};
/* Valid until the next call of avo_info on this client, or its end. NULL after fork. */
const struct avo_info *avo_info(struct avo_client *client);

/* "MAJOR.MINOR.PATCH" of the library that is linked. Static storage. */
const char *avo_version(void);

#ifdef __cplusplus
}
#endif

#include <avocado/async.h>

#endif
