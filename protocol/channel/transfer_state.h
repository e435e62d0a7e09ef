/* What the two halves of a transfer share; inside protocol/channel/transfer*.c only. */
#ifndef AVO_CHANNEL_TRANSFER_STATE_H
#define AVO_CHANNEL_TRANSFER_STATE_H

#include "base/limits.h"
#include "protocol/channel/transfer.h"

/* How many completed transfers are remembered, and how many wait in line, for each that may be under way. */
#define AVO_TRANSFER_FINISHED_RATIO 4
#define AVO_TRANSFER_LINE_RATIO 4
#define AVO_TRANSFER_GONE_COUNT 32
#define AVO_TRANSFER_ENDED_COUNT 16

struct avo_transfer_outgoing {
    bool alive;
    bool pulled; /* the receiver asked for something, or to wait, since the level above last sent it */
    bool waits;  /* in the receiver's line */
    bool heard;  /* the receiver knows of it */
    bool timed;  /* its first segment left once, and nothing was heard of it yet */
    uint32_t channel;
    uint32_t id;
    uint64_t key;
    enum avo_message_type type;
    uint32_t blob;
    uint32_t total_bytes;
    uint32_t segment_bytes;
    uint32_t base;       /* a segment's index: all before it have arrived, as far as the receiver said */
    uint64_t pending;    /* bit i: segment base + i is to be sent */
    struct avo_rtt *rtt; /* of its channel; NULL: nothing is known */
    uint64_t sent_us;    /* when its first segment, or a sign of it, last left */
    uint64_t progress_us;
    uint64_t waits_us; /* since then */
    uint64_t sign_us;  /* when it last showed those who let it wait that it is alive */
};

struct avo_transfer_incoming {
    bool alive;
    bool pull_due;
    uint32_t channel;
    uint32_t id;
    uint64_t user;
    uint32_t blob;
    uint32_t total_bytes;
    uint32_t segment_bytes;
    uint32_t segment_count;
    uint32_t received_count;
    uint32_t first_missing;  /* every segment before it is here */
    uint32_t asked_until;    /* every segment before it was asked for, or came unasked; at most a window ahead of first_missing */
    uint32_t pull_from;      /* the pull due asks for all missing from this on ... */
    uint32_t repair_from;    /* ... and for those from this ... */
    uint32_t repair_until;   /* ... to before this */
    uint32_t highest;        /* no later segment than this has come */
    uint32_t passed_until;   /* those missing before this were overtaken; ... */
    uint64_t passed_us;      /* ... the last of them then */
    uint32_t repaired_until; /* those missing before this were asked for again */
    uint32_t timed_from;     /* nobody asked twice for any segment from this on ... */
    uint64_t timed_us;       /* ... and for the first of them then; 0: it is not timed */
    struct avo_rtt *rtt;     /* of its channel; NULL: nothing is known */
    uint64_t began_us;
    uint64_t progress_us; /* when the last new segment came */
    uint64_t asked_us;    /* when it last asked */
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

/* One that began when there was no memory for it, or none for its user. */
struct avo_transfer_waiting {
    bool pull_due; /* its sender is to be told */
    bool passed;   /* while the line is served: it cannot begin now */
    uint32_t channel;
    uint32_t id;
    uint32_t total_bytes;
    uint32_t segment_bytes;
    uint64_t user;
    uint64_t seen_us; /* when a segment of it came */
    uint64_t told_us;
};

/* Asked for in vain: the receiver gets an answer that says so, and keeps its memory for others. */
struct avo_transfer_gone {
    uint32_t channel;
    uint32_t id;
};

/* Gave way to another, though its peer may only be far. */
struct avo_transfer_ended {
    bool alive;
    bool outgoing;
    uint32_t channel;
    uint32_t id;
    uint64_t since_us; /* its last progress */
};

struct avo_transfers {
    struct avo_transfers_config config;
    struct avo_transfer_outgoing *outgoing;
    struct avo_transfer_incoming *incoming;
    struct avo_transfer_finished *finished; /* a ring: the newest overwrites the oldest */
    struct avo_transfer_gone gone[AVO_TRANSFER_GONE_COUNT];
    uint32_t gone_count;
    struct avo_transfer_waiting *line;        /* those who wait, in the order they came */
    uint64_t last_user[AVO_BLOB_CLASS_COUNT]; /* the last user who took a blob of a class; ... */
    bool peers_had[AVO_BLOB_CLASS_COUNT];     /* ... since then a peer took one */
    uint32_t line_count;
    uint32_t line_max_count;
    bool line_due;                                             /* memory came back since the line was served */
    struct avo_transfer_ended ended[AVO_TRANSFER_ENDED_COUNT]; /* a ring */
    uint32_t ended_next;
    uint64_t ended_us; /* when one last gave way: segments of it may come yet, as if they were those of its next beginning */
    uint32_t finished_count;
    uint32_t finished_next;
    uint32_t outgoing_turn; /* whose segment goes next */
    uint32_t next_id;
    uint32_t pending_count; /* outgoing ones with something to send */
    uint32_t due_count;     /* incoming, waiting and finished ones with a pull to send */
    uint32_t lent_blob;     /* the last complete message: the caller's until the next call */
    uint64_t now_us;        /* of the last call that told */
};

static inline uint32_t avo_transfer_segment_count(uint32_t total_bytes, uint32_t segment_bytes) {
    return (total_bytes + segment_bytes - 1) / segment_bytes;
}

/* Time that passed; none when the clock went back. */
static inline uint64_t avo_transfer_elapsed_us(uint64_t since_us, uint64_t now_us) {
    return now_us > since_us ? now_us - since_us : 0;
}

static inline struct avo_rtt *avo_transfer_rtt(const struct avo_transfers *transfers, uint32_t channel) {
    return transfers->config.rtt_of == NULL ? NULL : transfers->config.rtt_of(transfers->config.owner, channel);
}

/* After this without an answer something counts as lost: half a round trip more than RTO, since a whole window is at stake, and
 * what is lost alone was asked for before. */
static inline uint64_t avo_transfer_retry_us(const struct avo_rtt *rtt) {
    if (rtt == NULL) {
        return AVO_TRANSFER_RETRY_US;
    }
    uint64_t least_us = rtt->known ? AVO_TRANSFER_RETRY_US : AVO_TRANSFER_FIRST_US;
    return avo_rtt_timeout_us(rtt, least_us, AVO_TRANSFER_RETRY_MAX_US) + rtt->smoothed_us / 2;
}

/* After this without progress a transfer counts as stuck: however often its peer was asked in vain. */
static inline uint64_t avo_transfer_stuck_us(const struct avo_rtt *rtt) {
    uint64_t stuck_us = rtt == NULL ? 0 : 3 * avo_rtt_estimate_us(rtt);
    stuck_us = stuck_us > AVO_TRANSFER_STUCK_US ? stuck_us : AVO_TRANSFER_STUCK_US;
    return stuck_us < AVO_TRANSFER_STUCK_MAX_US ? stuck_us : AVO_TRANSFER_STUCK_MAX_US;
}

static inline void avo_transfer_rtt_expired(struct avo_rtt *rtt, uint64_t now_us) {
    if (rtt != NULL) {
        avo_rtt_expired(rtt, avo_transfer_retry_us(rtt), now_us);
    }
}

static inline void avo_transfer_set_due(struct avo_transfers *transfers, bool *pull_due, bool due) {
    transfers->due_count -= *pull_due;
    transfers->due_count += due;
    *pull_due = due;
}

/* transfer_begin.c: who gets a place and memory */

/* Takes back what the last complete message was lent. */
void avo_transfer_reclaim(struct avo_transfers *transfers);

enum avo_transfer_begun {
    AVO_TRANSFER_BEGUN,
    AVO_TRANSFER_OVER_SHARE, /* not another of this user and size */
    AVO_TRANSFER_UNWANTED,   /* not another of any user and this size; peers' may begin */
    AVO_TRANSFER_NO_MEMORY,  /* not another of this size */
};

/* Begins what `waiting` names; only with AVO_TRANSFER_BEGUN is *transfer set. */
enum avo_transfer_begun avo_transfer_begin(struct avo_transfers *transfers, const struct avo_transfer_waiting *waiting,
                                           struct avo_transfer_incoming **transfer);
/* Ends one, complete or not. */
void avo_transfer_incoming_forget(struct avo_transfers *transfers, struct avo_transfer_incoming *transfer);

/* It gave way, having made no progress since. */
void avo_transfer_ended_note(struct avo_transfers *transfers, bool outgoing, uint32_t channel, uint32_t id, uint64_t since_us);
/* The peer speaks of it: if it gave way, then too soon, for the way is longer than was known. */
void avo_transfer_ended_heard(struct avo_transfers *transfers, bool outgoing, uint32_t channel, uint32_t id);

/* transfer_line.c: who waits for them */

/* NULL: it does not wait. */
struct avo_transfer_waiting *avo_transfer_line_find(struct avo_transfers *transfers, uint32_t channel, uint32_t id);
/* At its end; nothing when this user has as many in it as places are left: so however many users there are, there is one for the
 * next. */
void avo_transfer_line_join(struct avo_transfers *transfers, const struct avo_transfer_waiting *waiting);
/* Begins, and asks for, as many as there is memory for. */
void avo_transfer_line_serve(struct avo_transfers *transfers);
/* What a sender in line is to be told next. */
bool avo_transfer_line_pull(struct avo_transfers *transfers, uint32_t *channel, struct avo_pull *pull);
/* Out of the line, if it is in it. */
void avo_transfer_line_leave(struct avo_transfers *transfers, uint32_t channel, uint32_t id);
void avo_transfer_line_tick(struct avo_transfers *transfers);
void avo_transfer_line_close(struct avo_transfers *transfers, uint32_t channel);

/* The two directions' parts of the functions in transfer.h. */
bool avo_transfer_outgoing_next(struct avo_transfers *transfers, uint32_t *channel, struct avo_message *message);
bool avo_transfer_incoming_next(struct avo_transfers *transfers, uint32_t *channel, struct avo_message *message);
void avo_transfer_outgoing_tick(struct avo_transfers *transfers);
void avo_transfer_incoming_tick(struct avo_transfers *transfers);
void avo_transfer_outgoing_close(struct avo_transfers *transfers, uint32_t channel);
void avo_transfer_incoming_close(struct avo_transfers *transfers, uint32_t channel);

#endif
