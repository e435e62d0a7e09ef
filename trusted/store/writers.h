/* Writers interned: an entry names its writer by a small number. A number is reused when no entry names it any more. */
#ifndef AVO_STORE_WRITERS_H
#define AVO_STORE_WRITERS_H

#include "base/arena.h"
#include "protocol/version.h"

#define AVO_WRITERS_NONE UINT32_MAX
#define AVO_WRITERS_MAX_COUNT 1024

struct avo_writer_entry {
    struct avo_writer_id id;
    uint32_t uses; /* entries that name it; 0: free */
};

struct avo_writers {
    struct avo_writer_entry *entries;
    uint32_t count_max;
    uint32_t count; /* none at or beyond is in use */
    uint32_t last;  /* the one asked for last: writes come in batches of one writer */
};

/* False when `count_max` (at most AVO_WRITERS_MAX_COUNT) do not fit the arena. */
AVO_MUST_USE bool avo_writers_create(struct avo_writers *writers, struct avo_arena *arena, uint32_t count_max);
/* The number of `id`, with one use more; AVO_WRITERS_NONE when all numbers are in use by others. */
uint32_t avo_writers_take(struct avo_writers *writers, struct avo_writer_id id);
/* One use less. */
void avo_writers_give(struct avo_writers *writers, uint32_t number);
struct avo_writer_id avo_writers_id(const struct avo_writers *writers, uint32_t number);

#endif
