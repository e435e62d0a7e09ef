/* Is a history linearizable? (Herlihy and Wing, "Linearizability", TOPLAS 1990.)
 *
 * Each key is a register of its own. The method is just-in-time linearization (Lowe, "Testing for linearizability", 2017): walk
 * the calls and returns in order of time with the set of all configurations that explain what returned so far; an operation takes
 * effect only when a return forces it. Four facts about registers keep the set small without losing an answer:
 * - a pending get whose value the key holds right now may take effect right now;
 * - a put or delete whose value nobody pending is waiting for need not take effect before its own return: if any other write took
 *   effect since its call, it may be put, unseen, just before that one ("covered");
 * - a write with unknown outcome whose value nobody ever finds may be left out, and may be forgotten after the last one found it;
 *   of two that do the same, the one that was called first may take effect first; and a configuration that used up more of them
 *   than another, and is like it otherwise, explains nothing more.
 * Values need not be unique.
 */
#ifndef AVO_CHECKER_LINEAR_H
#define AVO_CHECKER_LINEAR_H

#include "checker/history.h"

enum avo_linear_verdict {
    AVO_LINEAR_YES,
    AVO_LINEAR_NO,        /* no order explains it */
    AVO_LINEAR_UNDECIDED, /* more than AVO_PENDING_MAX operations pending at once, or beyond a limit */
};

struct avo_linear_report {
    enum avo_linear_verdict verdict;
    uint32_t key;   /* NO, UNDECIDED: of this key */
    uint32_t entry; /* NO: the first entry, in order of returns, whose return nothing explains */
};

/* What a check may take before it gives up. */
struct avo_linear_limits {
    uint32_t configurations; /* at one return; 200 bytes or so each */
    uint64_t steps;          /* of all keys together; hundreds of millions a second */
};

/* Checks every key from "absent"; the first that is NO is reported, else the last that is UNDECIDED. Gives names to numbers that
 * INCRs made, changes nothing else. Limits: about 200 MB and half a minute. */
struct avo_linear_report avo_linear_check(struct avo_history *history);
struct avo_linear_report avo_linear_check_within(struct avo_history *history, struct avo_linear_limits limits);

#endif
