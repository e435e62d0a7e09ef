#include "trusted/replica/round.h"

/* A value on its way takes time by its size; sending it again meanwhile would only add load. */
#define BYTES_PER_US 16

static uint64_t name(struct avo_replica *replica, const struct avo_task *task) {
    replica->round_sequence++;
    return replica->round_sequence << AVO_ROUND_INDEX_BITS | avo_task_index(replica, task);
}

struct avo_version avo_round_known(const struct avo_task *task) {
    return task->phase == AVO_PHASE_QUERY ? task->pinned.version : task->version;
}

static enum avo_want want(const struct avo_task *task) {
    if (task->phase == AVO_PHASE_FETCH) {
        return AVO_WANT_VALUE;
    }
    if (task->kind != AVO_TASK_GET) {
        return AVO_WANT_VERSION;
    }
    /* Our own copy is damaged: an equal version's value is needed as well. */
    return task->pinned.state == AVO_ENTRY_DAMAGED ? AVO_WANT_VALUE : AVO_WANT_NEWER;
}

static void fill_query(const struct avo_replica *replica, const struct avo_task *task, struct avo_message *message) {
    message->type = AVO_MESSAGE_QUERY;
    struct avo_query *query = &message->query;
    query->round = task->round;
    query->want = want(task);
    query->known = avo_round_known(task);
    query->key = avo_task_key(replica, task);
    if (query->want == AVO_WANT_VERSION) {
        query->value_bytes = task->kind == AVO_TASK_DELETE ? AVO_VALUE_BYTES_TOMBSTONE : task->value_length;
    }
}

static void fill_write(const struct avo_replica *replica, const struct avo_task *task, struct avo_message *message) {
    message->type = AVO_MESSAGE_WRITE;
    struct avo_write *write = &message->write;
    write->round = task->round;
    write->version = task->version;
    write->tombstone = task->source == AVO_SOURCE_NOTHING;
    write->key = avo_task_key(replica, task);
    write->value = write->tombstone ? AVO_SLICE_EMPTY : avo_task_value(replica, task);
}

static void send_to(struct avo_replica *replica, const struct avo_task *task, uint16_t targets) {
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        if ((targets & avo_quorum_slot(slot)) == 0) {
            continue;
        }
        struct avo_effect *effect = avo_replica_effect(replica);
        effect->type = AVO_EFFECT_SEND;
        effect->slot = slot;
        if (task->phase == AVO_PHASE_WRITE) {
            fill_write(replica, task, &effect->message);
        } else {
            fill_query(replica, task, &effect->message);
        }
    }
}

static void schedule(struct avo_replica *replica, struct avo_task *task, uint64_t wait_us) {
    task->send_us = replica->now_us + wait_us;
    uint64_t due_us = avo_round_due_us(task);
    replica->due_us = due_us < replica->due_us ? due_us : replica->due_us;
}

static bool may_hedge(const struct avo_task *task) {
    return task->kind == AVO_TASK_GET && task->phase == AVO_PHASE_QUERY && !task->hedged;
}

void avo_round_begin(struct avo_replica *replica, struct avo_task *task, enum avo_task_phase phase, uint16_t targets) {
    task->phase = (uint8_t)phase;
    task->round = name(replica, task);
    task->asked = targets;
    task->heard = replica->quorum.own;
    task->hedged = false;
    task->restart = false;
    uint64_t interval_us = replica->config.resend_us + (phase == AVO_PHASE_WRITE ? task->value_length / BYTES_PER_US : 0);
    task->interval_us = (uint32_t)interval_us;
    schedule(replica, task, may_hedge(task) ? replica->config.hedge_us : interval_us);
    send_to(replica, task, targets);
}

void avo_round_resend(struct avo_replica *replica, struct avo_task *task) {
    /* A slot that refused a write is asked again, too: it may have room by then. */
    uint16_t done = task->phase == AVO_PHASE_WRITE ? task->holders : task->heard;
    uint16_t late = (uint16_t)(task->asked & ~done);
    replica->silent |= (uint16_t)(late & ~task->heard);
    if (may_hedge(task)) {
        /* [DESIGN 8] After a short hedge delay, ask the rest. */
        late = (uint16_t)(avo_quorum_peers(&replica->quorum) & ~task->asked);
        task->hedged = true;
        task->asked |= late;
    } else {
        uint32_t twice_us = task->interval_us < AVO_RESEND_MAX_US / 2 ? task->interval_us * 2 : AVO_RESEND_MAX_US;
        task->interval_us = twice_us > task->interval_us ? twice_us : task->interval_us;
    }
    schedule(replica, task, task->interval_us);
    send_to(replica, task, late);
}

void avo_round_cancel(struct avo_replica *replica, struct avo_task *task) {
    task->round = 0;
    task->asked = 0;
    task->heard = replica->quorum.own;
    task->restart = true;
    task->send_us = replica->now_us;
    replica->due_us = 0;
}

struct avo_task *avo_round_find(const struct avo_replica *replica, uint64_t round, enum avo_task_phase phase, uint8_t slot) {
    uint32_t index = (uint32_t)(round & ((1U << AVO_ROUND_INDEX_BITS) - 1));
    if (round == 0 || !avo_pool_is_taken(&replica->tasks, index)) {
        return NULL;
    }
    struct avo_task *task = avo_task_at(replica, index);
    bool ours = task->round == round && task->phase == phase && (task->asked & avo_quorum_slot(slot)) != 0;
    return ours ? task : NULL;
}

uint64_t avo_round_due_us(const struct avo_task *task) {
    uint64_t due_us = task->send_us < task->deadline_us ? task->send_us : task->deadline_us;
    return task->phase == AVO_PHASE_FETCH && task->give_up_us < due_us ? task->give_up_us : due_us;
}

uint16_t avo_round_choose(struct avo_replica *replica) {
    const struct avo_quorum *quorum = &replica->quorum;
    uint16_t peers = avo_quorum_peers(quorum);
    uint8_t slots[AVO_SLOT_MAX_COUNT];
    uint32_t count = 0;
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        if ((peers & avo_quorum_slot(slot)) != 0) {
            slots[count++] = slot;
        }
    }
    uint16_t chosen = quorum->own;
    uint16_t passes[2] = {(uint16_t)~replica->silent, replica->silent};
    uint32_t first = replica->rotation++;
    for (uint32_t pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < count && !avo_quorum_reached(quorum, chosen); i++) {
            chosen |= avo_quorum_slot(slots[(first + i) % count]) & passes[pass];
        }
    }
    return chosen & peers;
}
