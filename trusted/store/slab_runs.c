#include "trusted/store/slab_runs.h"
#include "base/assert.h"
#include "base/limits.h"

#define EXTENT_BITS_MAX 1024
#define EXTENT_COUNT_WANTED 64 /* fewer, larger extents would leave little choice to the classes */
#define BOOKS_SHARE 32         /* bitmaps take at most this part of the arena */
#define SLOT_MAX_BYTES (AVO_VALUE_MAX_BYTES + AVO_SLAB_UNIT_BYTES)

/* How many slots an extent has of the smallest class, and how large it is. */
static void extents_shape(struct avo_slab *slab, uint64_t slab_bytes, size_t arena_bytes) {
    uint64_t granule = AVO_SLAB_UNIT_BYTES;
    while (slab_bytes / granule / 8 > arena_bytes / BOOKS_SHARE && granule < AVO_VALUE_MAX_BYTES) {
        granule *= 2;
    }
    slab->extent_bits = EXTENT_BITS_MAX;
    while (slab->extent_bits > 64 && slab_bytes / (granule * slab->extent_bits) < EXTENT_COUNT_WANTED) {
        slab->extent_bits /= 2;
    }
    slab->extent_bytes = (uint32_t)(granule * slab->extent_bits);
    uint64_t named_bytes = (uint64_t)AVO_SLAB_HANDLE_MAX * AVO_SLAB_UNIT_BYTES; /* what handles can name */
    slab->extent_count = (uint32_t)((slab_bytes < named_bytes ? slab_bytes : named_bytes) / slab->extent_bytes);
}

/* The shortest run that wastes at most an eighth on its slots' remainder. */
static struct avo_slab_class class_shape(const struct avo_slab *slab, uint64_t slot_bytes) {
    uint64_t extents = (slot_bytes + slab->extent_bytes - 1) / slab->extent_bytes;
    while (extents * slab->extent_bytes % slot_bytes * 8 > extents * slab->extent_bytes) {
        extents++;
    }
    return (struct avo_slab_class){
        .slot_bytes = (uint32_t)slot_bytes,
        .run_extents = (uint32_t)extents,
        .run_slots = (uint32_t)(extents * slab->extent_bytes / slot_bytes),
        .first = AVO_SLAB_NONE,
    };
}

static void classes_make(struct avo_slab *slab) {
    uint64_t slot_bytes = slab->extent_bytes / slab->extent_bits;
    for (slab->class_count = 0; slab->class_count < AVO_SLAB_CLASS_MAX_COUNT; slab->class_count++) {
        struct avo_slab_class class = class_shape(slab, slot_bytes);
        if (class.run_extents > slab->extent_count || class.run_extents > UINT16_MAX) {
            return; /* it and those above never fit */
        }
        slab->classes[slab->class_count] = class;
        if (slot_bytes >= SLOT_MAX_BYTES) {
            slab->class_count++;
            return;
        }
        uint64_t larger = slot_bytes * 5 / 4 / AVO_SLAB_UNIT_BYTES * AVO_SLAB_UNIT_BYTES;
        slot_bytes = larger > slot_bytes ? larger : slot_bytes + AVO_SLAB_UNIT_BYTES;
        slot_bytes = slot_bytes < SLOT_MAX_BYTES ? slot_bytes : SLOT_MAX_BYTES;
    }
}

bool avo_slab_create(struct avo_slab *slab, struct avo_arena *arena, uint8_t *memory, uint64_t slab_bytes) {
    *slab = (struct avo_slab){.memory = memory};
    extents_shape(slab, slab_bytes, avo_arena_left_bytes(arena));
    if (slab->extent_count == 0) {
        return true; /* a store for tombstones only */
    }
    slab->extents = avo_arena_take(arena, slab->extent_count, sizeof *slab->extents);
    slab->taken = avo_arena_take(arena, slab->extent_count, slab->extent_bits / 8);
    slab->busy = avo_arena_take(arena, (slab->extent_count + 63) / 64, sizeof *slab->busy);
    if (slab->extents == NULL || slab->taken == NULL || slab->busy == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < slab->extent_count; i++) {
        slab->extents[i].class = AVO_SLAB_CLASS_MAX_COUNT;
    }
    slab->extent_free_count = slab->extent_count;
    classes_make(slab);
    return true;
}

static bool extent_busy(const struct avo_slab *slab, uint32_t extent) {
    return (slab->busy[extent / 64] >> extent % 64 & 1) != 0;
}

/* The first of `count` free neighbours between `from` and `end`. Whole words of busy extents are passed at once. */
static uint32_t run_find_between(const struct avo_slab *slab, uint32_t count, uint32_t from, uint32_t end) {
    uint32_t length = 0;
    for (uint32_t at = from; at < end;) {
        if (at % 64 == 0 && slab->busy[at / 64] == UINT64_MAX) {
            length = 0;
            at += 64;
            continue;
        }
        length = extent_busy(slab, at) ? 0 : length + 1;
        at++;
        if (length == count) {
            return at - count;
        }
    }
    return AVO_SLAB_NONE;
}

uint32_t avo_slab_run_find(const struct avo_slab *slab, uint32_t count) {
    if (slab->extent_free_count < count) {
        return AVO_SLAB_NONE;
    }
    uint32_t found = run_find_between(slab, count, slab->search_from, slab->extent_count);
    return found != AVO_SLAB_NONE ? found : run_find_between(slab, count, 0, slab->extent_count);
}

static void run_mark(struct avo_slab *slab, uint32_t first, uint32_t count, uint8_t class_number, bool busy) {
    for (uint32_t i = 0; i < count; i++) {
        slab->extents[first + i] = (struct avo_slab_extent){.back = (uint16_t)i, .class = class_number};
        uint64_t bit = 1ULL << (first + i) % 64;
        uint64_t *word = &slab->busy[(first + i) / 64];
        *word = busy ? *word | bit : *word & ~bit;
    }
}

bool avo_slab_run_open(struct avo_slab *slab, uint32_t class_number, uint32_t end) {
    struct avo_slab_class *class = &slab->classes[class_number];
    bool anywhere = end == slab->extent_count;
    uint32_t first = anywhere ? avo_slab_run_find(slab, class->run_extents) : run_find_between(slab, class->run_extents, 0, end);
    if (first == AVO_SLAB_NONE) {
        return false;
    }
    run_mark(slab, first, class->run_extents, (uint8_t)class_number, true);
    slab->extent_free_count -= class->run_extents;
    slab->search_from = first + class->run_extents;
    class->free_count += class->run_slots;
    avo_slab_run_link(slab, first);
    return true;
}

void avo_slab_run_close(struct avo_slab *slab, uint32_t first) {
    struct avo_slab_class *class = &slab->classes[slab->extents[first].class];
    AVO_ASSERT(slab->extents[first].taken_count == 0);
    avo_slab_run_unlink(slab, first);
    run_mark(slab, first, class->run_extents, AVO_SLAB_CLASS_MAX_COUNT, false);
    slab->extent_free_count += class->run_extents;
    slab->search_from = first < slab->search_from ? first : slab->search_from;
    class->free_count -= class->run_slots;
}

void avo_slab_run_link(struct avo_slab *slab, uint32_t first) {
    struct avo_slab_class *class = &slab->classes[slab->extents[first].class];
    slab->extents[first].next = class->first;
    slab->extents[first].previous = AVO_SLAB_NONE;
    if (class->first != AVO_SLAB_NONE) {
        slab->extents[class->first].previous = first;
    }
    class->first = first;
}

void avo_slab_run_unlink(struct avo_slab *slab, uint32_t first) {
    struct avo_slab_extent *extent = &slab->extents[first];
    if (extent->previous == AVO_SLAB_NONE) {
        slab->classes[extent->class].first = extent->next;
    } else {
        slab->extents[extent->previous].next = extent->next;
    }
    if (extent->next != AVO_SLAB_NONE) {
        slab->extents[extent->next].previous = extent->previous;
    }
}
