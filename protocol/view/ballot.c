#include "protocol/view/ballot.h"

static int compare(uint64_t a, uint64_t b) {
    return (a > b) - (a < b);
}

int avo_configuration_compare(struct avo_configuration a, struct avo_configuration b) {
    int epochs = compare(a.epoch, b.epoch);
    return epochs != 0 ? epochs : compare(a.generation, b.generation);
}

int avo_ballot_compare(struct avo_ballot a, struct avo_ballot b) {
    int rounds = compare(a.round, b.round);
    return rounds != 0 ? rounds : compare(a.proposer, b.proposer);
}
