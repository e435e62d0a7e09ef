/* What a worker of the enclave tells its host of its own condition, so that the host's log can say it: one direction only, enclave
 * to host, through a place of the region that the enclave writes and never reads. Nothing in it is secret; the host may change it,
 * and then fools its own log [DESIGN 3]. */
#ifndef AVO_BOUNDARY_NOTICE_H
#define AVO_BOUNDARY_NOTICE_H

#include "base/condition.h"

#define AVO_NOTICE_BYTES 128 /* a worker's place: the bits, then the levels, u64 each */

struct avo_notice {
    uint64_t conditions; /* a bit each (base/condition.h) */
    struct avo_levels levels;
};

/* Enclave: `place` is its worker's, of avo_region_worker. Each number is one store; the host may see some of them before others. */
void avo_notice_post(uint8_t *place, const struct avo_notice *notice);
/* Host: what was last posted. */
void avo_notice_read(const uint8_t *place, struct avo_notice *notice);

#endif
