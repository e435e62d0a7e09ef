#include "boundary/region.h"
#include "base/assert.h"
#include "base/cursor.h"
#include "boundary/shared.h"

#define MAGIC_OFFSET 0
#define HASH_OFFSET 8
#define CLOCK_OFFSET 64

_Static_assert(AVO_REGION_NOTICES_OFFSET + AVO_REGION_WORKER_MAX_COUNT * AVO_NOTICE_BYTES <= AVO_REGION_HEADER_BYTES,
               "notices fit");

static bool is_power_of_two(uint32_t number) {
    return number != 0 && (number & (number - 1)) == 0;
}

enum avo_error avo_region_layout_check(const struct avo_region_layout *layout) {
    bool workers = layout->worker_count >= 1 && layout->worker_count <= AVO_REGION_WORKER_MAX_COUNT;
    bool slots = is_power_of_two(layout->ring.slot_count) && layout->ring.slot_count <= AVO_REGION_RING_SLOT_MAX_COUNT;
    bool datagram = layout->ring.datagram_bytes >= 1 && layout->ring.datagram_bytes <= AVO_REGION_DATAGRAM_MAX_BYTES &&
                    (layout->ring.datagram_bytes + AVO_RING_SLOT_HEADER_BYTES) % AVO_CACHE_LINE_BYTES == 0;
    bool stream = is_power_of_two(layout->stream_bytes) && layout->stream_bytes >= AVO_CACHE_LINE_BYTES &&
                  layout->stream_bytes <= AVO_REGION_STREAM_MAX_BYTES;
    bool slabs = layout->slab_bytes % AVO_REGION_PAGE_BYTES == 0 && layout->slab_bytes <= AVO_REGION_SLAB_MAX_BYTES;
    return workers && slots && datagram && stream && slabs ? AVO_OK : AVO_EINVAL;
}

static uint64_t page_round_up(uint64_t bytes) {
    return (bytes + AVO_REGION_PAGE_BYTES - 1) / AVO_REGION_PAGE_BYTES * AVO_REGION_PAGE_BYTES;
}

static uint64_t stream_span(const struct avo_region_layout *layout) {
    return AVO_STREAM_HEADER_BYTES + (uint64_t)layout->stream_bytes;
}

static uint64_t rings_span(const struct avo_region_layout *layout) {
    return page_round_up(2 * (uint64_t)avo_ring_bytes(layout->ring));
}

static uint64_t worker_offset(const struct avo_region_layout *layout, uint32_t index) {
    uint64_t first = AVO_REGION_HEADER_BYTES + page_round_up(2 * stream_span(layout));
    return first + index * (rings_span(layout) + layout->slab_bytes);
}

uint64_t avo_region_bytes(const struct avo_region_layout *layout) {
    return worker_offset(layout, layout->worker_count);
}

/* FNV-1a over every field: catches a mistake, not an attacker, against whom the enclave trusts its own layout only. */
static uint64_t layout_hash(const struct avo_region_layout *layout) {
    uint8_t bytes[24];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_write_u32(&writer, layout->worker_count);
    avo_write_u32(&writer, layout->ring.slot_count);
    avo_write_u32(&writer, layout->ring.datagram_bytes);
    avo_write_u32(&writer, layout->stream_bytes);
    avo_write_u64(&writer, layout->slab_bytes);
    uint64_t hash = 0xcbf29ce484222325U;
    for (size_t i = 0; i < writer.length; i++) {
        hash = (hash ^ bytes[i]) * 0x100000001b3U;
    }
    return hash;
}

void avo_region_format(uint8_t *region, const struct avo_region_layout *layout) {
    avo_shared_store(region + HASH_OFFSET, layout_hash(layout));
    avo_shared_store(region + MAGIC_OFFSET, AVO_REGION_MAGIC);
}

enum avo_error avo_region_check(const uint8_t *region, const struct avo_region_layout *layout) {
    bool magic = avo_shared_load(region + MAGIC_OFFSET) == AVO_REGION_MAGIC;
    bool hash = avo_shared_load(region + HASH_OFFSET) == layout_hash(layout);
    return magic && hash ? AVO_OK : AVO_EFORMAT;
}

struct avo_region_worker avo_region_worker(uint8_t *region, const struct avo_region_layout *layout, uint32_t index) {
    AVO_ASSERT(index < layout->worker_count);
    uint8_t *rings = region + worker_offset(layout, index);
    return (struct avo_region_worker){
        .inbound = avo_ring_end(rings, layout->ring),
        .outbound = avo_ring_end(rings + avo_ring_bytes(layout->ring), layout->ring),
        .slabs = rings + rings_span(layout),
        .slab_bytes = layout->slab_bytes,
        .notice = region + AVO_REGION_NOTICES_OFFSET + (size_t)index * AVO_NOTICE_BYTES,
    };
}

struct avo_stream_end avo_region_stream_inbound(uint8_t *region, const struct avo_region_layout *layout) {
    return avo_stream_end(region + AVO_REGION_HEADER_BYTES, layout->stream_bytes);
}

struct avo_stream_end avo_region_stream_outbound(uint8_t *region, const struct avo_region_layout *layout) {
    return avo_stream_end(region + AVO_REGION_HEADER_BYTES + stream_span(layout), layout->stream_bytes);
}

void avo_region_clock_set(uint8_t *region, uint64_t now_us) {
    avo_shared_store(region + CLOCK_OFFSET, now_us);
}

uint64_t avo_region_clock(const uint8_t *region) {
    return avo_shared_load(region + CLOCK_OFFSET);
}
