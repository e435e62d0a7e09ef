/* Slots for sealed values in host memory. Every fact about them is kept in enclave memory, so that the host can spoil what is in
 * a slot but never where a slot is, how large it is or whether it is free [B3].
 *
 *   host memory    | extent | extent | extent | extent | extent | extent | ...     all of one size
 *                  '------ run 0 ----'--run 2-'        '---- run 1 ------'
 *                  |slot|slot|slot|..| slots..|  free  |  slot  |  slot  |         slots of a run: of its class's size
 *
 *   enclave memory   runs:  {first extent, class, slots taken, neighbours in its class's list}, and a bit a slot
 *                    busy:  a bit an extent
 *
 * A run takes the extents that its class needs, and returns them when its last slot is freed, so that another class can have them.
 * A handle is a run's number and a slot's number in it: 4 bytes name any slot, however large the memory, and what a value takes
 * depends on its own size alone. There are fewer runs than extents where host memory is plentiful; then the runs of large slots,
 * which would be many, are longer. Classes grow in steps of 64 bytes, by about a sixteenth; by a quarter where little memory would
 * be cut into too many classes.
 * Fragmentation is undone by moving values to free slots that lie before theirs (avo_slab_take_below, pack.c).
 */
#ifndef AVO_STORE_SLAB_H
#define AVO_STORE_SLAB_H

#include "base/arena.h"
#include "base/bytes.h"

#define AVO_SLAB_NONE UINT32_MAX
#define AVO_SLAB_HANDLE_MAX (UINT32_MAX - 16) /* what lies above are marks of the store's */
#define AVO_SLAB_UNIT_BYTES 64
#define AVO_SLAB_CLASS_MAX_COUNT 160

struct avo_slab_run {
    uint32_t extent; /* its first */
    uint32_t next;   /* in its class's list of runs with free slots; of a run that is not open: in the list of those */
    uint32_t previous;
    uint32_t taken_count; /* slots */
    uint32_t class;       /* AVO_SLAB_CLASS_MAX_COUNT: not open */
};

struct avo_slab_class {
    uint32_t slot_bytes;
    uint32_t run_extents;
    uint32_t run_slots;
    uint32_t first; /* run with a free slot; AVO_SLAB_NONE when there is none */
    uint32_t free_count;
};

struct avo_slab {
    uint8_t *memory; /* borrowed: the host's */
    struct avo_slab_run *runs;
    uint64_t *taken; /* a bit a slot: 2^slot_bits for each run */
    uint64_t *busy;  /* a bit an extent */
    uint32_t run_count;
    uint32_t run_unused; /* the first run that is not open; AVO_SLAB_NONE */
    uint32_t run_unused_count;
    uint32_t slot_bits; /* of a handle: a run has at most 2^slot_bits slots; at least 6 */
    uint32_t extent_bytes;
    uint32_t extent_count;
    uint32_t extent_free_count;
    uint32_t search_from; /* where the next search for free extents begins */
    uint32_t class_count;
    uint64_t used_bytes;
    struct avo_slab_class classes[AVO_SLAB_CLASS_MAX_COUNT];
};

/* Bookkeeping for `slab_bytes` at `memory` from `arena`, of at most about 1/25 of what the arena has left. False when not even the
 * smallest bookkeeping fits. */
AVO_MUST_USE bool avo_slab_create(struct avo_slab *slab, struct avo_arena *arena, uint8_t *memory, uint64_t slab_bytes);

/* A slot of at least `bytes`: its handle; AVO_SLAB_NONE when there is none. */
uint32_t avo_slab_take(struct avo_slab *slab, size_t bytes);
/* A slot of the same class that lies before the taken one at `handle`, in a run of its class, or in a new one if `extents_kept`
 * extents stay free; AVO_SLAB_NONE when there is none. */
uint32_t avo_slab_take_below(struct avo_slab *slab, uint32_t handle, uint32_t extents_kept);
/* Gives a taken slot back. Its bytes stay as they are: they are ciphertext. */
void avo_slab_give(struct avo_slab *slab, uint32_t handle);
/* A taken slot's memory, and its size by the enclave's own books. */
uint8_t *avo_slab_at(const struct avo_slab *slab, uint32_t handle, size_t *slot_bytes);
/* True when the slot that `bytes` would get is of the class of the taken one at `handle`. */
bool avo_slab_is_class(const struct avo_slab *slab, uint32_t handle, size_t bytes);
/* True when `count` more slots of `bytes` (or a quarter of a run's, where those are fewer) are there for sure, or a run beside
 * `extents_kept` extents that stay free. */
bool avo_slab_has(const struct avo_slab *slab, size_t bytes, uint32_t count, uint32_t extents_kept);
/* The largest slot that could ever be taken. */
size_t avo_slab_slot_max_bytes(const struct avo_slab *slab);
/* Bookkeeping's share for the runs in use. */
uint64_t avo_slab_enclave_bytes(const struct avo_slab *slab);

#endif
