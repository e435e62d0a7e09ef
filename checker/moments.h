/* The calls and returns of one key's operations in order of time; what can have no influence is left out. */
#ifndef AVO_CHECKER_MOMENTS_H
#define AVO_CHECKER_MOMENTS_H

#include "checker/history.h"

/* In this order at equal times: operations that touch count as concurrent. */
enum avo_moment_kind {
    AVO_MOMENT_CALL,
    AVO_MOMENT_RETURN,
    AVO_MOMENT_FORGET, /* a write of unknown outcome: nobody finds its value any more */
};

struct avo_moment {
    uint64_t time;
    enum avo_moment_kind kind;
    uint32_t entry;
};

struct avo_moments {
    struct avo_moment *list;
    uint32_t count;
    uint32_t capacity;
};

/* Overwrites `moments` (all zero at first) with those of `key`. */
void avo_moments_of(struct avo_moments *moments, const struct avo_history *history, uint32_t key);
void avo_moments_destroy(struct avo_moments *moments);

#endif
