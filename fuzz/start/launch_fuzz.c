/* Any bytes as a launch: what is accepted is written back as the very same bytes, and its region holds every part it names. */
#include "base/assert.h"
#include "boundary/launch.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The region is too large to have: its parts are compared by where they would lie. */
static void region_check(const struct avo_region_layout *layout) {
    uint8_t *region = (uint8_t *)(uintptr_t)AVO_REGION_PAGE_BYTES;
    uint64_t bytes = avo_region_bytes(layout);
    uint64_t end = (uint64_t)(avo_region_stream_outbound(region, layout).memory - region) + layout->stream_bytes;
    AVO_ASSERT(avo_region_stream_inbound(region, layout).memory - region >= AVO_REGION_HEADER_BYTES);
    for (uint32_t i = 0; i < layout->worker_count; i++) {
        struct avo_region_worker worker = avo_region_worker(region, layout, i);
        AVO_ASSERT((uint64_t)(worker.inbound.memory - region) >= end);
        AVO_ASSERT(worker.outbound.memory - worker.inbound.memory >= (ptrdiff_t)avo_ring_bytes(layout->ring));
        AVO_ASSERT(worker.slabs - worker.outbound.memory >= (ptrdiff_t)avo_ring_bytes(layout->ring));
        end = (uint64_t)(worker.slabs - region) + worker.slab_bytes;
    }
    AVO_ASSERT(end == bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct avo_launch launch;
    uint8_t again[AVO_LAUNCH_MAX_BYTES];
    if (avo_launch_read(avo_slice(data, size), &launch) != AVO_OK) {
        return 0;
    }
    struct avo_writer writer = avo_writer(again, sizeof again);
    avo_launch_write(&writer, &launch);
    AVO_ASSERT(avo_slice_equal(avo_writer_slice(&writer), avo_slice(data, size)));
    region_check(&launch.layout);
    return 0;
}
