#include "trusted/replica/replica_state.h"

void avo_replica_begin_step(struct avo_replica *replica, uint64_t now_us, struct avo_effects *effects) {
    effects->count = 0;
    effects->more = false;
    replica->effects = effects;
    replica->scratch_used = false;
    replica->now_us = now_us > replica->now_us ? now_us : replica->now_us;
}

bool avo_replica_hears(struct avo_replica *replica, uint8_t slot) {
    uint16_t from = avo_quorum_slot(slot);
    replica->silent &= (uint16_t)~from;
    return replica->quorum.own != 0 && (replica->quorum.members & from) != 0;
}

static struct avo_effect *next_effect(struct avo_replica *replica) {
    struct avo_effects *effects = replica->effects;
    AVO_ASSERT(effects->count < AVO_EFFECTS_MAX);
    struct avo_effect *effect = &effects->effects[effects->count++];
    *effect = (struct avo_effect){0};
    return effect;
}

struct avo_message *avo_replica_send(struct avo_replica *replica, uint8_t slot) {
    struct avo_effect *effect = next_effect(replica);
    effect->type = AVO_EFFECT_SEND;
    effect->slot = slot;
    return &effect->message;
}

void avo_replica_reply(struct avo_replica *replica, uint64_t origin, uint16_t answered, const struct avo_reply *reply) {
    const struct avo_quorum *quorum = &replica->quorum;
    struct avo_effect *effect = next_effect(replica);
    effect->type = AVO_EFFECT_REPLY;
    effect->origin = origin;
    effect->message.type = AVO_MESSAGE_REPLY;
    effect->message.reply = *reply;
    effect->message.reply.answered = avo_quorum_count(quorum, answered);
    effect->message.reply.needed = quorum->needed_count;
    effect->message.reply.members = quorum->slot_count;
    replica->stats.operations++;
}

bool avo_replica_is_calm(const struct avo_replica *replica) {
    return replica->active_count - replica->repair_count - replica->comparing.fill_count < AVO_CALM_MAX_COUNT;
}

uint32_t avo_replica_room(const struct avo_replica *replica) {
    return AVO_EFFECTS_MAX - replica->effects->count;
}

struct avo_buffer *avo_replica_scratch(struct avo_replica *replica) {
    AVO_ASSERT(!replica->scratch_used);
    replica->scratch_used = true;
    replica->scratch.length = 0;
    return &replica->scratch;
}

void avo_replica_see_clock(struct avo_replica *replica, uint64_t clock) {
    if (clock > replica->shard_clock) {
        replica->shard_clock = clock;
        replica->clock_us = replica->now_us;
    }
}
