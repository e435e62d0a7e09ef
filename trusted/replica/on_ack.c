#include "trusted/replica/put.h"
#include "trusted/replica/round.h"
#include "trusted/replica/write_back.h"

void avo_replica_on_ack(struct avo_replica *replica, uint8_t slot, const struct avo_ack *ack) {
    struct avo_task *task = avo_round_find(replica, ack->round, AVO_PHASE_WRITE, slot);
    if (task == NULL) {
        return;
    }
    uint16_t from = avo_quorum_slot(slot);
    task->heard |= from;
    if (ack->result == AVO_OK) {
        task->holders |= from;
    } else {
        task->refusal = (uint8_t)ack->result;
    }
    if (task->kind == AVO_TASK_GET) {
        avo_write_back_advance(replica, task);
    } else {
        avo_put_advance(replica, task);
    }
}
