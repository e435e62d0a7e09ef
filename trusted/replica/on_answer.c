#include "trusted/replica/get.h"
#include "trusted/replica/put.h"
#include "trusted/replica/repair.h"
#include "trusted/replica/round.h"

/* A round may still ask when enough have answered; what no longer belongs to one is stale and ignored. */
static struct avo_task *find(const struct avo_replica *replica, uint64_t round, uint8_t slot) {
    struct avo_task *task = avo_round_find(replica, round, AVO_PHASE_QUERY, slot);
    task = task != NULL ? task : avo_round_find(replica, round, AVO_PHASE_FETCH, slot);
    return task != NULL && (task->heard & avo_quorum_slot(slot)) == 0 ? task : NULL;
}

void avo_replica_on_answer(struct avo_replica *replica, uint8_t slot, const struct avo_answer *answer) {
    struct avo_task *task = find(replica, answer->round, slot);
    if (task == NULL) {
        return;
    }
    switch ((enum avo_task_kind)task->kind) {
    case AVO_TASK_GET:
        avo_get_on_answer(replica, task, slot, answer);
        break;
    case AVO_TASK_PUT:
    case AVO_TASK_DELETE:
        avo_put_on_answer(replica, task, slot, answer);
        break;
    case AVO_TASK_REPAIR:
        avo_repair_on_answer(replica, task, slot, answer);
        break;
    }
}
