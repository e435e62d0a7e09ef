/* One run: a seed's whole cluster from genesis to the last check. */
#ifndef AVO_SIM_RUN_H
#define AVO_SIM_RUN_H

#include "sim/report.h"

/* Runs `report->seed` and fills the rest of `report`, which is otherwise zero but for `trace`. */
void avo_sim_run(struct avo_report *report);

#endif
