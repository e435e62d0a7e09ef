#include "trusted/replica/put.h"
#include "trusted/replica/round.h"

static uint32_t value_bytes(const struct avo_task *task) {
    return task->kind == AVO_TASK_DELETE ? AVO_VALUE_BYTES_TOMBSTONE : task->value_length;
}

void avo_put_advance(struct avo_replica *replica, struct avo_task *task) {
    if (avo_quorum_reached(&replica->quorum, task->holders)) {
        avo_task_end(replica, task, AVO_OK, AVO_SLICE_EMPTY);
    }
}

/* Round 2: to all members. Joining ones apply every write, they only never count [V4]. */
static void write_all(struct avo_replica *replica, struct avo_task *task) {
    task->holders = 0;
    avo_task_apply(replica, task);
    avo_round_begin(replica, task, AVO_PHASE_WRITE, replica->quorum.members);
    avo_put_advance(replica, task);
}

/* Chooses a version higher than all that a quorum holds, and than all chosen here before: of two puts on one key at this
 * coordinator each gets its own. A clock at its end is refused, not wrapped. */
static bool choose_version(struct avo_replica *replica, struct avo_task *task) {
    struct avo_entry own = avo_store_look(replica->config.store, avo_task_key(replica, task));
    avo_replica_see_clock(replica, task->version.clock);
    avo_replica_see_clock(replica, own.version.clock);
    avo_replica_see_clock(replica, task->floor);
    if (replica->shard_clock == UINT64_MAX) {
        return false;
    }
    replica->shard_clock++;
    task->version = (struct avo_version){
        .clock = replica->shard_clock,
        .writer = {replica->quorum.incarnation, replica->config.slot, replica->config.worker},
    };
    task->source = task->kind == AVO_TASK_DELETE ? AVO_SOURCE_NOTHING : AVO_SOURCE_BLOB;
    return true;
}

/* A delete of what a whole quorum holds, in one version, as absent is a read of absence: nothing to write. */
static bool absent_already(const struct avo_replica *replica, const struct avo_task *task) {
    if (task->kind != AVO_TASK_DELETE || task->source != AVO_SOURCE_NOTHING ||
        !avo_quorum_reached(&replica->quorum, task->holders)) {
        return false;
    }
    struct avo_entry own = avo_store_look(replica->config.store, avo_task_key(replica, task));
    return avo_version_compare(own.version, task->version) == 0;
}

/* Round 1 goes on until a quorum would accept the write, or none can any more: a refused write has no effect at all. */
static void conclude(struct avo_replica *replica, struct avo_task *task) {
    const struct avo_quorum *quorum = &replica->quorum;
    uint16_t refusing = task->heard & (uint16_t)~task->admitting;
    if (!avo_quorum_reached(quorum, task->heard)) {
        return;
    }
    if (absent_already(replica, task)) {
        avo_task_end(replica, task, AVO_OK, AVO_SLICE_EMPTY);
    } else if (!avo_quorum_reached(quorum, (uint16_t)~refusing)) {
        avo_task_end(replica, task, task->refusal, AVO_SLICE_EMPTY);
    } else if (!avo_quorum_reached(quorum, task->admitting)) {
        return;
    } else if (!choose_version(replica, task)) {
        avo_task_end(replica, task, AVO_ELIMIT, AVO_SLICE_EMPTY);
    } else {
        write_all(replica, task);
    }
}

static void note_admission(struct avo_task *task, uint16_t slot, enum avo_error admits) {
    if (admits == AVO_OK) {
        task->admitting |= slot;
    } else if (task->refusal != AVO_EFULL) {
        task->refusal = admits == AVO_EQUOTA ? AVO_EQUOTA : AVO_EFULL;
    }
}

static void ask(struct avo_replica *replica, struct avo_task *task) {
    struct avo_slice key = avo_task_key(replica, task);
    task->pinned = avo_store_look(replica->config.store, key);
    task->version = AVO_VERSION_NONE;
    task->source = AVO_SOURCE_NOTHING;
    task->holders = 0;
    task->admitting = 0;
    task->refusal = AVO_OK;
    avo_task_observe(task, replica->quorum.own, task->pinned.version, (uint8_t)task->pinned.state);
    note_admission(task, replica->quorum.own, avo_store_admits(replica->config.store, key, value_bytes(task)));
    avo_round_begin(replica, task, AVO_PHASE_QUERY, avo_quorum_peers(&replica->quorum));
    conclude(replica, task);
}

void avo_put_start(struct avo_replica *replica, struct avo_task *task) {
    ask(replica, task);
}

void avo_put_on_answer(struct avo_replica *replica, struct avo_task *task, uint8_t slot, const struct avo_answer *answer) {
    uint16_t from = avo_quorum_slot(slot);
    avo_task_observe(task, from, answer->same ? avo_round_known(task) : answer->version, answer->state);
    note_admission(task, from, answer->admits);
    task->floor = answer->floor > task->floor ? answer->floor : task->floor;
    task->heard |= from;
    conclude(replica, task);
}

void avo_put_restart(struct avo_replica *replica, struct avo_task *task) {
    if (task->phase == AVO_PHASE_WRITE) {
        write_all(replica, task); /* [V3] a put that already chose its version keeps that version */
    } else {
        ask(replica, task);
    }
}

void avo_put_expire(struct avo_replica *replica, struct avo_task *task) {
    if (task->phase == AVO_PHASE_WRITE) {
        avo_task_end(replica, task, AVO_EUNKNOWN, AVO_SLICE_EMPTY); /* a replica may hold it: a later get may complete it */
    } else if (task->refusal != AVO_OK && avo_quorum_reached(&replica->quorum, task->heard)) {
        avo_task_end(replica, task, task->refusal, AVO_SLICE_EMPTY);
    } else {
        avo_task_end(replica, task, AVO_EQUORUM, AVO_SLICE_EMPTY);
    }
}
