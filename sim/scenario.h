/* A scenario: one run whose plan stands in a file, so that it stays what it was when the drawing of plans changes. Its text is
 * lines of a name and a number; # begins a comment; what it does not name is 0, which means "none" or "off". */
#ifndef AVO_SIM_SCENARIO_H
#define AVO_SIM_SCENARIO_H

#include "sim/plan.h"
#include <stdio.h>

struct avo_scenario {
    uint64_t seed;
    struct avo_plan plan;
};

/* Reads all of `from`. False, and the reason in `why`, when a line is not a known name and a number that fits, or the plan is none
 * that can run. */
AVO_MUST_USE bool avo_scenario_read(struct avo_scenario *scenario, FILE *from, char why[128]);
/* Writes one that avo_scenario_read reads. */
void avo_scenario_write(const struct avo_scenario *scenario, FILE *to);

#endif
