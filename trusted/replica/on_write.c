#include "trusted/replica/handlers.h"

/* [DESIGN 8] Applied iff its version is higher, by the store; equal or lower is acknowledged and ignored. */
void avo_replica_on_write(struct avo_replica *replica, uint8_t slot, const struct avo_write *write) {
    replica->served_us = replica->now_us;
    avo_replica_see_clock(replica, write->version.clock);
    const struct avo_slice *value = write->tombstone ? NULL : &write->value;
    enum avo_error result = avo_store_apply(replica->config.store, write->key, write->version, value, NULL);
    struct avo_message *message = avo_replica_send(replica, slot);
    message->type = AVO_MESSAGE_ACK;
    message->ack = (struct avo_ack){.round = write->round, .result = result};
}
