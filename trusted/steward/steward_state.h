/* What a steward holds. Only the files of trusted/steward include it, and tests that look inside. */
#ifndef AVO_STEWARD_STATE_H
#define AVO_STEWARD_STATE_H

#include "protocol/channel/stream.h"
#include "protocol/control/binding.h"
#include "protocol/control/choice.h"
#include "protocol/control/join.h"
#include "protocol/control/member.h"
#include "protocol/control/text.h"
#include "trusted/steward/steward.h"
#include "trusted/steward/vouch.h"

enum avo_steward_phase {
    AVO_STEWARD_ALONE = 0,         /* no connection was ever opened */
    AVO_STEWARD_TALKING = 1,       /* more bytes of the CAS are needed */
    AVO_STEWARD_NEED_EVIDENCE = 2, /* for `report_data` */
    AVO_STEWARD_WAITING = 3,       /* the CAS has no policy yet, or other members are missing */
    AVO_STEWARD_MEMBER = 4,        /* `identity` is complete */
    AVO_STEWARD_FAILED = 5,        /* `reason` says why; when `lost`, the next connection begins again */
};

#define AVO_STEWARD_LINES_MAX 4 /* that one step says; what is more is not said */

struct avo_steward {
    struct avo_steward_config config;
    enum avo_steward_phase phase;
    uint8_t configuration_hash[AVO_HASH_BYTES];
    struct avo_secure_stream stream;
    bool connected;        /* `stream` is of a connection that stands */
    bool answered;         /* the CAS sent something on it */
    bool greeted;          /* a HELLO came on it */
    bool asked;            /* a JOIN went out on it */
    bool ended;            /* END was said: nothing follows */
    bool keeps_key;        /* a JOIN went out under its key, which a view may list by now: the next try has the same */
    bool lost;             /* FAILED: the connection broke, or the CAS said "not now". Otherwise it is final */
    uint32_t lost_count;   /* of joins */
    uint32_t fault_count;  /* views that were none, or none of ours */
    uint32_t silent_count; /* connections in a row that the CAS ended without a word */
    uint8_t nonce[AVO_NONCE32_BYTES];
    uint8_t report_data[AVO_BINDING_BYTES];
    struct avo_vouch vouch;
    struct avo_text reason;       /* of the last failure: what, on what, what next; holds no secret */
    struct avo_identity identity; /* the channel key from the first connection; the rest when MEMBER */

    struct avo_view view; /* MEMBER: the newest that was checked */
    struct avo_signed_view signed_view;
    struct avo_acceptor acceptor; /* of what follows the view that all workers are in [V7] */
    /* What the CAS knows by this connection: */
    uint32_t shown_epoch;    /* the newest view that it told, or was shown; 0: it has not heard what this member is yet */
    uint32_t reported_epoch; /* that all workers are in */
    uint32_t reported_synced_epoch;
    uint32_t broken_count;                        /* connections that the CAS broke the rules on */
    uint32_t synced_epoch[AVO_WORKER_MAX_COUNT];  /* of the view for which a worker has pulled all keys; 0: it never had to */
    uint32_t handed_epoch[AVO_WORKER_MAX_COUNT];  /* of the view that a worker was handed last */
    uint32_t adopted_epoch[AVO_WORKER_MAX_COUNT]; /* of the view that it says it is in */

    /* For the step under way. */
    struct avo_steward_effects *effects;
    uint32_t line_count;
    struct avo_text lines[AVO_STEWARD_LINES_MAX];
    struct avo_buffer out;
    uint8_t out_memory[AVO_STEWARD_SEND_MAX_BYTES];
    uint8_t to_las[AVO_LOCAL_MAX_BYTES];
};

/* Around the handler of an event: `effects` are emptied; what the handler wrote to `out` is the last of them. */
void avo_steward_begin(struct avo_steward *steward, struct avo_steward_effects *effects);
void avo_steward_finish(struct avo_steward *steward);

/* Effects: how handlers answer. All but SEND, which avo_steward_finish adds. */
struct avo_steward_effect *avo_steward_effect(struct avo_steward *steward, enum avo_steward_effect_type type);
/* A line of the log, after "slot N: ". */
void avo_steward_say(struct avo_steward *steward, enum avo_log_level level, const char *text);
/* The same with a number in it. */
void avo_steward_say_count(struct avo_steward *steward, enum avo_log_level level, const char *before, uint32_t count,
                           const char *after);
/* Ends the process with the line. */
void avo_steward_end(struct avo_steward *steward, enum avo_ending status, const char *text);
/* The join failed for good, or with this connection; `more` is added to `reason`, NULL: nothing. */
void avo_steward_fail(struct avo_steward *steward, const char *reason, const struct avo_text *more);
void avo_steward_lose(struct avo_steward *steward, const char *reason, const struct avo_text *more);
/* The CAS itself broke the rules: a join fails for good, a member breaks off. */
void avo_steward_reject(struct avo_steward *steward, const char *reason);
/* A member goes on without the CAS, and tries another connection later. `reason` is said, ever more seldom. */
void avo_steward_break_off(struct avo_steward *steward, const char *reason);
/* Seals a message to the CAS into `out`. False when it does not fit. */
AVO_MUST_USE bool avo_steward_send(struct avo_steward *steward, struct avo_slice message);
/* Wipes the connection's secrets and, of what is no member and none that may be listed, its identity. */
void avo_steward_wipe(struct avo_steward *steward);

/* One handler a file: on_NAME.c. Of events: */
void avo_steward_on_opened(struct avo_steward *steward);
void avo_steward_on_bytes(struct avo_steward *steward, struct avo_slice bytes);
void avo_steward_on_closed(struct avo_steward *steward);
void avo_steward_on_las(struct avo_steward *steward, struct avo_slice message);
void avo_steward_on_evidence(struct avo_steward *steward, enum avo_error error, struct avo_slice evidence);
void avo_steward_on_report(struct avo_steward *steward, enum avo_error error, struct avo_slice report);
void avo_steward_on_adopted(struct avo_steward *steward, uint32_t worker, uint32_t epoch);
void avo_steward_on_synced(struct avo_steward *steward, uint32_t worker, uint32_t epoch);
void avo_steward_on_view(struct avo_steward *steward, struct avo_slice signed_view);
/* Of messages of the CAS, by message.c, which knows what is in turn: */
void avo_steward_message(struct avo_steward *steward, struct avo_slice message);
void avo_steward_on_hello(struct avo_steward *steward, struct avo_slice message);
void avo_steward_on_wait(struct avo_steward *steward, struct avo_slice message);
void avo_steward_on_refused(struct avo_steward *steward, struct avo_slice message);
void avo_steward_on_joined(struct avo_steward *steward, struct avo_slice message);
void avo_steward_on_view_message(struct avo_steward *steward, struct avo_slice message);
void avo_steward_on_choice(struct avo_steward *steward, struct avo_slice message);
void avo_steward_on_ping(struct avo_steward *steward, struct avo_slice message);

/* ask.c: the JOIN, with evidence of this kind. */
void avo_steward_ask(struct avo_steward *steward, enum avo_evidence_kind kind, struct avo_slice evidence);
/* view.c: what is wrong with a view that this enclave may be in, whichever epoch it is of: NULL when nothing is. */
const char *avo_steward_view_fault(const struct avo_steward *steward, const struct avo_view *view);
/* view.c: hands the newest view to every worker that is in the one it was handed before. */
void avo_steward_hand(struct avo_steward *steward);
/* report.c: tells the CAS what it does not know yet of this member, where a connection stands. */
void avo_steward_report(struct avo_steward *steward);
/* What it is first, or because the CAS lacks its view. */
void avo_steward_report_member(struct avo_steward *steward);
/* The oldest view that a worker is in. */
uint32_t avo_steward_adopted_epoch(const struct avo_steward *steward);

#endif
