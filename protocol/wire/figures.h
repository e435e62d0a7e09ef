/* The figures of a worker, each listed once: all that carries, adds up, prints or explains figures goes by this table.
 * tools/figures makes the lists in docs/OPERATIONS.md and avocado(1) from it.
 *
 * STATS_REPLY, node -> client, carries them from inside the enclave. Body: u64 each, in the table's order. */
#ifndef AVO_WIRE_FIGURES_H
#define AVO_WIRE_FIGURES_H

#include "base/condition.h"
#include "base/cursor.h"
#include <avocado/error.h>

enum avo_secret_memory {
    AVO_MEMORY_PLAIN = 0,
    AVO_MEMORY_LOCKED = 1,
    AVO_MEMORY_SECRET = 2, /* memfd_secret: not even the host's kernel maps it */
};

/* How the figures of a node's workers make one of the node. */
enum avo_figure_kind {
    AVO_FIGURE_LEVEL,   /* now; summed */
    AVO_FIGURE_COUNTER, /* since the enclave started; summed */
    AVO_FIGURE_LEAST,   /* now; the least of them counts */
    AVO_FIGURE_MOST,    /* now; the most of them counts */
    AVO_FIGURE_UNION,   /* now; the bits of all of them */
};

/* Field, name in `status --json`, kind, unit, meaning. */
#define AVO_FIGURES(X)                                                                                                             \
    X(keys, "keys", LEVEL, "keys", "keys with a value, damaged ones included")                                                     \
    X(tombstones, "tombstones", LEVEL, "keys", "deleted keys, whose version is kept")                                              \
    X(tombstone_quota, "tombstone_quota", LEVEL, "keys", "tombstones that there may be")                                           \
    X(damaged, "damaged", COUNTER, "values", "values found damaged")                                                               \
    X(damaged_now, "damaged_now", LEVEL, "values", "values that are damaged now")                                                  \
    X(repaired, "repaired", COUNTER, "values", "damaged values mended from another replica")                                       \
    X(repairs_started, "repairs_started", COUNTER, "values", "attempts at that")                                                   \
    X(behind, "behind", LEVEL, "keys", "keys of which another replica is known to hold a newer version")                           \
    X(behind_long, "behind_long", LEVEL, "keys", "the same, where there have been some for a minute")                              \
    X(caught_up, "caught_up", COUNTER, "keys", "missed writes that were fetched from another replica")                             \
    X(enclave_bytes_used, "enclave_bytes_used", LEVEL, "bytes", "enclave memory that no further key can have")                     \
    X(enclave_bytes_budget, "enclave_bytes_budget", LEVEL, "bytes", "enclave memory altogether")                                   \
    X(host_bytes, "host_bytes", LEVEL, "bytes", "host memory taken by sealed values")                                              \
    X(host_bytes_limit, "host_bytes_limit", LEVEL, "bytes", "host memory that sealed values may take")                             \
    X(operations, "ops", COUNTER, "operations", "operations of clients that this node coordinated to an end")                      \
    X(one_round_reads, "one_round_reads", COUNTER, "operations", "gets that one round answered, without moving a value")           \
    X(write_backs, "write_backs", COUNTER, "operations", "gets that wrote the newest version back first")                          \
    X(tampered, "tampered", COUNTER, "events", "values and packets whose tag did not verify")                                      \
    X(tampered_recently, "tampered_recently", LEVEL, "events", "of those, in the last five to ten minutes")                        \
    X(replayed, "replayed", COUNTER, "packets", "packets received before")                                                         \
    X(sync_keys, "sync_keys", LEVEL, "keys", "keys looked at by a sync under way: a new incarnation pulls what the others hold")   \
    X(sync_total, "sync_total", LEVEL, "keys", "keys that it will look at, as far as it knows; 0: no sync is under way")           \
    X(sync_bytes, "sync_bytes", COUNTER, "bytes", "bytes of keys, versions and values pulled")                                     \
    X(sync_refused, "sync_refused", COUNTER, "events", "keys for which a sync found no memory: it waits and tries again")          \
    X(dropped, "dropped", COUNTER, "packets", "packets of another view, session or worker, and those that found no room")          \
    X(bad_packets, "bad_packets", COUNTER, "packets", "malformed packets, refused before any cryptography")                        \
    X(other_version, "other_version", COUNTER, "packets", "packets of another wire version")                                       \
    X(packets_sent, "packets_sent", COUNTER, "packets", "packets sent")                                                            \
    X(packets_received, "packets_received", COUNTER, "packets", "packets received")                                                \
    X(sessions, "sessions", LEVEL, "sessions", "open client sessions")                                                             \
    X(mtu_to_nodes, "mtu_to_nodes", LEAST, "bytes", "largest IP packet that passed on the narrowest path to another node")         \
    X(mtu_to_clients, "mtu_to_clients", LEAST, "bytes", "the same, to a client that is connected")                                 \
    X(secret_memory, "secret_memory", LEAST, "plain, locked or secret", "how the enclave's memory is kept from the host's kernel") \
    X(silent_nodes, "silent_nodes", UNION, "a bit a slot", "members that this one has not heard for 16 seconds")                   \
    X(enclave_nearly_full_s, "enclave_memory_nearly_full_s", MOST, "seconds",                                                      \
      "how long the warning of this name has held; 0: it does not")                                                                \
    X(enclave_full_s, "enclave_memory_full_s", MOST, "seconds", "how long the warning of this name has held; 0: it does not")      \
    X(host_nearly_full_s, "host_memory_nearly_full_s", MOST, "seconds",                                                            \
      "how long the warning of this name has held; 0: it does not")                                                                \
    X(host_full_s, "host_memory_full_s", MOST, "seconds", "how long the warning of this name has held; 0: it does not")            \
    X(quota_near_s, "tombstone_quota_near_s", MOST, "seconds", "how long the warning of this name has held; 0: it does not")       \
    X(quota_reached_s, "tombstone_quota_reached_s", MOST, "seconds", "how long the warning of this name has held; 0: it does not") \
    X(tampered_s, "tampered_s", MOST, "seconds", "how long the warning of this name has held; 0: it does not")                     \
    X(damaged_s, "damaged_s", MOST, "seconds", "how long the warning of this name has held; 0: it does not")                       \
    X(under_replicated_s, "under_replicated_s", MOST, "seconds", "how long the warning of this name has held; 0: it does not")     \
    X(narrow_path_s, "narrow_path_s", MOST, "seconds", "how long the warning of this name has held; 0: it does not")

struct avo_figures {
#define AVO_FIGURE_FIELD(field, ...) uint64_t field;
    AVO_FIGURES(AVO_FIGURE_FIELD)
#undef AVO_FIGURE_FIELD
};

#define AVO_FIGURE_COUNT (sizeof(struct avo_figures) / sizeof(uint64_t))

struct avo_figure {
    const char *name;
    enum avo_figure_kind kind;
    size_t offset; /* in struct avo_figures */
};

/* The table, in the order of the fields. */
extern const struct avo_figure avo_figure_table[AVO_FIGURE_COUNT];

uint64_t avo_figure_get(const struct avo_figures *figures, const struct avo_figure *figure);

/* Adds what one part of a node counted to what the others did; those that are not summed are left as they are. */
void avo_figures_add(struct avo_figures *sum, const struct avo_figures *part);
/* Takes another worker's figures into its node's: as avo_figures_add, and those that are not summed by their
 * kind. */
void avo_figures_join(struct avo_figures *node, const struct avo_figures *worker);

/* What conditions are judged by, as far as figures tell it: neither the silent nodes nor the paths. */
struct avo_levels avo_figures_levels(const struct avo_figures *figures);
/* Where they say for how long `condition` has held, in seconds, begun ones counted; 0: it does not hold. */
uint64_t avo_figures_age(const struct avo_figures *figures, enum avo_condition condition);
void avo_figures_age_set(struct avo_figures *figures, enum avo_condition condition, uint64_t age_s);

void avo_figures_write(struct avo_writer *writer, const struct avo_figures *figures);
void avo_figures_read(struct avo_reader *reader, struct avo_figures *figures);

#endif
