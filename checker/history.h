/* What clients of a key-value store asked, what they were told, and when: the input of the linearizability check. */
#ifndef AVO_CHECKER_HISTORY_H
#define AVO_CHECKER_HISTORY_H

#include "checker/names.h"

enum avo_history_kind {
    AVO_HISTORY_GET,
    AVO_HISTORY_PUT,
    AVO_HISTORY_DELETE,
    AVO_HISTORY_CAS,  /* writes `value` if the key holds `expect` */
    AVO_HISTORY_INCR, /* adds `by` to the number that the key holds, absent being 0; fails where it holds no number */
};

enum avo_history_outcome {
    AVO_HISTORY_DONE, /* ended: a get found `out`, a put or delete took effect, a cas found `expect` and wrote `value`, an incr made
                         `out` */
    AVO_HISTORY_NONE, /* certainly had no effect; tells nothing */
    AVO_HISTORY_UNKNOWN, /* a write may have taken effect, or may at any later time, or never; a get tells nothing */
};

/* Keys and values are names (checker/names.h); AVO_NAME_ABSENT is "no value" in `out` and `expect`. */
struct avo_history_entry {
    uint32_t client;
    enum avo_history_kind kind;
    enum avo_history_outcome outcome;
    uint32_t key;
    uint32_t value;       /* PUT, CAS: what was to be written */
    uint32_t expect;      /* CAS */
    uint32_t out;         /* GET: what was found; INCR: the new number, as text */
    int64_t by;           /* INCR */
    uint64_t call_time;   /* any unit, one clock for all */
    uint64_t return_time; /* not before call_time; means nothing when the outcome is not DONE */
};

struct avo_history {
    struct avo_history_entry *entries;
    uint32_t count;
    uint32_t capacity;
    struct avo_names keys;
    struct avo_names values;
};

/* An empty history is all zero. Memory comes from malloc; running out of it ends the program. */
void avo_history_destroy(struct avo_history *history);
/* "get", "put", ...: static storage. */
const char *avo_history_kind_name(enum avo_history_kind kind);
/* Appends an entry and returns its index. Entries may be changed in place until the check. */
uint32_t avo_history_add(struct avo_history *history, const struct avo_history_entry *entry);

#endif
