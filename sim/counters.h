/* What happened in a run. A batch of runs in which some kind of event never happened proves nothing: see avo_counters_vacuous. */
#ifndef AVO_SIM_COUNTERS_H
#define AVO_SIM_COUNTERS_H

#include "base/bytes.h"

/* enumerator, name, must it occur in a batch of AVO_BATCH_SEEDS or more */
#define AVO_COUNTERS(X)                                                                                                            \
    X(RUNS, "runs", true)                                                                                                          \
    X(OPERATIONS, "operations", true)                                                                                              \
    X(OVERLAPS, "overlapping operations", true)                                                                                    \
    X(UNKNOWN_OUTCOMES, "unknown outcomes", true)                                                                                  \
    X(NO_EFFECTS, "operations without effect", true)                                                                               \
    X(REFUSED_FULL, "refusals for lack of memory", true)                                                                           \
    X(ANSWERED_TAMPERED, "answers that no intact copy is in reach", false)                                                         \
    X(ONE_ROUND_READS, "one-round reads", true)                                                                                    \
    X(WRITE_BACKS, "write-backs", true)                                                                                            \
    X(REPAIRS, "repairs", true)                                                                                                    \
    X(DAMAGED, "values found damaged", true)                                                                                       \
    X(CATCH_UPS, "replicas that lacked something when all was well again", true)                                                   \
    X(CAUGHT_UP, "missed writes fetched from another replica", true)                                                               \
    X(LARGE_VALUES, "values larger than a packet", true)                                                                           \
    X(PACKETS, "packets", true)                                                                                                    \
    X(LOST, "packets lost", true)                                                                                                  \
    X(DUPLICATED, "packets duplicated", true)                                                                                      \
    X(DELAYED, "packets delayed past others", true)                                                                                \
    X(CUT, "packets cut by a partition", true)                                                                                     \
    X(REPLAYED, "old packets replayed", true)                                                                                      \
    X(DIVERTED, "packets diverted", true)                                                                                          \
    X(CORRUPTED, "packets corrupted", true)                                                                                        \
    X(REFUSALS, "refusals made up", true)                                                                                          \
    X(GARBAGE, "garbage datagrams", true)                                                                                          \
    X(RING_FULL, "packets lost at a full ring", false)                                                                             \
    X(RING_INDEX_AHEAD, "ring indices too far ahead", true)                                                                        \
    X(RING_INDEX_BEHIND, "ring indices running backward", true)                                                                    \
    X(RING_INDEX_STANDING, "impossible ring indices that stood for long", true)                                                    \
    X(RING_GARBAGE, "garbage slots at full ring speed", true)                                                                      \
    X(WITHHELD, "packets withheld from one worker", true)                                                                          \
    X(WITHHELD_RELEASED, "withheld packets released late", true)                                                                   \
    X(WITHHELD_OUT, "turns in which one worker's packets were not taken", true)                                                    \
    X(STARVED, "turns in which one worker was not run", true)                                                                      \
    X(RING_LENGTH_LIES, "impossible datagram lengths", true)                                                                       \
    X(SLAB_FLIPS, "bits flipped in values", true)                                                                                  \
    X(SLAB_WIPES, "values destroyed", true)                                                                                        \
    X(SLAB_ROLLBACKS, "value memory rolled back", true)                                                                            \
    X(SLAB_OLDER, "values rolled back to older ciphertext in their slot", true)                                                    \
    X(SLAB_SWAPS, "values swapped", true)                                                                                          \
    X(SLAB_SWAPS_FAR, "values swapped between workers", true)                                                                      \
    X(SLAB_LOST_EVERYWHERE, "all values destroyed at all hosts", true)                                                             \
    X(FULL_ALONE, "runs with one replica short of memory", true)                                                                   \
    X(RECLAIMED, "deletes that had to make room", true)                                                                            \
    X(NARROW_LINKS, "links turned narrow or wide", true)                                                                           \
    X(NARROWED, "packets too long for a narrow link", true)                                                                        \
    X(PARTITIONS, "partitions set", true)                                                                                          \
    X(PARTITIONS_HEALED, "partitions healed", true)                                                                                \
    X(POOR_LINKS, "links turned poor or well", true)                                                                               \
    X(CRASHES, "replicas crashed", true)                                                                                           \
    X(RESTARTS, "replicas restarted without memory", true)                                                                         \
    X(CLONES, "former incarnations kept alive", true)                                                                              \
    X(CLONE_TURNS, "turns of former incarnations", true)                                                                           \
    X(VIEWS, "views made", true)                                                                                                   \
    X(VIEWS_ADOPTED, "views adopted by workers", true)                                                                             \
    X(VIEWS_SHOWN, "newer views that a steward had from a peer", true)                                                             \
    X(VIEWS_FOLLOWED, "views followed by clients", true)                                                                           \
    X(SYNCS, "syncs complete", true)                                                                                               \
    X(SYNC_BYTES, "bytes pulled by syncs", true)                                                                                   \
    X(CLIENTS_RENEWED, "clients that began again in a newer view", true)                                                           \
    X(FREEZES, "replicas frozen", true)                                                                                            \
    X(THAWS, "replicas thawed", true)                                                                                              \
    X(CLOCK_FORWARD, "clocks set forward", true)                                                                                   \
    X(CLOCK_BACKWARD, "clocks set backward", true)                                                                                 \
    X(CLOCK_STOPPED, "clocks stopped", true)                                                                                       \
    X(CLOCK_RIGHT, "clocks set right in the end", true)                                                                            \
    X(ENCLAVE_TAMPERED, "tags refused by enclaves", true)                                                                          \
    X(ENCLAVE_REPLAYED, "replays refused by enclaves", true)                                                                       \
    X(ENCLAVE_DROPPED, "packets dropped by enclaves", true)                                                                        \
    X(ENCLAVE_BAD, "malformed packets seen by enclaves", true)                                                                     \
    X(SESSIONS, "client sessions", true)                                                                                           \
    X(SESSIONS_EVICTED, "client sessions ended by replicas", true)                                                                 \
    X(NEVER_RAN, "writes asked again, for they never ran in a session that ended", true)                                           \
    X(MOVED, "operations moved to another node", true)                                                                             \
    X(REKEYS_PEER, "keys replaced between nodes", true)                                                                            \
    X(REKEYS_SESSION, "keys replaced in client sessions", true)                                                                    \
    X(REKEYS_PARTED, "keys replaced while a partition stood", true)                                                                \
    X(REKEY_WAITS, "packets sealed past a key's time, unacknowledged", true)                                                       \
    X(REKEY_STRAGGLERS, "packets opened under the key before", true)                                                               \
    X(REKEY_FORGERIES, "forgeries of the next key refused", true)                                                                  \
    X(RARE_MEMORY, "times memory was short by force", true)                                                                        \
    X(RARE_LETTERS, "times a mailbox was full by force", true)                                                                     \
    X(RARE_ROOM, "times a ring was full by force", true)                                                                           \
    X(REPLAYED_OLDER, "packets of an older view replayed", true)                                                                   \
    X(SEALS, "nonces used", true)                                                                                                  \
    X(LIVENESS, "operations after the healing", true)

#define AVO_COUNTER_ENUMERATOR(name, text, needed) AVO_COUNT_##name,
enum avo_counter { AVO_COUNTERS(AVO_COUNTER_ENUMERATOR) AVO_COUNTER_COUNT };

#define AVO_BATCH_SEEDS 1000 /* the smallest batch that is asked whether it was vacuous */

struct avo_counters {
    uint64_t of[AVO_COUNTER_COUNT];
};

/* What a reader calls it, e.g. "write-backs". Static storage. */
const char *avo_counter_text(enum avo_counter counter);
void avo_counters_merge(struct avo_counters *all, const struct avo_counters *run);
/* The first kind that had to occur and did not; AVO_COUNTER_COUNT when none is missing. */
enum avo_counter avo_counters_vacuous(const struct avo_counters *counters);

#endif
