#include "protocol/wire/sync_ask.h"
#include "base/limits.h"

void avo_sync_ask_write(struct avo_writer *writer, const struct avo_sync_ask *ask) {
    avo_write_u64(writer, ask->round);
    avo_write_u8(writer, ask->part);
    avo_write_u8(writer, ask->want);
    avo_write_u32(writer, ask->bytes);
    avo_write_slice(writer, ask->after);
}

void avo_sync_ask_read(struct avo_reader *reader, struct avo_sync_ask *ask) {
    ask->round = avo_read_u64(reader);
    ask->part = avo_read_u8(reader);
    ask->want = avo_read_u8(reader);
    ask->bytes = avo_read_u32(reader);
    ask->after = avo_read_slice(reader, reader->left);
    bool known = ask->part == AVO_SYNC_ENTRIES && (ask->want == AVO_SYNC_VERSIONS || ask->want == AVO_SYNC_VALUES);
    if (!known || ask->after.length > AVO_KEY_MAX_BYTES) {
        avo_read_fail(reader);
    }
}
