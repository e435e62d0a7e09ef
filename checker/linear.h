/* Is a history linearizable? (Herlihy and Wing, "Linearizability", TOPLAS 1990.)
 *
 * Each key is a register of its own. The method is just-in-time linearization (Lowe, "Testing for linearizability", 2017): walk
 * the calls and returns in order of time with the set of all configurations that explain what returned so far; an operation takes
 * effect only when a return forces it. Three facts about registers keep the set small without losing an answer:
 * - a pending get whose value the key holds right now may take effect right now;
 * - a put or delete whose value nobody pending is waiting for need not take effect before its own return: if any other write took
 *   effect since its call, it may be put, unseen, just before that one ("covered");
 * - a write with unknown outcome whose value nobody ever finds may be left out, and may be forgotten after the last one found it.
 * Values need not be unique.
 */
#ifndef AVO_CHECKER_LINEAR_H
#define AVO_CHECKER_LINEAR_H

#include "checker/history.h"

enum avo_linear_verdict {
    AVO_LINEAR_YES,
    AVO_LINEAR_NO,        /* no order explains it */
    AVO_LINEAR_UNDECIDED, /* more than AVO_PENDING_MAX operations pending at once, or too many configurations */
};

struct avo_linear_report {
    enum avo_linear_verdict verdict;
    uint32_t key;   /* NO, UNDECIDED: of this key */
    uint32_t entry; /* NO: the first entry, in order of returns, whose return nothing explains */
};

/* Checks every key from "absent"; the first that is not YES is reported. */
struct avo_linear_report avo_linear_check(const struct avo_history *history);

#endif
