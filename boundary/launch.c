#include "boundary/launch.h"
#include "base/wire.h"
#include <sodium.h>

static void address_write(struct avo_writer *writer, const struct avo_address *address) {
    avo_write_bytes(writer, address->ip, sizeof address->ip);
    avo_write_u16(writer, address->port);
}

static void address_read(struct avo_reader *reader, struct avo_address *address) {
    avo_read_bytes(reader, address->ip, sizeof address->ip);
    address->port = avo_read_u16(reader);
    address->zero = 0;
}

void avo_launch_write(struct avo_writer *writer, const struct avo_launch *launch) {
    avo_write_u8(writer, avo_wire_highest());
    avo_write_u8(writer, launch->slot);
    address_write(writer, &launch->address);
    avo_write_bytes(writer, launch->cas_public_key, sizeof launch->cas_public_key);
    avo_write_u8(writer, launch->via_las);
    avo_write_u32(writer, launch->layout.worker_count);
    avo_write_u32(writer, launch->layout.ring.slot_count);
    avo_write_u32(writer, launch->layout.ring.datagram_bytes);
    avo_write_u32(writer, launch->layout.stream_bytes);
    avo_write_u64(writer, launch->layout.slab_bytes);
    avo_write_u64(writer, launch->budget_bytes);
}

static bool launch_in_range(const struct avo_launch *launch) {
    uint32_t worker_count = launch->layout.worker_count;
    return launch->slot < AVO_SLOT_MAX_COUNT && worker_count >= 1 && worker_count <= AVO_WORKER_MAX_COUNT &&
           launch->layout.ring.slot_count >= AVO_LAUNCH_RING_SLOTS_MIN && launch->address.port > 0 &&
           launch->address.port <= UINT16_MAX - worker_count &&
           launch->budget_bytes / AVO_BUDGET_WORKER_MIN_BYTES >= worker_count && launch->budget_bytes <= (1ULL << 40);
}

enum avo_error avo_launch_read(struct avo_slice bytes, struct avo_launch *launch) {
    struct avo_reader reader = avo_reader(bytes);
    uint8_t wire_version = avo_read_u8(&reader);
    launch->slot = avo_read_u8(&reader);
    address_read(&reader, &launch->address);
    avo_read_bytes(&reader, launch->cas_public_key, sizeof launch->cas_public_key);
    uint8_t via_las = avo_read_u8(&reader);
    launch->via_las = via_las == 1;
    launch->layout.worker_count = avo_read_u32(&reader);
    launch->layout.ring.slot_count = avo_read_u32(&reader);
    launch->layout.ring.datagram_bytes = avo_read_u32(&reader);
    launch->layout.stream_bytes = avo_read_u32(&reader);
    launch->layout.slab_bytes = avo_read_u64(&reader);
    launch->budget_bytes = avo_read_u64(&reader);
    if (bytes.length > 0 && wire_version != avo_wire_highest()) {
        return AVO_EVERSION;
    }
    if (!avo_reader_done(&reader) || via_las > 1 || !launch_in_range(launch) ||
        avo_region_layout_check(&launch->layout) != AVO_OK) {
        return AVO_EFORMAT;
    }
    return AVO_OK;
}

void avo_launch_hash(const struct avo_launch *launch, uint8_t hash[AVO_HASH_BYTES]) {
    uint8_t bytes[AVO_LAUNCH_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_launch_write(&writer, launch);
    crypto_hash_sha256(hash, bytes, writer.length);
}
