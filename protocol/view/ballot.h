/* What is decided, and by whom: a configuration is followed by one other, and single-decree Paxos says by which [V7]. */
#ifndef AVO_VIEW_BALLOT_H
#define AVO_VIEW_BALLOT_H

#include <stdbool.h>
#include <stdint.h>

#define AVO_GENERATION_MAX ((1ULL << 48) - 1) /* it is refused beyond; it does not wrap */

/* The epoch of a view, and how many reclaims of tombstones came before. Ordered as a pair. An instance of Paxos is named by the
 * configuration that is followed. */
struct avo_configuration {
    uint32_t epoch; /* 0: none */
    uint64_t generation;
};

/* Below zero, zero, above zero: as `a` is below, equal to, above `b`. */
int avo_configuration_compare(struct avo_configuration a, struct avo_configuration b);

/* Ordered as a pair. No two proposers have the same `proposer`, and none uses a round for two proposals. */
struct avo_ballot {
    uint32_t round; /* 0: none */
    uint64_t proposer;
};

#define AVO_PROPOSER_CAS (1ULL << 63) /* of a start of a CAS, with 63 random bits; a member's is its incarnation and slot */

int avo_ballot_compare(struct avo_ballot a, struct avo_ballot b);

#endif
