/* Says where the parts of a node's region lie, so that the end-to-end tests can do to it what a hostile host would.
 * usage: region_map WORKERS MTU HOST-MEMORY-MIB; prints one JSON object, offsets in bytes. */
#include "host/region.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Only differences of pointers are taken; the base keeps them aligned, and none of them is followed. */
static uint8_t *const base = (uint8_t *)AVO_REGION_PAGE_BYTES;

static void worker_print(const struct avo_region_layout *layout, uint32_t index) {
    struct avo_region_worker worker = avo_region_worker(base, layout, index);
    printf("%s{\"inbound\": %td, \"outbound\": %td, \"slabs\": %td, \"slab_bytes\": %" PRIu64 "}", index > 0 ? ", " : "",
           worker.inbound.memory - base, worker.outbound.memory - base, worker.slabs - base, worker.slab_bytes);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: region_map WORKERS MTU HOST-MEMORY-MIB\n");
        return 2;
    }
    uint32_t workers = (uint32_t)strtoul(argv[1], NULL, 10);
    uint64_t host_bytes = strtoull(argv[3], NULL, 10) << 20;
    struct avo_region_layout layout = avo_host_region_layout(workers, (uint32_t)strtoul(argv[2], NULL, 10), host_bytes);
    if (workers == 0 || avo_region_layout_check(&layout) != AVO_OK) {
        fprintf(stderr, "region_map: no such region\n");
        return 2;
    }
    printf("{\"bytes\": %" PRIu64 ", \"ring_slots\": %u, \"ring_slot_bytes\": %u, \"workers\": [", avo_region_bytes(&layout),
           layout.ring.slot_count, layout.ring.datagram_bytes + AVO_RING_SLOT_HEADER_BYTES);
    for (uint32_t i = 0; i < workers; i++) {
        worker_print(&layout, i);
    }
    printf("]}\n");
    return 0;
}
