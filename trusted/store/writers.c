#include "trusted/store/writers.h"
#include "base/assert.h"

bool avo_writers_create(struct avo_writers *writers, struct avo_arena *arena, uint32_t count_max) {
    AVO_ASSERT(count_max > 0 && count_max <= AVO_WRITERS_MAX_COUNT);
    *writers = (struct avo_writers){.count_max = count_max};
    writers->entries = avo_arena_take(arena, count_max, sizeof *writers->entries);
    return writers->entries != NULL;
}

static bool is_named(const struct avo_writer_entry *entry, struct avo_writer_id id) {
    return entry->uses > 0 && entry->id.incarnation == id.incarnation && entry->id.slot == id.slot && entry->id.worker == id.worker;
}

/* The number of `id`; else the lowest free one, so that numbers stay small; else count_max. */
static uint32_t number_for(const struct avo_writers *writers, struct avo_writer_id id) {
    if (is_named(&writers->entries[writers->last], id)) {
        return writers->last;
    }
    uint32_t free_number = writers->count;
    for (uint32_t number = 0; number < writers->count; number++) {
        if (is_named(&writers->entries[number], id)) {
            return number;
        }
        if (writers->entries[number].uses == 0 && free_number == writers->count) {
            free_number = number;
        }
    }
    return free_number;
}

uint32_t avo_writers_take(struct avo_writers *writers, struct avo_writer_id id) {
    uint32_t number = number_for(writers, id);
    if (number == writers->count_max) {
        return AVO_WRITERS_NONE;
    }
    writers->count = number < writers->count ? writers->count : number + 1;
    writers->entries[number].id = id;
    writers->entries[number].uses++;
    writers->last = number;
    return number;
}

void avo_writers_give(struct avo_writers *writers, uint32_t number) {
    AVO_ASSERT(number < writers->count && writers->entries[number].uses > 0);
    writers->entries[number].uses--;
    while (writers->count > 0 && writers->entries[writers->count - 1].uses == 0) {
        writers->count--;
    }
}

struct avo_writer_id avo_writers_id(const struct avo_writers *writers, uint32_t number) {
    AVO_ASSERT(number < writers->count && writers->entries[number].uses > 0);
    return writers->entries[number].id;
}
