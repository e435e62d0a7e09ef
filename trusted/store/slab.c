#include "trusted/store/slab.h"
#include "base/assert.h"
#include "trusted/store/slab_runs.h"

#define RUN_SHARE 4 /* of a run's slots, so many are enough for a promise */

static uint32_t class_of(const struct avo_slab *slab, size_t bytes) {
    uint32_t class = 0;
    while (class < slab->class_count && slab->classes[class].slot_bytes < bytes) {
        class ++;
    }
    return class;
}

/* Where the bits of a run begin, in words. */
static uint64_t *run_bits(const struct avo_slab *slab, uint32_t first) {
    return slab->taken + (size_t)first * (slab->extent_bits / 64);
}

static uint32_t handle_of(const struct avo_slab *slab, uint32_t first, uint32_t slot, uint32_t slot_bytes) {
    uint64_t offset = (uint64_t)first * slab->extent_bytes + (uint64_t)slot * slot_bytes;
    return (uint32_t)(offset / AVO_SLAB_UNIT_BYTES);
}

/* The run, class and number of the taken slot that a handle names; handles are the enclave's own, so anything else is a bug. */
static uint32_t slot_of(const struct avo_slab *slab, uint32_t handle, uint32_t *first) {
    uint64_t offset = (uint64_t)handle * AVO_SLAB_UNIT_BYTES;
    uint64_t extent = offset / slab->extent_bytes;
    AVO_ASSERT(extent < slab->extent_count && slab->extents[extent].class < slab->class_count);
    *first = (uint32_t)extent - slab->extents[extent].back;
    uint32_t slot_bytes = slab->classes[slab->extents[*first].class].slot_bytes;
    uint64_t inside = offset - (uint64_t)*first * slab->extent_bytes;
    uint32_t slot = (uint32_t)(inside / slot_bytes);
    AVO_ASSERT(inside % slot_bytes == 0 && (run_bits(slab, *first)[slot / 64] >> slot % 64 & 1) != 0);
    return slot;
}

/* The first free slot of a run that has one. */
static uint32_t free_slot(const struct avo_slab *slab, uint32_t first) {
    const uint64_t *bits = run_bits(slab, first);
    uint32_t word = 0;
    while (bits[word] == UINT64_MAX) {
        word++;
    }
    return word * 64 + (uint32_t)__builtin_ctzll(~bits[word]);
}

/* Takes a slot of the class's first run, which has one. */
static uint32_t take_first(struct avo_slab *slab, struct avo_slab_class *class) {
    uint32_t first = class->first;
    uint32_t slot = free_slot(slab, first);
    AVO_ASSERT(slot < class->run_slots);
    run_bits(slab, first)[slot / 64] |= 1ULL << slot % 64;
    class->free_count--;
    if (++slab->extents[first].taken_count == class->run_slots) {
        avo_slab_run_unlink(slab, first);
    }
    slab->used_bytes += class->slot_bytes;
    return handle_of(slab, first, slot, class->slot_bytes);
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
    uint32_t first;
    (void)slot_of(slab, handle, &first);
    uint8_t class_number = slab->extents[first].class;
    struct avo_slab_class *class = &slab->classes[class_number];
    bool may_open = slab->extent_free_count >= extents_kept + class->run_extents;
    if (class->first >= first && !(may_open && avo_slab_run_open(slab, class_number, first))) {
        if (class->first != first && slab->extents[first].taken_count < class->run_slots) {
            avo_slab_run_unlink(slab, first);
            avo_slab_run_link(slab, first);
        }
        return AVO_SLAB_NONE;
    }
    return take_first(slab, class);
}

void avo_slab_give(struct avo_slab *slab, uint32_t handle) {
    uint32_t first;
    uint32_t slot = slot_of(slab, handle, &first);
    struct avo_slab_class *class = &slab->classes[slab->extents[first].class];
    run_bits(slab, first)[slot / 64] &= ~(1ULL << slot % 64);
    class->free_count++;
    slab->used_bytes -= class->slot_bytes;
    if (slab->extents[first].taken_count-- == class->run_slots) {
        avo_slab_run_link(slab, first);
    }
    if (slab->extents[first].taken_count == 0) {
        avo_slab_run_close(slab, first);
    }
}

uint8_t *avo_slab_at(const struct avo_slab *slab, uint32_t handle, size_t *slot_bytes) {
    uint32_t first;
    uint32_t slot = slot_of(slab, handle, &first);
    *slot_bytes = slab->classes[slab->extents[first].class].slot_bytes;
    return slab->memory + (size_t)first * slab->extent_bytes + slot * *slot_bytes;
}

bool avo_slab_is_class(const struct avo_slab *slab, uint32_t handle, size_t bytes) {
    uint32_t first;
    (void)slot_of(slab, handle, &first);
    return slab->extents[first].class == class_of(slab, bytes);
}

bool avo_slab_has(const struct avo_slab *slab, size_t bytes, uint32_t count, uint32_t extents_kept) {
    uint32_t class_number = class_of(slab, bytes);
    if (class_number == slab->class_count) {
        return false;
    }
    const struct avo_slab_class *class = &slab->classes[class_number];
    bool run_left = slab->extent_free_count >= extents_kept + class->run_extents &&
                    avo_slab_run_find(slab, class->run_extents) != AVO_SLAB_NONE;
    uint32_t share = class->run_slots / RUN_SHARE > 0 ? class->run_slots / RUN_SHARE : 1;
    return class->free_count >= (count < share ? count : share) || run_left;
}

size_t avo_slab_slot_max_bytes(const struct avo_slab *slab) {
    return slab->class_count == 0 ? 0 : slab->classes[slab->class_count - 1].slot_bytes;
}

uint64_t avo_slab_enclave_bytes(const struct avo_slab *slab) {
    uint64_t extents_used = slab->extent_count - slab->extent_free_count;
    return extents_used * (sizeof *slab->extents + slab->extent_bits / 8);
}
