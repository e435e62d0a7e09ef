/* What one worker holds. Only the files of trusted/worker include it. */
#ifndef AVO_WORKER_WORKER_STATE_H
#define AVO_WORKER_WORKER_STATE_H

#include "base/blob.h"
#include "protocol/channel/transfer.h"
#include "protocol/view/part.h"
#include "trusted/store/store.h"
#include "trusted/worker/outbox.h"
#include "trusted/worker/session.h"
#include "trusted/worker/worker.h"

/* Channel numbers of transfers: a peer's slot, then sessions by index. */
#define AVO_TRANSFER_CHANNEL_SESSION 16

struct avo_peer {
    bool present;
    uint32_t batch; /* the open batch for it in the outbox, or AVO_POOL_NONE */
    struct avo_route route;
    struct avo_channel channel;
    struct avo_path path;
    uint64_t called_us; /* when it was last probed for want of a packet of it */
    uint64_t shown_us;  /* when our view was last shown to its slot */
};

struct avo_worker {
    struct avo_worker_config config;
    struct avo_region_worker door;
    struct avo_aead *aead;
    struct avo_store *store;
    struct avo_replica *replica;
    struct avo_blobs operation_blobs;
    struct avo_blobs incoming_blobs; /* apart from the operations': a reassembly never waits for an operation to end */
    struct avo_blobs outgoing_blobs;
    struct avo_transfers *transfers;
    struct avo_sessions sessions;
    struct avo_outbox outbox;
    struct avo_peer peers[AVO_SLOT_MAX_COUNT];
    struct avo_effects effects;
    uint64_t budget_bytes; /* the arena's capacity: this worker's share of the enclave's memory */
    uint8_t *packet;       /* the private copy of the packet being handled [B1] */
    struct avo_view view;  /* that it is in: the one it joined with, then the newest that the steward handed it */
    uint8_t view_hash[8];  /* its first bytes [V2] */
    uint8_t wire_version;  /* that its members speak */
    uint8_t key_secret[AVO_KEY_SECRET_BYTES]; /* which worker has a key: clients learn this one, and no other secret */
    struct avo_signed_view signed_view;       /* the same, as it is shown to those that are behind */
    struct avo_view_gather gather;            /* of a view that a peer shows */
    uint64_t posted_us;                       /* when the steward last got one of those */
    uint64_t shown_us;                        /* when our view was last shown to a client of which nothing is proven */
    uint32_t told_epoch;                      /* that the steward knows this worker to be in */
    uint32_t told_synced_epoch;               /* for which it knows the replica's sync to be complete */
    uint64_t now_us;                          /* time that passed: decides when to retry; never goes back */
    uint64_t host_us;                         /* the host's clock as it last was: only for what expires by the calendar */
    uint64_t ticked_us;
    uint64_t aged_us;       /* when the channels last were */
    uint64_t worked_us;     /* when something was last done */
    uint32_t hellos_left;   /* this turn: handshakes are dear */
    uint32_t refusals_left; /* this turn: refusals are hints, not an amplifier */
    bool figures_told;      /* to the sender of this packet: it may ask a hundred times in one */
    uint32_t pack_left;     /* values that may still be moved together */
    struct avo_figures stats;
    uint64_t tampered_marks[2]; /* what `tampered` was a while ago, and at most twice as long ago, newest last */
    uint64_t marked_us;
    uint64_t judged_us;
    uint64_t watched_us;   /* when it was judged first */
    uint64_t silent_nodes; /* a bit a slot */
    uint32_t conditions;   /* that hold (base/condition.h) */
    uint64_t condition_since_us[AVO_CONDITION_COUNT];
};

/* receive.c: hands the packet of `packet_bytes` in worker->packet to the handler of its kind. */
void avo_worker_receive(struct avo_worker *worker, const struct avo_address *from, size_t packet_bytes);

/* secrets.c: what is made of the cluster's secret. */
void avo_worker_secrets_make(const struct avo_worker *worker, uint8_t key_secret[AVO_KEY_SECRET_BYTES],
                             uint8_t store_secret[AVO_STORE_SECRET_BYTES]);

/* One handler a file: on_NAME.c. The packet is in worker->packet. */
void avo_worker_on_other_version(struct avo_worker *worker, const struct avo_address *from, const struct avo_packet_header *header);
void avo_worker_on_peer_packet(struct avo_worker *worker, const struct avo_address *from, const struct avo_packet_header *header,
                               size_t packet_bytes);
void avo_worker_on_client_packet(struct avo_worker *worker, const struct avo_address *from, const struct avo_packet_header *header,
                                 size_t packet_bytes);
/* Opens a session, or repeats the welcome of the session this HELLO opened. */
void avo_worker_on_hello(struct avo_worker *worker, const struct avo_address *from, const struct avo_packet_header *header,
                         struct avo_slice body);
/* A part of a view, or a question for one. */
void avo_worker_on_view_packet(struct avo_worker *worker, const struct avo_address *from, const struct avo_packet_header *header,
                               struct avo_slice body);
/* A letter of the steward. */
void avo_worker_on_letter(struct avo_worker *worker, const struct avo_letter *letter);

/* peers.c: `view` takes the place of worker->view, with the channels that it lists; open batches are flushed before. False when a
 * peer's key is none: that peer is then absent. */
AVO_MUST_USE bool avo_worker_peers_adopt(struct avo_worker *worker, const struct avo_view *view);

/* from_peer.c, from_client.c: a decoded message of an authenticated sender. */
void avo_worker_on_peer_message(struct avo_worker *worker, uint8_t slot, const struct avo_message *message);
void avo_worker_on_client_message(struct avo_worker *worker, struct avo_session *session, const struct avo_message *message);

/* spread.c: a view that differs from ours was met in a packet [V2]. The one that is behind is shown ours, at most so often; where
 * we are, we ask. */
void avo_worker_on_other_view(struct avo_worker *worker, const struct avo_address *from, const struct avo_packet_header *header);
/* spread.c: our view for `to`, a packet a part; the same for a session's client, at most so often. */
void avo_worker_view_show(struct avo_worker *worker, const struct avo_address *to, uint8_t destination);
void avo_worker_session_show_view(struct avo_worker *worker, struct avo_session *session);
/* spread.c: the same for a client of which nothing is proven; no oftener for all of them together. */
void avo_worker_stranger_show_view(struct avo_worker *worker, const struct avo_address *to);

/* emit.c: steps the replica and sends what comes of it; sends one message; moves transfers on. */
void avo_worker_step(struct avo_worker *worker, const struct avo_event *event);
void avo_worker_send_peer(struct avo_worker *worker, uint8_t slot, uint64_t key, const struct avo_message *message);
void avo_worker_send_client(struct avo_worker *worker, struct avo_session *session, uint64_t key,
                            const struct avo_message *message);
void avo_worker_emit_transfers(struct avo_worker *worker);
/* emit.c: to be called when a packet was handled: answers it, be it with an empty batch, when the sender may lack the
 * acknowledgement of its key. */
void avo_worker_acknowledge_peer(struct avo_worker *worker, struct avo_peer *peer);
void avo_worker_acknowledge_client(struct avo_worker *worker, struct avo_session *session);
/* emit.c: takes a segment in; true when it completed a message, which is in `whole` until the next call that takes the transfers.
 */
bool avo_worker_reassemble(struct avo_worker *worker, uint32_t channel, uint64_t user, const struct avo_segment *segment,
                           struct avo_message *whole);

/* conditions.c: once a second, judges what somebody should look at, and posts it to the host. */
void avo_worker_judge(struct avo_worker *worker);

/* worker_state.c: is there room for more than what must leave? Probes and views wait for it. */
bool avo_worker_has_room(struct avo_worker *worker);
/* worker_state.c: the header of every packet this worker sends; ends a session and all that hangs on it. */
struct avo_packet_header avo_worker_header(const struct avo_worker *worker, enum avo_packet_kind kind, uint8_t destination,
                                           uint32_t session);
void avo_worker_end_session(struct avo_worker *worker, struct avo_session *session);
/* worker_state.c: is a packet of this worker's view [V2]? */
bool avo_worker_view_matches(const struct avo_worker *worker, const struct avo_packet_header *header);
/* worker_state.c: counts a packet that its channel did not open. */
void avo_worker_count_refused(struct avo_worker *worker, enum avo_error error);
/* worker_state.c: tells a client, unauthenticated, why its packet is not served. */
void avo_worker_refuse(struct avo_worker *worker, const struct avo_address *to, uint32_t client_number, enum avo_error why);

#endif
