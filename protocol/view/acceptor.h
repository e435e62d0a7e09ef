/* An acceptor of single-decree Paxos, a pure state [V7]. It lives in enclave memory: an enclave that starts again is another
 * incarnation and votes in no configuration that the former one voted in, so nothing needs to outlive a start. */
#ifndef AVO_VIEW_ACCEPTOR_H
#define AVO_VIEW_ACCEPTOR_H

#include "base/bytes.h"
#include "protocol/view/ballot.h"
#include "protocol/view/view.h"

#define AVO_PROPOSAL_MAX_BYTES (AVO_VIEW_MAX_BYTES - AVO_SIGNATURE_BYTES)

/* All zero: it has adopted no configuration. */
struct avo_acceptor {
    struct avo_configuration configuration; /* that this member is in, and whose successor is chosen */
    struct avo_ballot promised;             /* it answers none below */
    struct avo_ballot accepted;             /* of `proposal`; round 0: there is none */
    uint16_t length;
    uint8_t proposal[AVO_PROPOSAL_MAX_BYTES];
};

/* The member is in this configuration, with everything that votes in it. A newer one forgets what was promised for the former. */
void avo_acceptor_adopt(struct avo_acceptor *acceptor, struct avo_configuration configuration);
/* PREPARE for the configuration it is in. True: it promises to take nothing below `ballot`, and tells what it accepted. False: it
 * has promised a higher one. The same ballot may ask again. */
AVO_MUST_USE bool avo_acceptor_prepare(struct avo_acceptor *acceptor, struct avo_ballot ballot);
/* ACCEPT for the configuration it is in, of a proposal that the caller has checked. True: accepted. False: a higher ballot was
 * promised. */
AVO_MUST_USE bool avo_acceptor_accept(struct avo_acceptor *acceptor, struct avo_ballot ballot, struct avo_slice proposal);

#endif
