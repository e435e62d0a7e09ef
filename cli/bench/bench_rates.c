/* What text and JSON both say of a bench. */
#include "cli/bench/bench_report.h"

const uint32_t avo_bench_percentiles_ppm[AVO_BENCH_PERCENTILES] = {0,      500000, 750000, 900000, 950000, 990000,
                                                                   995000, 999000, 999500, 999900, 1000000};

double avo_bench_ops_per_s(const struct avo_bench *bench) {
    return (double)bench->figures.ops / avo_bench_seconds(bench);
}

double avo_bench_cpu_percent(const struct avo_bench *bench) {
    return (double)bench->figures.cpu_us / 1e4 / avo_bench_seconds(bench);
}
