#include "base/condition.h"
#include "base/compiler.h"
#include <stdbool.h>

/* Of a limit, in percent: from here on it is near, from there on it is reached for what is new. */
#define ENCLAVE_NEAR 94 /* an empty enclave of the smallest budget has used 91 */
#define ENCLAVE_FULL 97
#define HOST_NEAR 85
#define HOST_FULL 95
#define QUOTA_NEAR 90
#define QUOTA_FULL 98 /* the last 64th is kept for deletes under way */

static uint64_t percent_of(uint64_t used, uint64_t limit) {
    return limit == 0 ? 0 : used * 100 / limit;
}

static uint32_t bit(enum avo_condition condition, bool holds) {
    return holds ? 1U << condition : 0;
}

/* Two bits: the condition that it is near, and after it the one that it is reached. */
static uint32_t limit_bits(enum avo_condition near, uint64_t percent, uint64_t near_percent, uint64_t full_percent) {
    return bit(near, percent >= near_percent) | bit(near + 1, percent >= full_percent);
}

uint32_t avo_conditions_of(const struct avo_levels *levels) {
    uint64_t enclave = percent_of(levels->enclave_bytes_used, levels->enclave_bytes_budget);
    uint64_t host = percent_of(levels->host_bytes, levels->host_bytes_limit);
    uint64_t quota = percent_of(levels->tombstones, levels->tombstone_quota);
    return limit_bits(AVO_CONDITION_ENCLAVE_NEARLY_FULL, enclave, ENCLAVE_NEAR, ENCLAVE_FULL) |
           limit_bits(AVO_CONDITION_HOST_NEARLY_FULL, host, HOST_NEAR, HOST_FULL) |
           limit_bits(AVO_CONDITION_QUOTA_NEAR, quota, QUOTA_NEAR, QUOTA_FULL) | bit(AVO_CONDITION_TAMPERED, levels->tampered > 0) |
           bit(AVO_CONDITION_DAMAGED, levels->damaged > 0) | bit(AVO_CONDITION_UNDER_REPLICATED, levels->silent_nodes != 0) |
           bit(AVO_CONDITION_NARROW_PATH, levels->path_bytes < levels->mtu_bytes);
}

const char *avo_condition_word(enum avo_condition condition) {
#define WORD(name, word) word,
    static const char *const words[] = {AVO_CONDITIONS(WORD)};
#undef WORD
    return words[condition];
}
