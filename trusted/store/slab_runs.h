/* Runs of extents: made for a class, listed while they have free slots, and given back. For slab.c only. */
#ifndef AVO_STORE_SLAB_RUNS_H
#define AVO_STORE_SLAB_RUNS_H

#include "trusted/store/slab.h"

/* What a run takes of enclave memory. */
#define AVO_SLAB_RUN_BOOKS_BYTES(slot_bits) (sizeof(struct avo_slab_run) + (1U << (slot_bits)) / 8)

/* The first of `count` neighbouring free extents; AVO_SLAB_NONE when there are none. */
uint32_t avo_slab_run_find(const struct avo_slab *slab, uint32_t count);
/* Opens and lists an empty run for a class, of extents before `end`; false when there is no room, or no run left. */
AVO_MUST_USE bool avo_slab_run_open(struct avo_slab *slab, uint32_t class_number, uint32_t end);
/* Unlists an empty run and frees its extents. */
void avo_slab_run_close(struct avo_slab *slab, uint32_t run);
void avo_slab_run_link(struct avo_slab *slab, uint32_t run);
void avo_slab_run_unlink(struct avo_slab *slab, uint32_t run);

#endif
