/* What a run says: the readable trace of its events, its counters, and the first rule it saw broken. */
#ifndef AVO_SIM_REPORT_H
#define AVO_SIM_REPORT_H

#include "sim/counters.h"
#include <stdio.h>

struct avo_report {
    uint64_t seed;
    uint64_t now_us; /* virtual time since the run began */
    FILE *trace;     /* NULL: none */
    bool violated;
    char rule[32];
    char what[256];
    struct avo_counters counters;
};

/* One line of the trace. */
void avo_report_trace(struct avo_report *report, const char *format, ...) AVO_PRINTF(2, 3);
/* A rule is broken; the first one is kept. `rule`: one word, e.g. "linearizability". */
void avo_report_violation(struct avo_report *report, const char *rule, const char *format, ...) AVO_PRINTF(3, 4);

static inline void avo_report_count(struct avo_report *report, enum avo_counter counter) {
    report->counters.of[counter]++;
}

#endif
