#include "trusted/replica/put.h"
#include "trusted/replica/round.h"

static uint32_t value_bytes(const struct avo_task *task) {
    return task->deletes ? AVO_VALUE_BYTES_TOMBSTONE : task->value_length;
}

static const struct avo_phase writing;

/* Chooses a version higher than all that a quorum holds, and than all chosen or applied here before: of two puts on one key at this
 * coordinator each gets its own. A clock at its end is refused, not wrapped. */
static bool choose_version(struct avo_replica *replica, struct avo_task *task) {
    avo_replica_see_clock(replica, task->version.clock);
    avo_replica_see_clock(replica, task->floor);
    if (replica->shard_clock == UINT64_MAX) {
        return false;
    }
    avo_replica_see_clock(replica, replica->shard_clock + 1);
    task->version = (struct avo_version){
        .clock = replica->shard_clock,
        .writer = {replica->quorum.incarnation, replica->config.slot, replica->config.worker},
    };
    task->source = task->deletes ? AVO_SOURCE_NOTHING : AVO_SOURCE_BLOB;
    return true;
}

/* A delete of what a whole quorum holds, in one version, as absent is a read of absence: nothing to write. */
static bool absent_already(const struct avo_replica *replica, const struct avo_task *task) {
    if (!task->deletes || task->source != AVO_SOURCE_NOTHING || !avo_quorum_reached(&replica->quorum, task->holders)) {
        return false;
    }
    struct avo_found own;
    avo_store_find(replica->config.store, avo_task_key(replica, task), &own);
    return avo_version_compare(own.entry.version, task->version) == 0;
}

/* Round 1 goes on until a quorum would accept the write, or none can any more: a refused write has no effect at all. */
static void conclude(struct avo_replica *replica, struct avo_task *task) {
    const struct avo_quorum *quorum = &replica->quorum;
    uint16_t refusing = task->heard & (uint16_t)~task->admitting;
    if (!avo_quorum_reached(quorum, task->heard)) {
        return;
    }
    if (absent_already(replica, task)) {
        avo_task_answer_status(replica, task, AVO_OK);
    } else if (!avo_quorum_reached(quorum, (uint16_t)~refusing)) {
        avo_task_answer_status(replica, task, task->refusal);
    } else if (!avo_quorum_reached(quorum, task->admitting)) {
        return;
    } else if (!choose_version(replica, task)) {
        avo_task_answer_status(replica, task, AVO_ELIMIT);
    } else {
        avo_task_enter(replica, task, &writing);
    }
}

static void note_admission(struct avo_task *task, uint16_t slot, enum avo_error admits) {
    if (admits == AVO_OK) {
        task->admitting |= slot;
    } else if (task->refusal != AVO_EFULL) { /* what host memory cannot help comes first */
        task->refusal = (uint8_t)admits;
    }
}

static void start(struct avo_replica *replica, struct avo_task *task) {
    struct avo_found found;
    avo_store_find(replica->config.store, avo_task_key(replica, task), &found);
    task->pinned = found.entry;
    task->version = AVO_VERSION_NONE;
    task->source = AVO_SOURCE_NOTHING;
    task->holders = 0;
    task->admitting = 0;
    task->refusal = AVO_OK;
    avo_task_observe(task, replica->quorum.own, task->pinned.version, (uint8_t)task->pinned.state);
    note_admission(task, replica->quorum.own, avo_store_admits(replica->config.store, &found, value_bytes(task)));
    avo_round_begin(replica, task, avo_quorum_peers(&replica->quorum));
    conclude(replica, task);
}

static void start_delete(struct avo_replica *replica, struct avo_task *task) {
    task->deletes = true;
    start(replica, task);
}

static void ask(const struct avo_replica *replica, const struct avo_task *task, struct avo_message *message) {
    avo_round_query(replica, task, AVO_WANT_VERSION, task->pinned.version, message);
    message->query.value_bytes = value_bytes(task);
}

static void on_answer(struct avo_replica *replica, struct avo_task *task, uint8_t slot, const struct avo_answer *answer) {
    uint16_t from = avo_quorum_slot(slot);
    avo_task_observe(task, from, answer->same ? task->pinned.version : answer->version, answer->state);
    note_admission(task, from, answer->admits);
    task->floor = answer->floor > task->floor ? answer->floor : task->floor;
    task->heard |= from;
    conclude(replica, task);
}

static void expire(struct avo_replica *replica, struct avo_task *task) {
    bool refused = task->refusal != AVO_OK && avo_quorum_reached(&replica->quorum, task->heard);
    avo_task_answer_status(replica, task, refused ? task->refusal : AVO_EQUORUM);
}

const struct avo_phase avo_phase_put = {.start = start, .ask = ask, .on_answer = on_answer, .restart = start, .expire = expire};
const struct avo_phase avo_phase_delete = {
    .start = start_delete, .ask = ask, .on_answer = on_answer, .restart = start, .expire = expire};

static void write_on_ack(struct avo_replica *replica, struct avo_task *task) {
    if (avo_quorum_reached(&replica->quorum, task->holders)) {
        avo_task_answer_status(replica, task, AVO_OK);
    }
}

/* Round 2: to all members. Joining ones apply every write, they only never count [V4]. [V3] A put that already chose its version
 * keeps that version in a newer view. */
static void write_start(struct avo_replica *replica, struct avo_task *task) {
    task->holders = 0;
    avo_task_apply(replica, task);
    avo_round_begin(replica, task, replica->quorum.members);
    write_on_ack(replica, task);
}

/* A replica may hold it: a later get may complete it. */
static void write_expire(struct avo_replica *replica, struct avo_task *task) {
    avo_task_answer_status(replica, task, AVO_EUNKNOWN);
}

static const struct avo_phase writing = {
    .start = write_start, .ask = avo_round_write, .on_ack = write_on_ack, .restart = write_start, .expire = write_expire};
