/* The inside of a CAS; only for cas/'s own files. */
#ifndef AVO_CAS_STATE_H
#define AVO_CAS_STATE_H

#include "cas/config.h"
#include "cas/effects.h"
#include "cas/event.h"
#include "cas/proposer.h"
#include "protocol/channel/stream.h"
#include "protocol/control/choice.h"
#include "protocol/control/ends.h"
#include "protocol/control/hello.h"
#include "protocol/control/join.h"
#include "protocol/control/las.h"
#include "protocol/control/member.h"
#include "protocol/control/recover.h"
#include "protocol/control/status.h"
#include "protocol/view/view.h"

#define AVO_CAS_NOBODY UINT32_MAX
#define AVO_CAS_NO_SLOT UINT8_MAX
#define AVO_CAS_LAS_NAME_BYTES 8 /* of its hash, in messages for people */

/* What a connection is. It follows from its first message and never changes after. */
enum avo_cas_peer {
    AVO_CAS_PEER_CLOSED = 0,
    AVO_CAS_PEER_OPEN = 1, /* no message yet */
    AVO_CAS_PEER_USER = 2,
    AVO_CAS_PEER_WAITING = 3, /* an enclave, before there is a policy */
    AVO_CAS_PEER_ENCLAVE = 4, /* an enclave asked to join */
    AVO_CAS_PEER_LAS_WAITING = 5,
    AVO_CAS_PEER_LAS = 6,    /* registered */
    AVO_CAS_PEER_MEMBER = 7, /* of the newest view: under the key that it lists */
};

struct avo_cas_connection {
    enum avo_cas_peer peer;
    bool nonce_live; /* `nonce` was sent since the handshake and not used yet: good for one JOIN or LAS */
    bool evidence_wanted;
    uint64_t arrival; /* counts: which came before which */
    uint64_t deadline_us;
    uint64_t renew_us; /* PEER_LAS: when it must prove itself again */
    uint8_t nonce[AVO_NONCE32_BYTES];
    struct avo_secure_stream stream;
};

struct avo_cas_slot {
    uint32_t connection; /* AVO_CAS_NOBODY: free */
    struct avo_member member;
    struct avo_text refusal;
};

/* What is known of the member of a slot of the newest view: forgotten when the slot has another incarnation. */
struct avo_cas_member {
    uint32_t incarnation;   /* 0: the view lists none */
    uint32_t connection;    /* AVO_CAS_NOBODY: it has none; one that stands is alive (PING) */
    bool was_connected;     /* this incarnation was, before */
    uint32_t adopted_epoch; /* all its workers are in this one [V6] */
    uint32_t synced_epoch;  /* it has pulled all keys for this one [V5, V6] */
    /* On this connection: */
    uint32_t told_epoch;                    /* the newest view that it is known to have */
    struct avo_ballot asked;                /* the ballot it was asked about last, */
    enum avo_proposer_phase asked_in_phase; /* and what */
};

/* An enclave that is to be admitted to the running cluster, once a view may be proposed; one at a time. */
struct avo_cas_joiner {
    uint32_t connection; /* AVO_CAS_NOBODY: there is none */
    struct avo_member member;
};

/* What PERSIST is writing after genesis. */
enum avo_cas_writing {
    AVO_CAS_WRITING_NOTHING = 0,
    AVO_CAS_WRITING_CHOSEN = 1,  /* `chosen`: nobody has seen it yet */
    AVO_CAS_WRITING_LEARNED = 2, /* the newest view, which a member showed */
};

/* The LAS of a machine of the policy. */
struct avo_cas_las {
    uint32_t connection; /* AVO_CAS_NOBODY: none is registered */
    bool simulated;      /* its evidence chains to a simulated root */
    uint8_t sign_public[AVO_PUBLIC_KEY_BYTES];
    uint8_t hash[AVO_HASH_BYTES]; /* avo_las_hash */
    uint64_t ends_s;              /* of the certificates behind its evidence, the first; 0: not known */
};

enum avo_cas_phase {
    AVO_CAS_NO_POLICY = 0,
    AVO_CAS_GATHERING = 1,
    AVO_CAS_SIGNING = 2, /* approved; the state is being written */
    AVO_CAS_FORMED = 3,
};

struct avo_cas {
    struct avo_cas_config config;
    struct avo_key_pair channel_key;
    uint8_t sign_public[AVO_PUBLIC_KEY_BYTES];
    uint8_t sign_secret[64]; /* libsodium: seed, public */

    uint8_t recovery_public[AVO_PUBLIC_KEY_BYTES]; /* of the one who may be this CAS elsewhere; zeros: nobody. As old as the keys */

    enum avo_cas_phase phase;
    uint32_t policy_length;
    uint8_t policy_text[AVO_POLICY_MAX_BYTES];
    struct avo_cas_policy policy;
    uint8_t cluster_id[AVO_CLUSTER_ID_BYTES]; /* drawn with the policy, fixed by view 1 [V0] */
    uint8_t cluster_secret[AVO_CLUSTER_SECRET_BYTES];
    struct avo_cas_slot slots[AVO_SLOT_MAX_COUNT];
    struct avo_cas_las las[AVO_CAS_MACHINE_MAX_COUNT]; /* by machine */
    uint32_t vendor_verifications;
    uint32_t approver;
    struct avo_cas_ends ends;  /* as last looked at */
    uint64_t ends_due_us;      /* when collateral may be looked at again */
    uint64_t ends_warn_us;     /* when the log tells of what ends, again */
    uint64_t collateral_stamp; /* of the verifier: what LASes are verified with; 0: not looked at yet */
    uint64_t collateral_seen;  /* at the last look */
    uint64_t collateral_due_us;
    struct avo_view view; /* SIGNING, FORMED: the newest that it knows */
    struct avo_signed_view signed_view;

    /* FORMED: */
    struct avo_cas_member members[AVO_SLOT_MAX_COUNT]; /* by slot */
    struct avo_proposer proposer;                      /* of what follows `view` [V7] */
    bool current;                                      /* a quorum promised and nothing newer was seen [V7] */
    bool policy_fits;                                  /* the policy's text is that of the newest view */
    struct avo_cas_joiner joiner;
    uint8_t removal;  /* a slot whose member is to leave; AVO_CAS_NO_SLOT: none */
    uint8_t addition; /* a slot that the view lists not, and in which one may join; AVO_CAS_NO_SLOT: none */
    struct avo_view chosen_view;
    struct avo_signed_view chosen; /* length 0: none is to be written */
    bool unsaved;                  /* the newest view was learnt, and is not written yet */
    enum avo_cas_writing writing;
    uint32_t writing_epoch;  /* of the view that is being written: a newer one may be known when it is done */
    uint64_t write_due_us;   /* not before */
    uint64_t prepare_due_us; /* not before: somebody else had a higher ballot */
    uint64_t ping_due_us;

    struct avo_cas_connection *connections;
    uint64_t arrivals;

    /* A recovery: the state that this CAS is to go on with is being written. */
    bool recovering;
    uint32_t recoverer; /* AVO_CAS_NOBODY: it left */
    size_t recovered_length;
    uint8_t recovered[AVO_CAS_STATE_MAX_BYTES];

    struct avo_cas_effect *effects;
    uint32_t effect_count;
    uint32_t effect_capacity;
    struct avo_buffer effect_bytes;
    struct avo_text close_reason; /* of the step under way */
};

/* One handler a file. */
void avo_cas_on_opened(struct avo_cas *cas, const struct avo_cas_event *event);
void avo_cas_on_bytes(struct avo_cas *cas, const struct avo_cas_event *event);
void avo_cas_on_crowded(struct avo_cas *cas);
/* on_crowded.c: a key has proven itself on this connection: where it has too many by now, its first ends. */
void avo_cas_bound_share(struct avo_cas *cas, uint32_t connection);
void avo_cas_on_tick(struct avo_cas *cas, const struct avo_cas_event *event);
void avo_cas_on_evidence_request(struct avo_cas *cas, uint32_t connection, struct avo_slice message);
void avo_cas_on_evidence_ready(struct avo_cas *cas, const struct avo_cas_event *event);
void avo_cas_on_persisted(struct avo_cas *cas, const struct avo_cas_event *event);
void avo_cas_on_join(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message);
void avo_cas_on_member(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message);
void avo_cas_on_adopted(struct avo_cas *cas, uint32_t connection, struct avo_slice message);
void avo_cas_on_synced(struct avo_cas *cas, uint32_t connection, struct avo_slice message);
void avo_cas_on_choice(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message);
void avo_cas_on_las(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message);
void avo_cas_on_policy(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message);
void avo_cas_on_status(struct avo_cas *cas, uint32_t connection, struct avo_slice message);
void avo_cas_on_resize(struct avo_cas *cas, uint32_t connection, struct avo_slice message);
void avo_cas_on_approve(struct avo_cas *cas, uint32_t connection, struct avo_slice message);
void avo_cas_on_view(struct avo_cas *cas, uint32_t connection, struct avo_slice message);
void avo_cas_on_ends(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message);
void avo_cas_on_recover(struct avo_cas *cas, uint32_t connection, struct avo_slice message);
void avo_cas_on_reset(struct avo_cas *cas, uint32_t connection, struct avo_slice message);
void avo_cas_on_ticket(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message);

/* members.c: what is known of members. */
/* The newest view is another than before: what follows it is to be chosen, and members that left it hear so and are let go. */
void avo_cas_follow(struct avo_cas *cas);
/* The enclaves that the newest view admits, and that wait for it, get it and the cluster's secret. */
void avo_cas_welcome(struct avo_cas *cas);
/* Shows the newest view to one that is not in it, and closes: it ends when it sees that [DESIGN 6]. */
void avo_cas_let_go(struct avo_cas *cas, uint32_t connection);
/* A member showed a signed view; true when it is one of this cluster. A newer one is taken over. */
AVO_MUST_USE bool avo_cas_learn(struct avo_cas *cas, struct avo_slice signed_view, struct avo_view *view);
/* The slot of the member with this channel key; AVO_CAS_NO_SLOT: the newest view lists none. */
uint8_t avo_cas_slot_of_key(const struct avo_cas *cas, const uint8_t key[AVO_PUBLIC_KEY_BYTES]);

/* on_recover.c: the recovered state is on disk: this CAS is that one now; or it could not be written. */
void avo_cas_on_recovered(struct avo_cas *cas, const struct avo_cas_event *event);

/* pursue.c: at the end of each step, what is under way goes on: a choice, what must be written, what members lack. */
void avo_cas_pursue(struct avo_cas *cas, const struct avo_cas_event *event);
/* The view that was chosen and is now on disk is the newest; or it could not be written. */
void avo_cas_on_written(struct avo_cas *cas, const struct avo_cas_event *event);
/* tell.c: views, questions of the choice and pings for the members that lack them. */
void avo_cas_tell(struct avo_cas *cas, const struct avo_cas_event *event);

/* want.c: what this CAS wants to follow the newest view [V4, V6]; false: nothing, or not yet. */
AVO_MUST_USE bool avo_cas_want(struct avo_cas *cas, struct avo_view *next);
/* resize.c. Has the member of `slot` leave, and the group be smaller by one. An error and `reason` when it cannot be now. */
AVO_MUST_USE enum avo_error avo_cas_remove(struct avo_cas *cas, uint8_t slot, struct avo_text *reason);
/* Lets an enclave join in `slot`, which the newest view lists not. An error and `reason` when it cannot be now. */
AVO_MUST_USE enum avo_error avo_cas_add(struct avo_cas *cas, uint8_t slot, struct avo_text *reason);
/* check.c: whether the voters have pulled what the last change of the group's size asks for [V6]. */
AVO_MUST_USE bool avo_cas_resize_is_synced(const struct avo_cas *cas);
/* Whether the group may be smaller by this member now: AVO_EDENIED, it may not be so small; AVO_EBUSY, not yet. */
AVO_MUST_USE enum avo_error avo_cas_check_smaller(const struct avo_cas *cas, uint8_t slot, struct avo_text *reason);
/* AVO_EBUSY, and in `reason` the new slot that is waited for. */
enum avo_error avo_cas_wait_for_new_slot(const struct avo_cas *cas, struct avo_text *reason);
/* Whether an enclave may take `slot` of the running cluster now: AVO_EBUSY and `reason` when it may later. */
AVO_MUST_USE enum avo_error avo_cas_check_rejoin(const struct avo_cas *cas, uint8_t slot, struct avo_text *reason);
/* [V7, V8] Whether this CAS may admit and issue: AVO_EQUORUM, AVO_ESTALE and what to do when not. */
AVO_MUST_USE enum avo_error avo_cas_check_current(const struct avo_cas *cas, struct avo_text *reason);

/* message.c: dispatches a message of a peer whose turn it is. */
void avo_cas_on_message(struct avo_cas *cas, const struct avo_cas_event *event, struct avo_slice message);

/* connection.c: what a connection is. */
/* A message of this type came: its first makes of the connection what it stays. False: what it is lets none of this type follow. */
AVO_MUST_USE bool avo_cas_take_turn(struct avo_cas_connection *peer, enum avo_control_type type);
/* The slot of the member on this connection, whose peer is AVO_CAS_PEER_MEMBER. */
uint8_t avo_cas_slot_of(const struct avo_cas *cas, uint32_t connection);
/* Forgets a connection that ended, and with it what rested on it: its slot before view 1, its LAS, its wish to approve. */
void avo_cas_forget(struct avo_cas *cas, uint32_t connection);
/* Closes it and forgets it; `why` is text that lasts as long as the step's effects. */
void avo_cas_close(struct avo_cas *cas, uint32_t connection, const char *why);
/* The LAS on this connection, if there is one, is no longer registered. */
void avo_cas_las_forget(struct avo_cas *cas, uint32_t connection);

/* renew.c: asks the LASes that are due, and all when the collateral changed, to prove themselves again. */
void avo_cas_renew(struct avo_cas *cas, uint64_t now_us);

/* ends.c: when the things end that joining rests on, as of now; and a warning in the log for each within a week, once a day. */
const struct avo_cas_ends *avo_cas_ends_look(struct avo_cas *cas, uint64_t now_us);
void avo_cas_ends_warn(struct avo_cas *cas, const struct avo_cas_event *event);

/* evidence.c. What a peer's evidence must be bound to; the configuration hash is the caller's to fill in. */
struct avo_binding avo_cas_binding(const struct avo_cas *cas, uint32_t connection, uint8_t tee, enum avo_attested_role role);
/* A vendor's evidence; AVO_OK only when the policy accepts it, for this binding. Counted. */
AVO_MUST_USE enum avo_error avo_cas_verify(struct avo_cas *cas, const struct avo_cas_event *event,
                                           const struct avo_binding *binding, struct avo_slice evidence,
                                           struct avo_attested *attested, struct avo_text *reason);
/* A voucher of a LAS that is registered now; `machine` is that LAS's. */
AVO_MUST_USE enum avo_error avo_cas_verify_voucher(const struct avo_cas *cas, const struct avo_binding *binding,
                                                   struct avo_slice bytes, struct avo_attested *attested, uint8_t *machine,
                                                   struct avo_text *reason);

/* proposal.c: view 1 of the slots that are taken; false while one is free. */
AVO_MUST_USE bool avo_cas_propose(const struct avo_cas *cas, struct avo_view *view);

/* Whether a policy's text is the one that a view names. */
AVO_MUST_USE bool avo_cas_policy_matches(struct avo_slice text, const struct avo_view *view);

/* wire.c. The member of slot `i` that one for `slot` must go with; NULL: none. */
const struct avo_member *avo_cas_other(const struct avo_cas *cas, uint8_t slot, uint8_t i);
/* Has one for `slot` that speaks `highest` and the version before one in common with all others, and with the view? AVO_OK,
 * or AVO_EDENIED with the reason. */
AVO_MUST_USE enum avo_error avo_cas_check_wire(const struct avo_cas *cas, uint8_t slot, uint8_t highest, struct avo_text *reason);

/* sealed_state.c: the bytes PERSIST hands out, with this view. */
void avo_cas_state_write(struct avo_writer *writer, const struct avo_cas *cas, const struct avo_signed_view *signed_view);
/* Whether `state` is of the CAS with this channel key, of this cluster, and to be recovered by this key; else an error and
 * `reason`. */
AVO_MUST_USE enum avo_error avo_cas_state_check(const struct avo_cas *cas, struct avo_slice state,
                                                const struct avo_recover *recover, const uint8_t *recovery_public,
                                                struct avo_text *reason);
/* The effect that has them written. */
void avo_cas_persist(struct avo_cas *cas, const struct avo_signed_view *signed_view);

/* reply.c: effects. Capacities cover the worst step, since a peer speaks in turns. */
/* A step begins: what the last one left is gone. */
void avo_cas_effects_begin(struct avo_cas *cas);
void avo_cas_send(struct avo_cas *cas, uint32_t connection, struct avo_slice message);
/* A message without a body. */
void avo_cas_send_empty(struct avo_cas *cas, uint32_t connection, enum avo_control_type type);
void avo_cas_send_hello(struct avo_cas *cas, uint32_t connection);
void avo_cas_send_joined(struct avo_cas *cas, uint32_t connection);
/* Sends REFUSED; the connection stays. */
void avo_cas_refuse(struct avo_cas *cas, uint32_t connection, enum avo_error error, const struct avo_text *text);
void avo_cas_refuse_string(struct avo_cas *cas, uint32_t connection, enum avo_error error, const char *text);
/* The newest signed view. */
void avo_cas_send_view(struct avo_cas *cas, uint32_t connection);
/* Lines of the log: what happened, and what somebody should look at. */
void avo_cas_log(struct avo_cas *cas, const struct avo_text *text);
void avo_cas_warn(struct avo_cas *cas, const struct avo_text *text);
/* What strangers can cause; `kind` is static storage (cas/effects.h). */
void avo_cas_warn_seldom(struct avo_cas *cas, const struct avo_text *text, const char *kind);
void avo_cas_log_string(struct avo_cas *cas, const char *text);
void avo_cas_effect(struct avo_cas *cas, enum avo_cas_effect_kind kind, uint32_t connection, struct avo_slice bytes);
/* The same, with a copy of `bytes` in the effects' memory. */
void avo_cas_effect_copy(struct avo_cas *cas, enum avo_cas_effect_kind kind, uint32_t connection, struct avo_slice bytes);

/* A slot that is not counted in n yet joins: meanwhile no voter leaves or starts again [V7]. */
static inline bool avo_cas_new_slot_joins(const struct avo_cas *cas) {
    return cas->view.member_count > cas->view.slot_count;
}

static inline const uint8_t *avo_cas_proven_key(const struct avo_cas *cas, uint32_t connection) {
    return cas->connections[connection].stream.remote_static;
}

#endif
