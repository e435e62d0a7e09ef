/* Another replica asks for digests of what we hold. */
#include "trusted/replica/handlers.h"

void avo_replica_on_compare(struct avo_replica *replica, uint8_t slot, const struct avo_compare *compare) {
    bool groups = compare->scope == AVO_SCOPE_GROUPS;
    uint32_t width = groups ? AVO_DIGEST_GROUP_BUCKETS : 1;
    uint32_t first = compare->group * AVO_DIGEST_GROUP_BUCKETS;
    struct avo_buffer *bytes = avo_replica_scratch(replica);
    struct avo_writer writer = avo_writer(bytes->data, bytes->capacity);
    for (uint32_t i = 0; i < avo_digest_count(compare->scope); i++) {
        avo_write_u64(&writer, avo_store_digest(replica->config.store, first + i * width, width));
    }
    struct avo_message *message = avo_replica_send(replica, slot);
    message->type = AVO_MESSAGE_DIGEST;
    message->digest = (struct avo_digest_message){
        .round = compare->round, .scope = compare->scope, .group = compare->group, .digests = avo_writer_slice(&writer)};
}
