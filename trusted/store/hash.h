/* Where a key is: a hash table of references to entries, 6 bytes an entry and one cache line a bucket.
 *
 * It holds no keys. A 16-bit fingerprint says which references are worth a look; equal references under one fingerprint, as they
 * occur while entries move, are interchangeable. The hash is SipHash-2-4 under a seed that no client knows, so that none can choose
 * keys that collide. Full buckets overflow into the next.
 * Entries are never removed yet; reclaiming tombstones will have to refill a hole from the buckets behind it.
 */
#ifndef AVO_STORE_HASH_H
#define AVO_STORE_HASH_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/random.h"

#define AVO_HASH_BUCKET_ENTRIES 10
#define AVO_HASH_BUCKET_BYTES 64
#define AVO_HASH_SEED_BYTES 16

struct avo_hash_bucket {
    uint16_t fingerprints[AVO_HASH_BUCKET_ENTRIES]; /* 0: free; taken in order */
    uint32_t references[AVO_HASH_BUCKET_ENTRIES];
    uint32_t zero;
};

struct avo_hash {
    struct avo_hash_bucket *buckets;
    uint32_t bucket_count;
    uint32_t count;
    uint32_t count_max; /* below the number of places, so that every search ends */
    uint8_t seed[AVO_HASH_SEED_BYTES];
};

/* A search for one hash. */
struct avo_hash_probe {
    uint32_t bucket;
    uint32_t entry; /* the next to look at */
    uint16_t fingerprint;
};

/* False when `bucket_count` > 0 buckets do not fit the arena. */
AVO_MUST_USE bool avo_hash_create(struct avo_hash *hash, struct avo_arena *arena, uint32_t bucket_count, struct avo_random *random);
/* Hashes with `seed` from now on; asserts that it is empty. */
void avo_hash_seed(struct avo_hash *hash, const uint8_t seed[AVO_HASH_SEED_BYTES]);
uint64_t avo_hash_of(const struct avo_hash *hash, struct avo_slice key);
void avo_hash_prefetch(const struct avo_hash *hash, uint64_t key_hash);
/* A reference that is likely the key's, or any number: for prefetching. */
uint32_t avo_hash_guess(const struct avo_hash *hash, uint64_t key_hash);

struct avo_hash_probe avo_hash_probe(const struct avo_hash *hash, uint64_t key_hash);
/* The next reference that may be the key's; false when there is none. */
bool avo_hash_next(const struct avo_hash *hash, struct avo_hash_probe *probe, uint32_t *reference);

/* Walks over the references of all entries whose hashes are from `first` to `last`, and of some others. `*cursor` is 0 at the
 * beginning, and then as the last call left it: any number is allowed. False at the end. */
bool avo_hash_walk(const struct avo_hash *hash, uint64_t first, uint64_t last, uint32_t *cursor, uint32_t *reference);

/* Adds an entry; asserts that count < count_max. */
void avo_hash_insert(struct avo_hash *hash, uint64_t key_hash, uint32_t reference);
/* The key's entry moved; asserts that it was at `from`. */
void avo_hash_move(struct avo_hash *hash, uint64_t key_hash, uint32_t from, uint32_t to);

#endif
