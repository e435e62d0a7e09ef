/* The messages inside sealed batches, and how a batch is cut into them [DESIGN 7, 8].
 *
 * A batch is the plaintext of one packet: frames of u16 length, u8 type, body (length counts type and body). A message that
 * does not fit one packet travels as SEGMENT messages and is a frame without its length once reassembled (type, body).
 * Decoded messages borrow keys and values from the bytes they were read from. One file a message: wire/query.h, wire/answer.h,
 * wire/write.h, wire/ack.h, wire/sync_ask.h, wire/sync_piece.h, wire/compare.h, wire/digest.h, wire/enumerate.h, wire/listing.h,
 * wire/request.h, wire/reply.h, wire/figures.h, wire/segment.h, wire/pull.h, wire/probe.h.
 */
#ifndef AVO_WIRE_MESSAGE_H
#define AVO_WIRE_MESSAGE_H

#include "protocol/wire/ack.h"
#include "protocol/wire/answer.h"
#include "protocol/wire/compare.h"
#include "protocol/wire/digest.h"
#include "protocol/wire/enumerate.h"
#include "protocol/wire/figures.h"
#include "protocol/wire/listing.h"
#include "protocol/wire/probe.h"
#include "protocol/wire/pull.h"
#include "protocol/wire/query.h"
#include "protocol/wire/reply.h"
#include "protocol/wire/request.h"
#include "protocol/wire/segment.h"
#include "protocol/wire/sync_ask.h"
#include "protocol/wire/sync_piece.h"
#include "protocol/wire/write.h"

enum avo_message_type {
    AVO_MESSAGE_QUERY = 1,      /* coordinator -> replica, round 1 */
    AVO_MESSAGE_ANSWER = 2,     /* replica -> coordinator */
    AVO_MESSAGE_WRITE = 3,      /* coordinator -> replica: round 2, write-back, repair */
    AVO_MESSAGE_ACK = 4,        /* replica -> coordinator */
    AVO_MESSAGE_SYNC_ASK = 5,   /* the member that pulls the key space -> source */
    AVO_MESSAGE_SYNC_PIECE = 6, /* source -> the member that pulls */
    AVO_MESSAGE_COMPARE = 8,    /* replica -> replica: tell me digests */
    AVO_MESSAGE_DIGEST = 9,     /* the answer; also unasked, of all that a replica holds */
    AVO_MESSAGE_ENUMERATE = 10,
    AVO_MESSAGE_LISTING = 11, /* the answer: keys of a bucket, and their versions */
    AVO_MESSAGE_REQUEST = 16, /* client -> node; the types below are of replicas, those from here on are not */
    AVO_MESSAGE_REPLY = 17,
    AVO_MESSAGE_STATS_REQUEST = 18,
    AVO_MESSAGE_STATS_REPLY = 19,
    AVO_MESSAGE_SEGMENT = 32, /* a piece of a message too large for one packet */
    AVO_MESSAGE_PULL = 33,    /* which pieces the receiver wants next */
    AVO_MESSAGE_PROBE = 34,   /* padding: does a packet so large pass? */
    AVO_MESSAGE_PROBED = 35,  /* it does */
};

struct avo_message {
    enum avo_message_type type;
    union {
        struct avo_query query;
        struct avo_answer answer;
        struct avo_write write;
        struct avo_ack ack;
        struct avo_sync_ask sync_ask;
        struct avo_sync_piece sync_piece;
        struct avo_compare compare;
        struct avo_digest_message digest;
        struct avo_enumerate enumerate;
        struct avo_listing listing;
        struct avo_request request;
        struct avo_reply reply;
        struct avo_figures stats_reply; /* a stats request has no body */
        struct avo_segment segment;
        struct avo_pull pull;
        struct avo_probe probe; /* probed too */
    };
};

#define AVO_FRAME_HEADER_BYTES 3

/* Is it what replicas say to each other? */
static inline bool avo_message_is_of_replicas(const struct avo_message *message) {
    return message->type < AVO_MESSAGE_REQUEST;
}

/* Exact size of type + body: what avo_message_write would write. */
size_t avo_message_bytes(const struct avo_message *message);
/* Writes type + body (no length). */
void avo_message_write(struct avo_writer *writer, const struct avo_message *message);
/* Reads type + body filling all of `bytes`. AVO_EFORMAT on anything that is not exactly one well-formed message within the limits.
 */
AVO_MUST_USE enum avo_error avo_message_read(struct avo_slice bytes, struct avo_message *message);

/* Appends a frame to a batch; false, and nothing written, when it does not fit. */
AVO_MUST_USE bool avo_frame_write(struct avo_writer *batch, const struct avo_message *message);
/* Takes the next frame off a batch: AVO_OK, AVO_ENOTFOUND at its end, AVO_EFORMAT (the rest of the batch is dropped). */
AVO_MUST_USE enum avo_error avo_frame_read(struct avo_reader *batch, struct avo_message *message);

#endif
