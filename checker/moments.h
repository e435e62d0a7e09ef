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
    const struct avo_history *history;
    struct avo_moment *list;
    uint32_t count;
    uint32_t capacity;
    uint32_t *first;      /* of each key: 1 + its first entry; 0: none */
    uint32_t *next;       /* of each entry: 1 + the key's next one; 0: none */
    uint64_t *last_found; /* of each value, while one key is looked at: 1 + the last time that anybody found it; 0: nobody did */
};

/* Sorts the entries by key. `history` is borrowed; it gets no more entries until avo_moments_destroy, but may get names. */
struct avo_moments avo_moments_open(const struct avo_history *history);
/* Overwrites the list with that of `key`. */
void avo_moments_of(struct avo_moments *moments, uint32_t key);
void avo_moments_destroy(struct avo_moments *moments);

#endif
