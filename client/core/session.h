/* A session with one worker of one node [DESIGN 7]: its handshake, its keys, the ids it gave out.
 *
 * A handshake may run beside an open session: when the node hints that it forgot us, the old keys serve until the new ones are
 * there, for the hint proves nothing.
 */
#ifndef AVO_CLIENT_SESSION_H
#define AVO_CLIENT_SESSION_H

#include "client/core/operation.h"
#include "protocol/channel/channel.h"
#include "protocol/channel/path.h"
#include "protocol/wire/greeting.h"
#include "protocol/wire/probe.h"
#include "protocol/wire/welcome.h"

/* Header, ticket hash, Noise first message. */
#define AVO_HELLO_PACKET_MAX_BYTES                                                                                                 \
    (AVO_PACKET_HEADER_BYTES + AVO_HASH_BYTES + AVO_NOISE_FIRST_OVERHEAD_BYTES + AVO_GREETING_MAX_BYTES)
#define AVO_TIME_NEVER UINT64_MAX
#define AVO_ASKED_NONE UINT16_MAX

struct avo_client_session {
    uint16_t index;
    uint8_t slot;
    uint8_t worker;
    const struct avo_member *member;

    /* The handshake. */
    bool greeting;       /* wanted, or under way */
    bool renewing;       /* it shows a newer ticket for the open session, whose own has ended */
    uint32_t ticket;     /* number of the ticket that the HELLO shows ... */
    uint32_t new_number; /* the client's number of the session to come */
    struct avo_noise noise;
    uint8_t hello[AVO_HELLO_PACKET_MAX_BYTES]; /* kept: a resend is the same bytes */
    size_t hello_bytes;                        /* 0: not made yet */
    uint64_t hello_due_us;
    uint64_t hello_us; /* when it was made */

    /* The open session, or the last that was. */
    bool open;
    uint32_t shown_ticket; /* ... and of the newest one that the node was shown */
    uint32_t number;       /* the client's: names it in what comes down */
    uint32_t node_number;  /* the node's: names it in what goes up */
    uint8_t wire_version;  /* that both speak in it */
    struct avo_channel channel;
    struct avo_path path;   /* of what goes up */
    struct avo_rtt answers; /* how long requests take to be answered */
    struct avo_probe came;  /* of what comes down: a probe to be acknowledged; 0 bytes: none */
    uint64_t next_id;
    uint64_t answered_below;
    uint16_t asked[AVO_SESSION_WINDOW]; /* id mod window -> operation; AVO_ASKED_NONE: answered or given up */

    struct avo_operation_list queue; /* to be sent, open or not */
    struct avo_operation_list sent;
    uint32_t window; /* so many may be sent and unanswered: AVO_SESSION_WINDOW until something is lost, half of that then */
    uint32_t window_answered; /* answers since it changed; it grows by one with a whole window of them */
    uint64_t window_cut_us;
    uint64_t silent_since_us; /* asked since, or last heard while asked; AVO_TIME_NEVER: nothing is asked */
    uint64_t heard_us;        /* the last authentic packet */
    bool unreachable;         /* hinted since it was last heard */
    uint64_t hinted_us;       /* when a hint last moved operations away */
    bool probed;              /* asked for a sign of life since it was last heard; again when ... */
    uint64_t probe_due_us;
};

/* Gives `operation` the session's next id; false when the window is full [AVO_SESSION_WINDOW]. */
AVO_MUST_USE bool avo_client_session_ask(struct avo_client_session *session, uint32_t index, uint64_t *id);
/* The operation that asked under `id`; AVO_POOL_NONE when there is none (any more). */
uint32_t avo_client_session_asked(const struct avo_client_session *session, uint64_t id);
/* Its id is answered, or given up. */
void avo_client_session_answered(struct avo_client_session *session, uint64_t id);

/* After this without an answer a request is sent again: as long as requests of this session, and packets on this way, take. */
uint64_t avo_client_session_timeout_us(const struct avo_client_session *session);
/* A node that was silent for so long, though it was asked, may be gone: three times what an answer takes, at least
 * AVO_CLIENT_SILENCE_US. */
uint64_t avo_client_session_silence_us(const struct avo_client_session *session);

/* How much is asked at a time follows what the node and the way to it bear, as in TCP (RFC 5681): else a burst of large answers for
 * which there is no memory is lost, asked again as a whole, and lost again. */
void avo_client_window_init(struct avo_client_session *session);
/* Something asked was not answered in time: half as much from now on. Once for all that were lost together. */
void avo_client_window_cut(struct avo_client_session *session, uint64_t now_us);
void avo_client_window_grow(struct avo_client_session *session);

#endif
