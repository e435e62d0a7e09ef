#include "protocol/version.h"

static int compare_u64(uint64_t a, uint64_t b) {
    return (a > b) - (a < b);
}

int avo_version_compare(struct avo_version a, struct avo_version b) {
    int order = compare_u64(a.clock, b.clock);
    order = order != 0 ? order : compare_u64(a.writer.incarnation, b.writer.incarnation);
    order = order != 0 ? order : compare_u64(a.writer.slot, b.writer.slot);
    order = order != 0 ? order : compare_u64(a.writer.worker, b.writer.worker);
    return order != 0 ? order : compare_u64(a.rmw, b.rmw);
}

bool avo_version_is_none(struct avo_version version) {
    return avo_version_compare(version, AVO_VERSION_NONE) == 0;
}

void avo_version_write(struct avo_writer *writer, struct avo_version version) {
    avo_write_u64(writer, version.clock);
    avo_write_u32(writer, version.writer.incarnation);
    avo_write_u8(writer, version.writer.slot);
    avo_write_u8(writer, version.writer.worker);
    avo_write_u32(writer, version.rmw);
}

struct avo_version avo_version_read(struct avo_reader *reader) {
    struct avo_version version;
    version.clock = avo_read_u64(reader);
    version.writer.incarnation = avo_read_u32(reader);
    version.writer.slot = avo_read_u8(reader);
    version.writer.worker = avo_read_u8(reader);
    version.rmw = avo_read_u32(reader);
    return version;
}
