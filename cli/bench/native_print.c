/* What bench --native found: minimum, median and maximum of each system, and of the rounds' ratios. */
#include "cli/bench/native.h"
#include "cli/bench/spread.h"
#include <stdio.h>

#define MIB (1024.0 * 1024.0)

static struct avo_spread ratio(const struct avo_native *native, const double *above, const double *below) {
    double ratios[AVO_NATIVE_ROUNDS_MAX];
    for (uint64_t i = 0; i < native->rounds; i++) {
        ratios[i] = above[i] / below[i];
    }
    return avo_spread(ratios, native->rounds);
}

static json_t *spread_json(struct avo_spread spread) {
    return json_pack("{s:f, s:f, s:f}", "min", spread.min, "median", spread.median, "max", spread.max);
}

static json_t *side_json(const struct avo_native *native, const struct avo_native_side *side) {
    return json_pack("{s:o, s:O}", "ops_per_s", spread_json(avo_spread(side->ops_per_s, native->rounds)), "rounds", side->rounds);
}

static void print_json(const struct avo_native *native) {
    const double *sealed = native->sealed.ops_per_s;
    const double *plain = native->native.ops_per_s;
    const double *redis = native->redis_ops_per_s;
    bool beside = native->redis_pid != 0;
    avo_cli_json(json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "round_count", (json_int_t)native->rounds, "sealed",
                           side_json(native, &native->sealed), "native", side_json(native, &native->native), "sealed_of_native",
                           spread_json(ratio(native, sealed, plain)), "redis",
                           beside ? json_pack("{s:o}", "ops_per_s", spread_json(avo_spread(redis, native->rounds))) : json_null(),
                           "sealed_of_redis", beside ? spread_json(ratio(native, sealed, redis)) : json_null(), "native_of_redis",
                           beside ? spread_json(ratio(native, plain, redis)) : json_null()));
}

static void print_rate(const struct avo_native *native, const char *name, const double *ops_per_s) {
    struct avo_spread spread = avo_spread(ops_per_s, native->rounds);
    printf("%-24s %9.1f / %.1f / %.1f k ops/s\n", name, spread.min / 1000, spread.median / 1000, spread.max / 1000);
}

static void print_ratio(const char *name, struct avo_spread spread) {
    printf("%-24s %9.2f / %.2f / %.2f\n", name, spread.min, spread.median, spread.max);
}

/* The last round's: memory only grows. */
static void print_memory(const struct avo_native_side *side) {
    const json_t *last = json_array_get(side->rounds, json_array_size(side->rounds) - 1);
    printf("memory a node, %-9s enclave %.1f of %.1f MiB, host %.1f MiB\n", side->name,
           json_number_value(json_object_get(last, "enclave_bytes_used")) / MIB,
           json_number_value(json_object_get(last, "enclave_bytes_budget")) / MIB,
           json_number_value(json_object_get(last, "host_bytes")) / MIB);
}

static void print_text(const struct avo_native *native) {
    const struct avo_bench_settings *bench = &native->bench;
    const double *redis = native->redis_ops_per_s;
    printf("workload %s, %s, %u %% reads, %llu keys, %llu B values; %llu clients x %llu; %llu nodes x %llu workers, %s\n",
           bench->workload, avo_distribution_name(bench->distribution), bench->read_percent, (unsigned long long)bench->keys,
           (unsigned long long)bench->value_bytes, (unsigned long long)bench->clients, (unsigned long long)bench->pipeline,
           (unsigned long long)native->nodes, (unsigned long long)native->workers, native->mode);
    printf("%llu rounds of %g s, in turn: minimum / median / maximum\n", (unsigned long long)native->rounds, bench->seconds);
    print_rate(native, "sealed, attested", native->sealed.ops_per_s);
    print_rate(native, "native: neither", native->native.ops_per_s);
    if (native->redis_pid != 0) {
        print_rate(native, "redis: 1 node, plain", redis);
    }
    print_ratio("sealed / native", ratio(native, native->sealed.ops_per_s, native->native.ops_per_s));
    if (native->redis_pid != 0) {
        print_ratio("sealed / redis", ratio(native, native->sealed.ops_per_s, redis));
        print_ratio("native / redis", ratio(native, native->native.ops_per_s, redis));
    } else {
        printf("no Redis beside it: %s\n", native->redis_why.text);
    }
    print_memory(&native->sealed);
    print_memory(&native->native);
}

void avo_native_print(const struct avo_native *native) {
    if (native->json) {
        print_json(native);
    } else {
        print_text(native);
    }
}
