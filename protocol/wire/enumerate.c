#include "protocol/wire/enumerate.h"
#include "base/limits.h"

void avo_enumerate_write(struct avo_writer *writer, const struct avo_enumerate *enumerate) {
    avo_write_u64(writer, enumerate->round);
    avo_write_u16(writer, enumerate->bucket);
    avo_write_u32(writer, enumerate->cursor);
    avo_write_u16(writer, enumerate->most);
}

void avo_enumerate_read(struct avo_reader *reader, struct avo_enumerate *enumerate) {
    enumerate->round = avo_read_u64(reader);
    enumerate->bucket = avo_read_u16(reader);
    enumerate->cursor = avo_read_u32(reader);
    enumerate->most = avo_read_u16(reader);
    if (enumerate->bucket >= AVO_DIGEST_BUCKET_COUNT || enumerate->most == 0) {
        avo_read_fail(reader);
    }
}
