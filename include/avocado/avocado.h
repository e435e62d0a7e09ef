/* libavocado: a client of an Avocado cluster. Synchronous calls; one client may be used by one thread at a time.
 *
 *     struct avo_client *client;
 *     char why[AVO_DETAIL_BYTES];
 *     if (avo_open("client.profile", &client, why, sizeof why) != AVO_OK) { fputs(why, stderr); ... }
 *     enum avo_error error = avo_put(client, "key", 3, "value", 5, AVO_TIMEOUT_DEFAULT_MS);
 *     if (error != AVO_OK) { fputs(avo_detail(client), stderr); ... }
 *     avo_close(client);
 *
 * Keys are 1 to 512 bytes, values 0 to 1 MiB (or the cluster's own lower limit), of any content. Every call ends within its
 * timeout. All operations are linearizable. A get that fails at one node is asked of another; a write whose outcome is unknown is
 * not repeated, since it could be seen twice: that is AVO_EUNKNOWN, and whether to repeat is for the caller to say.
 */
#ifndef AVOCADO_AVOCADO_H
#define AVOCADO_AVOCADO_H

#include <avocado/error.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AVO_TIMEOUT_DEFAULT_MS 5000
#define AVO_DETAIL_BYTES 400

struct avo_client;

/* Opens a profile (the file client.profile under the cluster's --dir). Nothing is sent yet. On an error *client is NULL and `why`
 * (may be NULL) holds one line: what, on what, what to do next. AVO_EIO: cannot be read, or no socket; AVO_EFORMAT: no profile;
 * AVO_EAUTH: altered; AVO_EDENIED: of another cluster or client. */
enum avo_error avo_open(const char *profile_path, struct avo_client **client, char *why, size_t why_bytes);
/* Wipes the keys and frees everything. NULL: nothing. */
void avo_close(struct avo_client *client);

/* AVO_OK: a majority holds it. AVO_EUNKNOWN: it may or may not take effect. Any other error: it had no effect. */
enum avo_error avo_put(struct avo_client *client, const void *key, size_t key_bytes, const void *value, size_t value_bytes,
                       uint32_t timeout_ms);
/* *value_bytes is the value's length. AVO_ENOTFOUND: absent. AVO_ESPACE: longer than `capacity`; nothing was copied. */
enum avo_error avo_get(struct avo_client *client, const void *key, size_t key_bytes, void *value, size_t capacity,
                       size_t *value_bytes, uint32_t timeout_ms);
/* As avo_put. AVO_OK whether the key was there or not. */
enum avo_error avo_delete(struct avo_client *client, const void *key, size_t key_bytes, uint32_t timeout_ms);

/* Repeats writes of unknown outcome until they are done or the time is up; they may then be seen twice. Off at first. */
void avo_at_least_once(struct avo_client *client, int on);

/* One line about the last call that failed: what, on what, how many replicas answered of how many needed, what to do next. Valid
 * until the next call. */
const char *avo_detail(const struct avo_client *client);

/* Figures of one replica, summed over its workers, as its enclave tells them. */
struct avo_replica_figures {
    uint8_t slot;
    int serving; /* 0: it did not answer; all figures are 0 then */
    uint64_t keys;
    uint64_t tombstones;
    uint64_t damaged;
    uint64_t enclave_bytes_used;
    uint64_t enclave_bytes_budget;
    uint64_t host_bytes;
    uint64_t operations;
    uint64_t tampered;
    uint64_t replayed;
    uint64_t dropped;
    uint64_t bad_packets;
};

/* Asks every replica at once. Fills at most `capacity` entries, in order of slot; *count is how many replicas there are. */
enum avo_error avo_status(struct avo_client *client, struct avo_replica_figures *replicas, size_t capacity, size_t *count,
                          uint32_t timeout_ms);

#ifdef __cplusplus
}
#endif
#endif
