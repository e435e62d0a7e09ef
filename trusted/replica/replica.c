#include "trusted/replica/replica.h"
#include "trusted/replica/task.h"

static bool create_parts(struct avo_replica *replica, struct avo_arena *arena) {
    replica->scratch.data = avo_arena_take(arena, 1, AVO_MESSAGE_MAX_BYTES);
    replica->scratch.capacity = AVO_MESSAGE_MAX_BYTES;
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

uint32_t avo_replica_busy_count(const struct avo_replica *replica) {
    return replica->active_count;
}

void avo_replica_stats(const struct avo_replica *replica, struct avo_figures *stats) {
    *stats = replica->stats;
    avo_sync_stats(replica, stats);
    avo_compare_stats(replica, stats);
}
