#include "trusted/worker/budget.h"
#include "base/limits.h"
#include "trusted/worker/session.h"

/* What a message has around its value. */
#define MESSAGE_ROOM_BYTES (AVO_KEY_MAX_BYTES + 64)
#define MIDDLE_BLOB_BYTES (16 * 1024 + MESSAGE_ROOM_BYTES)
#define WIDE_BLOB_BYTES (128 * 1024 + MESSAGE_ROOM_BYTES)

/* One of something for every `bytes_each` of the budget, within bounds. */
static uint32_t share(uint64_t bytes, uint64_t bytes_each, uint32_t least, uint32_t most) {
    uint64_t count = bytes / bytes_each;
    return count < least ? least : count > most ? most : (uint32_t)count;
}

struct counts {
    uint32_t small;
    uint32_t middle;
    uint32_t wide;
    uint32_t large;
};

static struct avo_blobs_config blobs(size_t small_bytes, size_t value_max_bytes, struct counts counts) {
    size_t large_bytes = value_max_bytes + MESSAGE_ROOM_BYTES;
    bool wide = large_bytes > WIDE_BLOB_BYTES;
    return (struct avo_blobs_config){
        .count = {counts.small, counts.middle, counts.wide, wide ? counts.large : 0},
        .bytes = {small_bytes, MIDDLE_BLOB_BYTES, WIDE_BLOB_BYTES, wide ? large_bytes : 0},
    };
}

struct avo_budget avo_budget(uint64_t bytes, size_t value_max_bytes, size_t packet_bytes) {
    size_t small_bytes = packet_bytes > 1024 ? 1024 : packet_bytes;
    struct counts operation = {share(bytes, 36 * 1024, 128, 2560), share(bytes, 2ULL << 20, 4, 48), share(bytes, 6ULL << 20, 1, 16),
                               share(bytes, 24ULL << 20, 1, 4)};
    struct counts incoming = {share(bytes, 2ULL << 20, 8, 64), share(bytes, 4ULL << 20, 2, 32), share(bytes, 8ULL << 20, 1, 16),
                              share(bytes, 32ULL << 20, 1, 4)};
    struct counts outgoing = {share(bytes, 1ULL << 20, 8, 128), share(bytes, 2ULL << 20, 4, 64), share(bytes, 3ULL << 20, 2, 32),
                              share(bytes, 12ULL << 20, 1, 8)};
    return (struct avo_budget){
        .session_count = share(bytes, 64 * 1024, 16, AVO_SESSION_MAX_COUNT),
        .operation_count = share(bytes, 20 * 1024, 256, 4096),
        .batch_count = share(bytes, 512 * 1024, 16, 128),
        .incoming_count = share(bytes, 1ULL << 20, 8, 64),
        .outgoing_count = share(bytes, 512 * 1024, 16, 128),
        .operation_blobs = blobs(small_bytes, value_max_bytes, operation),
        .incoming_blobs = blobs(small_bytes * 3, value_max_bytes, incoming),
        .outgoing_blobs = blobs(small_bytes * 3, value_max_bytes, outgoing),
    };
}
