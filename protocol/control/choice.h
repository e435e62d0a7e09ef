/* The choice of the configuration that follows another: single-decree Paxos, the CAS as proposer, the stewards of the voters as
 * acceptors [V7]. Each message names its instance, the configuration that is followed, and a ballot.
 *   PREPARE, ACCEPTED, NACK: instance u32 + u64, ballot u32 + u64; NACK's is the one that was promised.
 *   PROMISE: the same, then the accepted ballot u32 + u64 and its proposal; round 0 and no bytes: nothing was accepted.
 *   ACCEPT: the same, then the proposal: a view's bytes, without a signature, so that nobody can adopt it [V1].
 */
#ifndef AVO_CONTROL_CHOICE_H
#define AVO_CONTROL_CHOICE_H

#include "protocol/control/control.h"
#include "protocol/view/acceptor.h"

struct avo_choice {
    enum avo_control_type type; /* PREPARE, PROMISE, ACCEPT, ACCEPTED or NACK */
    struct avo_configuration instance;
    struct avo_ballot ballot;   /* its round is at least 1 */
    struct avo_ballot accepted; /* PROMISE */
    struct avo_slice proposal;  /* PROMISE, ACCEPT: borrowed, at most AVO_PROPOSAL_MAX_BYTES */
};

#define AVO_CHOICE_MAX_BYTES (1 + 12 + 12 + 12 + AVO_PROPOSAL_MAX_BYTES)

void avo_choice_write(struct avo_writer *writer, const struct avo_choice *choice);
/* Reads any of the five. */
AVO_MUST_USE enum avo_error avo_choice_read(struct avo_slice message, struct avo_choice *choice);

#endif
