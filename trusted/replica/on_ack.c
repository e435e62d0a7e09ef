#include "trusted/replica/handlers.h"
#include "trusted/replica/round.h"

void avo_replica_on_ack(struct avo_replica *replica, uint8_t slot, const struct avo_ack *ack) {
    struct avo_task *task = avo_round_find(replica, ack->round, slot);
    if (task == NULL || task->phase->on_ack == NULL) {
        return;
    }
    avo_round_time(replica, task, slot, 0);
    uint16_t from = avo_quorum_slot(slot);
    task->heard |= from;
    if (ack->result == AVO_OK) {
        task->holders |= from;
    } else {
        task->refusal = (uint8_t)ack->result;
    }
    task->phase->on_ack(replica, task);
}
