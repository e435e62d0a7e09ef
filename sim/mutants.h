/* Builds of ourselves with one rule broken: what the simulator is for is shown by its catching each of them. */
#ifndef AVO_SIM_MUTANTS_H
#define AVO_SIM_MUTANTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The names, one a line; false, after a line on stderr, when the patches are not there. */
bool avo_mutants_list(FILE *to);
/* Builds the mutant where that is needed and runs `seed_count` seeds (0: the usual number) on it. Returns what it exited with: 1 is
 * a rule seen broken; 2 when there is no such mutant or it does not build. */
int avo_mutant_run(const char *name, uint64_t seed_count);

#endif
