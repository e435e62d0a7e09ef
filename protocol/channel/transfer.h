/* Messages larger than a packet: cut into segments, pulled by the receiver, put together in bounded memory [DESIGN 7].
 *
 * One object a worker (or client) holds all transfers of all its channels, named by a small channel number. Sans-IO: it takes and
 * yields SEGMENT and PULL messages. The sender starts with up to AVO_TRANSFER_EAGER segments; everything after that the receiver
 * asks for with PULL, at most a window at a time, so the receiver's memory and pace bound the flow. Who finds no memory
 * waits in the receiver's line, and is asked for when there is some. Loss: the receiver pulls again what later segments overtook,
 * after a time in which it may still come (RFC 8985 gives it a quarter of a round trip), and everything missing when nothing comes
 * for the channel's RTO; if everything was lost, the operation above resends its message, which restarts the same transfer (same
 * key).
 */
#ifndef AVO_CHANNEL_TRANSFER_H
#define AVO_CHANNEL_TRANSFER_H

#include "base/blob.h"
#include "protocol/channel/rtt.h"
#include "protocol/wire/message.h"

#define AVO_TRANSFER_EAGER 16
#define AVO_TRANSFER_WINDOW 64
#define AVO_TRANSFER_RETRY_US 20000       /* the receiver pulls again: after the channel's RTO, which is at least this ... */
#define AVO_TRANSFER_RETRY_MAX_US 1000000 /* ... and at most this; ... */
#define AVO_TRANSFER_FIRST_US 200000      /* ... at least this where nothing is known of the way */
#define AVO_TRANSFER_REORDER_US 2000      /* what was overtaken may still come: for a quarter of the round trip, or this */
#define AVO_TRANSFER_STUCK_US                                                                                                      \
    100000 /* without progress for three RTO, at least this, it gives way to another that needs its memory */
#define AVO_TRANSFER_STUCK_MAX_US 1000000
#define AVO_TRANSFER_PACE_US 10000   /* a segment at least so often, from its beginning on, or ... */
#define AVO_TRANSFER_LAG_US 500000   /* ... when it is so far behind, it gives way too: slow senders cannot keep others waiting */
#define AVO_TRANSFER_TOLD_US 40000   /* a waiting sender hears so again ... */
#define AVO_TRANSFER_SIGN_US 500000  /* ... and shows that it is alive: before AVO_TRANSFER_IDLE_US, some may be lost */
#define AVO_TRANSFER_IDLE_US 2000000 /* either side forgets a transfer that made no progress for so long */

struct avo_transfers; /* lives in the arena */

struct avo_transfers_config {
    uint32_t outgoing_max_count;
    uint32_t incoming_max_count;
    struct avo_blobs *outgoing_blobs; /* borrowed; may be the same pool as incoming only where nothing can wait in a circle */
    struct avo_blobs *incoming_blobs;
    const struct avo_blobs *user_blobs; /* borrowed: where users' messages go from here; no more of them begin than it has room for.
                                           NULL: it has room for all */
    struct avo_rtt *(*rtt_of)(void *owner, uint32_t channel); /* what is known of a channel's way, until it is closed here;
                                                                 transfers learn for it. NULL: nothing is, nor will be */
    void *owner;
};

#define AVO_TRANSFER_NONE UINT64_MAX /* no message's key */

/* Bytes of message a segment carries when packets have `packet_bytes` of UDP payload; at least AVO_SEGMENT_MIN_BYTES. */
size_t avo_transfer_segment_bytes(size_t packet_bytes);

struct avo_transfers *avo_transfers_create(struct avo_arena *arena, const struct avo_transfers_config *config);

/* Starts sending `message` on `channel`, cut into segments of `segment_bytes`; it is encoded into a blob. `key` names it for the
 * level above (round, request id): when a transfer with this channel, type and key is alive, only its first segments are sent again
 * if it made no progress. AVO_EBUSY: no blob or no slot left (the level above resends later). */
AVO_MUST_USE enum avo_error avo_transfers_send(struct avo_transfers *transfers, uint32_t channel, uint64_t key,
                                               const struct avo_message *message, size_t segment_bytes, uint64_t now_us);

/* Packets on `channel` got smaller on their way: what is under way there in larger segments begins again in such ones, under
 * another name; the receiver hears that the former is gone. */
void avo_transfers_recut(struct avo_transfers *transfers, uint32_t channel, size_t segment_bytes, uint64_t now_us);

/* Nobody needs it any more: it is sent no further, and a receiver that asks for it hears so. */
void avo_transfers_cancel(struct avo_transfers *transfers, uint32_t channel, uint64_t key, enum avo_message_type type);

/* How many of a channel are being sent, or wait to be. */
uint32_t avo_transfers_sending_count(const struct avo_transfers *transfers, uint32_t channel);

/* No user in particular: of a peer, or at a client. */
#define AVO_TRANSFER_ANYBODY 0

/* Feeds a received SEGMENT of a channel of `user`, a name of the peer or user behind it. One user, by whatever many channels, holds
 * at most half of the places, of the blobs of a size (but one) and of the line, and leaves the next blob to another user who waits
 * for it; AVO_TRANSFER_ANYBODY is held to nothing. When it completes a message, *complete is set and decoded into `message`, which
 * borrows from the transfer's memory until the next call that takes `transfers`. A transfer that is complete is remembered until it
 * idles, so that late duplicates of its segments are answered with "all is here" and never complete it twice. AVO_EFORMAT:
 * impossible numbers, or the reassembled bytes are no message. AVO_EBUSY: no memory; it waits in line, or the line is full and it
 * is dropped. */
AVO_MUST_USE enum avo_error avo_transfers_on_segment(struct avo_transfers *transfers, uint32_t channel, uint64_t user,
                                                     const struct avo_segment *segment, uint64_t now_us, bool *complete,
                                                     struct avo_message *message);

/* Feeds a received PULL. Unknown transfers are ignored. The key of the message that the peer has whole by now; AVO_TRANSFER_NONE:
 * of none. */
uint64_t avo_transfers_on_pull(struct avo_transfers *transfers, uint32_t channel, const struct avo_pull *pull, uint64_t now_us);

/* Retries and forgets by time. */
void avo_transfers_tick(struct avo_transfers *transfers, uint64_t now_us);

/* The next message to put on a channel; false when there is none now. Borrowed until the next call. Call until false, or stop when
 * the way out is full: what was not taken stays. */
bool avo_transfers_next(struct avo_transfers *transfers, uint32_t *channel, struct avo_message *message);

/* Forgets everything of a channel (its session ended). */
void avo_transfers_close(struct avo_transfers *transfers, uint32_t channel);

#endif
