#include "trusted/store/slab.h"
#include "base/assert.h"
#include "trusted/store/slab_runs.h"

#define RUN_SHARE 4 /* of a run's slots, so many are enough for a promise */

/* The smallest class for `bytes`; class_count when there is none. */
static uint32_t class_of(const struct avo_slab *slab, size_t bytes) {
    uint32_t low = 0;
    uint32_t high = slab->class_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (slab->classes[middle].slot_bytes < bytes) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Where the bits of a run begin. */
static uint64_t *run_bits(const struct avo_slab *slab, uint32_t run) {
    return slab->taken + ((size_t)run << slab->slot_bits) / 64;
}

/* The run and number of the taken slot that a handle names; handles are the enclave's own, so anything else is a bug. */
static uint32_t slot_of(const struct avo_slab *slab, uint32_t handle, uint32_t *run) {
    uint32_t slot = handle & ((1U << slab->slot_bits) - 1);
    *run = handle >> slab->slot_bits;
    AVO_ASSERT(*run < slab->run_count && slab->runs[*run].class < slab->class_count);
    AVO_ASSERT((run_bits(slab, *run)[slot / 64] >> slot % 64 & 1) != 0);
    return slot;
}

/* The first free slot of a run that has one. */
static uint32_t free_slot(const struct avo_slab *slab, uint32_t run) {
    const uint64_t *bits = run_bits(slab, run);
    uint32_t word = 0;
    while (bits[word] == UINT64_MAX) {
        word++;
    }
    return word * 64 + (uint32_t)__builtin_ctzll(~bits[word]);
}

/* Takes a slot of the class's first run, which has one. */
static uint32_t take_first(struct avo_slab *slab, struct avo_slab_class *class) {
    uint32_t run = class->first;
    uint32_t slot = free_slot(slab, run);
    AVO_ASSERT(slot < class->run_slots);
    run_bits(slab, run)[slot / 64] |= 1ULL << slot % 64;
    class->free_count--;
    if (++slab->runs[run].taken_count == class->run_slots) {
        avo_slab_run_unlink(slab, run);
    }
    slab->used_bytes += class->slot_bytes;
    return run << slab->slot_bits | slot;
}

uint32_t avo_slab_take(struct avo_slab *slab, size_t bytes) {
    uint32_t class_number = class_of(slab, bytes);
    if (class_number == slab->class_count) {
        return AVO_SLAB_NONE;
    }
    struct avo_slab_class *class = &slab->classes[class_number];
    if (class->first == AVO_SLAB_NONE && !avo_slab_run_open(slab, class_number, slab->extent_count)) {
        return AVO_SLAB_NONE;
    }
    return take_first(slab, class);
}

/* The class's first run is the lowest one seen of those with a free slot. */
uint32_t avo_slab_take_below(struct avo_slab *slab, uint32_t handle, uint32_t extents_kept) {
    uint32_t run;
    (void)slot_of(slab, handle, &run);
    uint32_t extent = slab->runs[run].extent;
    uint32_t class_number = slab->runs[run].class;
    struct avo_slab_class *class = &slab->classes[class_number];
    bool below = class->first != AVO_SLAB_NONE && slab->runs[class->first].extent < extent;
    bool may_open = slab->extent_free_count >= extents_kept + class->run_extents;
    if (!below && !(may_open && avo_slab_run_open(slab, class_number, extent))) {
        if (class->first != run && slab->runs[run].taken_count < class->run_slots) {
            avo_slab_run_unlink(slab, run);
            avo_slab_run_link(slab, run);
        }
        return AVO_SLAB_NONE;
    }
    return take_first(slab, class);
}

void avo_slab_give(struct avo_slab *slab, uint32_t handle) {
    uint32_t run;
    uint32_t slot = slot_of(slab, handle, &run);
    struct avo_slab_class *class = &slab->classes[slab->runs[run].class];
    run_bits(slab, run)[slot / 64] &= ~(1ULL << slot % 64);
    class->free_count++;
    slab->used_bytes -= class->slot_bytes;
    if (slab->runs[run].taken_count-- == class->run_slots) {
        avo_slab_run_link(slab, run);
    }
    if (slab->runs[run].taken_count == 0) {
        avo_slab_run_close(slab, run);
    }
}

uint8_t *avo_slab_at(const struct avo_slab *slab, uint32_t handle, size_t *slot_bytes) {
    uint32_t run;
    uint32_t slot = slot_of(slab, handle, &run);
    *slot_bytes = slab->classes[slab->runs[run].class].slot_bytes;
    return slab->memory + (size_t)slab->runs[run].extent * slab->extent_bytes + slot * *slot_bytes;
}

bool avo_slab_is_class(const struct avo_slab *slab, uint32_t handle, size_t bytes) {
    uint32_t run;
    (void)slot_of(slab, handle, &run);
    return slab->runs[run].class == class_of(slab, bytes);
}

bool avo_slab_has(const struct avo_slab *slab, size_t bytes, uint32_t count, uint32_t extents_kept) {
    uint32_t class_number = class_of(slab, bytes);
    if (class_number == slab->class_count) {
        return false;
    }
    const struct avo_slab_class *class = &slab->classes[class_number];
    bool run_left = slab->run_unused_count > 0 && slab->extent_free_count >= extents_kept + class->run_extents &&
                    avo_slab_run_find(slab, class->run_extents) != AVO_SLAB_NONE;
    uint32_t share = class->run_slots / RUN_SHARE > 0 ? class->run_slots / RUN_SHARE : 1;
    return class->free_count >= (count < share ? count : share) || run_left;
}

size_t avo_slab_slot_max_bytes(const struct avo_slab *slab) {
    return slab->class_count == 0 ? 0 : slab->classes[slab->class_count - 1].slot_bytes;
}

uint64_t avo_slab_enclave_bytes(const struct avo_slab *slab) {
    uint64_t runs_used = slab->run_count - slab->run_unused_count;
    return runs_used * AVO_SLAB_RUN_BOOKS_BYTES(slab->slot_bits);
}
