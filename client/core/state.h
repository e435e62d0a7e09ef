/* The state of a client core, and what its files do for one another. Nobody outside client/core includes this. */
#ifndef AVO_CLIENT_STATE_H
#define AVO_CLIENT_STATE_H

#include "client/core/session.h"
#include "protocol/channel/transfer.h"
#include "protocol/view/part.h"

#define AVO_CLIENT_DENIED_US 60000000 /* denials that lie further apart do not add up: clocks may lie in turn */

struct avo_client_core {
    struct avo_view
        view; /* its members stand in rows, which sessions follow; a row without a member has the slot AVO_SLOT_CLIENT */
    uint8_t view_hash[AVO_HASH_BYTES];
    bool follows; /* newer views, under: */
    uint8_t cas_sign_public[AVO_PUBLIC_KEY_BYTES];
    struct avo_view_gather gather;      /* of the view that comes */
    struct avo_signed_view signed_view; /* the last one adopted; empty: none was */
    struct avo_key_pair key;
    uint8_t ticket[AVO_TICKET_MAX_BYTES];
    size_t ticket_bytes;
    uint8_t ticket_hash[AVO_HASH_BYTES];
    uint32_t ticket_number; /* counts the tickets set */
    bool renews;            /* as configured */
    bool ticket_ended;      /* nodes say so of the present one: operations wait for the next */
    const struct avo_aead *aead;
    struct avo_random *random;
    const struct avo_channel_limits *limits;
    size_t packet_bytes; /* the largest datagram of this view */

    struct avo_pool operations;
    struct avo_operation_list waiting;
    struct avo_operation_list done;

    struct avo_client_session *sessions; /* member by member, worker by worker */
    uint32_t session_count;
    uint32_t cursor;   /* the session whose datagrams come next */
    uint8_t preferred; /* index of the member that new operations go to */
    uint8_t voting_count;
    uint64_t denied_us;       /* when a member last did */
    uint32_t denied_by;       /* members, a bit each by index, that denied our ticket since a session was opened last */
    uint32_t hinted_count;    /* refusals that anybody could have made, since the last packet that nobody could */
    uint64_t hinted_since_us; /* the first of them */
    enum avo_error hint;      /* what the last of them said: AVO_EDENIED or AVO_EVERSION */
    uint8_t other_version;    /* what refused us for its version speaks */
    bool secret_known;
    uint8_t key_secret[AVO_KEY_SECRET_BYTES];

    struct avo_blobs outgoing_blobs;
    struct avo_blobs incoming_blobs;
    struct avo_transfers *transfers; /* NULL: none configured. Channel = session index */
    bool transfers_full;             /* none had a place for the next request; until one ends, or the next tick */
    uint32_t transfer_turn;          /* the session that has the next place, if it wants it: after the one that had the last */

    uint64_t now_us;
    uint64_t next_tick_us;
    uint64_t aged_us;                     /* when the channels last were */
    bool rekeyed;                         /* some channel may hold the key before its present one */
    uint8_t packet[AVO_PACKET_MAX_BYTES]; /* the core's own copy of the datagram being read [B2] */
    struct avo_reader batch;              /* what is left of it */
    struct avo_client_session *batch_session;
    struct avo_figures figures; /* the last stats reply */
    struct avo_client_core_stats stats;
};

/* route.c: which node runs an operation */

/* The session with worker `worker` of members[member]. */
struct avo_client_session *avo_client_session_of(struct avo_client_core *core, uint8_t member, uint16_t worker);
/* Sends every waiting operation whose time has come to its session; greets a node when the key secret is not known. */
void avo_client_route(struct avo_client_core *core);
/* Takes an operation out of whatever it stands in, giving up its id. It is in no list afterwards. */
void avo_client_release(struct avo_client_core *core, uint32_t index);
/* This session's node does not serve us now: what may move, moves; new operations go to the next node. Unless `at_once`, what was
 * sent stays until the patience it granted is over: the node may yet say why it could not. */
void avo_client_fail_over(struct avo_client_core *core, struct avo_client_session *session, bool at_once);
/* New operations go to the next voting member. */
void avo_client_prefer_next(struct avo_client_core *core);
/* New operations and retries go to another node than this session's. */
void avo_client_avoid(struct avo_client_core *core, const struct avo_client_session *session);
/* The session ended: movable operations take another route, other writes end as AVO_EUNKNOWN. */
void avo_client_session_lost(struct avo_client_core *core, struct avo_client_session *session);
/* The session ended, and its node vouches that no request with the id `admitted_below` or a higher one ran or will: those are
 * movable again, whatever they are. 0: it knows of none. */
void avo_client_session_replaced(struct avo_client_core *core, struct avo_client_session *session, uint64_t admitted_below);
/* How long a node may take for what may move: at least three round trips to it, since its peers may be as far. */
uint64_t avo_client_patience_us(const struct avo_client_core *core, const struct avo_client_operation *operation);
/* The next node gets more time than the last one had. */
void avo_client_patience_double(struct avo_client_operation *operation);
/* Tries a released operation again after `pause_us`. */
void avo_client_retry(struct avo_client_core *core, uint32_t index, uint64_t pause_us);
/* Ends a released operation: it waits in core->done for the caller. */
void avo_client_finish(struct avo_client_core *core, uint32_t index, enum avo_error status);

/* greet.c: handshakes */

/* Makes the HELLO if there is none and writes it to `packet`. */
void avo_client_greet(struct avo_client_core *core, struct avo_client_session *session, struct avo_buffer *packet);
void avo_client_on_welcome(struct avo_client_core *core, struct avo_client_session *session, struct avo_slice body);
/* The node that was greeted does not admit our ticket. */
void avo_client_on_denial(struct avo_client_core *core, struct avo_client_session *session, struct avo_slice body);
void avo_client_on_refusal(struct avo_client_core *core, const struct avo_packet_header *header, struct avo_slice body);

/* ticket.c: tickets that end */

/* The copy of a ticket that is shown from now on. */
void avo_client_ticket_take(struct avo_client_core *core, struct avo_slice signed_ticket);
/* The node of this session denied our ticket. True: a quorum has, by now; before, a host's clock may lie. */
AVO_MUST_USE bool avo_client_denied(struct avo_client_core *core, const struct avo_client_session *session);
/* A node answered in this session that the ticket it had been shown, of this number, has ended. True: what was asked may be asked
 * again: under a newer one, or elsewhere. */
AVO_MUST_USE bool avo_client_ticket_refused(struct avo_client_core *core, struct avo_client_session *session, uint32_t number);

/* view.c: newer views */

/* Gives every member of `view` a row, and their sessions their names. */
void avo_client_view_begin(struct avo_client_core *core);
/* A part of one, from anybody: a view that is whole, signed and newer is adopted. */
void avo_client_on_view(struct avo_client_core *core, const struct avo_packet_header *header, struct avo_slice body);

/* answer.c: what nodes say */

/* True: `completion` is what the caller gets. False: the operation goes on, or the message was of none. */
AVO_MUST_USE bool avo_client_on_message(struct avo_client_core *core, struct avo_client_session *session,
                                        const struct avo_message *message, struct avo_client_completion *completion);
/* Takes the oldest ended operation; false when there is none. */
AVO_MUST_USE bool avo_client_take_done(struct avo_client_core *core, struct avo_client_completion *completion);

/* send.c: what goes out */

/* A transfer may have ended: the session whose turn it is has the place, if there is one. */
void avo_client_transfer_ended(struct avo_client_core *core);
/* Does this request go out as a transfer? */
bool avo_client_is_large(const struct avo_client_core *core, const struct avo_client_request *request);

#endif
