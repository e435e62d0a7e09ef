#include "protocol/wire/query.h"
#include "protocol/wire/field.h"

void avo_query_write(struct avo_writer *writer, const struct avo_query *query) {
    avo_write_u64(writer, query->round);
    avo_write_u8(writer, (uint8_t)query->want);
    avo_version_write(writer, query->known);
    avo_write_u32(writer, query->value_bytes);
    avo_write_slice(writer, query->key);
}

static bool value_bytes_allowed(const struct avo_query *query) {
    if (query->want != AVO_WANT_VERSION) {
        return query->value_bytes == 0;
    }
    return query->value_bytes <= AVO_VALUE_MAX_BYTES || query->value_bytes == AVO_VALUE_BYTES_TOMBSTONE;
}

void avo_query_read(struct avo_reader *reader, struct avo_query *query) {
    query->round = avo_read_u64(reader);
    uint8_t want = avo_read_u8(reader);
    query->want = (enum avo_want)want;
    query->known = avo_version_read(reader);
    query->value_bytes = avo_read_u32(reader);
    query->key = avo_field_key_read(reader, reader->left);
    if (want < AVO_WANT_VERSION || want > AVO_WANT_VALUE || !value_bytes_allowed(query)) {
        avo_read_fail(reader);
    }
}
