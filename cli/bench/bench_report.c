#include "cli/bench/bench_report.h"
#include "cli/base/cli.h"
#include <stdio.h>

#define MIB (1024.0 * 1024.0)
#define CPU_MUCH_PERCENT 90

static void print_load(const struct avo_bench *bench) {
    const struct avo_bench_settings *settings = &bench->settings;
    printf("workload %s, %s, %u %% reads, %llu keys, %llu B values; %llu clients x %llu; %u nodes x %u workers, %s, %s\n",
           settings->workload, avo_distribution_name(settings->distribution), settings->read_percent,
           (unsigned long long)settings->keys, (unsigned long long)settings->value_bytes, (unsigned long long)settings->clients,
           (unsigned long long)settings->pipeline, bench->profile->view.member_count, bench->profile->view.worker_count,
           bench->profile->mode, bench->profile->transport);
}

static void print_errors(const struct avo_bench_figures *figures) {
    for (int i = 0; i < AVO_ERROR_COUNT; i++) {
        if (figures->errors_by[i] > 0) {
            printf("  %llu x %s: %s\n", (unsigned long long)figures->errors_by[i], avo_error_name((enum avo_error)i),
                   avo_error_text((enum avo_error)i));
        }
    }
}

static void print_counts(const struct avo_bench *bench) {
    const struct avo_bench_figures *figures = &bench->figures;
    printf("%.0f ops/s (%llu ops in %.1f s%s), %llu errors, %llu wrong\n", avo_bench_ops_per_s(bench),
           (unsigned long long)figures->ops, avo_bench_seconds(bench), bench->interrupted ? ", interrupted" : "",
           (unsigned long long)figures->errors, (unsigned long long)figures->wrong);
    print_errors(figures);
    if (figures->wrong > 0) {
        printf("  wrong: %llu that nobody wrote, %llu stale, %llu absent\n", (unsigned long long)figures->forged,
               (unsigned long long)figures->stale, (unsigned long long)figures->absent);
    }
    if (figures->foreign > 0) {
        printf("  %llu values of another bench on the same keys: not checked further\n", (unsigned long long)figures->foreign);
    }
    if (figures->not_begun > 0) {
        printf("  %llu operations were due and found no room, so the rate of %llu ops/s is too much; their latency is taken as the "
               "time "
               "they had waited\n",
               (unsigned long long)figures->not_begun, (unsigned long long)bench->settings.rate);
    }
}

static void print_histogram(const struct avo_bench *bench) {
    const struct avo_histogram *latency = &bench->figures.latency_us;
    printf("\n%12s %12s %12s\n", "percentile", "us", "count");
    for (size_t i = 0; i < AVO_BENCH_PERCENTILES; i++) {
        uint64_t at_us = avo_histogram_at(latency, avo_bench_percentiles_ppm[i]);
        printf("%12.2f %12llu %12llu\n", avo_bench_percentiles_ppm[i] / 10000.0, (unsigned long long)at_us,
               (unsigned long long)avo_histogram_below(latency, at_us));
    }
    printf("%s\n",
           bench->settings.rate != 0
               ? "Measured from when each operation was due."
               : "A slow answer also delayed the requests behind it, which no percentile shows (coordinated omission); --rate "
                 "measures from when each was due.");
}

static void print_text(const struct avo_bench *bench, const struct avo_bench_result *result) {
    const struct avo_histogram *latency = &bench->figures.latency_us;
    double cpu_percent = avo_bench_cpu_percent(bench);
    print_load(bench);
    print_counts(bench);
    printf("latency us: p50 %llu  p99 %llu  p99.9 %llu  max %llu\n", (unsigned long long)avo_histogram_at(latency, 500000),
           (unsigned long long)avo_histogram_at(latency, 990000), (unsigned long long)avo_histogram_at(latency, 999000),
           (unsigned long long)latency->max);
    if (result->datagrams_per_op >= 0) {
        printf("datagrams an operation: %.3f at mtu %u, all senders\n", result->datagrams_per_op, bench->profile->view.mtu_bytes);
        printf("memory of the fullest node: enclave %.1f of %.1f MiB, host %.1f MiB\n", (double)result->enclave_bytes_used / MIB,
               (double)result->enclave_bytes_budget / MIB, (double)result->host_bytes / MIB);
    }
    printf("this client took %.0f %% of a core%s\n", cpu_percent,
           cpu_percent >= CPU_MUCH_PERCENT ? ": it may be what limits; run several" : "");
    if (bench->settings.histogram) {
        print_histogram(bench);
    }
}

void avo_bench_print(const struct avo_bench *bench, const struct avo_bench_result *result, bool json) {
    if (json) {
        avo_cli_json(avo_bench_json(bench, result));
    } else {
        print_text(bench, result);
    }
}
