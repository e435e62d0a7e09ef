#include "trusted/store/slab_runs.h"
#include "base/assert.h"
#include "base/limits.h"

#define SLOT_BITS_MAX 10
#define SLOT_BITS_MIN 6
#define EXTENT_COUNT_WANTED 64 /* fewer, larger extents would leave little choice to the classes */
#define EXTENT_MAX_BYTES (4U << 20)
#define BUSY_SHARE 128 /* the bits of extents take at most this part of the arena */
#define RUNS_SHARE 32  /* runs and the bits of their slots: this part */
#define RUNS_WANTED 128
#define RUNS_SPARE 2          /* so many times the runs that the longest would need: others are shorter */
#define RUN_SHARE 256         /* a run that is no longer than this part of the memory may be as long as it takes, to waste little */
#define WASTE_SHARE_WANTED 32 /* of a run, so little is to be wasted on the slots' remainder */
#define WASTE_SHARE 8         /* and never more than this */
#define GROWTH_SHARE 4        /* a class is larger than the one before by at most this part */
#define GROWTH_SHARE_FINE 16  /* by this part where memory has room for a run of each */
#define EXTENT_COUNT_FINE 8192
#define SLOT_MAX_BYTES (AVO_VALUE_MAX_BYTES + AVO_SLAB_UNIT_BYTES)

/* Extents of at least as many units as a run has slots: the smallest slots fill one. */
static void extents_shape(struct avo_slab *slab, uint64_t slab_bytes, size_t arena_bytes) {
    slab->slot_bits = SLOT_BITS_MAX;
    while (slab->slot_bits > SLOT_BITS_MIN &&
           slab_bytes / ((uint64_t)AVO_SLAB_UNIT_BYTES << slab->slot_bits) < EXTENT_COUNT_WANTED) {
        slab->slot_bits--;
    }
    slab->extent_bytes = AVO_SLAB_UNIT_BYTES << slab->slot_bits;
    while (slab_bytes / slab->extent_bytes / 8 > arena_bytes / BUSY_SHARE && slab->extent_bytes < EXTENT_MAX_BYTES) {
        slab->extent_bytes *= 2;
        slab->slot_bits++;
    }
    uint64_t extents = slab_bytes / slab->extent_bytes;
    slab->extent_count = extents < AVO_SLAB_NONE ? (uint32_t)extents : AVO_SLAB_NONE - 1;
}

/* As many runs as there is enclave memory for; of fewer slots each where those were too few runs. */
static void runs_shape(struct avo_slab *slab, size_t arena_bytes) {
    size_t share = arena_bytes / RUNS_SHARE;
    while (slab->slot_bits > SLOT_BITS_MIN && share / AVO_SLAB_RUN_BOOKS_BYTES(slab->slot_bits) < RUNS_WANTED) {
        slab->slot_bits--;
    }
    size_t runs = share / AVO_SLAB_RUN_BOOKS_BYTES(slab->slot_bits);
    runs = runs > 0 ? runs : 1;
    runs = runs < slab->extent_count ? runs : slab->extent_count;
    size_t named = AVO_SLAB_HANDLE_MAX >> slab->slot_bits; /* what handles can name */
    slab->run_count = (uint32_t)(runs < named ? runs : named);
}

static bool wastes(uint64_t run_bytes, uint64_t slot_bytes, uint32_t share) {
    return run_bytes % slot_bytes * share > run_bytes;
}

/* The extents of a run of such slots. */
static uint32_t run_extents(const struct avo_slab *slab, uint64_t slot_bytes) {
    uint64_t most = ((slot_bytes << slab->slot_bits) + slab->extent_bytes - 1) / slab->extent_bytes; /* then all bits have a slot */
    uint64_t least = slab->run_count == slab->extent_count ? 1 : (uint64_t)RUNS_SPARE * slab->extent_count / slab->run_count + 1;
    uint64_t extents = (slot_bytes + slab->extent_bytes - 1) / slab->extent_bytes;
    extents = extents > least ? extents : least;
    if (extents >= most) {
        return (uint32_t)most;
    }
    while (wastes(extents * slab->extent_bytes, slot_bytes, WASTE_SHARE) ||
           (extents < slab->extent_count / RUN_SHARE && wastes(extents * slab->extent_bytes, slot_bytes, WASTE_SHARE_WANTED))) {
        extents++;
    }
    return (uint32_t)extents;
}

static struct avo_slab_class class_shape(const struct avo_slab *slab, uint64_t slot_bytes) {
    uint32_t extents = run_extents(slab, slot_bytes);
    uint64_t slots = (uint64_t)extents * slab->extent_bytes / slot_bytes;
    uint64_t named = 1ULL << slab->slot_bits;
    return (struct avo_slab_class){
        .slot_bytes = (uint32_t)slot_bytes,
        .run_extents = extents,
        .run_slots = (uint32_t)(slots < named ? slots : named),
        .first = AVO_SLAB_NONE,
    };
}

static void classes_make(struct avo_slab *slab) {
    uint64_t share = slab->extent_count >= EXTENT_COUNT_FINE ? GROWTH_SHARE_FINE : GROWTH_SHARE;
    uint64_t slot_bytes = AVO_SLAB_UNIT_BYTES;
    for (slab->class_count = 0; slab->class_count < AVO_SLAB_CLASS_MAX_COUNT; slab->class_count++) {
        struct avo_slab_class class = class_shape(slab, slot_bytes);
        if (class.run_extents > slab->extent_count) {
            return; /* it and those above never fit */
        }
        slab->classes[slab->class_count] = class;
        if (slot_bytes >= SLOT_MAX_BYTES) {
            slab->class_count++;
            return;
        }
        uint64_t larger = (slot_bytes + slot_bytes / share) / AVO_SLAB_UNIT_BYTES * AVO_SLAB_UNIT_BYTES;
        slot_bytes = larger > slot_bytes ? larger : slot_bytes + AVO_SLAB_UNIT_BYTES;
        slot_bytes = slot_bytes < SLOT_MAX_BYTES ? slot_bytes : SLOT_MAX_BYTES;
    }
}

/* Puts a run that is not open on the list of those. */
static void run_put_by(struct avo_slab *slab, uint32_t run) {
    slab->runs[run] = (struct avo_slab_run){.next = slab->run_unused, .class = AVO_SLAB_CLASS_MAX_COUNT};
    slab->run_unused = run;
    slab->run_unused_count++;
}

bool avo_slab_create(struct avo_slab *slab, struct avo_arena *arena, uint8_t *memory, uint64_t slab_bytes) {
    size_t arena_bytes = avo_arena_left_bytes(arena);
    *slab = (struct avo_slab){.memory = memory, .run_unused = AVO_SLAB_NONE};
    extents_shape(slab, slab_bytes, arena_bytes);
    if (slab->extent_count == 0) {
        return true; /* a store for tombstones only */
    }
    runs_shape(slab, arena_bytes);
    slab->runs = avo_arena_take(arena, slab->run_count, sizeof *slab->runs);
    slab->taken = avo_arena_take(arena, slab->run_count, (1U << slab->slot_bits) / 8);
    slab->busy = avo_arena_take(arena, (slab->extent_count + 63) / 64, sizeof *slab->busy);
    if (slab->runs == NULL || slab->taken == NULL || slab->busy == NULL) {
        return false;
    }
    for (uint32_t run = slab->run_count; run > 0; run--) {
        run_put_by(slab, run - 1);
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

static void extents_mark(struct avo_slab *slab, uint32_t first, uint32_t count, bool busy) {
    for (uint32_t extent = first; extent < first + count; extent++) {
        uint64_t bit = 1ULL << extent % 64;
        uint64_t *word = &slab->busy[extent / 64];
        *word = busy ? *word | bit : *word & ~bit;
    }
}

bool avo_slab_run_open(struct avo_slab *slab, uint32_t class_number, uint32_t end) {
    struct avo_slab_class *class = &slab->classes[class_number];
    uint32_t run = slab->run_unused;
    if (run == AVO_SLAB_NONE) {
        return false;
    }
    bool anywhere = end == slab->extent_count;
    uint32_t first = anywhere ? avo_slab_run_find(slab, class->run_extents) : run_find_between(slab, class->run_extents, 0, end);
    if (first == AVO_SLAB_NONE) {
        return false;
    }
    slab->run_unused = slab->runs[run].next;
    slab->run_unused_count--;
    slab->runs[run] = (struct avo_slab_run){.extent = first, .class = class_number};
    extents_mark(slab, first, class->run_extents, true);
    slab->extent_free_count -= class->run_extents;
    slab->search_from = first + class->run_extents;
    class->free_count += class->run_slots;
    avo_slab_run_link(slab, run);
    return true;
}

void avo_slab_run_close(struct avo_slab *slab, uint32_t run) {
    struct avo_slab_class *class = &slab->classes[slab->runs[run].class];
    uint32_t first = slab->runs[run].extent;
    AVO_ASSERT(slab->runs[run].taken_count == 0);
    avo_slab_run_unlink(slab, run);
    extents_mark(slab, first, class->run_extents, false);
    slab->extent_free_count += class->run_extents;
    slab->search_from = first < slab->search_from ? first : slab->search_from;
    class->free_count -= class->run_slots;
    run_put_by(slab, run);
}

void avo_slab_run_link(struct avo_slab *slab, uint32_t run) {
    struct avo_slab_class *class = &slab->classes[slab->runs[run].class];
    slab->runs[run].next = class->first;
    slab->runs[run].previous = AVO_SLAB_NONE;
    if (class->first != AVO_SLAB_NONE) {
        slab->runs[class->first].previous = run;
    }
    class->first = run;
}

void avo_slab_run_unlink(struct avo_slab *slab, uint32_t run) {
    const struct avo_slab_run *entry = &slab->runs[run];
    if (entry->previous == AVO_SLAB_NONE) {
        slab->classes[entry->class].first = entry->next;
    } else {
        slab->runs[entry->previous].next = entry->next;
    }
    if (entry->next != AVO_SLAB_NONE) {
        slab->runs[entry->next].previous = entry->previous;
    }
}
