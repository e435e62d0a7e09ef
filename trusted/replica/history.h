/* Is what clients saw of one key explained by some order of single steps? Brute force, for the short histories of tests. */
#ifndef AVO_REPLICA_HISTORY_H
#define AVO_REPLICA_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#define AVO_HISTORY_MAX_COUNT 14
#define AVO_HISTORY_VALUE_MAX_COUNT 31

struct avo_history_operation {
    uint64_t call;  /* any clock that grows */
    uint64_t reply; /* UINT64_MAX: none yet, or the outcome is unknown */
    bool is_write;
    bool certain;  /* it took effect; else it may have, or may yet: writes only */
    uint8_t value; /* what it wrote or read; 0: absent, as at the start */
};

bool avo_history_linearizable(const struct avo_history_operation *operations, uint32_t count);

#endif
