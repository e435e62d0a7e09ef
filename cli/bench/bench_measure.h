#ifndef AVO_CLI_BENCH_BENCH_MEASURE_H
#define AVO_CLI_BENCH_BENCH_MEASURE_H

#include "cli/bench/bench.h"

/* Opens the clients, writes the keys, measures, prints; the exit code. `bench` has its settings, profile and workload. */
int avo_bench_measure(struct avo_bench *bench, bool json);

#endif
