#include "trusted/replica/get.h"
#include "trusted/replica/put.h"
#include "trusted/replica/repair.h"
#include "trusted/replica/round.h"
#include "trusted/replica/write_back.h"

/* What one task can add to a step: a message to each other slot. */
#define TASK_EFFECTS_MAX AVO_SLOT_MAX_COUNT

static void expire(struct avo_replica *replica, struct avo_task *task) {
    if (task->kind == AVO_TASK_REPAIR) {
        avo_repair_end(replica, task);
    } else if (task->kind == AVO_TASK_GET) {
        enum avo_error error = task->phase == AVO_PHASE_FETCH ? AVO_ETAMPERED : AVO_EQUORUM;
        avo_task_end(replica, task, error, AVO_SLICE_EMPTY);
    } else {
        avo_put_expire(replica, task);
    }
}

static void restart(struct avo_replica *replica, struct avo_task *task) {
    if (task->kind == AVO_TASK_REPAIR) {
        avo_repair_restart(replica, task);
    } else if (task->kind == AVO_TASK_GET) {
        avo_get_restart(replica, task);
    } else {
        avo_put_restart(replica, task);
    }
}

/* Our own store, too, may have room by now. */
static void apply_again(struct avo_replica *replica, struct avo_task *task) {
    avo_task_apply(replica, task);
    if (task->kind == AVO_TASK_GET) {
        avo_write_back_advance(replica, task);
    } else {
        avo_put_advance(replica, task);
    }
}

static void resend(struct avo_replica *replica, struct avo_task *task) {
    if (task->phase == AVO_PHASE_WRITE && !task->own_holds) {
        apply_again(replica, task);
    }
    if (task->phase != AVO_PHASE_NONE) {
        avo_round_resend(replica, task);
    }
}

static void attend(struct avo_replica *replica, struct avo_task *task) {
    uint64_t now_us = replica->now_us;
    if (now_us >= task->deadline_us) {
        expire(replica, task);
    } else if (task->restart) {
        restart(replica, task);
    } else if (task->phase == AVO_PHASE_FETCH && task->kind == AVO_TASK_GET && now_us >= task->give_up_us) {
        avo_task_end(replica, task, AVO_ETAMPERED, AVO_SLICE_EMPTY);
    } else {
        resend(replica, task);
    }
}

/* Attends to every task that is due; false when this step has no room for the next one. */
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
        if (task->phase != AVO_PHASE_NONE && avo_round_due_us(task) < replica->due_us) {
            replica->due_us = avo_round_due_us(task);
        }
    }
    return true;
}

static void found_damaged(void *context, struct avo_slice key) {
    struct avo_replica *replica = context;
    replica->stats.tampered++;
    avo_repair_start(replica, key);
}

/* Looks at no more values than repairs of them, should all be damaged, could start in this step. */
static void scrub(struct avo_replica *replica) {
    uint32_t count = replica->config.scrub_per_tick;
    uint32_t repairs = AVO_REPAIR_MAX_COUNT - replica->repair_count;
    uint32_t members = avo_quorum_member_count(&replica->quorum);
    uint32_t room = members > 0 ? avo_replica_room(replica) / members : count;
    count = count < repairs ? count : repairs;
    count = count < room ? count : room;
    if (count > 0) {
        avo_store_scrub(replica->config.store, count, found_damaged, replica);
    }
}

void avo_replica_on_tick(struct avo_replica *replica) {
    if (replica->now_us >= replica->due_us && !attend_due(replica)) {
        replica->effects->more = true;
        return;
    }
    uint32_t clients = replica->active_count - replica->repair_count;
    if (replica->config.scrub_per_tick > 0 && clients < AVO_SCRUB_BUSY_MAX_COUNT && replica->quorum.own != 0) {
        scrub(replica);
        avo_repair_search(replica);
    }
}
