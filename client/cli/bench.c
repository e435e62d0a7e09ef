/* bench: the command. */
#include "client/cli/bench.h"
#include "client/cli/cli.h"
#include "client/io/figures.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIGURES_TIMEOUT_US 2000000
#define READ_PERCENT_UNSET 101
#define SECONDS_MIN 0.001

struct command {
    struct avo_common common;
    const char *workload;
    const char *distribution;
    uint64_t read_percent;
    struct avo_bench_settings settings;
};

struct result {
    double ops_per_s;
    double datagrams_per_op; /* negative: not all nodes told their figures */
};

static bool settings_set(struct command *command) {
    struct avo_bench_settings *settings = &command->settings;
    const char *name = command->workload != NULL ? command->workload : "b";
    if (settings->seconds < SECONDS_MIN) {
        avo_cli_say("bench: --seconds %g is too short to measure; give at least %g", settings->seconds, SECONDS_MIN);
        return false;
    }
    if (command->workload != NULL && command->read_percent != READ_PERCENT_UNSET) {
        avo_cli_say("bench: --workload and --read-percent exclude each other; give one of them");
        return false;
    }
    if (strcmp(name, "e") == 0 || strcmp(name, "f") == 0) {
        avo_cli_say("bench: workload %s needs %s, which is not in this version; choose a, b, c or d", name,
                    name[0] == 'e' ? "scan" : "compare-and-set");
        return false;
    }
    settings->workload = name;
    settings->read_percent = name[0] == 'a' ? 50 : name[0] == 'c' ? 100 : 95;
    if (command->read_percent != READ_PERCENT_UNSET) {
        settings->workload = "custom";
        settings->read_percent = (uint32_t)command->read_percent;
    }
    bool latest = strcmp(settings->workload, "d") == 0;
    if (latest && command->distribution != NULL) {
        avo_cli_say("bench: workload d reads the latest keys; leave out --distribution");
        return false;
    }
    settings->distribution = latest ? AVO_LATEST : AVO_ZIPFIAN;
    if (command->distribution != NULL && strcmp(command->distribution, "zipfian") != 0) {
        settings->distribution = strcmp(command->distribution, "uniform") == 0 ? AVO_UNIFORM : AVO_SEQUENTIAL;
    }
    return true;
}

/* Datagrams that all nodes sent so far; false when one of them does not say. */
static bool node_datagrams(struct avo_link *link, struct avo_bench *bench, uint64_t *sum) {
    struct avo_cluster_figures figures;
    bool all = true;
    *sum = 0;
    avo_figures_ask(link, &bench->batch, &bench->profile->view, FIGURES_TIMEOUT_US, &figures);
    for (uint8_t i = 0; i < figures.count; i++) {
        all = all && figures.nodes[i].serving;
        *sum += figures.nodes[i].totals.packets_sent;
    }
    return all;
}

static void measure(struct avo_bench *bench, struct avo_link *link, struct result *result) {
    uint64_t before;
    uint64_t after;
    bool told = node_datagrams(link, bench, &before);
    uint64_t clients = avo_bench_datagrams(bench);
    avo_bench_run(bench);
    clients = avo_bench_datagrams(bench) - clients;
    told = node_datagrams(link, bench, &after) && told;
    result->ops_per_s = (double)bench->ops / bench->settings.seconds;
    result->datagrams_per_op = told && bench->ended > 0 ? (double)(after - before + clients) / (double)bench->ended : -1;
}

static void print_json(const struct avo_bench *bench, const struct result *result) {
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
    json_t *set = json_pack("{s:i, s:I, s:I, s:I, s:I, s:f, s:I}", "read_percent", (int)settings->read_percent, "clients",
                            (json_int_t)settings->clients, "pipeline", (json_int_t)settings->pipeline, "keys",
                            (json_int_t)settings->keys, "value_bytes", (json_int_t)settings->value_bytes, "seconds",
                            settings->seconds, "seed", (json_int_t)settings->seed);
    (void)json_object_update_missing(root, rest);
    (void)json_object_update_missing(root, set);
    json_decref(rest);
    json_decref(set);
    avo_cli_json(root);
}

static void print_text(const struct avo_bench *bench, const struct result *result) {
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
    }
}

static int conclude(const struct avo_bench *bench) {
    if (bench->wrong > 0) {
        avo_cli_say("bench: %llu answers were wrong; report this with --seed %llu", (unsigned long long)bench->wrong,
                    (unsigned long long)bench->settings.seed);
        return AVO_EXIT_REFUSED;
    }
    if (bench->ops == 0 && bench->errors > 0) {
        avo_cli_say("bench: no operation succeeded; the last error: %s", bench->last_why.text);
        return AVO_EXIT_REFUSED;
    }
    if (bench->errors > 0) {
        (void)fprintf(stderr, "avocado: bench: the last of %llu errors: %s\n", (unsigned long long)bench->errors,
                      bench->last_why.text);
    }
    return AVO_EXIT_DONE;
}

static int run(struct avo_bench *bench, bool json) {
    struct avo_why why;
    struct avo_link link = {0};
    struct result result = {0};
    if (avo_bench_open(bench, &why) != AVO_OK) {
        avo_cli_say("%s", why.text);
        return AVO_EXIT_REFUSED;
    }
    struct avo_link_config config = {.view = &bench->profile->view,
                                     .key = &bench->profile->key,
                                     .signed_ticket = avo_slice(bench->profile->ticket_bytes, bench->profile->ticket_length),
                                     .aead = bench->engine.aead,
                                     .random = &bench->random,
                                     .operation_count = avo_figures_operation_count(&bench->profile->view)};
    if (avo_link_open(&link, &config) != AVO_OK) {
        avo_cli_say("bench: no socket or memory; take fewer --clients");
        return AVO_EXIT_REFUSED;
    }
    enum avo_error error = avo_bench_preload(bench);
    if (error != AVO_OK) {
        avo_cli_say("bench: writing the keys first: %s", bench->last_why.text);
        avo_link_close(&link);
        return AVO_EXIT_REFUSED;
    }
    measure(bench, &link, &result);
    avo_link_close(&link);
    if (json) {
        print_json(bench, &result);
    } else {
        print_text(bench, &result);
    }
    return conclude(bench);
}

int avo_cli_bench(int argc, char **argv) {
    struct command command = {
        .read_percent = READ_PERCENT_UNSET,
        .settings = {.clients = 50, .pipeline = 16, .keys = 100000, .value_bytes = 256, .seconds = 10, .seed = 1}};
    struct avo_bench_settings *settings = &command.settings;
    const struct avo_option options[] = {
        {"workload", AVO_OPTION_CHOICE, &command.workload, "a|b|c|d|e|f", 0, 0, "YCSB: 50, 95, 100 % reads, latest (b)"},
        {"read-percent", AVO_OPTION_COUNT, &command.read_percent, "P", 0, 100, "instead of a workload"},
        {"distribution", AVO_OPTION_CHOICE, &command.distribution, "zipfian|uniform|sequential", 0, 0, "of the keys (zipfian)"},
        {"clients", AVO_OPTION_COUNT, &settings->clients, "C", 1, AVO_BENCH_CLIENTS_MAX, "each with its own session (50)"},
        {"pipeline", AVO_OPTION_COUNT, &settings->pipeline, "P", 1, AVO_BENCH_PIPELINE_MAX, "requests a client has under way (16)"},
        {"keys", AVO_OPTION_COUNT, &settings->keys, "N", 1, 100000000, "written before the clock starts (100000)"},
        {"value-bytes", AVO_OPTION_COUNT, &settings->value_bytes, "V", 0, AVO_VALUE_MAX_BYTES, "(256)"},
        {"seconds", AVO_OPTION_SECONDS, &settings->seconds, "S", 0, 86400, "(10)"},
        {"seed", AVO_OPTION_COUNT, &settings->seed, "X", 0, INT64_MAX, "of keys and choices (1)"},
    };
    const struct avo_usage usage = {"bench",
                                    "",
                                    "Measures the cluster: throughput, latency, datagrams. Writes keys k000000000000000 and up.",
                                    options,
                                    AVO_COUNT(options),
                                    0,
                                    0};
    enum avo_parsed parsed = avo_options_parse(&usage, argc, argv, &command.common);
    if (parsed != AVO_PARSED_RUN) {
        return parsed == AVO_PARSED_HELP ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
    }
    struct avo_profile *profile;
    settings->timeout_s = command.common.timeout_s;
    if (!settings_set(&command) || sodium_init() < 0 || avo_cli_profile(&command.common, &profile) != AVO_OK) {
        return AVO_EXIT_REFUSED;
    }
    int code = AVO_EXIT_REFUSED;
    struct avo_bench *bench = calloc(1, sizeof *bench);
    if (settings->value_bytes > profile->view.value_max_bytes || bench == NULL) {
        avo_cli_say("bench: --value-bytes %llu is above the cluster's limit of %u; give less",
                    (unsigned long long)settings->value_bytes, (unsigned)profile->view.value_max_bytes);
    } else {
        bench->settings = *settings;
        bench->profile = profile;
        bench->workload = avo_workload(settings->distribution, settings->read_percent, settings->keys, settings->seed);
        code = run(bench, command.common.json);
        avo_bench_close(bench);
    }
    free(bench);
    avo_cli_profile_free(profile);
    return code;
}
