/* What an enclave gets at launch, for its whole life. The host chooses it; its hash is bound into the evidence, so the CAS sees
 * what the enclave runs with, and every number is checked against limits the enclave holds itself [B3].
 */
#ifndef AVO_BOUNDARY_LAUNCH_H
#define AVO_BOUNDARY_LAUNCH_H

#include "base/address.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "boundary/region.h"

/* In bytes: u8 wire version, then the fields in this order. The version stands first in all versions, and speaks for the region
 * too. */
struct avo_launch {
    uint8_t slot;
    struct avo_address address;                   /* advertised address of worker 0; worker w listens on port + w */
    uint8_t cas_public_key[AVO_PUBLIC_KEY_BYTES]; /* the one CAS this enclave obeys: its Noise static key */
    bool via_las;                                 /* it proves itself through the LAS beside it, not by its vendor's evidence */
    struct avo_region_layout layout;
    uint64_t budget_bytes; /* all of the enclave's memory [B5]; AVO_BUDGET_WORKER_MIN_BYTES a worker at least */
};

#define AVO_LAUNCH_MAX_BYTES 256
#define AVO_BUDGET_DEFAULT_BYTES (90ULL << 20)
#define AVO_LAUNCH_RING_SLOTS_MIN 256 /* room for all that one packet may give rise to (worker.c) */
#define AVO_BUDGET_WORKER_MIN_BYTES (9ULL << 20)

void avo_launch_write(struct avo_writer *writer, const struct avo_launch *launch);
/* AVO_EVERSION: written by a host of another wire version, which is bytes.data[0]; AVO_EFORMAT unless `bytes` is exactly one launch
 * in range (layout checked by avo_region_layout_check). */
AVO_MUST_USE enum avo_error avo_launch_read(struct avo_slice bytes, struct avo_launch *launch);
/* SHA-256 of the launch's bytes: the configuration hash of the evidence [DESIGN 11.2]. */
void avo_launch_hash(const struct avo_launch *launch, uint8_t hash[AVO_HASH_BYTES]);

#endif
