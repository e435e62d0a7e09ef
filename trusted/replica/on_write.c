#include "trusted/replica/replica_state.h"

/* [DESIGN 8] Applied iff its version is higher, by the store; equal or lower is acknowledged and ignored. */
void avo_replica_on_write(struct avo_replica *replica, uint8_t slot, const struct avo_write *write) {
    avo_replica_see_clock(replica, write->version.clock);
    const struct avo_slice *value = write->tombstone ? NULL : &write->value;
    enum avo_error result = avo_store_apply(replica->config.store, write->key, write->version, value, NULL);
    struct avo_effect *effect = avo_replica_effect(replica);
    effect->type = AVO_EFFECT_SEND;
    effect->slot = slot;
    effect->message.type = AVO_MESSAGE_ACK;
    effect->message.ack = (struct avo_ack){.round = write->round, .result = result};
}
