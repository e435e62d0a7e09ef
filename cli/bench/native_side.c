/* One of the two clusters of bench --native, driven through its own `avocado`. */
#include "cli/base/running.h"
#include "cli/bench/native.h"
#include "client/io/file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UP_S 60
#define BENCH_SPARE_S 60   /* beside its seconds */
#define KEYS_A_SECOND 5000 /* at the least, while the keys are written */
#define OUTPUT_MAX_BYTES (1U << 20)

static void log_name(const struct avo_native_side *side, const char *command, char name[64]) {
    (void)snprintf(name, 64, "%s-%s.log", side->name, command);
}

bool avo_native_side_up(struct avo_native *native, struct avo_native_side *side) {
    struct avo_arguments arguments = {.count = 0};
    char log[64];
    log_name(side, "up", log);
    avo_arguments_add(&arguments, "%s", side->program);
    avo_arguments_add(&arguments, "up");
    avo_arguments_add(&arguments, "--detach");
    avo_arguments_add(&arguments, "--dir=%s", side->dir);
    avo_arguments_add(&arguments, "--port=%u", side->port);
    avo_arguments_add(&arguments, "--nodes=%llu", (unsigned long long)native->nodes);
    avo_arguments_add(&arguments, "--workers=%llu", (unsigned long long)native->workers);
    avo_arguments_add(&arguments, "--mode=%s", native->mode);
    return avo_native_program(native, &arguments, log, UP_S);
}

void avo_native_side_down(struct avo_native_side *side) {
    if (side->dir[0] != '\0' && access(side->dir, F_OK) == 0 && !avo_cluster_stop(side->dir)) {
        avo_cli_say("bench --native: a process of %s does not end, even killed; look for it with ps", side->dir);
    }
}

static void arguments_of(struct avo_arguments *arguments, const struct avo_native_side *side,
                         const struct avo_bench_settings *bench) {
    avo_arguments_add(arguments, "%s", side->program);
    avo_arguments_add(arguments, "bench");
    avo_arguments_add(arguments, "--json");
    avo_arguments_add(arguments, "--dir=%s", side->dir);
    if (strlen(bench->workload) == 1) {
        avo_arguments_add(arguments, "--workload=%s", bench->workload);
    } else {
        avo_arguments_add(arguments, "--read-percent=%u", bench->read_percent);
    }
    if (bench->distribution != AVO_LATEST) {
        avo_arguments_add(arguments, "--distribution=%s", avo_distribution_name(bench->distribution));
    }
    avo_arguments_add(arguments, "--clients=%llu", (unsigned long long)bench->clients);
    avo_arguments_add(arguments, "--pipeline=%llu", (unsigned long long)bench->pipeline);
    avo_arguments_add(arguments, "--keys=%llu", (unsigned long long)bench->keys);
    avo_arguments_add(arguments, "--value-bytes=%llu", (unsigned long long)bench->value_bytes);
    avo_arguments_add(arguments, "--seconds=%g", bench->seconds);
    avo_arguments_add(arguments, "--warm-up=%g", bench->warm_up_s);
    if (bench->rate != 0) {
        avo_arguments_add(arguments, "--rate=%llu", (unsigned long long)bench->rate);
    }
    avo_arguments_add(arguments, "--seed=%llu", (unsigned long long)bench->seed);
    avo_arguments_add(arguments, "--timeout=%g", bench->timeout_ms / 1e3);
}

/* The JSON of a bench, after what it said on standard error. */
static json_t *figures_read(const struct avo_native *native, const char *log) {
    char path[PATH_MAX];
    struct avo_buffer text;
    avo_native_path(native, log, path);
    if (!avo_file_take(path, OUTPUT_MAX_BYTES, &text)) {
        return NULL;
    }
    const char *start = strchr((const char *)text.data, '{');
    json_t *figures = start == NULL ? NULL : json_loads(start, JSON_DISABLE_EOF_CHECK, NULL);
    free(text.data);
    return figures;
}

bool avo_native_side_measure(struct avo_native *native, struct avo_native_side *side, uint64_t round) {
    const struct avo_bench_settings *bench = &native->bench;
    struct avo_arguments arguments = {.count = 0};
    char log[64];
    log_name(side, "bench", log);
    arguments_of(&arguments, side, bench);
    double patience_s = bench->seconds + bench->warm_up_s + BENCH_SPARE_S + (double)bench->keys / KEYS_A_SECOND;
    if (!avo_native_program(native, &arguments, log, patience_s)) {
        return false;
    }
    json_t *figures = figures_read(native, log);
    side->ops_per_s[round] = json_number_value(json_object_get(figures, "ops_per_s"));
    if (side->ops_per_s[round] <= 0 || json_array_append_new(side->rounds, figures) != 0) {
        avo_why_set(&native->why, "bench --native: %s: it gives no figures; run avocado bench on a cluster of your own to see why",
                    log);
        return false;
    }
    return true;
}
