#include "protocol/view/acceptor.h"
#include "base/assert.h"

void avo_acceptor_adopt(struct avo_acceptor *acceptor, struct avo_configuration configuration) {
    if (avo_configuration_compare(configuration, acceptor->configuration) > 0) {
        *acceptor = (struct avo_acceptor){.configuration = configuration};
    }
}

bool avo_acceptor_prepare(struct avo_acceptor *acceptor, struct avo_ballot ballot) {
    if (avo_ballot_compare(ballot, acceptor->promised) < 0) {
        return false;
    }
    acceptor->promised = ballot;
    return true;
}

bool avo_acceptor_accept(struct avo_acceptor *acceptor, struct avo_ballot ballot, struct avo_slice proposal) {
    AVO_ASSERT(proposal.length > 0 && proposal.length <= sizeof acceptor->proposal);
    if (avo_ballot_compare(ballot, acceptor->promised) < 0) {
        return false;
    }
    acceptor->promised = ballot;
    acceptor->accepted = ballot;
    avo_copy(acceptor->proposal, sizeof acceptor->proposal, proposal);
    acceptor->length = (uint16_t)proposal.length;
    return true;
}
