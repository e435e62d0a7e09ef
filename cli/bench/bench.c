/* bench: the command. */
#include "cli/bench/bench.h"
#include "cli/base/cli.h"
#include "cli/bench/bench_measure.h"
#include "cli/bench/native.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_PERCENT_UNSET 101
#define SECONDS_MIN 0.001
#define WARM_UP_UNSET (-1)
#define WARM_UP_MAX_S 1.0
#define NATIVE_ROUNDS 3
#define NATIVE_NODES 3
#define NATIVE_PORT 17100

struct command {
    struct avo_common common;
    const char *workload;
    const char *distribution;
    uint64_t read_percent;
    struct avo_bench_settings settings;
    /* Of --native alone; 0 or NULL: not given. */
    bool native;
    const char *mode;
    uint64_t rounds;
    uint64_t nodes;
    uint64_t workers;
    uint64_t port;
};

static bool settings_set(struct command *command) {
    struct avo_bench_settings *settings = &command->settings;
    const char *name = command->workload != NULL ? command->workload : "b";
    if (settings->seconds < SECONDS_MIN) {
        avo_cli_say("bench: --seconds %g is too short to measure; give at least %g", settings->seconds, SECONDS_MIN);
        return false;
    }
    if (settings->warm_up_s < 0) {
        settings->warm_up_s = settings->seconds / 10 < WARM_UP_MAX_S ? settings->seconds / 10 : WARM_UP_MAX_S;
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

/* A bench of a running cluster takes its shape as it is. */
static bool native_options_check(const struct command *command) {
    const char *stray = command->rounds != 0    ? "rounds"
                        : command->mode != NULL ? "mode"
                        : command->nodes != 0   ? "nodes"
                        : command->workers != 0 ? "workers"
                        : command->port != 0    ? "port"
                                                : NULL;
    if (command->native && (command->settings.histogram || command->settings.report_s > 0)) {
        avo_cli_say("bench: --%s goes without --native, which says minimum, median and maximum; leave one of them out",
                    command->settings.histogram ? "histogram" : "report");
        return false;
    }
    if (command->native && (command->common.dir_given || command->common.profile_given)) {
        avo_cli_say("bench: --%s does nothing with --native, which starts clusters of its own; leave it out",
                    command->common.dir_given ? "dir" : "profile");
        return false;
    }
    if (!command->native && stray != NULL) {
        avo_cli_say("bench: --%s goes with --native, which starts clusters of its own; leave it out", stray);
        return false;
    }
    return true;
}

static uint64_t given_or(uint64_t given, uint64_t otherwise) {
    return given != 0 ? given : otherwise;
}

static int run_native(const struct command *command) {
    if (avo_aead_warning() != NULL) {
        avo_cli_say("bench: --native starts both halves itself; run it with the normal avocado");
        return AVO_EXIT_REFUSED;
    }
    struct avo_native *native = avo_cli_take(sizeof *native);
    native->bench = command->settings;
    native->json = command->common.json;
    native->mode = command->mode != NULL ? command->mode : "process";
    native->rounds = given_or(command->rounds, NATIVE_ROUNDS);
    native->nodes = given_or(command->nodes, NATIVE_NODES);
    native->workers = given_or(command->workers, 1);
    native->port = given_or(command->port, NATIVE_PORT);
    int code = avo_native_run(native);
    free(native);
    return code;
}

static int run_on_cluster(const struct command *command) {
    struct avo_profile *profile;
    const struct avo_bench_settings *settings = &command->settings;
    if (sodium_init() < 0 || avo_cli_profile(&command->common, &profile) != AVO_OK) {
        return AVO_EXIT_REFUSED;
    }
    int code = AVO_EXIT_REFUSED;
    struct avo_bench *bench = avo_cli_take(sizeof *bench);
    if (settings->value_bytes > profile->view.value_max_bytes) {
        avo_cli_say("bench: --value-bytes %llu is above the cluster's limit of %u; give less",
                    (unsigned long long)settings->value_bytes, (unsigned)profile->view.value_max_bytes);
    } else {
        bench->settings = *settings;
        bench->profile = profile;
        bench->workload = avo_workload(settings->distribution, settings->read_percent, settings->keys, settings->seed);
        code = avo_bench_measure(bench, command->common.json);
        avo_bench_close(bench);
    }
    free(bench);
    avo_cli_profile_free(profile);
    return code;
}

int avo_cli_bench(int argc, char **argv) {
    struct command command = {.read_percent = READ_PERCENT_UNSET,
                              .settings = {.clients = 50,
                                           .pipeline = 16,
                                           .keys = 100000,
                                           .value_bytes = 256,
                                           .seconds = 10,
                                           .warm_up_s = WARM_UP_UNSET,
                                           .seed = 1}};
    struct avo_bench_settings *settings = &command.settings;
    const struct avo_option options[] = {
        {"workload", AVO_OPTION_CHOICE, &command.workload, "a|b|c|d|e|f", 0, 0, "YCSB: 50, 95, 100 % reads, latest (b)"},
        {"read-percent", AVO_OPTION_COUNT, &command.read_percent, "P", 0, 100, "instead of a workload"},
        {"distribution", AVO_OPTION_CHOICE, &command.distribution, "zipfian|uniform|sequential", 0, 0, "of the keys (zipfian)"},
        {"clients", AVO_OPTION_COUNT, &settings->clients, "C", 1, AVO_BENCH_CLIENTS_MAX, "each with its own session (50)"},
        {"pipeline", AVO_OPTION_COUNT, &settings->pipeline, "P", 1, AVO_BENCH_PIPELINE_MAX, "requests a client has under way (16)"},
        {"keys", AVO_OPTION_COUNT, &settings->keys, "N", 1, 100000000, "written before the clock starts (100000)"},
        {"value-bytes", AVO_OPTION_COUNT, &settings->value_bytes, "V", 0, AVO_VALUE_MAX_BYTES, "(256)"},
        {"seconds", AVO_OPTION_SECONDS, &settings->seconds, "S", 0, 86400, "measured (10)"},
        {"warm-up", AVO_OPTION_SECONDS, &settings->warm_up_s, "S", 0, 3600, "the same before, not measured (a tenth, at most 1)"},
        {"rate", AVO_OPTION_COUNT, &settings->rate, "OPS", 1, 10000000, "a second, begun on time; latency from when each was due"},
        {"report", AVO_OPTION_SECONDS, &settings->report_s, "S", 0, 86400, "say every S seconds how it goes, on standard error"},
        {"histogram", AVO_OPTION_FLAG, &settings->histogram, NULL, 0, 0, "print the latency's percentiles to p99.99"},
        {"seed", AVO_OPTION_COUNT, &settings->seed, "X", 0, INT64_MAX, "of keys and choices (1)"},
        {"native", AVO_OPTION_FLAG, &command.native, NULL, 0, 0, "two clusters of its own: as built, and with nothing sealed"},
        {"rounds", AVO_OPTION_COUNT, &command.rounds, "R", 1, AVO_NATIVE_ROUNDS_MAX, "with --native: in turn (3)"},
        {"mode", AVO_OPTION_CHOICE, &command.mode, "process|inline", 0, 0, "with --native: of both clusters (process)"},
        {"nodes", AVO_OPTION_COUNT, &command.nodes, "N", 1, AVO_SLOT_MAX_COUNT, "with --native (3)"},
        {"workers", AVO_OPTION_COUNT, &command.workers, "W", 1, AVO_WORKER_MAX_COUNT, "with --native (1)"},
        {"port", AVO_OPTION_COUNT, &command.port, "BASE", 1025, 64000, "with --native: ports BASE - 1 to BASE + 900 (17100)"},
    };
    const struct avo_usage usage = {"bench",
                                    "",
                                    "Measures the cluster: throughput, latency, datagrams. Writes keys k000000000000000 and up.",
                                    options,
                                    AVO_COUNT(options),
                                    0,
                                    0,
                                    AVO_TAKES_CLIENT,
                                    NULL};
    enum avo_parsed parsed = avo_options_parse(&usage, argc, argv, &command.common);
    if (parsed != AVO_PARSED_RUN) {
        return parsed == AVO_PARSED_HELP ? AVO_EXIT_DONE : AVO_EXIT_REFUSED;
    }
    settings->timeout_ms = avo_cli_timeout_ms(&command.common);
    if (!settings_set(&command) || !native_options_check(&command)) {
        return AVO_EXIT_REFUSED;
    }
    return command.native ? run_native(&command) : run_on_cluster(&command);
}
