/* The receiving half of transfers: it asks for segments, at most a window at a time, and puts the message together. */
#include "base/assert.h"
#include "protocol/channel/transfer_state.h"
#include <string.h>

static bool has(const struct avo_transfer_incoming *transfer, uint32_t index) {
    return (transfer->received[index / 64] >> index % 64 & 1) != 0;
}

static void ask_from(struct avo_transfers *transfers, struct avo_transfer_incoming *transfer, uint32_t index) {
    transfer->pull_from = index < transfer->pull_from ? index : transfer->pull_from;
    avo_transfer_set_due(transfers, &transfer->pull_due, true);
}

static struct avo_transfer_incoming *find(struct avo_transfers *transfers, uint32_t channel, uint32_t id) {
    for (uint32_t i = 0; i < transfers->config.incoming_max_count; i++) {
        struct avo_transfer_incoming *transfer = &transfers->incoming[i];
        if (transfer->alive && transfer->id == id && transfer->channel == channel) {
            return transfer;
        }
    }
    return NULL;
}

static struct avo_transfer_finished *find_finished(struct avo_transfers *transfers, uint32_t channel, uint32_t id) {
    for (uint32_t i = 0; i < transfers->finished_count; i++) {
        struct avo_transfer_finished *finished = &transfers->finished[i];
        if (finished->alive && finished->id == id && finished->channel == channel) {
            return finished;
        }
    }
    return NULL;
}

/* Remembers that all is here, and lets the sender know. */
static void remember(struct avo_transfers *transfers, const struct avo_transfer_incoming *transfer, uint64_t now_us) {
    struct avo_transfer_finished *finished = &transfers->finished[transfers->finished_next];
    transfers->finished_next = (transfers->finished_next + 1) % transfers->finished_count;
    finished->alive = true;
    finished->channel = transfer->channel;
    finished->id = transfer->id;
    finished->finished_us = now_us;
    avo_transfer_set_due(transfers, &finished->pull_due, true);
}

static void store(struct avo_transfers *transfers, struct avo_transfer_incoming *transfer, const struct avo_segment *segment) {
    uint32_t index = segment->offset / transfer->segment_bytes;
    struct avo_buffer buffer = avo_blob_buffer(transfers->config.incoming_blobs, transfer->blob);
    avo_copy(buffer.data + segment->offset, buffer.capacity - segment->offset, segment->bytes);
    transfer->received[index / 64] |= 1ULL << index % 64;
    transfer->received_count++;
    transfer->highest = index > transfer->highest ? index : transfer->highest;
    while (transfer->first_missing < transfer->segment_count && has(transfer, transfer->first_missing)) {
        transfer->first_missing++;
    }
}

/* How long the way is: from the first asking for a segment to the first such segment. */
static void time_end(struct avo_transfer_incoming *transfer, uint32_t index, uint64_t now_us) {
    if (transfer->timed_us != 0 && index >= transfer->timed_from) {
        avo_rtt_sample(transfer->rtt, avo_transfer_elapsed_us(transfer->timed_us, now_us));
        transfer->timed_us = 0;
    }
}

static void time_begin(const struct avo_transfers *transfers, struct avo_transfer_incoming *transfer, uint32_t index) {
    uint64_t now_us = transfers->now_us;
    bool alone = transfers->ended_us == 0 || avo_transfer_elapsed_us(transfers->ended_us, now_us) >= AVO_TRANSFER_RETRY_MAX_US;
    if (transfer->rtt != NULL && transfer->timed_us == 0 && alone) {
        transfer->timed_from = index;
        transfer->timed_us = now_us;
    }
}

/* Keeps between half a window and a window asked for, so that the sender need not wait for a round trip. */
static void ask_ahead(struct avo_transfers *transfers, struct avo_transfer_incoming *transfer) {
    if (transfer->asked_until < transfer->first_missing) {
        transfer->asked_until = transfer->first_missing; /* what came unasked: the sender began again */
    }
    uint32_t asked_count = transfer->asked_until - transfer->first_missing;
    if (transfer->asked_until < transfer->segment_count && asked_count <= AVO_TRANSFER_WINDOW / 2) {
        uint32_t until = transfer->first_missing + AVO_TRANSFER_WINDOW;
        time_begin(transfers, transfer, transfer->asked_until);
        ask_from(transfers, transfer, transfer->asked_until);
        transfer->asked_until = until < transfer->segment_count ? until : transfer->segment_count;
    }
}

/* What later segments overtook is asked for again, once, when it had time to come all the same: from then on it is the timer's. */
static void repair(struct avo_transfers *transfers, struct avo_transfer_incoming *transfer) {
    const struct avo_rtt *rtt = transfer->rtt;
    uint64_t quarter_us = rtt != NULL && rtt->known ? rtt->smoothed_us / 4 : AVO_TRANSFER_RETRY_US;
    uint64_t allowed_us = quarter_us > AVO_TRANSFER_REORDER_US ? quarter_us : AVO_TRANSFER_REORDER_US;
    if (transfer->passed_until > transfer->repaired_until) {
        if (avo_transfer_elapsed_us(transfer->passed_us, transfers->now_us) < allowed_us) {
            return;
        }
        bool missing = transfer->first_missing < transfer->passed_until;
        transfer->repair_from = transfer->repair_until != 0 ? transfer->repair_from : transfer->repaired_until;
        transfer->repair_until = transfer->passed_until;
        transfer->repaired_until = transfer->passed_until;
        if (missing) {
            avo_transfer_set_due(transfers, &transfer->pull_due, true);
        }
    }
    if (transfer->first_missing < transfer->highest && transfer->repaired_until < transfer->highest) {
        transfer->passed_until = transfer->highest;
        transfer->passed_us = transfers->now_us;
    }
}

/* A new transfer; NULL when it must wait in line. */
static struct avo_transfer_incoming *begin(struct avo_transfers *transfers, uint32_t channel, uint64_t user,
                                           const struct avo_segment *segment) {
    struct avo_transfer_incoming *transfer = NULL;
    struct avo_transfer_waiting waiting = {.channel = channel,
                                           .id = segment->transfer,
                                           .total_bytes = segment->total_bytes,
                                           .segment_bytes = segment->segment_bytes,
                                           .user = user,
                                           .seen_us = transfers->now_us};
    struct avo_transfer_waiting *waits = avo_transfer_line_find(transfers, channel, segment->transfer);
    avo_transfer_ended_heard(transfers, false, channel, segment->transfer);
    if (waits != NULL) {
        waits->seen_us = transfers->now_us;
        return NULL;
    }
    if (transfers->line_count > 0) {
        avo_transfer_line_serve(transfers); /* room behind may have come back, of which nobody told */
    }
    if (avo_transfer_begin(transfers, &waiting, &transfer) != AVO_TRANSFER_BEGUN) {
        avo_transfer_line_join(transfers, &waiting);
    }
    return transfer;
}

/* All segments are here: the message leaves, its memory is lent to the caller. */
static enum avo_error finish(struct avo_transfers *transfers, struct avo_transfer_incoming *transfer, uint64_t now_us,
                             struct avo_message *message) {
    struct avo_buffer buffer = avo_blob_buffer(transfers->config.incoming_blobs, transfer->blob);
    remember(transfers, transfer, now_us);
    transfers->lent_blob = transfer->blob;
    transfer->blob = AVO_BLOB_NONE;
    size_t total_bytes = transfer->total_bytes;
    avo_transfer_incoming_forget(transfers, transfer);
    enum avo_error error = avo_message_read(avo_slice(buffer.data, total_bytes), message);
    bool nested = error == AVO_OK && message->type >= AVO_MESSAGE_SEGMENT; /* what carries messages is carried in none */
    return nested ? AVO_EFORMAT : error;
}

/* Its sender has it no more. */
static void on_gone(struct avo_transfers *transfers, uint32_t channel, uint32_t id) {
    struct avo_transfer_incoming *transfer = find(transfers, channel, id);
    if (transfer != NULL) {
        avo_transfer_incoming_forget(transfers, transfer);
    }
    avo_transfer_line_leave(transfers, channel, id);
}

enum avo_error avo_transfers_on_segment(struct avo_transfers *transfers, uint32_t channel, uint64_t user,
                                        const struct avo_segment *segment, uint64_t now_us, bool *complete,
                                        struct avo_message *message) {
    *complete = false;
    avo_transfer_reclaim(transfers);
    transfers->now_us = now_us;
    if (segment->total_bytes == 0 && segment->bytes.length == 0) {
        on_gone(transfers, channel, segment->transfer);
        return AVO_OK;
    }
    if (!avo_segment_is_placed(segment)) {
        return AVO_EFORMAT;
    }
    if (transfers->line_due) {
        avo_transfer_line_serve(transfers); /* those in line come before one that comes now */
    }
    struct avo_transfer_incoming *transfer = find(transfers, channel, segment->transfer);
    struct avo_transfer_finished *finished = transfer != NULL ? NULL : find_finished(transfers, channel, segment->transfer);
    if (finished != NULL) {
        avo_transfer_set_due(transfers, &finished->pull_due, true);
        return AVO_OK;
    }
    transfer = transfer != NULL ? transfer : begin(transfers, channel, user, segment);
    if (transfer == NULL) {
        return AVO_EBUSY;
    }
    if (transfer->total_bytes != segment->total_bytes || transfer->segment_bytes != segment->segment_bytes) {
        return AVO_EFORMAT;
    }
    if (has(transfer, segment->offset / transfer->segment_bytes)) {
        return AVO_OK;
    }
    transfer->progress_us = now_us;
    time_end(transfer, segment->offset / transfer->segment_bytes, now_us);
    store(transfers, transfer, segment);
    if (transfer->received_count < transfer->segment_count) {
        ask_ahead(transfers, transfer);
        repair(transfers, transfer);
        return AVO_OK;
    }
    enum avo_error error = finish(transfers, transfer, now_us, message);
    *complete = error == AVO_OK;
    return error;
}

/* The bits of those not here from `from` to before `until`, as far as a pull has bits: a sender that was not asked may be further.
 */
static uint64_t missing_bits(const struct avo_transfer_incoming *transfer, uint32_t from, uint32_t until) {
    uint32_t base = transfer->first_missing;
    uint64_t missing = 0;
    for (uint32_t index = from > base ? from : base; index < until && index - base < AVO_TRANSFER_WINDOW; index++) {
        missing |= has(transfer, index) ? 0 : 1ULL << (index - base);
    }
    return missing;
}

/* What the pull due asks for. */
static struct avo_pull take_pull(struct avo_transfers *transfers, struct avo_transfer_incoming *transfer) {
    uint32_t base = transfer->first_missing;
    uint64_t missing = missing_bits(transfer, transfer->pull_from, transfer->asked_until) |
                       missing_bits(transfer, transfer->repair_from, transfer->repair_until);
    transfer->pull_from = UINT32_MAX;
    transfer->repair_until = 0;
    transfer->asked_us = transfers->now_us;
    avo_transfer_set_due(transfers, &transfer->pull_due, false);
    return (struct avo_pull){transfer->id, base * transfer->segment_bytes, missing};
}

static bool incoming_pull(struct avo_transfers *transfers, uint32_t *channel, struct avo_pull *pull) {
    for (uint32_t i = 0; transfers->due_count > 0 && i < transfers->config.incoming_max_count; i++) {
        struct avo_transfer_incoming *transfer = &transfers->incoming[i];
        if (transfer->alive && transfer->pull_due) {
            *channel = transfer->channel;
            *pull = take_pull(transfers, transfer);
            if (pull->missing != 0) {
                return true; /* none missing: they came while the pull was waiting, and 0 would mean that all is here */
            }
        }
    }
    return false;
}

static bool finished_pull(struct avo_transfers *transfers, uint32_t *channel, struct avo_pull *pull) {
    for (uint32_t i = 0; transfers->due_count > 0 && i < transfers->finished_count; i++) {
        struct avo_transfer_finished *finished = &transfers->finished[i];
        if (finished->alive && finished->pull_due) {
            avo_transfer_set_due(transfers, &finished->pull_due, false);
            *channel = finished->channel;
            *pull = (struct avo_pull){finished->id, 0, 0};
            return true;
        }
    }
    return false;
}

bool avo_transfer_incoming_next(struct avo_transfers *transfers, uint32_t *channel, struct avo_message *message) {
    struct avo_pull pull;
    if (!incoming_pull(transfers, channel, &pull) && !finished_pull(transfers, channel, &pull) &&
        !avo_transfer_line_pull(transfers, channel, &pull)) {
        return false;
    }
    message->type = AVO_MESSAGE_PULL;
    message->pull = pull;
    return true;
}

static void incoming_tick(struct avo_transfers *transfers, struct avo_transfer_incoming *transfer) {
    uint64_t now_us = transfers->now_us;
    uint64_t quiet_us = avo_transfer_elapsed_us(transfer->progress_us, now_us);
    uint64_t retry_us = avo_transfer_retry_us(transfer->rtt);
    if (quiet_us >= AVO_TRANSFER_IDLE_US) {
        avo_transfer_incoming_forget(transfers, transfer);
    } else if (quiet_us >= retry_us && avo_transfer_elapsed_us(transfer->asked_us, now_us) >= retry_us) {
        avo_transfer_rtt_expired(transfer->rtt, now_us);
        transfer->timed_us = 0;
        transfer->asked_us = now_us;
        transfer->repaired_until = transfer->asked_until;
        ask_from(transfers, transfer, transfer->first_missing);
    } else {
        repair(transfers, transfer);
    }
}

static void forget_finished(struct avo_transfers *transfers, struct avo_transfer_finished *finished) {
    avo_transfer_set_due(transfers, &finished->pull_due, false);
    finished->alive = false;
}

void avo_transfer_incoming_tick(struct avo_transfers *transfers) {
    for (uint32_t i = 0; i < transfers->config.incoming_max_count; i++) {
        if (transfers->incoming[i].alive) {
            incoming_tick(transfers, &transfers->incoming[i]);
        }
    }
    for (uint32_t i = 0; i < transfers->finished_count; i++) {
        struct avo_transfer_finished *finished = &transfers->finished[i];
        if (finished->alive && avo_transfer_elapsed_us(finished->finished_us, transfers->now_us) >= AVO_TRANSFER_IDLE_US) {
            forget_finished(transfers, finished);
        }
    }
}

void avo_transfer_incoming_close(struct avo_transfers *transfers, uint32_t channel) {
    for (uint32_t i = 0; i < transfers->config.incoming_max_count; i++) {
        if (transfers->incoming[i].alive && transfers->incoming[i].channel == channel) {
            avo_transfer_incoming_forget(transfers, &transfers->incoming[i]);
        }
    }
    for (uint32_t i = 0; i < transfers->finished_count; i++) {
        if (transfers->finished[i].alive && transfers->finished[i].channel == channel) {
            forget_finished(transfers, &transfers->finished[i]);
        }
    }
}
