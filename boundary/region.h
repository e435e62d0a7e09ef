/* The one door: the shared region where enclave and host meet [DESIGN 3].
 *
 * The host makes the region from a layout; the enclave gets the same layout out of band (it is part of its measured
 * configuration or checked against its own limits), recomputes every offset itself and never takes one from the region [B3].
 *
 * Region: a header (u64 magic, u64 layout hash, u64 clock_us written by the host, per-worker doorbell words, per-worker notices
 * of the enclave), the control stream in both directions, then for each worker: inbound ring, outbound ring, value slabs
 * (`slab_bytes`).
 */
#ifndef AVO_BOUNDARY_REGION_H
#define AVO_BOUNDARY_REGION_H

#include "boundary/notice.h"
#include "boundary/ring.h"
#include "boundary/stream.h"
#include <avocado/error.h>

#define AVO_REGION_MAGIC 0x61766f6361646f31ULL /* "avocado1" */
#define AVO_REGION_PAGE_BYTES 4096
#define AVO_REGION_NOTICES_OFFSET (3 * AVO_REGION_PAGE_BYTES) /* magic, layout hash, clock, doorbells come before */
#define AVO_REGION_HEADER_BYTES (5 * AVO_REGION_PAGE_BYTES)
#define AVO_REGION_DOORBELLS_OFFSET 128 /* of the flags (boundary/doorbell.h) */
#define AVO_REGION_WORKER_MAX_COUNT 64
#define AVO_REGION_RING_SLOT_MAX_COUNT (1U << 16)
#define AVO_REGION_DATAGRAM_MAX_BYTES (65536 - AVO_RING_SLOT_HEADER_BYTES)
#define AVO_REGION_STREAM_MAX_BYTES (1U << 30)
#define AVO_REGION_SLAB_MAX_BYTES (1ULL << 38) /* what a 32-bit handle in units of 64 bytes can name */

struct avo_region_layout {
    uint32_t worker_count;      /* 1 to AVO_REGION_WORKER_MAX_COUNT */
    struct avo_ring_shape ring; /* both directions; at most AVO_REGION_RING_SLOT_MAX_COUNT and AVO_REGION_DATAGRAM_MAX_BYTES */
    uint32_t stream_bytes;      /* control stream, each direction; a power of two, 64 to AVO_REGION_STREAM_MAX_BYTES */
    uint64_t slab_bytes;        /* value memory of one worker; a multiple of AVO_REGION_PAGE_BYTES, to AVO_REGION_SLAB_MAX_BYTES */
};

/* What one side holds of one worker's part. `inbound` runs host -> enclave, `outbound` enclave -> host. */
struct avo_region_worker {
    struct avo_ring_end inbound;
    struct avo_ring_end outbound;
    uint8_t *slabs;
    uint64_t slab_bytes;
    uint8_t *notice; /* written by the enclave, read by the host (boundary/notice.h) */
};

/* AVO_OK when every number is in its documented range, AVO_EINVAL otherwise; both sides call it before anything else. */
AVO_MUST_USE enum avo_error avo_region_layout_check(const struct avo_region_layout *layout);
/* Bytes of the whole region for a checked layout. */
uint64_t avo_region_bytes(const struct avo_region_layout *layout);
/* Host: writes magic and layout hash into a zeroed region. */
void avo_region_format(uint8_t *region, const struct avo_region_layout *layout);
/* Enclave: AVO_EFORMAT unless the region carries this very layout. */
AVO_MUST_USE enum avo_error avo_region_check(const uint8_t *region, const struct avo_region_layout *layout);
/* Either side: its ends of worker `index`; the control streams (host -> enclave, enclave -> host). */
struct avo_region_worker avo_region_worker(uint8_t *region, const struct avo_region_layout *layout, uint32_t index);
struct avo_stream_end avo_region_stream_inbound(uint8_t *region, const struct avo_region_layout *layout);
struct avo_stream_end avo_region_stream_outbound(uint8_t *region, const struct avo_region_layout *layout);

/* The host's clock in microseconds, untrusted: it decides only when to retry [DESIGN 2]. */
void avo_region_clock_set(uint8_t *region, uint64_t now_us);
uint64_t avo_region_clock(const uint8_t *region);

#endif
