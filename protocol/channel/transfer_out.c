/* The sending half of transfers: it sends the first few segments unasked, then only what the receiver pulls. */
#include "base/assert.h"
#include "protocol/channel/transfer_state.h"

static void set_pending(struct avo_transfers *transfers, struct avo_transfer_outgoing *transfer, uint64_t pending) {
    transfers->pending_count -= transfer->pending != 0;
    transfers->pending_count += pending != 0;
    transfer->pending = pending;
}

static void forget(struct avo_transfers *transfers, struct avo_transfer_outgoing *transfer) {
    set_pending(transfers, transfer, 0);
    avo_blob_give(transfers->config.outgoing_blobs, transfer->blob);
    transfer->alive = false;
}

/* The bits of those of the 64 segments from `base` that the message has. */
static uint64_t existing(const struct avo_transfer_outgoing *transfer, uint32_t base) {
    uint32_t count = avo_transfer_segment_count(transfer->total_bytes, transfer->segment_bytes) - base;
    return count >= 64 ? UINT64_MAX : (1ULL << count) - 1;
}

static void send_first(struct avo_transfers *transfers, struct avo_transfer_outgoing *transfer) {
    transfer->base = 0;
    transfer->sent_us = transfers->now_us;
    set_pending(transfers, transfer, existing(transfer, 0) & ((1ULL << AVO_TRANSFER_EAGER) - 1));
}

static struct avo_transfer_outgoing *find_message(struct avo_transfers *transfers, uint32_t channel, uint64_t key,
                                                  enum avo_message_type type) {
    for (uint32_t i = 0; i < transfers->config.outgoing_max_count; i++) {
        struct avo_transfer_outgoing *transfer = &transfers->outgoing[i];
        if (transfer->alive && transfer->key == key && transfer->channel == channel && transfer->type == type) {
            return transfer;
        }
    }
    return NULL;
}

static struct avo_transfer_outgoing *find_id(struct avo_transfers *transfers, uint32_t channel, uint32_t id) {
    for (uint32_t i = 0; i < transfers->config.outgoing_max_count; i++) {
        struct avo_transfer_outgoing *transfer = &transfers->outgoing[i];
        if (transfer->alive && transfer->id == id && transfer->channel == channel) {
            return transfer;
        }
    }
    return NULL;
}

uint32_t avo_transfers_sending_count(const struct avo_transfers *transfers, uint32_t channel) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < transfers->config.outgoing_max_count; i++) {
        count += transfers->outgoing[i].alive && transfers->outgoing[i].channel == channel;
    }
    return count;
}

/* For how long it has gone nowhere, as one for `channel` sees it. Of those in one receiver's line none gains by another's end, and
 * of two receivers' lines the longer gives way: else what is about to be asked for would, and nothing ever arrived. */
static uint64_t silent_us(const struct avo_transfers *transfers, const struct avo_transfer_outgoing *transfer, uint32_t channel) {
    bool yields = false;
    if (transfer->waits && transfer->channel != channel) {
        uint32_t own_count = avo_transfers_sending_count(transfers, channel);
        yields = avo_transfers_sending_count(transfers, transfer->channel) > own_count + (own_count > 0);
    }
    return avo_transfer_elapsed_us(yields ? transfer->waits_us : transfer->progress_us, transfers->now_us);
}

/* The one whose receiver has been silent for longest, and for long enough; NULL when there is none. */
static struct avo_transfer_outgoing *find_stuck(struct avo_transfers *transfers, uint32_t channel) {
    struct avo_transfer_outgoing *stuck = NULL;
    uint64_t longest_us = 0;
    for (uint32_t i = 0; i < transfers->config.outgoing_max_count; i++) {
        struct avo_transfer_outgoing *transfer = &transfers->outgoing[i];
        uint64_t quiet_us = transfer->alive ? silent_us(transfers, transfer, channel) : 0;
        if (transfer->alive && quiet_us >= avo_transfer_stuck_us(transfer->rtt) && quiet_us >= longest_us) {
            stuck = transfer;
            longest_us = quiet_us;
        }
    }
    return stuck;
}

/* Receivers that are down must not hold the memory that live ones need: theirs is started again by the level above. */
static bool forget_stuck(struct avo_transfers *transfers, uint32_t channel) {
    struct avo_transfer_outgoing *stuck = find_stuck(transfers, channel);
    if (stuck != NULL) {
        avo_transfer_ended_note(transfers, true, stuck->channel, stuck->id, stuck->progress_us);
        forget(transfers, stuck);
    }
    return stuck != NULL;
}

static struct avo_transfer_outgoing *find_free(struct avo_transfers *transfers) {
    for (uint32_t i = 0; i < transfers->config.outgoing_max_count; i++) {
        if (!transfers->outgoing[i].alive) {
            return &transfers->outgoing[i];
        }
    }
    return NULL;
}

/* Nobody answered: perhaps all was lost. A receiver that knows of it needs but a sign, and has timers of its own. */
static void send_again(struct avo_transfers *transfers, struct avo_transfer_outgoing *transfer) {
    if (avo_transfer_elapsed_us(transfer->sent_us, transfers->now_us) < avo_transfer_retry_us(transfer->rtt)) {
        return; /* its answer may be on its way */
    }
    avo_transfer_rtt_expired(transfer->rtt, transfers->now_us);
    transfer->timed = false;
    if (transfer->heard) {
        transfer->sent_us = transfers->now_us;
        set_pending(transfers, transfer, 1);
    } else {
        send_first(transfers, transfer);
    }
}

static enum avo_error start(struct avo_transfers *transfers, struct avo_transfer_outgoing *transfer,
                            const struct avo_message *message, size_t segment_bytes) {
    size_t bytes = avo_message_bytes(message);
    AVO_ASSERT(bytes <= AVO_MESSAGE_MAX_BYTES && segment_bytes >= AVO_SEGMENT_MIN_BYTES);
    uint32_t blob = avo_blob_take(transfers->config.outgoing_blobs, bytes);
    if (blob == AVO_BLOB_NONE) {
        return AVO_EBUSY;
    }
    struct avo_buffer buffer = avo_blob_buffer(transfers->config.outgoing_blobs, blob);
    struct avo_writer writer = avo_writer(buffer.data, buffer.capacity);
    avo_message_write(&writer, message);
    AVO_ASSERT(!writer.failed && writer.length == bytes);
    transfer->alive = true;
    transfer->waits = false;
    transfer->heard = false;
    transfer->timed = true;
    transfer->type = message->type;
    transfer->id = transfers->next_id++;
    transfer->blob = blob;
    transfer->total_bytes = (uint32_t)bytes;
    transfer->segment_bytes = (uint32_t)segment_bytes;
    send_first(transfers, transfer);
    return AVO_OK;
}

enum avo_error avo_transfers_send(struct avo_transfers *transfers, uint32_t channel, uint64_t key,
                                  const struct avo_message *message, size_t segment_bytes, uint64_t now_us) {
    struct avo_transfer_outgoing *transfer = find_message(transfers, channel, key, message->type);
    transfers->now_us = now_us;
    if (transfer == NULL) {
        enum avo_error error = AVO_EBUSY;
        do {
            transfer = find_free(transfers);
            error = transfer == NULL ? AVO_EBUSY : start(transfers, transfer, message, segment_bytes);
        } while (error != AVO_OK && forget_stuck(transfers, channel));
        if (error != AVO_OK) {
            avo_transfer_reclaim(transfers);
            return error;
        }
        transfer->channel = channel;
        transfer->key = key;
        transfer->progress_us = now_us;
        transfer->rtt = avo_transfer_rtt(transfers, channel);
    } else if (!transfer->pulled && transfer->pending == 0) {
        send_again(transfers, transfer);
    }
    transfer->pulled = false;
    /* Only now: `message` may have borrowed from the message that was lent. */
    avo_transfer_reclaim(transfers);
    return AVO_OK;
}

void avo_transfers_cancel(struct avo_transfers *transfers, uint32_t channel, uint64_t key, enum avo_message_type type) {
    struct avo_transfer_outgoing *transfer = find_message(transfers, channel, key, type);
    if (transfer != NULL) {
        forget(transfers, transfer);
    }
}

/* Joins what the receiver asks for with what is still to be sent; what lies before its offset it has. */
static void merge(struct avo_transfers *transfers, struct avo_transfer_outgoing *transfer, uint32_t base, uint64_t missing) {
    uint32_t ahead = base > transfer->base ? base - transfer->base : 0;
    uint32_t behind = base < transfer->base ? transfer->base - base : 0;
    uint64_t pending = ahead < 64 && behind < 64 ? transfer->pending >> ahead << behind : 0;
    transfer->base = base;
    set_pending(transfers, transfer, (pending | missing) & existing(transfer, base));
}

/* It is in the receiver's line: nothing more is sent until it is asked for, but a sign of life now and then. */
static void wait_in_line(struct avo_transfers *transfers, struct avo_transfer_outgoing *transfer) {
    bool sign = transfer->waits && avo_transfer_elapsed_us(transfer->sign_us, transfers->now_us) >= AVO_TRANSFER_SIGN_US;
    transfer->waits_us = transfer->waits ? transfer->waits_us : transfers->now_us;
    transfer->sign_us = transfer->waits && !sign ? transfer->sign_us : transfers->now_us;
    transfer->waits = true;
    transfer->base = 0;
    set_pending(transfers, transfer, sign ? 1 : 0);
}

static void gone_note(struct avo_transfers *transfers, uint32_t channel, uint32_t id) {
    if (transfers->gone_count < AVO_TRANSFER_GONE_COUNT) {
        transfers->gone[transfers->gone_count++] = (struct avo_transfer_gone){channel, id};
    }
}

/* The receiver said something of it, for the first time since it began. */
static void heard(struct avo_transfer_outgoing *transfer, uint64_t now_us) {
    if (transfer->timed && transfer->rtt != NULL) {
        avo_rtt_sample(transfer->rtt, avo_transfer_elapsed_us(transfer->sent_us, now_us));
    }
    transfer->timed = false;
    transfer->heard = true;
}

uint64_t avo_transfers_on_pull(struct avo_transfers *transfers, uint32_t channel, const struct avo_pull *pull, uint64_t now_us) {
    avo_transfer_reclaim(transfers);
    transfers->now_us = now_us;
    struct avo_transfer_outgoing *transfer = find_id(transfers, channel, pull->transfer);
    if (transfer == NULL) {
        avo_transfer_ended_heard(transfers, true, channel, pull->transfer);
        if (pull->missing != 0) {
            gone_note(transfers, channel, pull->transfer);
        }
        return AVO_TRANSFER_NONE;
    }
    heard(transfer, now_us);
    bool waits = pull->missing == 0 && pull->offset == AVO_PULL_WAIT;
    if (pull->missing == 0 && !waits) {
        uint64_t key = transfer->key;
        forget(transfers, transfer);
        return key;
    }
    if (!waits && (pull->offset >= transfer->total_bytes || pull->offset % transfer->segment_bytes != 0)) {
        return AVO_TRANSFER_NONE;
    }
    transfer->pulled = true;
    transfer->progress_us = now_us;
    if (waits) {
        wait_in_line(transfers, transfer);
        return AVO_TRANSFER_NONE;
    }
    transfer->waits = false;
    merge(transfers, transfer, pull->offset / transfer->segment_bytes, pull->missing);
    return AVO_TRANSFER_NONE;
}

void avo_transfers_recut(struct avo_transfers *transfers, uint32_t channel, size_t segment_bytes, uint64_t now_us) {
    for (uint32_t i = 0; i < transfers->config.outgoing_max_count; i++) {
        struct avo_transfer_outgoing *transfer = &transfers->outgoing[i];
        if (!transfer->alive || transfer->channel != channel || transfer->segment_bytes <= segment_bytes) {
            continue;
        }
        gone_note(transfers, channel, transfer->id);
        transfer->id = transfers->next_id++;
        transfer->segment_bytes = (uint32_t)segment_bytes;
        transfer->waits = false;
        transfer->pulled = false;
        transfer->heard = false;
        transfer->timed = false;
        transfer->progress_us = now_us;
        transfers->now_us = now_us;
        send_first(transfers, transfer);
    }
}

static struct avo_segment take_segment(struct avo_transfers *transfers, struct avo_transfer_outgoing *transfer) {
    uint32_t bit = (uint32_t)__builtin_ctzll(transfer->pending);
    size_t offset = (size_t)(transfer->base + bit) * transfer->segment_bytes;
    size_t left = transfer->total_bytes - offset;
    size_t length = left < transfer->segment_bytes ? left : transfer->segment_bytes;
    struct avo_buffer buffer = avo_blob_buffer(transfers->config.outgoing_blobs, transfer->blob);
    set_pending(transfers, transfer, transfer->pending & (transfer->pending - 1));
    transfer->sent_us = offset == 0 ? transfers->now_us : transfer->sent_us;
    return (struct avo_segment){transfer->id, transfer->total_bytes, (uint32_t)offset, avo_slice(buffer.data + offset, length),
                                transfer->segment_bytes};
}

static bool gone_next(struct avo_transfers *transfers, uint32_t *channel, struct avo_message *message) {
    if (transfers->gone_count == 0) {
        return false;
    }
    const struct avo_transfer_gone *gone = &transfers->gone[--transfers->gone_count];
    *channel = gone->channel;
    message->type = AVO_MESSAGE_SEGMENT;
    message->segment = (struct avo_segment){.transfer = gone->id};
    return true;
}

/* One segment of each in turn, so that a large message does not hold up the others. */
bool avo_transfer_outgoing_next(struct avo_transfers *transfers, uint32_t *channel, struct avo_message *message) {
    if (gone_next(transfers, channel, message)) {
        return true;
    }
    for (uint32_t i = 0; transfers->pending_count > 0 && i < transfers->config.outgoing_max_count; i++) {
        transfers->outgoing_turn = (transfers->outgoing_turn + 1) % transfers->config.outgoing_max_count;
        struct avo_transfer_outgoing *transfer = &transfers->outgoing[transfers->outgoing_turn];
        if (transfer->alive && transfer->pending != 0) {
            *channel = transfer->channel;
            message->type = AVO_MESSAGE_SEGMENT;
            message->segment = take_segment(transfers, transfer);
            return true;
        }
    }
    return false;
}

void avo_transfer_outgoing_tick(struct avo_transfers *transfers) {
    for (uint32_t i = 0; i < transfers->config.outgoing_max_count; i++) {
        struct avo_transfer_outgoing *transfer = &transfers->outgoing[i];
        if (transfer->alive && avo_transfer_elapsed_us(transfer->progress_us, transfers->now_us) >= AVO_TRANSFER_IDLE_US) {
            forget(transfers, transfer);
        }
    }
}

void avo_transfer_outgoing_close(struct avo_transfers *transfers, uint32_t channel) {
    for (uint32_t i = 0; i < transfers->gone_count;) {
        if (transfers->gone[i].channel == channel) {
            transfers->gone[i] = transfers->gone[--transfers->gone_count];
        } else {
            i++;
        }
    }
    for (uint32_t i = 0; i < transfers->config.outgoing_max_count; i++) {
        struct avo_transfer_outgoing *transfer = &transfers->outgoing[i];
        if (transfer->alive && transfer->channel == channel) {
            forget(transfers, transfer);
        }
    }
}
