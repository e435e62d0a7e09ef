#include "protocol/wire/digest.h"

uint32_t avo_digest_count(enum avo_scope scope) {
    return scope == AVO_SCOPE_ALL ? 1 : AVO_DIGEST_GROUP_COUNT;
}

uint64_t avo_digest_at(const struct avo_digest_message *digest, uint32_t index) {
    struct avo_reader reader = avo_reader(avo_slice_part(digest->digests, (size_t)index * AVO_DIGEST_BYTES, AVO_DIGEST_BYTES));
    return avo_read_u64(&reader);
}

void avo_digest_message_write(struct avo_writer *writer, const struct avo_digest_message *digest) {
    avo_write_u64(writer, digest->round);
    avo_write_u8(writer, (uint8_t)digest->scope);
    avo_write_u8(writer, digest->group);
    avo_write_slice(writer, digest->digests);
}

void avo_digest_message_read(struct avo_reader *reader, struct avo_digest_message *digest) {
    digest->round = avo_read_u64(reader);
    avo_scope_read(reader, &digest->scope, &digest->group);
    digest->digests = avo_read_slice(reader, (size_t)avo_digest_count(digest->scope) * AVO_DIGEST_BYTES);
    if ((digest->round == 0) != (digest->scope == AVO_SCOPE_ALL)) {
        avo_read_fail(reader);
    }
}
