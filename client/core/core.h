/* The client's side of the protocol, sans-IO: operations in, datagrams out; datagrams in, completions out [DESIGN 5, 7, 8].
 *
 * One core is one client: one key pair, one ticket, one socket. It opens a session with each (node, worker) it needs, batches the
 * requests of one session into as few packets as fit the MTU, resends what is unanswered, and moves on from a node that is silent.
 * Nothing here names a socket, a clock or an allocator; the same code runs in libavocado, in the bench and in the simulator.
 *
 * A turn of the caller's loop, in any order but for one rule: after each avo_client_core_on_datagram, call
 * avo_client_core_next_completion until it is false before anything else is called.
 *     avo_client_core_submit ...            requests that are submitted together leave together
 *     avo_client_core_on_datagram           what the socket received
 *     avo_client_core_next_completion ...   until false
 *     avo_client_core_tick                  when avo_client_core_wake_us says so, or more often
 *     avo_client_core_next_datagram ...     until false: what the socket must send
 * Times are microseconds of any clock that never goes back.
 */
#ifndef AVO_CLIENT_CORE_H
#define AVO_CLIENT_CORE_H

#include "base/address.h"
#include "base/random.h"
#include "protocol/channel/channel.h"
#include "protocol/channel/noise.h"
#include "protocol/view/ticket.h"
#include "protocol/view/view.h"
#include "protocol/wire/message.h"

struct avo_client_core; /* lives in the arena */

#define AVO_CLIENT_HELLO_RETRY_US 100000 /* the same HELLO is sent again */
#define AVO_CLIENT_RESEND_MIN_US 50000   /* an unanswered request is sent again, in a new packet under the same id ... */
#define AVO_CLIENT_RESEND_MAX_US                                                                                                   \
    500000 /* ... after a time that doubles up to this, and is at least the session's RTO (rtt.h), ... */
#define AVO_CLIENT_TIMEOUT_MAX_US 2000000  /* ... which is at most this */
#define AVO_CLIENT_PATIENCE_MIN_US 200000  /* a coordinator has so long for what may move, then it says why it could not; ... */
#define AVO_CLIENT_PATIENCE_MAX_US 1600000 /* ... doubling up to this */
#define AVO_CLIENT_SILENCE_US                                                                                                      \
    250000 /* a node silent for so long, or three round trips, while asked: what may move, moves to another */
#define AVO_CLIENT_DOUBT_US 250000    /* a node not heard for so long gives a sign of life before it gets a write */
#define AVO_CLIENT_LOST_US 1000000    /* silent for so long and its port is closed: its session is lost */
#define AVO_CLIENT_LAST_TRY_US 100000 /* with less time than this left, "no effect" is answered instead of tried again */
#define AVO_CLIENT_TICK_US 5000       /* resolution of the timers while anything is under way */
#define AVO_CLIENT_OPERATIONS_MAX 16384

struct avo_client_core_config {
    const struct avo_view *view;    /* verified by the caller under the pinned CAS key; copied */
    const uint8_t *cas_sign_public; /* that key, AVO_PUBLIC_KEY_BYTES, copied: newer views are followed. NULL: they are not */
    const struct avo_key_pair *key; /* the client's; copied, wiped by avo_client_core_wipe */
    struct avo_slice signed_ticket; /* at most AVO_TICKET_MAX_BYTES; copied */
    const struct avo_aead *aead;    /* borrowed for the core's life; may be shared by the cores of one thread */
    struct avo_random *random;      /* borrowed for the core's life */
    uint32_t operation_count;       /* operations at one time: 1 to AVO_CLIENT_OPERATIONS_MAX */
    uint32_t transfer_count;        /* large messages under way at one time in each direction; 0: none is sent or received */
    size_t transfer_max_bytes;      /* largest message (key, value and 64 B) they carry; unused when transfer_count is 0 */
    const struct avo_channel_limits *limits; /* borrowed for the core's life; NULL: those of base/limits.h */
    bool renews;                             /* the caller renews tickets that have ended: operations wait for that */
    uint8_t first_slot;                      /* the voting member to start at; AVO_SLOT_CLIENT: chosen by chance (spread) */
};

/* Bytes of arena that a core with `config` takes: enough, not exact. */
size_t avo_client_core_bytes(const struct avo_client_core_config *config);

/* NULL when the arena is too small, the ticket too long or operation_count out of range. */
struct avo_client_core *avo_client_core_create(struct avo_arena *arena, const struct avo_client_core_config *config);

/* The newest view that nodes showed and that was adopted [V1], to be kept; NULL while it is the configured one. Borrowed until the
 * next datagram. */
const struct avo_signed_view *avo_client_core_view(const struct avo_client_core *core);

/* Wipes every secret. The core is dead afterwards. */
void avo_client_core_wipe(struct avo_client_core *core);

enum avo_client_call {
    AVO_CLIENT_GET = AVO_OPERATION_GET,
    AVO_CLIENT_PUT = AVO_OPERATION_PUT,
    AVO_CLIENT_DELETE = AVO_OPERATION_DELETE,
    AVO_CLIENT_STATS = 16, /* figures of one worker, from inside its enclave: uses `slot` and `worker`, no key */
};

struct avo_client_request {
    enum avo_client_call call;
    bool at_least_once;     /* a write whose outcome is unknown is repeated; it may be seen twice [DESIGN 8] */
    uint8_t slot;           /* AVO_CLIENT_STATS only */
    uint8_t worker;         /* AVO_CLIENT_STATS only */
    struct avo_slice key;   /* borrowed until the completion: 1 to AVO_KEY_MAX_BYTES */
    struct avo_slice value; /* PUT only; borrowed until the completion: up to the view's value_max_bytes */
    uint64_t deadline_us;   /* the completion comes by then (within AVO_CLIENT_TICK_US) */
    uint64_t tag;           /* the caller's; echoed */
};

/* Would avo_client_core_submit take it, if there is room? */
AVO_MUST_USE enum avo_error avo_client_core_check(const struct avo_client_core *core, const struct avo_client_request *request);
/* Starts an operation. AVO_EINVAL: empty key, no such slot or worker, unknown call; AVO_ETOOBIG: key or value beyond its limit, or
 * beyond a packet while no transfer is configured; AVO_EBUSY: operation_count operations are under way. */
AVO_MUST_USE enum avo_error avo_client_core_submit(struct avo_client_core *core, const struct avo_client_request *request,
                                                   uint64_t now_us);

struct avo_client_completion {
    uint64_t tag;
    enum avo_client_call call;
    /* AVO_OK; AVO_ENOTFOUND (get); AVO_EUNKNOWN (a write that was sent: it may or may not take effect; retrying is the caller's
     * choice); AVO_ETIMEOUT, AVO_EQUORUM, AVO_EBUSY, AVO_EDENIED, AVO_EEXPIRED, AVO_EVERSION (no effect); else what the node
     * answered. */
    enum avo_error status;
    uint8_t slot;     /* the node that answered, or was asked last */
    uint8_t answered; /* with AVO_EQUORUM and AVO_EUNKNOWN, when a node said so: replicas that answered, of ... */
    uint8_t needed;   /* ... so many needed; 0: no node said */
    uint8_t members;
    enum avo_error hint;             /* with AVO_ETIMEOUT: what refusals said that anybody could have made; AVO_OK: none came */
    bool host_full;                  /* with AVO_EFULL: it is the hosts' memory, not the enclaves' */
    uint8_t other_version;           /* with AVO_EVERSION: what the nodes speak, or somebody who forges their refusals */
    struct avo_slice value;          /* get with AVO_OK; borrowed until the next call */
    const struct avo_figures *stats; /* stats with AVO_OK; borrowed until the next call */
};

/* The next operation that ended; false when there is none now. */
bool avo_client_core_next_completion(struct avo_client_core *core, struct avo_client_completion *completion);

/* A datagram from the network: from anybody, of anything; its sender's address is no evidence and not needed. Copied. */
void avo_client_core_on_datagram(struct avo_client_core *core, struct avo_slice datagram, uint64_t now_us);

/* The network says that nothing listens at `address` (ECONNREFUSED): a hint to move on at once, never believed for safety. */
void avo_client_core_on_unreachable(struct avo_client_core *core, const struct avo_address *address, uint64_t now_us);

/* Deadlines, resends, silent nodes. */
void avo_client_core_tick(struct avo_client_core *core, uint64_t now_us);
/* When the next tick is due; UINT64_MAX: not before the next submit. */
uint64_t avo_client_core_wake_us(const struct avo_client_core *core);

/* Writes the next datagram to `packet` (capacity at least the view's MTU - AVO_UDP_OVERHEAD_BYTES) and its destination to `to`;
 * false when there is none now. */
bool avo_client_core_next_datagram(struct avo_client_core *core, struct avo_address *to, struct avo_buffer *packet,
                                   uint64_t now_us);

/* Operations under way, those not yet taken by avo_client_core_next_completion included. */
uint32_t avo_client_core_busy_count(const struct avo_client_core *core);

/* Tickets. A node may say that the present one has ended (AVO_EEXPIRED): operations go on to others, until a quorum says so.
 * Without `renews` they then end so, at once; with it they wait, and avo_client_core_ticket_ended is true until one of: */

/* A newer ticket of the same key and cluster, verified by the caller; copied. Open sessions stay: each is shown it when its own has
 * ended. At most AVO_TICKET_MAX_BYTES. */
void avo_client_core_ticket_set(struct avo_client_core *core, struct avo_slice signed_ticket);
/* None is to be had now: what waits for it ends with AVO_EEXPIRED. */
void avo_client_core_ticket_give_up(struct avo_client_core *core);
/* The client's key, in the core's memory. */
const struct avo_key_pair *avo_client_core_key(const struct avo_client_core *core);
bool avo_client_core_ticket_ended(const struct avo_client_core *core);

/* The largest IP packet that passes on the way to a node, as far as probes found out: the view's MTU, or less. *settled (may be
 * NULL) is false while some session's are under way. */
uint32_t avo_client_core_mtu(const struct avo_client_core *core, uint8_t slot, bool *settled);

struct avo_client_core_stats {
    uint64_t datagrams_sent;
    uint64_t datagrams_received;
    uint64_t datagrams_dropped; /* of no session, not authentic, malformed or seen before */
    uint64_t resent;            /* requests sent again */
    uint64_t moved;             /* times that an operation moved to another node */
    uint64_t sessions_opened;
    uint64_t views_adopted;
    uint64_t never_ran; /* writes sent in a session that ended, which its node vouched never to have run */
};
void avo_client_core_stats(const struct avo_client_core *core, struct avo_client_core_stats *stats);

#endif
