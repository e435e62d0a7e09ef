#include "trusted/replica/handlers.h"
#include "trusted/replica/repair.h"
#include "trusted/replica/round.h"

/* What one task can add to a step: a message to each other slot. */
#define TASK_EFFECTS_MAX AVO_SLOT_MAX_COUNT

/* Our own store, too, may have room by now. */
static void apply_again(struct avo_replica *replica, struct avo_task *task) {
    avo_task_apply(replica, task);
    task->phase->on_ack(replica, task);
}

static void resend(struct avo_replica *replica, struct avo_task *task) {
    if (task->phase->on_ack != NULL && !task->own_holds) {
        apply_again(replica, task);
    }
    if (task->phase != NULL) {
        avo_round_resend(replica, task);
    }
}

static void attend(struct avo_replica *replica, struct avo_task *task) {
    if (replica->now_us >= avo_round_expiry_us(task)) {
        task->phase->expire(replica, task);
    } else if (task->restart) {
        task->phase->restart(replica, task);
    } else {
        resend(replica, task);
    }
}

/* Attends to every task that is due; false when this step has no room for the next one, or opened its one
 * value. */
static bool attend_due(struct avo_replica *replica) {
    replica->due_us = UINT64_MAX;
    uint32_t index = replica->active_first;
    while (index != AVO_TASK_NONE) {
        struct avo_task *task = avo_task_at(replica, index);
        index = task->next;
        if (avo_round_due_us(task) <= replica->now_us) {
            if (avo_replica_room(replica) < TASK_EFFECTS_MAX || replica->scratch_used) {
                replica->due_us = 0;
                return false;
            }
            attend(replica, task);
        }
        if (task->phase != NULL && avo_round_due_us(task) < replica->due_us) {
            replica->due_us = avo_round_due_us(task);
        }
    }
    return true;
}

static void found_damaged(void *context, struct avo_slice key, struct avo_entry entry) {
    struct avo_replica *replica = context;
    replica->stats.tampered++;
    avo_repair_start(replica, key, entry);
}

/* Looks at no more values than repairs, should all be damaged, find room for their messages in this step. */
static void scrub(struct avo_replica *replica) {
    uint32_t count = replica->config.scrub_per_tick;
    uint32_t members = avo_quorum_member_count(&replica->quorum);
    uint32_t room = members > 0 ? avo_replica_room(replica) / members : count;
    avo_store_scrub(replica->config.store, count < room ? count : room, found_damaged, replica);
}

void avo_replica_on_tick(struct avo_replica *replica) {
    if (replica->now_us >= replica->due_us && !attend_due(replica)) {
        replica->effects->more = true;
        return;
    }
    avo_sync_tick(replica);
    avo_compare_tick(replica);
    if (replica->config.scrub_per_tick > 0 && avo_replica_is_calm(replica) && replica->quorum.own != 0) {
        scrub(replica);
        avo_repair_search(replica);
    }
}
