/* A proposer of single-decree Paxos, a pure state [V7]: which view follows a configuration. A CAS has one, made again at each start
 * under another number, so that two CAS instances of the same sealed state are two proposers. */
#ifndef AVO_CAS_PROPOSER_H
#define AVO_CAS_PROPOSER_H

#include "protocol/view/acceptor.h"

enum avo_proposer_phase {
    AVO_PROPOSER_IDLE = 0,      /* nothing was asked yet, or somebody has a higher ballot: prepare */
    AVO_PROPOSER_PREPARING = 1, /* its ballot is to be promised */
    AVO_PROPOSER_READY = 2,     /* a quorum promised: propose */
    AVO_PROPOSER_ACCEPTING = 3, /* `value` is to be accepted */
    AVO_PROPOSER_CHOSEN = 4,    /* a quorum accepted `value`: nothing else can ever follow */
};

struct avo_proposer {
    uint64_t number; /* of this start: AVO_PROPOSER_CAS and random bits */
    struct avo_configuration configuration;
    uint32_t voters; /* slots, a bit each */
    uint8_t quorum;
    enum avo_proposer_phase phase;
    struct avo_ballot ballot;
    uint32_t round_seen;     /* the highest of anybody */
    uint32_t promised;       /* the slots that promised `ballot`, a bit each */
    uint32_t accepted;       /* the slots that accepted it */
    struct avo_ballot found; /* of `value`, when it was found in a promise; round 0: nothing was */
    uint16_t length;
    uint8_t value[AVO_PROPOSAL_MAX_BYTES];
};

/* Another configuration is to be followed; what was known of the former is forgotten. Its voters are those of `view`. */
void avo_proposer_follow(struct avo_proposer *proposer, const struct avo_view *view, uint64_t generation);
/* Begins a ballot above all that were seen; in IDLE only. False when rounds have come to their end. */
AVO_MUST_USE bool avo_proposer_prepare(struct avo_proposer *proposer);
/* A PROMISE of `slot` for `ballot`, with what that member accepted before (round 0: nothing). */
void avo_proposer_on_promise(struct avo_proposer *proposer, uint8_t slot, struct avo_ballot ballot, struct avo_ballot accepted,
                             struct avo_slice proposal);
/* READY: proposes what was found, whatever `wanted` is; `wanted` when nothing was. */
void avo_proposer_propose(struct avo_proposer *proposer, struct avo_slice wanted);
/* An ACCEPTED of `slot` for `ballot`. */
void avo_proposer_on_accepted(struct avo_proposer *proposer, uint8_t slot, struct avo_ballot ballot);
/* A NACK: that member has promised `promised`. Not for one that is chosen already. */
void avo_proposer_on_nack(struct avo_proposer *proposer, struct avo_ballot promised);

#endif
