#include "trusted/worker/worker.h"
#include "base/assert.h"
#include "trusted/worker/worker_state.h"

#define TICK_US 1000
#define PACKETS_PER_POLL 256
#define HELLOS_PER_POLL 8
#define REFUSALS_PER_POLL 32
#define IDLE_AFTER_US 50000
#define PACK_PER_MS 64 /* values moved together, when memory is short: a twentieth of the time at most */
#define PACK_MS_MAX 20
#define RECENT_US 300000000 /* half of what counts as recent at most */
#define CLOCK_STEP_MAX_US 10000000

/* Takes in what waits, as long as there is room for what it may give rise to: loss inside the door would be our own doing. */
static uint32_t receive_all(struct avo_worker *worker) {
    uint32_t received = 0;
    uint32_t room_needed = worker->outbox.batches.count + AVO_EFFECTS_MAX;
    AVO_ASSERT(room_needed < AVO_LAUNCH_RING_SLOTS_MIN);
    while (received < PACKETS_PER_POLL && avo_ring_room(&worker->door.outbound) > room_needed &&
           avo_ring_waits(&worker->door.inbound)) {
        struct avo_address from;
        uint32_t packet_bytes = avo_ring_pop(&worker->door.inbound, &from, worker->packet);
        if (packet_bytes > 0) {
            avo_worker_receive(worker, &from, packet_bytes);
        }
        received++;
    }
    return received;
}

/* Keys that were replaced die even where nothing arrives any more. */
static void channels_age(struct avo_worker *worker) {
    if (worker->now_us - worker->aged_us < AVO_CHANNEL_AGE_US) {
        return;
    }
    worker->aged_us = worker->now_us;
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        avo_channel_age(&worker->peers[slot].channel);
    }
    for (uint32_t i = 0; i < worker->sessions.capacity; i++) {
        avo_channel_age(&worker->sessions.sessions[i].channel);
    }
}

/* A share of the time that passed goes to bringing free host memory together, while somebody wants it. */
static void pack(struct avo_worker *worker, uint64_t passed_ms) {
    uint32_t counted_ms = passed_ms < PACK_MS_MAX ? (uint32_t)passed_ms : PACK_MS_MAX;
    worker->pack_left = avo_store_pack(worker->store, counted_ms * PACK_PER_MS);
}

/* What was counted so far, now and then, so that it can be told what came since. */
static void marks_set(struct avo_worker *worker) {
    if (worker->now_us - worker->marked_us >= RECENT_US) {
        struct avo_figures now;
        avo_worker_stats(worker, &now);
        worker->tampered_marks[0] = worker->tampered_marks[1];
        worker->tampered_marks[1] = now.tampered;
        worker->marked_us = worker->now_us;
    }
}

static void tick(struct avo_worker *worker) {
    if (worker->now_us - worker->ticked_us < TICK_US) {
        return;
    }
    uint64_t passed_ms = (worker->now_us - worker->ticked_us) / 1000;
    worker->ticked_us = worker->now_us;
    channels_age(worker);
    marks_set(worker);
    avo_worker_judge(worker);
    pack(worker, passed_ms);
    avo_transfers_tick(worker->transfers, worker->now_us);
    struct avo_event event = {.type = AVO_EVENT_TICK, .now_us = worker->now_us};
    do {
        avo_worker_step(worker, &event);
    } while (worker->effects.more && avo_ring_room(&worker->door.outbound) > AVO_EFFECTS_MAX);
}

/* Time is what the host's clock went forward, a step a poll at most [B3]: a clock that was set to anything and back again neither
 * stops it for good nor makes deadlines wrap. */
static void clock_follow(struct avo_worker *worker, uint64_t host_us) {
    uint64_t passed_us = host_us > worker->host_us ? host_us - worker->host_us : 0;
    worker->now_us += passed_us < CLOCK_STEP_MAX_US ? passed_us : CLOCK_STEP_MAX_US;
    worker->host_us = host_us;
}

/* Tells the steward `epoch`, unless it knows; a full box has it told in another turn. */
static void tell(struct avo_worker *worker, enum avo_letter_kind kind, uint32_t epoch, uint32_t *told) {
    struct avo_letter letter = {.kind = kind, .epoch = epoch};
    if (epoch != 0 && *told != epoch && avo_mailbox_post(worker->config.to_steward, &letter)) {
        *told = epoch;
    }
}

/* What the steward has for it, and what the steward is to know of it. */
static void letters_pass(struct avo_worker *worker) {
    if (worker->config.from_steward == NULL) {
        return;
    }
    const struct avo_letter *letter;
    while ((letter = avo_mailbox_next(worker->config.from_steward)) != NULL) {
        avo_worker_on_letter(worker, letter);
        avo_mailbox_release(worker->config.from_steward);
    }
    tell(worker, AVO_LETTER_ADOPTED, worker->view.epoch, &worker->told_epoch);
    tell(worker, AVO_LETTER_SYNCED, avo_replica_synced_epoch(worker->replica), &worker->told_synced_epoch);
}

uint32_t avo_worker_poll(struct avo_worker *worker, uint64_t host_us) {
    clock_follow(worker, host_us);
    letters_pass(worker);
    worker->hellos_left = HELLOS_PER_POLL;
    worker->refusals_left = REFUSALS_PER_POLL;
    uint64_t sent_before = worker->outbox.packets_sent;
    uint32_t received = receive_all(worker);
    tick(worker);
    avo_worker_emit_transfers(worker);
    avo_outbox_flush(&worker->outbox);
    uint32_t done = received + (uint32_t)(worker->outbox.packets_sent - sent_before);
    if (done > 0) {
        worker->worked_us = worker->now_us;
    } else {
        avo_ring_consumed_retell(&worker->door.inbound);
        avo_ring_produced_retell(&worker->door.outbound);
    }
    return done;
}

bool avo_worker_idle(const struct avo_worker *worker) {
    return avo_replica_busy_count(worker->replica) == 0 && !avo_replica_is_syncing(worker->replica) && worker->pack_left == 0 &&
           worker->now_us - worker->worked_us > IDLE_AFTER_US;
}
