#include "protocol/wire/compare.h"
#include "base/limits.h"

void avo_scope_read(struct avo_reader *reader, enum avo_scope *scope, uint8_t *group) {
    uint8_t number = avo_read_u8(reader);
    *scope = (enum avo_scope)number;
    *group = avo_read_u8(reader);
    bool of_group = number == AVO_SCOPE_BUCKETS;
    if (number < AVO_SCOPE_ALL || number > AVO_SCOPE_BUCKETS || *group >= (of_group ? AVO_DIGEST_GROUP_COUNT : 1)) {
        avo_read_fail(reader);
    }
}

void avo_compare_write(struct avo_writer *writer, const struct avo_compare *compare) {
    avo_write_u64(writer, compare->round);
    avo_write_u8(writer, (uint8_t)compare->scope);
    avo_write_u8(writer, compare->group);
}

void avo_compare_read(struct avo_reader *reader, struct avo_compare *compare) {
    compare->round = avo_read_u64(reader);
    avo_scope_read(reader, &compare->scope, &compare->group);
    if (compare->round == 0 || compare->scope == AVO_SCOPE_ALL) {
        avo_read_fail(reader);
    }
}
