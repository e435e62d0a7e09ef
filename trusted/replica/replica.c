#include "trusted/replica/replica_state.h"

static bool create_parts(struct avo_replica *replica, struct avo_arena *arena) {
    replica->scratch.data = avo_arena_take(arena, 1, AVO_VALUE_MAX_BYTES);
    replica->scratch.capacity = AVO_VALUE_MAX_BYTES;
    return replica->scratch.data != NULL &&
           avo_pool_create(&replica->tasks, arena, replica->config.operation_count, sizeof(struct avo_task));
}

struct avo_replica *avo_replica_create(struct avo_arena *arena, const struct avo_replica_config *config) {
    AVO_ASSERT(config->slot < AVO_SLOT_MAX_COUNT);
    AVO_ASSERT(config->operation_count > 0 && config->operation_count <= 1U << AVO_ROUND_INDEX_BITS);
    struct avo_arena before = *arena;
    struct avo_replica *replica = avo_arena_take(arena, 1, sizeof *replica);
    if (replica == NULL) {
        return NULL;
    }
    replica->config = *config;
    replica->config.hedge_us = config->hedge_us != 0 ? config->hedge_us : AVO_HEDGE_US;
    replica->config.resend_us = config->resend_us != 0 ? config->resend_us : AVO_RESEND_US;
    replica->quorum.slot = config->slot;
    replica->active_first = AVO_TASK_NONE;
    replica->ended_first = AVO_TASK_NONE;
    replica->due_us = UINT64_MAX;
    if (!create_parts(replica, arena)) {
        *arena = before;
        return NULL;
    }
    return replica;
}

struct avo_effect *avo_replica_effect(struct avo_replica *replica) {
    struct avo_effects *effects = replica->effects;
    AVO_ASSERT(effects->count < AVO_EFFECTS_MAX);
    struct avo_effect *effect = &effects->effects[effects->count++];
    *effect = (struct avo_effect){0};
    return effect;
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
    replica->shard_clock = clock > replica->shard_clock ? clock : replica->shard_clock;
}

/* A message of a slot that is not another member of our view is not for us. Whoever speaks is not silent. */
static bool admitted(struct avo_replica *replica, uint8_t slot) {
    uint16_t from = avo_quorum_slot(slot);
    replica->silent &= (uint16_t)~from;
    return replica->quorum.own != 0 && (replica->quorum.members & from) != 0;
}

static void dispatch_message(struct avo_replica *replica, uint8_t slot, const struct avo_message *message) {
    if (!admitted(replica, slot)) {
        return;
    }
    switch (message->type) {
    case AVO_MESSAGE_QUERY:
        avo_replica_on_query(replica, slot, &message->query);
        break;
    case AVO_MESSAGE_ANSWER:
        avo_replica_on_answer(replica, slot, &message->answer);
        break;
    case AVO_MESSAGE_WRITE:
        avo_replica_on_write(replica, slot, &message->write);
        break;
    case AVO_MESSAGE_ACK:
        avo_replica_on_ack(replica, slot, &message->ack);
        break;
    default:
        break;
    }
}

void avo_replica_step(struct avo_replica *replica, const struct avo_event *event, struct avo_effects *effects) {
    effects->count = 0;
    effects->more = false;
    replica->effects = effects;
    replica->scratch_used = false;
    replica->now_us = event->now_us > replica->now_us ? event->now_us : replica->now_us;
    avo_task_reclaim(replica);
    switch (event->type) {
    case AVO_EVENT_TICK:
        avo_replica_on_tick(replica);
        break;
    case AVO_EVENT_VIEW:
        avo_replica_on_view(replica, event->view);
        break;
    case AVO_EVENT_REQUEST:
        avo_replica_on_request(replica, event->origin, event->request);
        break;
    case AVO_EVENT_MESSAGE:
        dispatch_message(replica, event->slot, event->message);
        break;
    }
    replica->effects = NULL;
}

uint32_t avo_replica_busy_count(const struct avo_replica *replica) {
    return replica->active_count;
}

void avo_replica_stats(const struct avo_replica *replica, struct avo_replica_stats *stats) {
    *stats = replica->stats;
}
