#include "protocol/wire/welcome.h"
#include "base/wire.h"

void avo_welcome_write(struct avo_writer *writer, const struct avo_welcome *welcome) {
    avo_write_bytes(writer, welcome->key_secret, AVO_KEY_SECRET_BYTES);
    avo_write_u32(writer, welcome->number);
    avo_write_u16(writer, welcome->worker_count);
    avo_write_u16(writer, welcome->mtu_bytes);
    avo_write_u32(writer, welcome->value_max_bytes);
    avo_write_u32(writer, welcome->epoch);
    avo_write_u64(writer, welcome->admitted_below);
    avo_write_u8(writer, welcome->wire_version);
}

static bool in_range(const struct avo_welcome *welcome) {
    return welcome->worker_count >= 1 && welcome->worker_count <= AVO_WORKER_MAX_COUNT && welcome->mtu_bytes >= AVO_MTU_MIN_BYTES &&
           welcome->mtu_bytes <= AVO_MTU_MAX_BYTES && welcome->value_max_bytes <= AVO_VALUE_MAX_BYTES && welcome->epoch > 0 &&
           avo_wire_speaks(welcome->wire_version);
}

enum avo_error avo_welcome_read(struct avo_slice bytes, struct avo_welcome *welcome) {
    struct avo_reader reader = avo_reader(bytes);
    avo_read_bytes(&reader, welcome->key_secret, AVO_KEY_SECRET_BYTES);
    welcome->number = avo_read_u32(&reader);
    welcome->worker_count = avo_read_u16(&reader);
    welcome->mtu_bytes = avo_read_u16(&reader);
    welcome->value_max_bytes = avo_read_u32(&reader);
    welcome->epoch = avo_read_u32(&reader);
    welcome->admitted_below = avo_read_u64(&reader);
    welcome->wire_version = avo_read_u8(&reader);
    return avo_reader_done(&reader) && in_range(welcome) ? AVO_OK : AVO_EFORMAT;
}
