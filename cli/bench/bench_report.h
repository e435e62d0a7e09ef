/* What a bench prints, as text and as JSON. */
#ifndef AVO_CLI_BENCH_BENCH_REPORT_H
#define AVO_CLI_BENCH_BENCH_REPORT_H

#include "cli/bench/bench.h"

/* What the nodes add to a bench's own figures. */
struct avo_bench_result {
    double datagrams_per_op; /* of all senders; negative: not all nodes told their figures, and the memory is not known either */
    uint64_t enclave_bytes_used; /* of the node that uses most */
    uint64_t enclave_bytes_budget;
    uint64_t host_bytes;
};

void avo_bench_print(const struct avo_bench *bench, const struct avo_bench_result *result, bool json);

/* bench_json.c */
json_t *avo_bench_json(const struct avo_bench *bench, const struct avo_bench_result *result);

/* bench_rates.c */

/* The percentiles of a histogram that is printed, in millionths: 0, 50 %, ... 99.99 %, 100 %. */
#define AVO_BENCH_PERCENTILES 11
extern const uint32_t avo_bench_percentiles_ppm[AVO_BENCH_PERCENTILES];
/* Of the measured time's operations. */
double avo_bench_ops_per_s(const struct avo_bench *bench);
/* Of one core. */
double avo_bench_cpu_percent(const struct avo_bench *bench);

#endif
