#include "host/region.h"
#include "base/limits.h"
#include "daemon/memory_file.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

struct avo_region_layout avo_host_region_layout(uint32_t worker_count, uint32_t mtu_bytes, uint64_t host_memory_bytes) {
    uint32_t slot_bytes = mtu_bytes - AVO_UDP_OVERHEAD_BYTES + AVO_RING_SLOT_HEADER_BYTES;
    slot_bytes = (slot_bytes + AVO_CACHE_LINE_BYTES - 1) / AVO_CACHE_LINE_BYTES * AVO_CACHE_LINE_BYTES;
    uint64_t slab_bytes = host_memory_bytes / worker_count / AVO_REGION_PAGE_BYTES * AVO_REGION_PAGE_BYTES;
    return (struct avo_region_layout){.worker_count = worker_count,
                                      .ring = {AVO_REGION_RING_SLOT_COUNT, slot_bytes - AVO_RING_SLOT_HEADER_BYTES},
                                      .stream_bytes = AVO_REGION_STREAM_DEFAULT_BYTES,
                                      .slab_bytes = slab_bytes};
}

static bool link_make(int fd, const char *link_path) {
    char target[64];
    snprintf(target, sizeof target, "/proc/%d/fd/%d", (int)getpid(), fd);
    (void)unlink(link_path); /* of an earlier run */
    return symlink(target, link_path) == 0;
}

enum avo_error avo_host_region_create(struct avo_host_region *region, const struct avo_region_layout *layout,
                                      const char *link_path) {
    uint64_t bytes = avo_region_bytes(layout);
    int fd = avo_memory_file("avocado-region", AVO_MEMORY_DATA);
    if (fd < 0) {
        return AVO_EIO;
    }
    void *memory = MAP_FAILED;
    if (ftruncate(fd, (off_t)bytes) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) {
        memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    if (memory == MAP_FAILED || !link_make(fd, link_path)) {
        close(fd);
        return AVO_EIO;
    }
    avo_region_format(memory, layout);
    *region = (struct avo_host_region){fd, memory, *layout};
    return AVO_OK;
}
