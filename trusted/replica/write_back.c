#include "trusted/replica/write_back.h"
#include "trusted/replica/round.h"

static void answer(struct avo_replica *replica, struct avo_task *task) {
    if (task->source == AVO_SOURCE_NOTHING) {
        avo_task_end(replica, task, AVO_ENOTFOUND, AVO_SLICE_EMPTY);
    } else {
        avo_task_end(replica, task, AVO_OK, avo_task_value(replica, task));
    }
}

void avo_write_back_advance(struct avo_replica *replica, struct avo_task *task) {
    uint16_t refusing = task->heard & (uint16_t)~task->holders;
    /* [DESIGN 8] Awaited: a later get must not find an older version in every quorum it asks. */
    if (avo_quorum_reached(&replica->quorum, task->holders)) {
        answer(replica, task);
    } else if (!avo_quorum_reached(&replica->quorum, (uint16_t)~refusing)) {
        /* Too many are full to make a quorum hold it: to wait would only hide why. */
        avo_task_end(replica, task, (enum avo_error)task->refusal, AVO_SLICE_EMPTY);
    }
}

void avo_write_back_begin(struct avo_replica *replica, struct avo_task *task) {
    avo_task_apply(replica, task);
    if (!avo_quorum_reached(&replica->quorum, task->holders)) {
        uint16_t targets = avo_quorum_peers(&replica->quorum) & (uint16_t)~task->holders;
        uint16_t heard = task->heard;
        avo_round_begin(replica, task, AVO_PHASE_WRITE, targets);
        task->heard |= heard & task->holders;
        replica->stats.write_backs++;
    }
    avo_write_back_advance(replica, task);
}
