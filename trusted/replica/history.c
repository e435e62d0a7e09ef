#include "trusted/replica/history.h"
#include "base/assert.h"
#include <stdlib.h>

/* May operation `next` be the next step after those in `done`? Not while another, not yet done, ended before it began. */
static bool may_follow(const struct avo_history_operation *operations, uint32_t count, uint32_t done, uint32_t next) {
    if ((done & 1U << next) != 0) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if ((done & 1U << i) == 0 && operations[i].reply < operations[next].call) {
            return false;
        }
    }
    return true;
}

static bool reaches_end(const struct avo_history_operation *operations, uint32_t count, uint32_t *values_after) {
    uint32_t certain = 0;
    for (uint32_t i = 0; i < count; i++) {
        certain |= operations[i].certain ? 1U << i : 0;
    }
    for (uint32_t done = 0; done < 1U << count; done++) {
        if (values_after[done] == 0) {
            continue;
        }
        if ((done & certain) == certain) {
            return true;
        }
        for (uint32_t next = 0; next < count; next++) {
            if (may_follow(operations, count, done, next)) {
                uint32_t value = 1U << operations[next].value;
                values_after[done | 1U << next] |= operations[next].is_write ? value : values_after[done] & value;
            }
        }
    }
    return false;
}

/* values_after[set]: bit v is set if, with exactly the operations of `set` done in some allowed order, the key may hold v. */
bool avo_history_linearizable(const struct avo_history_operation *operations, uint32_t count) {
    AVO_ASSERT(count <= AVO_HISTORY_MAX_COUNT);
    uint32_t *values_after = calloc((size_t)1 << count, sizeof *values_after);
    AVO_ASSERT(values_after != NULL);
    values_after[0] = 1;
    bool linearizable = reaches_end(operations, count, values_after);
    free(values_after);
    return linearizable;
}
