#include "trusted/enclave/budget.h"
#include "protocol/limits.h"
#include "trusted/enclave/session.h"

#define MIDDLE_BLOB_BYTES (16 * 1024 + AVO_KEY_MAX_BYTES + 64)

/* One of something for every `bytes_each` of the budget, within bounds. */
static uint32_t share(uint64_t bytes, uint64_t bytes_each, uint32_t least, uint32_t most) {
    uint64_t count = bytes / bytes_each;
    return count < least ? least : count > most ? most : (uint32_t)count;
}

static struct avo_blobs_config blobs(size_t small_bytes, size_t value_max_bytes, uint32_t small, uint32_t middle, uint32_t large) {
    size_t large_bytes = value_max_bytes + AVO_KEY_MAX_BYTES + 64;
    large_bytes = large_bytes > MIDDLE_BLOB_BYTES ? large_bytes : MIDDLE_BLOB_BYTES + 64;
    return (struct avo_blobs_config){
        .count = {small, middle, large},
        .bytes = {small_bytes, MIDDLE_BLOB_BYTES, large_bytes},
    };
}

struct avo_budget avo_budget(uint64_t bytes, size_t value_max_bytes, size_t packet_bytes) {
    size_t small_bytes = packet_bytes > 1024 ? 1024 : packet_bytes;
    uint32_t large = share(bytes, 24ULL << 20, 1, 4);
    struct avo_budget budget = {
        .session_count = share(bytes, 64 * 1024, 16, AVO_SESSION_MAX_COUNT),
        .operation_count = share(bytes, 20 * 1024, 256, 4096),
        .batch_count = share(bytes, 512 * 1024, 16, 128),
        .incoming_count = share(bytes, 1ULL << 20, 8, 64),
        .outgoing_count = share(bytes, 512 * 1024, 16, 128),
        .operation_blobs =
            blobs(small_bytes, value_max_bytes, share(bytes, 32 * 1024, 128, 2560), share(bytes, 2ULL << 20, 4, 48), large),
        .incoming_blobs =
            blobs(small_bytes * 3, value_max_bytes, share(bytes, 2ULL << 20, 8, 64), share(bytes, 4ULL << 20, 2, 32), large),
        .outgoing_blobs =
            blobs(small_bytes * 3, value_max_bytes, share(bytes, 1ULL << 20, 8, 128), share(bytes, 2ULL << 20, 4, 64), large),
    };
    return budget;
}
