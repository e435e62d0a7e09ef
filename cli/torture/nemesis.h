/* Carries out a plan of faults on the nodes of this machine, and undoes all of it. */
#ifndef AVO_CLI_TORTURE_NEMESIS_H
#define AVO_CLI_TORTURE_NEMESIS_H

#include "cli/torture/fault.h"

#define AVO_NEMESIS_ACTIVE_MAX 32

struct avo_nemesis {
    struct avo_fault_scene scene;
    struct avo_fault_plan plan;
    struct avo_fault next;
    struct avo_fault active[AVO_NEMESIS_ACTIVE_MAX];
    unsigned active_count;
    uint64_t hit[AVO_FAULT_KINDS];                           /* faults that ended and had an effect */
    uint64_t missed[AVO_FAULT_KINDS];                        /* that had none */
    void (*say)(const struct avo_fault *fault, bool begins); /* NULL: nobody wants to know */
};

/* `dir` and `view` are borrowed. False: a kind cannot be had here; `why` says what to do, and nothing was done. */
AVO_MUST_USE bool avo_nemesis_open(struct avo_nemesis *nemesis, const char *dir, const struct avo_view *view,
                                   struct avo_fault_plan plan, struct avo_why *why);
/* Ends and begins what is due at `now_ns` of the run; gives the time of the next turn, UINT64_MAX when there is none. */
uint64_t avo_nemesis_turn(struct avo_nemesis *nemesis, uint64_t now_ns);
/* Ends every fault now. */
void avo_nemesis_heal(struct avo_nemesis *nemesis);
/* After that: waits until every node that was ended votes again. False: one does not; `why` says what was said of it. */
AVO_MUST_USE bool avo_nemesis_settle(struct avo_nemesis *nemesis, struct avo_why *why);
void avo_nemesis_close(struct avo_nemesis *nemesis);
uint64_t avo_nemesis_hits(const struct avo_nemesis *nemesis);

#endif
