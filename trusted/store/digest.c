#include "trusted/store/digest.h"
#include "base/assert.h"
#include <sodium/crypto_shorthash.h>

#define BUCKET_SHIFT (64 - AVO_DIGEST_BUCKET_BITS)
#define TERM_BYTES (8 + AVO_VERSION_BYTES)

_Static_assert(crypto_shorthash_KEYBYTES == AVO_DIGEST_KEY_BYTES, "the key is a SipHash key");

uint32_t avo_digest_bucket(uint64_t key_hash) {
    return (uint32_t)(key_hash >> BUCKET_SHIFT);
}

uint64_t avo_digest_first(uint32_t bucket) {
    return (uint64_t)bucket << BUCKET_SHIFT;
}

uint64_t avo_digest_last(uint32_t bucket) {
    return avo_digest_first(bucket) | (UINT64_MAX >> AVO_DIGEST_BUCKET_BITS);
}

/* Nothing there adds nothing. */
static uint64_t term(const struct avo_digest *digest, uint64_t key_hash, struct avo_version version) {
    if (avo_version_is_none(version)) {
        return 0;
    }
    uint8_t bytes[TERM_BYTES];
    uint64_t hash;
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_write_u64(&writer, key_hash);
    avo_version_write(&writer, version);
    AVO_ASSERT(!writer.failed);
    crypto_shorthash((unsigned char *)&hash, bytes, sizeof bytes, digest->key);
    return hash;
}

void avo_digest_change(struct avo_digest *digest, uint64_t key_hash, struct avo_version before, struct avo_version after) {
    uint64_t change = term(digest, key_hash, before) ^ term(digest, key_hash, after);
    digest->buckets[avo_digest_bucket(key_hash)] ^= change;
    digest->all ^= change;
}
