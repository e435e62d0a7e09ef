#include "protocol/wire/pull.h"

void avo_pull_write(struct avo_writer *writer, const struct avo_pull *pull) {
    avo_write_u32(writer, pull->transfer);
    avo_write_u32(writer, pull->offset);
    avo_write_u64(writer, pull->missing);
}

void avo_pull_read(struct avo_reader *reader, struct avo_pull *pull) {
    pull->transfer = avo_read_u32(reader);
    pull->offset = avo_read_u32(reader);
    pull->missing = avo_read_u64(reader);
}
