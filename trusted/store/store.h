/* The store of one worker: keys, versions and the index in enclave memory, sealed values in host memory [DESIGN 9].
 *
 * Keys are ordered by memcmp, then length. An entry is in one of three states; its version never goes down [B4].
 * Values are AES-256-GCM ciphertext in the worker's slabs: key made at start, nonce from a counter, AAD = key and version.
 * No function allocates after avo_store_create [B5]. Not thread-safe: one worker, one store.
 */
#ifndef AVO_STORE_H
#define AVO_STORE_H

#include "base/arena.h"
#include "base/random.h"
#include "protocol/channel/aead.h"
#include "protocol/version.h"
#include "protocol/wire/figures.h"
#include "trusted/store/digest.h"
#include "trusted/store/record.h"
#include <avocado/error.h>

struct avo_store; /* lives in the arena */

#define AVO_STORE_SECRET_BYTES 32 /* the seed of the hash, and the digests' key */

enum avo_entry_state {
    AVO_ENTRY_ABSENT = 0, /* never written here: version AVO_VERSION_NONE */
    AVO_ENTRY_VALUE = 1,
    AVO_ENTRY_TOMBSTONE = 2,
    AVO_ENTRY_DAMAGED = 3, /* a value whose ciphertext did not open: version kept, value lost here */
};

/* What the store knows of a key without touching host memory. */
struct avo_entry {
    enum avo_entry_state state;
    struct avo_version version;
};

/* What a look-up found, so that code that needs more of the same key need not look again. Good until the store is next changed. */
struct avo_found {
    struct avo_entry entry;
    uint64_t key_hash;      /* of avo_store_find */
    struct avo_place place; /* this and the record are the store's own; there are none when the entry is ABSENT */
    struct avo_record record;
};

struct avo_store_config {
    uint8_t *slabs; /* borrowed: the worker's value memory in the shared region, zeroed */
    uint64_t slab_bytes;
    uint64_t enclave_bytes;      /* taken from the arena for index, hash and bookkeeping; scratch memory comes on top */
    uint32_t tombstone_percent;  /* at most this share of the entries that fit may be tombstones */
    uint32_t pin_max_count;      /* pins at one time */
    const struct avo_aead *aead; /* borrowed for the store's life: the worker's AEAD engine */
    struct avo_random *random;   /* borrowed during create only: makes the sealing key, and the secret where there is none */
    const uint8_t *secret; /* borrowed during create only: AVO_STORE_SECRET_BYTES that all replicas of this worker share and no
                              client knows; where it is another, digests differ. NULL: one of its own */
};

/* What avo_store_create takes from its arena: `enclave_bytes` and the scratch memory in which values are sealed (1 MiB and a
 * header, less where the slabs are smaller). */
uint64_t avo_store_arena_bytes(const struct avo_store_config *config);

/* Makes an empty store in `arena`; NULL when `enclave_bytes` or the arena is too small to hold even one key. */
struct avo_store *avo_store_create(struct avo_arena *arena, const struct avo_store_config *config);

/* Looks `key` up; false, and *found ABSENT, when there is no entry. */
bool avo_store_find(const struct avo_store *store, struct avo_slice key, struct avo_found *found);

/* Hints for batches: first avo_store_prefetch for every key of the batch, then avo_store_prefetch_entry for every key, then look at
 * or open them: each pass has fetched what the next one reads, and waits for many keys' memory at once. */
void avo_store_prefetch(const struct avo_store *store, struct avo_slice key);
void avo_store_prefetch_entry(const struct avo_store *store, struct avo_slice key);

/* Applies a write: a value, or a tombstone when `value` is NULL. Applied iff `version` is higher than the entry's;
 * equal or lower is ignored and is AVO_OK too (*applied says which; may be NULL), except that an equal version with a
 * value repairs a DAMAGED entry. `value` is enclave memory; it is sealed in enclave memory, then copied out [B2].
 * AVO_EFULL: no room for a new key (index), AVO_EHOSTFULL: for the value (slabs): nothing changed, the old value stays.
 * AVO_EQUOTA: a tombstone beyond the quota: nothing changed.
 * AVO_EINVAL, AVO_ETOOBIG: a key of 0 or over AVO_KEY_MAX_BYTES, a value over AVO_VALUE_MAX_BYTES.
 * AVO_ELIMIT: the sealing key has encrypted all it may (AVO_SEAL_BLOCK_MAX_COUNT); the node must be replaced. */
AVO_MUST_USE enum avo_error avo_store_apply(struct avo_store *store, struct avo_slice key, struct avo_version version,
                                            const struct avo_slice *value, bool *applied);

/* [B4] Applies a version whose value is lost where it is known: iff it is higher than the entry's, which is DAMAGED from then on,
 * to be mended by a repair. Errors as avo_store_apply. */
AVO_MUST_USE enum avo_error avo_store_apply_damaged(struct avo_store *store, struct avo_slice key, struct avo_version version);

/* Would a write of `value_bytes` (UINT32_MAX: a tombstone) for the key of `found` be accepted now, with head room so that writes
 * already under way still fit? AVO_OK, AVO_EFULL, AVO_EHOSTFULL or AVO_EQUOTA. Asked in round 1, so that a refused write had no
 * effect. A value that fits where the key's present one lies always does. A refusal for want of host memory has values packed
 * together (avo_store_pack). */
AVO_MUST_USE enum avo_error avo_store_admits(struct avo_store *store, const struct avo_found *found, uint32_t value_bytes);

/* Copies in and opens the value of `key`, found before, into `to` (capacity >= AVO_VALUE_MAX_BYTES or the value's size).
 * AVO_ENOTFOUND: absent or tombstone. AVO_EDAMAGED: it does not open; the entry, and *found, is DAMAGED from now on, nothing is in
 * `to`. AVO_ESPACE: the value is intact but larger than `to`. */
AVO_MUST_USE enum avo_error avo_store_open(struct avo_store *store, struct avo_slice key, struct avo_found *found,
                                           struct avo_buffer *to);

/* Pins: keep one version's sealed value readable while newer ones land [DESIGN 8, get]. */
#define AVO_PIN_NONE UINT32_MAX
/* Pins the current state of `key`; *entry is what was pinned. A pin of ABSENT or TOMBSTONE costs nothing and is AVO_PIN_NONE,
 * too. AVO_EBUSY: all pins are in use. */
AVO_MUST_USE enum avo_error avo_store_pin(struct avo_store *store, struct avo_slice key, struct avo_entry *entry, uint32_t *pin);
/* Opens the pinned value. AVO_EDAMAGED as avo_store_open (the entry becomes DAMAGED if it still is that version). */
AVO_MUST_USE enum avo_error avo_store_pin_open(struct avo_store *store, struct avo_slice key, uint32_t pin, struct avo_buffer *to);
/* Gives the pin back (AVO_PIN_NONE: nothing); the value's memory is freed if a newer version replaced it meanwhile. */
void avo_store_unpin(struct avo_store *store, uint32_t pin);

/* A step of the scrub reads so much, or one value and then nothing until it is made up for: else large values would take all the
 * time of a worker. */
#define AVO_SCRUB_STEP_BYTES 32768

/* Verifies up to `count` values from where the last call stopped, wrapping at the end [background scrub]. For each value found
 * damaged, calls `damaged(context, key, entry)` (the key is borrowed for the call) and goes on; returns how many entries were
 * looked at, those without an intact value included. */
uint32_t avo_store_scrub(struct avo_store *store, uint32_t count,
                         void (*damaged)(void *context, struct avo_slice key, struct avo_entry entry), void *context);

/* Moves up to `count` sealed values towards the beginning of host memory, where slots or whole runs are free, so that free memory
 * comes to lie together. Returns how many entries are still to be looked at: 0 until a write was refused for want of host memory,
 * and again when all entries were passed once. */
uint32_t avo_store_pack(struct avo_store *store, uint32_t count);

/* In key order, the first entry at or after `key` (inclusive) whatever its state; false at the end. The key found is copied to
 * `found` (capacity >= AVO_KEY_MAX_BYTES). For scans, recovery and tests. */
bool avo_store_next(const struct avo_store *store, struct avo_slice key, struct avo_buffer *found, struct avo_entry *entry);

/* The digest of the buckets from `bucket` on, `count` of them: what two replicas compare (trusted/store/digest.h). */
uint64_t avo_store_digest(const struct avo_store *store, uint32_t bucket, uint32_t count);
/* Walks over the entries of a bucket, in no order: `*cursor` is 0 at the beginning, and then as the last call left it. Any number
 * is allowed, and what changes meanwhile may be missed. False at the end. The key is copied to `key` (capacity >=
 * AVO_KEY_MAX_BYTES). */
bool avo_store_bucket_next(const struct avo_store *store, uint32_t bucket, uint32_t *cursor, struct avo_buffer *key,
                           struct avo_entry *entry);

/* The store's part of a worker's figures; the others are 0. */
void avo_store_stats(const struct avo_store *store, struct avo_figures *stats);

#endif
