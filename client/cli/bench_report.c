#include "client/cli/bench_report.h"
#include "client/cli/cli.h"
#include <stdio.h>

#define MIB (1024.0 * 1024.0)

static json_t *told(const struct avo_bench_result *result, uint64_t bytes) {
    return result->datagrams_per_op < 0 ? json_null() : json_integer((json_int_t)bytes);
}

static void print_json(const struct avo_bench *bench, const struct avo_bench_result *result) {
    const struct avo_bench_settings *settings = &bench->settings;
    const struct avo_histogram *latency = &bench->latency_us;
    json_t *root = json_pack("{s:s, s:s, s:I, s:f, s:I, s:I}", "workload", settings->workload, "distribution",
                             avo_distribution_name(settings->distribution), "ops", (json_int_t)bench->ops, "ops_per_s",
                             result->ops_per_s, "errors", (json_int_t)bench->errors, "wrong", (json_int_t)bench->wrong);
    json_t *rest =
        json_pack("{s:I, s:I, s:I, s:I, s:o, s:i, s:s, s:s, s:i, s:i}", "p50_us", (json_int_t)avo_histogram_at(latency, 500),
                  "p99_us", (json_int_t)avo_histogram_at(latency, 990), "p999_us", (json_int_t)avo_histogram_at(latency, 999),
                  "max_us", (json_int_t)latency->max, "datagrams_per_op",
                  result->datagrams_per_op < 0 ? json_null() : json_real(result->datagrams_per_op), "mtu",
                  bench->profile->view.mtu_bytes, "mode", bench->profile->mode, "transport", bench->profile->transport, "nodes",
                  bench->profile->view.member_count, "workers", bench->profile->view.worker_count);
    json_t *memory =
        json_pack("{s:o, s:o, s:o}", "enclave_bytes_used", told(result, result->enclave_bytes_used), "enclave_bytes_budget",
                  told(result, result->enclave_bytes_budget), "host_bytes", told(result, result->host_bytes));
    json_t *set = json_pack("{s:b, s:i, s:I, s:I, s:I, s:I, s:f, s:I}", "native", avo_aead_warning() != NULL, "read_percent",
                            (int)settings->read_percent, "clients", (json_int_t)settings->clients, "pipeline",
                            (json_int_t)settings->pipeline, "keys", (json_int_t)settings->keys, "value_bytes",
                            (json_int_t)settings->value_bytes, "seconds", settings->seconds, "seed", (json_int_t)settings->seed);
    (void)json_object_update_missing(root, rest);
    (void)json_object_update_missing(root, memory);
    (void)json_object_update_missing(root, set);
    json_decref(rest);
    json_decref(memory);
    json_decref(set);
    avo_cli_json(root);
}

static void print_text(const struct avo_bench *bench, const struct avo_bench_result *result) {
    const struct avo_bench_settings *settings = &bench->settings;
    const struct avo_histogram *latency = &bench->latency_us;
    printf("workload %s, %s, %u %% reads, %llu keys, %llu B values; %llu clients x %llu; %u nodes x %u workers, %s, %s\n",
           settings->workload, avo_distribution_name(settings->distribution), settings->read_percent,
           (unsigned long long)settings->keys, (unsigned long long)settings->value_bytes, (unsigned long long)settings->clients,
           (unsigned long long)settings->pipeline, bench->profile->view.member_count, bench->profile->view.worker_count,
           bench->profile->mode, bench->profile->transport);
    printf("%.0f ops/s (%llu ops in %.1f s), %llu errors, %llu wrong\n", result->ops_per_s, (unsigned long long)bench->ops,
           settings->seconds, (unsigned long long)bench->errors, (unsigned long long)bench->wrong);
    printf("latency us: p50 %llu  p99 %llu  p99.9 %llu  max %llu\n", (unsigned long long)avo_histogram_at(latency, 500),
           (unsigned long long)avo_histogram_at(latency, 990), (unsigned long long)avo_histogram_at(latency, 999),
           (unsigned long long)latency->max);
    if (result->datagrams_per_op >= 0) {
        printf("datagrams an operation: %.3f at mtu %u, all senders\n", result->datagrams_per_op, bench->profile->view.mtu_bytes);
        printf("memory of the fullest node: enclave %.1f of %.1f MiB, host %.1f MiB\n", (double)result->enclave_bytes_used / MIB,
               (double)result->enclave_bytes_budget / MIB, (double)result->host_bytes / MIB);
    }
}

void avo_bench_print(const struct avo_bench *bench, const struct avo_bench_result *result, bool json) {
    if (json) {
        print_json(bench, result);
    } else {
        print_text(bench, result);
    }
}
