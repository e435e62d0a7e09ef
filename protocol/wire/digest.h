/* DIGEST: what a replica holds, in short. Body: u64 round, u8 scope, u8 group, digests (u64 each: one, or one for each group or
 * each bucket of the group). Round 0: nobody asked; it is of all, and only then. */
#ifndef AVO_WIRE_DIGEST_H
#define AVO_WIRE_DIGEST_H

#include "base/limits.h"
#include "protocol/wire/compare.h"

struct avo_digest_message {
    uint64_t round;
    enum avo_scope scope;
    uint8_t group;
    struct avo_slice digests; /* avo_digest_count of them */
};

#define AVO_DIGEST_BYTES 8
#define AVO_DIGESTS_MAX_BYTES (AVO_DIGEST_BYTES * AVO_DIGEST_GROUP_COUNT)

_Static_assert(AVO_DIGEST_GROUP_COUNT == AVO_DIGEST_GROUP_BUCKETS, "as many groups as buckets in a group");

/* How many digests a message of that scope has. */
uint32_t avo_digest_count(enum avo_scope scope);
/* The index-th digest. */
uint64_t avo_digest_at(const struct avo_digest_message *digest, uint32_t index);
void avo_digest_message_write(struct avo_writer *writer, const struct avo_digest_message *digest);
void avo_digest_message_read(struct avo_reader *reader, struct avo_digest_message *digest);

#endif
