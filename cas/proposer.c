#include "cas/proposer.h"
#include "base/assert.h"

/* [V4, V7] */
static bool is_quorum(const struct avo_proposer *proposer, uint32_t slots) {
    return __builtin_popcount(slots & proposer->voters) >= proposer->quorum;
}

void avo_proposer_follow(struct avo_proposer *proposer, const struct avo_view *view, uint64_t generation) {
    *proposer = (struct avo_proposer){
        .number = proposer->number, .configuration = {view->epoch, generation}, .quorum = avo_view_quorum(view)};
    for (uint8_t i = 0; i < view->member_count; i++) {
        proposer->voters |= view->members[i].role == AVO_ROLE_VOTING ? 1U << view->members[i].slot : 0;
    }
}

bool avo_proposer_prepare(struct avo_proposer *proposer) {
    AVO_ASSERT(proposer->phase == AVO_PROPOSER_IDLE);
    if (proposer->round_seen == UINT32_MAX) {
        return false;
    }
    proposer->round_seen++;
    proposer->ballot = (struct avo_ballot){proposer->round_seen, proposer->number};
    proposer->promised = 0;
    proposer->accepted = 0;
    proposer->found = (struct avo_ballot){0};
    proposer->length = 0;
    proposer->phase = AVO_PROPOSER_PREPARING;
    return true;
}

void avo_proposer_on_promise(struct avo_proposer *proposer, uint8_t slot, struct avo_ballot ballot, struct avo_ballot accepted,
                             struct avo_slice proposal) {
    if (proposer->phase != AVO_PROPOSER_PREPARING || avo_ballot_compare(ballot, proposer->ballot) != 0 ||
        (proposer->voters >> slot & 1) == 0) {
        return;
    }
    if (avo_ballot_compare(accepted, proposer->found) > 0) {
        proposer->found = accepted;
        avo_copy(proposer->value, sizeof proposer->value, proposal);
        proposer->length = (uint16_t)proposal.length;
    }
    proposer->promised |= 1U << slot;
    if (is_quorum(proposer, proposer->promised)) {
        proposer->phase = AVO_PROPOSER_READY;
    }
}

void avo_proposer_propose(struct avo_proposer *proposer, struct avo_slice wanted) {
    AVO_ASSERT(proposer->phase == AVO_PROPOSER_READY);
    if (proposer->found.round == 0) {
        AVO_ASSERT(wanted.length > 0);
        avo_copy(proposer->value, sizeof proposer->value, wanted);
        proposer->length = (uint16_t)wanted.length;
    }
    proposer->phase = AVO_PROPOSER_ACCEPTING;
}

void avo_proposer_on_accepted(struct avo_proposer *proposer, uint8_t slot, struct avo_ballot ballot) {
    if (proposer->phase != AVO_PROPOSER_ACCEPTING || avo_ballot_compare(ballot, proposer->ballot) != 0) {
        return;
    }
    proposer->accepted |= 1U << slot;
    if (is_quorum(proposer, proposer->accepted)) {
        proposer->phase = AVO_PROPOSER_CHOSEN;
    }
}

void avo_proposer_on_nack(struct avo_proposer *proposer, struct avo_ballot promised) {
    proposer->round_seen = promised.round > proposer->round_seen ? promised.round : proposer->round_seen;
    if (proposer->phase != AVO_PROPOSER_CHOSEN && avo_ballot_compare(promised, proposer->ballot) > 0) {
        proposer->phase = AVO_PROPOSER_IDLE;
    }
}
