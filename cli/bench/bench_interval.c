/* Interval reports: how it goes, while it goes. */
#include "cli/bench/bench.h"
#include <stdio.h>

#define MEDIAN_PPM 500000
#define P99_PPM 990000

static void report(struct avo_bench *bench, uint64_t until_us) {
    const struct avo_histogram *latency = &bench->interval_us;
    double at_s = (double)(until_us - bench->begin_us) / 1e6;
    double ops_per_s = (double)latency->count * 1e6 / (double)(until_us - bench->interval_start_us);
    uint64_t errors = bench->figures.errors - bench->interval_errors;
    unsigned long long p50 = avo_histogram_at(latency, MEDIAN_PPM);
    unsigned long long p99 = avo_histogram_at(latency, P99_PPM);
    (void)fprintf(stderr, "%8.1f s  %10.0f ops/s  p50 %llu us  p99 %llu us  %llu errors  %llu wrong\n", at_s, ops_per_s, p50, p99,
                  (unsigned long long)errors, (unsigned long long)bench->figures.wrong);
    (void)json_array_append_new(bench->intervals,
                                json_pack("{s:f, s:f, s:I, s:I, s:I}", "until_s", at_s, "ops_per_s", ops_per_s, "p50_us",
                                          (json_int_t)p50, "p99_us", (json_int_t)p99, "errors", (json_int_t)errors));
    bench->interval_us = (struct avo_histogram){0};
    bench->interval_errors = bench->figures.errors;
    bench->interval_start_us = until_us;
}

void avo_bench_interval(struct avo_bench *bench, uint64_t now_us) {
    uint64_t length_us = (uint64_t)(bench->settings.report_s * 1e6);
    if (length_us == 0 || !bench->begun) {
        return;
    }
    uint64_t until_us = bench->interval_start_us + length_us;
    if (now_us >= until_us && until_us <= bench->end_us) {
        report(bench, until_us);
    } else if (bench->finished && bench->interval_start_us < bench->end_us) {
        report(bench, bench->end_us); /* the rest */
    }
}
