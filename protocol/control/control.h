/* The control protocol: what enclaves and command lines say to the CAS inside a Noise channel [DESIGN 7, 11].
 *
 * A message of protocol/channel/stream.h is u8 type, body. The CAS speaks first (HELLO); then a peer speaks in turns: one request,
 * one reply. What a connection is follows from its peer's first message: JOIN makes it an enclave's, MEMBER a member's, LAS a
 * LAS's, anything else a user's. A member and the CAS speak at any time. One file a family: choice.h, ends.h, hello.h, evidence.h,
 * join.h, las.h, member.h, resize.h, status.h, ticket.h; messages that are only bytes or nothing are read here.
 */
#ifndef AVO_CONTROL_H
#define AVO_CONTROL_H

#include "base/cursor.h"
#include "protocol/channel/stream.h"
#include "protocol/control/text.h"

#define AVO_CONTROL_PROLOGUE "avocado control v1"
#define AVO_NONCE32_BYTES 32
#define AVO_EVIDENCE_MAX_BYTES (16 * 1024)
#define AVO_POLICY_MAX_BYTES (48 * 1024)

enum avo_control_type {
    AVO_CONTROL_HELLO = 1,   /* CAS -> peer: a nonce, the signing key; sent again when a waiting peer may ask, or must again */
    AVO_CONTROL_REFUSED = 2, /* CAS -> peer: u8 error, text: what, on what, what next */
    AVO_CONTROL_EVIDENCE_REQUEST = 3, /* user -> CAS: a nonce */
    AVO_CONTROL_EVIDENCE = 4,
    AVO_CONTROL_POLICY = 5, /* owner -> CAS: the policy file as it is */
    AVO_CONTROL_DONE = 6,   /* CAS -> owner: the policy is taken; no body */
    AVO_CONTROL_STATUS_REQUEST = 7,
    AVO_CONTROL_STATUS = 8,
    AVO_CONTROL_APPROVE = 9,       /* owner -> CAS: hash of view 1 [V0] */
    AVO_CONTROL_VIEW_REQUEST = 10, /* no body */
    AVO_CONTROL_VIEW = 11,         /* CAS -> user or enclave: the signed view */
    AVO_CONTROL_TICKET_REQUEST = 12,
    AVO_CONTROL_TICKET = 13, /* CAS -> user: the signed ticket */
    AVO_CONTROL_JOIN = 14,
    AVO_CONTROL_WAIT = 15, /* CAS -> enclave or LAS: no policy yet, or not all members are in; no body */
    AVO_CONTROL_JOINED = 16,
    AVO_CONTROL_LAS = 17,
    AVO_CONTROL_LAS_REGISTERED = 18, /* CAS -> LAS: its vouchers count from now on; no body */
    AVO_CONTROL_ENDS_REQUEST = 19,   /* no body */
    AVO_CONTROL_ENDS = 20,           /* CAS -> user: when what it lives on ends */
    AVO_CONTROL_ADOPTED = 21,        /* member -> CAS: all its workers are in this configuration */
    AVO_CONTROL_MEMBER = 22,         /* member -> CAS: what it knows and where it is */
    AVO_CONTROL_SYNCED = 23,         /* member -> CAS: all its workers have pulled what they lacked */
    AVO_CONTROL_PING = 24,           /* CAS -> member; no body */
    AVO_CONTROL_PONG = 25,           /* its answer; no body */
    AVO_CONTROL_PREPARE = 26,        /* CAS -> member, and the answers of a choice [V7] */
    AVO_CONTROL_PROMISE = 27,
    AVO_CONTROL_ACCEPT = 28,
    AVO_CONTROL_ACCEPTED = 29,
    AVO_CONTROL_NACK = 30,
    AVO_CONTROL_RESIZE = 31,  /* owner -> CAS: a slot more, or one less [V6] */
    AVO_CONTROL_RECOVER = 40, /* owner -> CAS: be the lost one; DONE answers it */
    AVO_CONTROL_RESET = 41,   /* owner -> CAS: cluster id 16: that cluster's data is lost, make another one [V8]; DONE */
};

/* The type of a message; 0 when it is empty. */
uint8_t avo_control_type(struct avo_slice message);

/* Messages without a body. */
void avo_control_empty_write(struct avo_writer *writer, enum avo_control_type type);
AVO_MUST_USE enum avo_error avo_control_empty_read(struct avo_slice message, enum avo_control_type type);

/* Messages whose body is bytes of another format: POLICY, VIEW, TICKET, APPROVE. 1 to `max_bytes` bytes, borrowed. */
void avo_control_bytes_write(struct avo_writer *writer, enum avo_control_type type, struct avo_slice body);
AVO_MUST_USE enum avo_error avo_control_bytes_read(struct avo_slice message, enum avo_control_type type, size_t max_bytes,
                                                   struct avo_slice *body);

/* REFUSED. */
void avo_control_refused_write(struct avo_writer *writer, enum avo_error error, const struct avo_text *text);
AVO_MUST_USE enum avo_error avo_control_refused_read(struct avo_slice message, enum avo_error *error, struct avo_text *text);

/* For every decoder: AVO_EFORMAT unless the message has this type; the reader then stands behind it. */
struct avo_reader avo_control_reader(struct avo_slice message, enum avo_control_type type);
/* AVO_OK when nothing failed and nothing is left. */
AVO_MUST_USE enum avo_error avo_control_end(const struct avo_reader *reader);

#endif
