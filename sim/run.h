/* One run: a seed's whole cluster from genesis to the last check. */
#ifndef AVO_SIM_RUN_H
#define AVO_SIM_RUN_H

#include "sim/pages.h"
#include "sim/plan.h"
#include "sim/report.h"

/* What a run may borrow; all NULL: nothing. */
struct avo_sim_setup {
    struct avo_pages *pages;     /* what runs before left, and this one leaves */
    const struct avo_plan *plan; /* instead of the seed's */
};

/* Runs `report->seed` and fills the rest of `report`, which is otherwise zero but for `trace`. */
void avo_sim_run(struct avo_report *report, const struct avo_sim_setup *setup);
/* The plan that a run of `seed` draws. */
struct avo_plan avo_sim_plan(uint64_t seed);

#endif
