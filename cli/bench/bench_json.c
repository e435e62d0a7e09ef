#include "cli/bench/bench_report.h"

static json_t *number(uint64_t value) {
    return json_integer((json_int_t)value);
}

static void set(json_t *root, const char *name, json_t *value) {
    (void)json_object_set_new(root, name, value);
}

static json_t *errors_by_name(const struct avo_bench_figures *figures) {
    json_t *errors = json_object();
    for (int i = 0; i < AVO_ERROR_COUNT; i++) {
        if (figures->errors_by[i] > 0) {
            set(errors, avo_error_name((enum avo_error)i), number(figures->errors_by[i]));
        }
    }
    return errors;
}

static json_t *histogram(const struct avo_histogram *latency) {
    json_t *lines = json_array();
    for (size_t i = 0; i < AVO_BENCH_PERCENTILES; i++) {
        uint64_t at_us = avo_histogram_at(latency, avo_bench_percentiles_ppm[i]);
        (void)json_array_append_new(lines, json_pack("{s:f, s:I, s:I}", "percentile", avo_bench_percentiles_ppm[i] / 10000.0, "us",
                                                     (json_int_t)at_us, "count", (json_int_t)avo_histogram_below(latency, at_us)));
    }
    return lines;
}

static void set_counts(json_t *root, const struct avo_bench *bench) {
    const struct avo_bench_figures *figures = &bench->figures;
    set(root, "ops", number(figures->ops));
    set(root, "ops_per_s", json_real(avo_bench_ops_per_s(bench)));
    set(root, "errors", number(figures->errors));
    set(root, "errors_by_name", errors_by_name(figures));
    set(root, "wrong", number(figures->wrong));
    set(root, "forged", number(figures->forged));
    set(root, "stale", number(figures->stale));
    set(root, "absent", number(figures->absent));
    set(root, "foreign", number(figures->foreign));
    set(root, "not_begun", number(figures->not_begun));
}

static void set_latency(json_t *root, const struct avo_bench *bench) {
    const struct avo_histogram *latency = &bench->figures.latency_us;
    set(root, "p50_us", number(avo_histogram_at(latency, 500000)));
    set(root, "p99_us", number(avo_histogram_at(latency, 990000)));
    set(root, "p999_us", number(avo_histogram_at(latency, 999000)));
    set(root, "max_us", number(latency->max));
    if (bench->settings.histogram) {
        set(root, "histogram", histogram(latency));
    }
    if (bench->settings.report_s > 0) {
        set(root, "intervals", json_incref(bench->intervals));
    }
}

static void set_cluster(json_t *root, const struct avo_bench *bench, const struct avo_bench_result *result) {
    bool told = result->datagrams_per_op >= 0;
    set(root, "datagrams_per_op", told ? json_real(result->datagrams_per_op) : json_null());
    set(root, "enclave_bytes_used", told ? number(result->enclave_bytes_used) : json_null());
    set(root, "enclave_bytes_budget", told ? number(result->enclave_bytes_budget) : json_null());
    set(root, "host_bytes", told ? number(result->host_bytes) : json_null());
    set(root, "mtu", number(bench->profile->view.mtu_bytes));
    set(root, "mode", json_string(bench->profile->mode));
    set(root, "transport", json_string(bench->profile->transport));
    set(root, "nodes", number(bench->profile->view.member_count));
    set(root, "workers", number(bench->profile->view.worker_count));
    set(root, "native", json_boolean(avo_aead_warning() != NULL));
}

static void set_settings(json_t *root, const struct avo_bench *bench) {
    const struct avo_bench_settings *settings = &bench->settings;
    set(root, "read_percent", number(settings->read_percent));
    set(root, "clients", number(settings->clients));
    set(root, "pipeline", number(settings->pipeline));
    set(root, "rate", settings->rate == 0 ? json_null() : number(settings->rate));
    set(root, "keys", number(settings->keys));
    set(root, "value_bytes", number(settings->value_bytes));
    set(root, "seconds", json_real(avo_bench_seconds(bench)));
    set(root, "warm_up_s", json_real(settings->warm_up_s));
    set(root, "seed", number(settings->seed));
}

json_t *avo_bench_json(const struct avo_bench *bench, const struct avo_bench_result *result) {
    json_t *root = json_object();
    set(root, "workload", json_string(bench->settings.workload));
    set(root, "distribution", json_string(avo_distribution_name(bench->settings.distribution)));
    set_counts(root, bench);
    set_latency(root, bench);
    set_cluster(root, bench, result);
    set(root, "client_cpu_percent", json_real(avo_bench_cpu_percent(bench)));
    set(root, "interrupted", json_boolean(bench->interrupted));
    set_settings(root, bench);
    return root;
}
