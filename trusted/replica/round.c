#include "trusted/replica/round.h"

/* A value on its way takes time by its size; sending it again meanwhile would only add load. */
#define BYTES_PER_US 16
#define LARGE_BYTES 8192

static uint64_t name(struct avo_replica *replica, const struct avo_task *task) {
    replica->round_sequence++;
    return replica->round_sequence << AVO_ROUND_INDEX_BITS | avo_task_index(replica, task);
}

void avo_round_query(const struct avo_replica *replica, const struct avo_task *task, enum avo_want want, struct avo_version known,
                     struct avo_message *message) {
    message->type = AVO_MESSAGE_QUERY;
    message->query.round = task->round;
    message->query.want = want;
    message->query.known = known;
    message->query.key = avo_task_key(replica, task);
}

void avo_round_write(const struct avo_replica *replica, const struct avo_task *task, struct avo_message *message) {
    bool tombstone = task->source == AVO_SOURCE_NOTHING;
    message->type = AVO_MESSAGE_WRITE;
    message->write.round = task->round;
    message->write.version = task->version;
    message->write.tombstone = tombstone;
    message->write.key = avo_task_key(replica, task);
    message->write.value = tombstone ? AVO_SLICE_EMPTY : avo_task_value(replica, task);
}

static void send_to(struct avo_replica *replica, const struct avo_task *task, uint16_t targets) {
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        if ((targets & avo_quorum_slot(slot)) != 0) {
            task->phase->ask(replica, task, avo_replica_send(replica, slot));
        }
    }
}

/* Of a large write only the answer may be lost: whether it arrived is asked first, since asking costs less than it does. */
static void inquire(struct avo_replica *replica, const struct avo_task *task, uint16_t targets) {
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        if ((targets & avo_quorum_slot(slot)) != 0) {
            avo_round_query(replica, task, AVO_WANT_VERSION, task->version, avo_replica_send(replica, slot));
        }
    }
}

static void schedule(struct avo_replica *replica, struct avo_task *task, uint64_t wait_us) {
    task->send_us = replica->now_us + wait_us;
    uint64_t due_us = avo_round_due_us(task);
    replica->due_us = due_us < replica->due_us ? due_us : replica->due_us;
}

/* How long those who have not answered may take: as long as they took before, but for who lets us wait. */
static uint64_t answer_us(const struct avo_replica *replica, const struct avo_task *task, uint64_t least_us) {
    uint16_t awaited = (uint16_t)(task->asked & ~task->heard & ~replica->silent);
    uint64_t longest_us = least_us;
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        if ((awaited & avo_quorum_slot(slot)) != 0) {
            longest_us = avo_rtt_timeout_us(&replica->rounds[slot], longest_us, AVO_TIMEOUT_MAX_US);
        }
    }
    return longest_us;
}

static void expired(struct avo_replica *replica, const struct avo_task *task, uint16_t late) {
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        if ((late & avo_quorum_slot(slot)) != 0) {
            avo_rtt_expired(&replica->rounds[slot], task->interval_us, replica->now_us);
        }
    }
}

static bool may_hedge(const struct avo_task *task) {
    return task->phase->hedged && !task->hedged;
}

static bool is_write(const struct avo_task *task) {
    return task->phase->on_ack != NULL;
}

void avo_round_begin(struct avo_replica *replica, struct avo_task *task, uint16_t targets) {
    task->round = name(replica, task);
    task->begun_us = replica->now_us;
    task->asked = targets;
    task->again = 0;
    task->heard = replica->quorum.own;
    task->hedged = false;
    task->restart = false;
    uint64_t interval_us =
        answer_us(replica, task, replica->config.resend_us) + (is_write(task) ? task->value_length / BYTES_PER_US : 0);
    task->interval_us = (uint32_t)interval_us;
    schedule(replica, task, may_hedge(task) ? answer_us(replica, task, replica->config.hedge_us) : interval_us);
    send_to(replica, task, targets);
}

void avo_round_resend(struct avo_replica *replica, struct avo_task *task) {
    /* A slot that refused a write is asked again, too: it may have room by then. */
    uint16_t done = is_write(task) ? task->holders : task->heard;
    uint16_t late = (uint16_t)(task->asked & ~done);
    replica->silent |= (uint16_t)(late & ~task->heard);
    if (may_hedge(task)) {
        /* [DESIGN 8] After a short hedge delay, ask the rest. */
        late = (uint16_t)(avo_quorum_peers(&replica->quorum) & ~task->asked);
        task->hedged = true;
        task->asked |= late;
    } else {
        expired(replica, task, (uint16_t)(late & ~task->heard));
        uint32_t twice_us = task->interval_us < AVO_RESEND_MAX_US / 2 ? task->interval_us * 2 : AVO_RESEND_MAX_US;
        task->interval_us = twice_us > task->interval_us ? twice_us : task->interval_us;
    }
    task->again |= late;
    schedule(replica, task, task->interval_us);
    if (is_write(task) && task->value_length >= LARGE_BYTES) {
        inquire(replica, task, late);
    } else {
        send_to(replica, task, late);
    }
}

void avo_round_on_outcome(struct avo_replica *replica, struct avo_task *task, uint8_t slot, const struct avo_answer *answer) {
    bool newer = !answer->same && avo_version_compare(answer->version, task->version) > 0;
    if ((!answer->same && !newer) || answer->state == AVO_ENTRY_DAMAGED) {
        send_to(replica, task, avo_quorum_slot(slot));
        return;
    }
    task->heard |= avo_quorum_slot(slot);
    task->holders |= avo_quorum_slot(slot);
    task->phase->on_ack(replica, task);
}

void avo_round_cancel(struct avo_replica *replica, struct avo_task *task) {
    task->round = 0;
    task->heard = replica->quorum.own;
    task->restart = true;
    task->send_us = replica->now_us;
    replica->due_us = 0;
}

void avo_round_time(struct avo_replica *replica, const struct avo_task *task, uint8_t slot, size_t value_bytes) {
    uint16_t told = task->heard | task->again; /* once, or nobody knows which sending was answered */
    bool small = value_bytes + (is_write(task) ? task->value_length : 0) < AVO_PATH_FLOOR_BYTES;
    if (small && (told & avo_quorum_slot(slot)) == 0) {
        avo_rtt_sample(&replica->rounds[slot], replica->now_us - task->begun_us);
    }
}

struct avo_task *avo_round_find(const struct avo_replica *replica, uint64_t round, uint8_t slot) {
    uint32_t index = (uint32_t)(round & ((1U << AVO_ROUND_INDEX_BITS) - 1));
    if (round == 0 || !avo_pool_is_taken(&replica->tasks, index)) {
        return NULL;
    }
    struct avo_task *task = avo_task_at(replica, index);
    bool ours = task->round == round && (task->asked & avo_quorum_slot(slot)) != 0;
    return ours ? task : NULL;
}

uint64_t avo_round_expiry_us(const struct avo_task *task) {
    return task->give_up_us < task->deadline_us ? task->give_up_us : task->deadline_us;
}

uint64_t avo_round_due_us(const struct avo_task *task) {
    uint64_t expiry_us = avo_round_expiry_us(task);
    return task->send_us < expiry_us ? task->send_us : expiry_us;
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
