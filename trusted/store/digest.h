/* What a store holds, in short: replicas that compare digests find out where they differ by few bytes [DESIGN 8].
 *
 * The hash of a key (trusted/store/hash.h) is the same at all replicas of a worker, and its top bits are the key's bucket. The
 * digest of a bucket is the XOR of a term for each of its entries; a term is a keyed hash of (key's hash, version). So a digest
 * does not depend on the order of writes, a write changes it in a step, and the digest of several buckets is the XOR of theirs. Two
 * stores that differ have equal digests with a chance of 2^-64. Neither clients nor hosts know the key: they cannot choose entries
 * whose terms cancel out.
 *
 * What a term is made of is what replicas must agree on. A version is one content, tombstone or value. Damage does not show: it
 * keeps its version, and repair mends it. What a register gets besides its version joins the term (digest.c).
 */
#ifndef AVO_STORE_DIGEST_H
#define AVO_STORE_DIGEST_H

#include "base/limits.h"
#include "protocol/version.h"

#define AVO_DIGEST_KEY_BYTES 16 /* a SipHash key */

struct avo_digest {
    uint8_t key[AVO_DIGEST_KEY_BYTES];
    uint64_t all; /* of all buckets */
    uint64_t buckets[AVO_DIGEST_BUCKET_COUNT];
};

/* The bucket of the key with that hash; the first and the last hash of a bucket. */
uint32_t avo_digest_bucket(uint64_t key_hash);
uint64_t avo_digest_first(uint32_t bucket);
uint64_t avo_digest_last(uint32_t bucket);

/* An entry's version was `before` and is `after`; AVO_VERSION_NONE: there was, or is, no entry. */
void avo_digest_change(struct avo_digest *digest, uint64_t key_hash, struct avo_version before, struct avo_version after);

#endif
