#include "trusted/replica/get.h"
#include "trusted/replica/fetch.h"
#include "trusted/replica/round.h"
#include "trusted/replica/write_back.h"

static enum avo_value_source source_of(uint8_t state) {
    switch (state) {
    case AVO_ENTRY_VALUE:
        return AVO_SOURCE_PIN;
    case AVO_ENTRY_DAMAGED:
        return AVO_SOURCE_LOST;
    default:
        return AVO_SOURCE_NOTHING;
    }
}

static const struct avo_phase fetching;

static void fetch_ended(struct avo_replica *replica, struct avo_task *task, enum avo_fetch_result result) {
    if (result == AVO_FETCH_FOUND) {
        avo_task_enter(replica, task, &avo_phase_write_back);
    } else if (result == AVO_FETCH_LOST) {
        avo_task_answer_status(replica, task, AVO_ETAMPERED);
    }
}

/* The pinned value does not open: its version stays, its value is sought elsewhere [B4]. */
static void pin_damaged(struct avo_replica *replica, struct avo_task *task) {
    replica->stats.tampered++;
    task->source = AVO_SOURCE_LOST;
    avo_task_enter(replica, task, &fetching);
}

/* [DESIGN 8] All of a quorum hold the version pinned at the start: the answer is that version's value. A newer write that landed
 * here meanwhile is not yet known to a quorum. */
static void answer_pinned(struct avo_replica *replica, struct avo_task *task) {
    if (task->source == AVO_SOURCE_NOTHING) {
        replica->stats.one_round_reads++;
        avo_task_answer_status(replica, task, AVO_ENOTFOUND);
        return;
    }
    struct avo_buffer *value = avo_replica_scratch(replica);
    if (avo_store_pin_open(replica->config.store, avo_task_key(replica, task), task->pin, value) != AVO_OK) {
        pin_damaged(replica, task);
        return;
    }
    replica->stats.one_round_reads++;
    avo_task_answer(replica, task, AVO_OK, avo_buffer_slice(value));
}

/* Our own version is the newest, but too few hold it: its value is opened to be written back. */
static void write_back_pinned(struct avo_replica *replica, struct avo_task *task) {
    struct avo_buffer *opened = avo_replica_scratch(replica);
    if (avo_store_pin_open(replica->config.store, avo_task_key(replica, task), task->pin, opened) != AVO_OK) {
        pin_damaged(replica, task);
    } else if (!avo_task_keep(replica, task, avo_buffer_slice(opened))) {
        avo_task_answer_status(replica, task, AVO_EBUSY);
    } else {
        task->source = AVO_SOURCE_BLOB;
        avo_task_enter(replica, task, &avo_phase_write_back);
    }
}

/* A quorum answered: the newest version among them is at least every version whose write was done before this get began. */
static void conclude(struct avo_replica *replica, struct avo_task *task) {
    bool confirmed = avo_quorum_reached(&replica->quorum, task->holders);
    bool pinned = avo_version_compare(task->version, task->pinned.version) == 0;
    if (task->source == AVO_SOURCE_LOST) {
        avo_task_enter(replica, task, &fetching);
    } else if (confirmed && pinned && task->source != AVO_SOURCE_BLOB) {
        answer_pinned(replica, task);
    } else if (task->source == AVO_SOURCE_PIN) {
        write_back_pinned(replica, task);
    } else {
        avo_task_enter(replica, task, &avo_phase_write_back);
    }
}

static void begin(struct avo_replica *replica, struct avo_task *task) {
    bool own_newest = avo_version_compare(task->version, task->pinned.version) == 0;
    task->holders = own_newest ? replica->quorum.own : 0;
    avo_round_begin(replica, task, avo_round_choose(replica));
    if (avo_quorum_reached(&replica->quorum, task->heard)) {
        conclude(replica, task);
    }
}

static void ask(const struct avo_replica *replica, const struct avo_task *task, struct avo_message *message) {
    /* Our own copy is damaged: an equal version's value is needed as well. */
    bool damaged = task->pinned.state == AVO_ENTRY_DAMAGED;
    avo_round_query(replica, task, damaged ? AVO_WANT_VALUE : AVO_WANT_NEWER, task->pinned.version, message);
}

static void start(struct avo_replica *replica, struct avo_task *task) {
    enum avo_error error = avo_store_pin(replica->config.store, avo_task_key(replica, task), &task->pinned, &task->pin);
    if (error != AVO_OK) {
        avo_task_answer_status(replica, task, error);
        return;
    }
    task->version = task->pinned.version;
    task->source = (uint8_t)source_of((uint8_t)task->pinned.state);
    begin(replica, task);
}

/* False when there was no memory for the value: the answer then counts as lost on the way and is asked for again. */
static bool learn(struct avo_replica *replica, struct avo_task *task, uint8_t slot, const struct avo_answer *answer) {
    struct avo_version version = answer->same ? task->pinned.version : answer->version;
    int order = avo_version_compare(version, task->version);
    bool wanted = answer->has_value && (order > 0 || (order == 0 && task->source == AVO_SOURCE_LOST));
    if (wanted && !avo_task_keep(replica, task, answer->value)) {
        return false;
    }
    avo_task_observe(task, avo_quorum_slot(slot), version, answer->state);
    if (wanted) {
        task->source = AVO_SOURCE_BLOB;
    }
    task->heard |= avo_quorum_slot(slot);
    return true;
}

static void on_answer(struct avo_replica *replica, struct avo_task *task, uint8_t slot, const struct avo_answer *answer) {
    if (learn(replica, task, slot, answer) && avo_quorum_reached(&replica->quorum, task->heard)) {
        conclude(replica, task);
    }
}

static void expire(struct avo_replica *replica, struct avo_task *task) {
    avo_task_answer_status(replica, task, AVO_EQUORUM);
}

const struct avo_phase avo_phase_get = {
    .start = start, .ask = ask, .on_answer = on_answer, .restart = begin, .expire = expire, .hedged = true};

static void fetch_start(struct avo_replica *replica, struct avo_task *task) {
    /* A client that waits hears early that no intact copy seems to be in reach. */
    task->give_up_us = replica->now_us + (uint64_t)task->patience_ms * 1000 / 3;
    fetch_ended(replica, task, avo_fetch_begin(replica, task));
}

static void fetch_on_answer(struct avo_replica *replica, struct avo_task *task, uint8_t slot, const struct avo_answer *answer) {
    fetch_ended(replica, task, avo_fetch_on_answer(replica, task, slot, answer));
}

/* [V3] Which member holds what, as heard in the old epoch: also a fetch begins with a quorum of the new one. */
static void fetch_restart(struct avo_replica *replica, struct avo_task *task) {
    task->phase = &avo_phase_get;
    task->give_up_us = UINT64_MAX;
    begin(replica, task);
}

static void fetch_expire(struct avo_replica *replica, struct avo_task *task) {
    avo_task_answer_status(replica, task, AVO_ETAMPERED);
}

static const struct avo_phase fetching = {
    .start = fetch_start, .ask = avo_fetch_ask, .on_answer = fetch_on_answer, .restart = fetch_restart, .expire = fetch_expire};
