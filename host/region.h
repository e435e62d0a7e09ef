/* The shared region, made by the host: a memory file whose size is sealed, linked from D/node-S/region. */
#ifndef AVO_HOST_REGION_H
#define AVO_HOST_REGION_H

#include "boundary/region.h"

#define AVO_REGION_RING_SLOT_COUNT 1024
#define AVO_REGION_STREAM_DEFAULT_BYTES 65536

struct avo_host_region {
    int fd;
    uint8_t *memory;
    struct avo_region_layout layout;
};

/* A layout for packets that fit `mtu_bytes` and `host_memory_bytes` of values over `worker_count` workers. */
struct avo_region_layout avo_host_region_layout(uint32_t worker_count, uint32_t mtu_bytes, uint64_t host_memory_bytes);

/* Makes, maps and formats it, and links `link_path` to it by way of /proc. AVO_EIO with errno. */
AVO_MUST_USE enum avo_error avo_host_region_create(struct avo_host_region *region, const struct avo_region_layout *layout,
                                                   const char *link_path);

#endif
