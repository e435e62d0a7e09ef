#include "trusted/store/hash.h"
#include "base/assert.h"
#include <sodium/crypto_shorthash.h>

_Static_assert(sizeof(struct avo_hash_bucket) == AVO_HASH_BUCKET_BYTES, "a bucket is one cache line");
_Static_assert(crypto_shorthash_KEYBYTES == sizeof(((struct avo_hash *)0)->seed), "the seed is a SipHash key");

bool avo_hash_create(struct avo_hash *hash, struct avo_arena *arena, uint32_t bucket_count, struct avo_random *random) {
    hash->buckets = avo_arena_take(arena, bucket_count, sizeof *hash->buckets);
    if (hash->buckets == NULL) {
        return false;
    }
    uint64_t places = (uint64_t)bucket_count * AVO_HASH_BUCKET_ENTRIES;
    hash->bucket_count = bucket_count;
    hash->count = 0;
    hash->count_max = (uint32_t)(places * 19 / 20);
    avo_random_fill(random, hash->seed, sizeof hash->seed);
    return true;
}

void avo_hash_seed(struct avo_hash *hash, const uint8_t seed[AVO_HASH_SEED_BYTES]) {
    AVO_ASSERT(hash->count == 0);
    avo_copy(hash->seed, sizeof hash->seed, avo_slice(seed, AVO_HASH_SEED_BYTES));
}

uint64_t avo_hash_of(const struct avo_hash *hash, struct avo_slice key) {
    uint64_t key_hash;
    crypto_shorthash((unsigned char *)&key_hash, key.data, key.length, hash->seed);
    return key_hash;
}

/* The high half chooses the bucket, the low 16 bits are the fingerprint. */
static uint32_t home_of(const struct avo_hash *hash, uint64_t key_hash) {
    return (uint32_t)((key_hash >> 32) * hash->bucket_count >> 32);
}

static uint16_t fingerprint_of(uint64_t key_hash) {
    uint16_t fingerprint = (uint16_t)key_hash;
    return fingerprint == 0 ? 1 : fingerprint;
}

static uint32_t bucket_after(const struct avo_hash *hash, uint32_t bucket) {
    return bucket + 1 == hash->bucket_count ? 0 : bucket + 1;
}

void avo_hash_prefetch(const struct avo_hash *hash, uint64_t key_hash) {
    __builtin_prefetch(&hash->buckets[home_of(hash, key_hash)]);
}

struct avo_hash_probe avo_hash_probe(const struct avo_hash *hash, uint64_t key_hash) {
    return (struct avo_hash_probe){.bucket = home_of(hash, key_hash), .fingerprint = fingerprint_of(key_hash)};
}

/* A bit for each entry of the bucket that has the fingerprint. Without branches, for they could not be predicted. */
static uint32_t matches(const struct avo_hash_bucket *bucket, uint16_t fingerprint) {
    uint32_t mask = 0;
    for (uint32_t entry = 0; entry < AVO_HASH_BUCKET_ENTRIES; entry++) {
        mask |= (uint32_t)(bucket->fingerprints[entry] == fingerprint) << entry;
    }
    return mask;
}

bool avo_hash_next(const struct avo_hash *hash, struct avo_hash_probe *probe, uint32_t *reference) {
    for (;;) {
        const struct avo_hash_bucket *bucket = &hash->buckets[probe->bucket];
        uint32_t mask = matches(bucket, probe->fingerprint) >> probe->entry;
        if (mask != 0) {
            probe->entry += (uint32_t)__builtin_ctz(mask);
            *reference = bucket->references[probe->entry++];
            return true;
        }
        if (bucket->fingerprints[AVO_HASH_BUCKET_ENTRIES - 1] == 0) {
            return false; /* it never overflowed */
        }
        probe->bucket = bucket_after(hash, probe->bucket);
        probe->entry = 0;
    }
}

uint32_t avo_hash_guess(const struct avo_hash *hash, uint64_t key_hash) {
    const struct avo_hash_bucket *bucket = &hash->buckets[home_of(hash, key_hash)];
    uint32_t mask = matches(bucket, fingerprint_of(key_hash)) | 1U << (AVO_HASH_BUCKET_ENTRIES - 1);
    return bucket->references[__builtin_ctz(mask)];
}

/* Beyond the last home an entry can only be where every bucket from there on is full. */
static bool walk_ended(const struct avo_hash *hash, uint32_t home, uint32_t line, uint32_t home_count) {
    if (line < home_count) {
        return false;
    }
    uint32_t before = (uint32_t)(((uint64_t)home + line - 1) % hash->bucket_count);
    return line >= hash->bucket_count || hash->buckets[before].fingerprints[AVO_HASH_BUCKET_ENTRIES - 1] == 0;
}

bool avo_hash_walk(const struct avo_hash *hash, uint64_t first, uint64_t last, uint32_t *cursor, uint32_t *reference) {
    uint32_t home = home_of(hash, first), home_count = home_of(hash, last) - home + 1;
    for (;;) {
        uint32_t line = *cursor / AVO_HASH_BUCKET_ENTRIES, entry = *cursor % AVO_HASH_BUCKET_ENTRIES;
        if (walk_ended(hash, home, line, home_count)) {
            return false;
        }
        const struct avo_hash_bucket *bucket = &hash->buckets[((uint64_t)home + line) % hash->bucket_count];
        if (bucket->fingerprints[entry] != 0) {
            *reference = bucket->references[entry];
            (*cursor)++;
            return true;
        }
        *cursor = (line + 1) * AVO_HASH_BUCKET_ENTRIES; /* they are taken in order */
    }
}

void avo_hash_insert(struct avo_hash *hash, uint64_t key_hash, uint32_t reference) {
    AVO_ASSERT(hash->count < hash->count_max);
    uint32_t at = home_of(hash, key_hash);
    while (hash->buckets[at].fingerprints[AVO_HASH_BUCKET_ENTRIES - 1] != 0) {
        at = bucket_after(hash, at);
    }
    struct avo_hash_bucket *bucket = &hash->buckets[at];
    uint32_t entry = 0;
    while (bucket->fingerprints[entry] != 0) {
        entry++;
    }
    bucket->fingerprints[entry] = fingerprint_of(key_hash);
    bucket->references[entry] = reference;
    hash->count++;
}

void avo_hash_move(struct avo_hash *hash, uint64_t key_hash, uint32_t from, uint32_t to) {
    struct avo_hash_probe probe = avo_hash_probe(hash, key_hash);
    uint32_t reference;
    bool found;
    do {
        found = avo_hash_next(hash, &probe, &reference);
        AVO_ASSERT(found); /* an entry's key is in the hash */
    } while (reference != from);
    hash->buckets[probe.bucket].references[probe.entry - 1] = to;
}
