#include "trusted/replica/handlers.h"
#include "trusted/replica/round.h"

/* A round may still ask when enough have answered; what no longer belongs to one is stale and ignored. */
void avo_replica_on_answer(struct avo_replica *replica, uint8_t slot, const struct avo_answer *answer) {
    struct avo_task *task = avo_round_find(replica, answer->round, slot);
    if (task != NULL && task->phase->on_ack != NULL && (task->holders & avo_quorum_slot(slot)) == 0) {
        avo_round_on_outcome(replica, task, slot, answer);
    } else if (task != NULL && task->phase->on_answer != NULL && (task->heard & avo_quorum_slot(slot)) == 0) {
        avo_round_time(replica, task, slot, answer->value.length);
        task->phase->on_answer(replica, task, slot, answer);
    }
}
