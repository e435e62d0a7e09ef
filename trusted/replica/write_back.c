#include "trusted/replica/write_back.h"
#include "trusted/replica/round.h"

static void on_ack(struct avo_replica *replica, struct avo_task *task) {
    uint16_t refusing = task->heard & (uint16_t)~task->holders;
    /* [DESIGN 8] Awaited: a later get must not find an older version in every quorum it asks. */
    if (avo_quorum_reached(&replica->quorum, task->holders)) {
        bool nothing = task->source == AVO_SOURCE_NOTHING;
        avo_task_answer(replica, task, nothing ? AVO_ENOTFOUND : AVO_OK, nothing ? AVO_SLICE_EMPTY : avo_task_value(replica, task));
    } else if (!avo_quorum_reached(&replica->quorum, (uint16_t)~refusing)) {
        /* Too many are full to make a quorum hold it: to wait would only hide why. */
        avo_task_answer_status(replica, task, (enum avo_error)task->refusal);
    }
}

static void start(struct avo_replica *replica, struct avo_task *task) {
    avo_task_apply(replica, task);
    if (!avo_quorum_reached(&replica->quorum, task->holders)) {
        uint16_t targets = avo_quorum_peers(&replica->quorum) & (uint16_t)~task->holders;
        uint16_t heard = task->heard;
        avo_round_begin(replica, task, targets);
        task->heard |= heard & task->holders;
        replica->stats.write_backs++;
    }
    on_ack(replica, task);
}

static void restart(struct avo_replica *replica, struct avo_task *task) {
    task->holders = 0;
    start(replica, task);
}

static void expire(struct avo_replica *replica, struct avo_task *task) {
    avo_task_answer_status(replica, task, AVO_EQUORUM);
}

const struct avo_phase avo_phase_write_back = {
    .start = start, .ask = avo_round_write, .on_ack = on_ack, .restart = restart, .expire = expire};
