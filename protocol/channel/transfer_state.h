/* What the two halves of a transfer share; inside protocol/channel/transfer*.c only. */
#ifndef AVO_CHANNEL_TRANSFER_STATE_H
#define AVO_CHANNEL_TRANSFER_STATE_H

#include "protocol/channel/transfer.h"
#include "protocol/limits.h"

/* How many completed transfers are remembered for each that may be under way. */
#define AVO_TRANSFER_FINISHED_RATIO 4

struct avo_transfer_outgoing {
    bool alive;
    bool pulled; /* the receiver asked for something since the level above last sent it */
    uint32_t channel;
    uint32_t id;
    uint64_t key;
    enum avo_message_type type;
    uint32_t blob;
    uint32_t total_bytes;
    uint32_t base;    /* a segment's index: all before it have arrived, as far as the receiver said */
    uint64_t pending; /* bit i: segment base + i is to be sent */
    uint64_t progress_us;
};

struct avo_transfer_incoming {
    bool alive;
    bool pull_due;
    uint32_t channel;
    uint32_t id;
    uint64_t user;
    uint32_t blob;
    uint32_t total_bytes;
    uint32_t segment_count;
    uint32_t received_count;
    uint32_t first_missing; /* every segment before it is here */
    uint32_t asked_until;   /* every segment before it was asked for, or came unasked; at most a window ahead of first_missing */
    uint32_t pull_from;     /* the first segment that the pull due asks for */
    uint64_t began_us;
    uint64_t progress_us; /* when the last new segment came */
    uint64_t pulled_us;   /* when it last asked */
    uint64_t *received;   /* a bit a segment */
};

/* A transfer that is complete: its late segments are answered, its memory is already another's. */
struct avo_transfer_finished {
    bool alive;
    bool pull_due;
    uint32_t channel;
    uint32_t id;
    uint64_t finished_us;
};

/* Whose turn it is to take a blob of a class. */
struct avo_transfer_turn {
    uint64_t user; /* who took the last one */
    bool waiting;  /* another was refused since, ... */
    uint64_t waiting_us;
};

struct avo_transfers {
    struct avo_transfers_config config;
    struct avo_transfer_outgoing *outgoing;
    struct avo_transfer_incoming *incoming;
    struct avo_transfer_finished *finished; /* a ring: the newest overwrites the oldest */
    struct avo_transfer_turn turns[AVO_BLOB_CLASS_COUNT];
    uint32_t finished_count;
    uint32_t finished_next;
    uint32_t outgoing_turn; /* whose segment goes next */
    uint32_t next_id;
    uint32_t pending_count; /* outgoing ones with something to send */
    uint32_t due_count;     /* incoming and finished ones with a pull to send */
    uint32_t lent_blob;     /* the last complete message: the caller's until the next call */
};

static inline uint32_t avo_transfer_segment_count(const struct avo_transfers *transfers, uint32_t total_bytes) {
    return (uint32_t)((total_bytes + transfers->config.segment_bytes - 1) / transfers->config.segment_bytes);
}

/* Time that passed; none when the clock went back. */
static inline uint64_t avo_transfer_elapsed_us(uint64_t since_us, uint64_t now_us) {
    return now_us > since_us ? now_us - since_us : 0;
}

/* Takes back what the last complete message was lent. */
void avo_transfer_reclaim(struct avo_transfers *transfers);

/* The two directions' parts of the functions in transfer.h. */
bool avo_transfer_outgoing_next(struct avo_transfers *transfers, uint32_t *channel, struct avo_message *message);
bool avo_transfer_incoming_next(struct avo_transfers *transfers, uint32_t *channel, struct avo_message *message);
void avo_transfer_outgoing_tick(struct avo_transfers *transfers, uint64_t now_us);
void avo_transfer_incoming_tick(struct avo_transfers *transfers, uint64_t now_us);
void avo_transfer_outgoing_close(struct avo_transfers *transfers, uint32_t channel);
void avo_transfer_incoming_close(struct avo_transfers *transfers, uint32_t channel);

#endif
