/* avocado-sim: whole clusters in one process, on virtual time, from one seed. */
#include "base/assert.h"
#include "sim/mutants.h"
#include "sim/run.h"
#include "sim/scenario.h"
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_CLEAN 0
#define EXIT_VIOLATION 1
#define EXIT_USAGE 2

struct options {
    uint64_t from;
    uint64_t count; /* seeds to run; 0: none asked for */
    bool trace;
    bool counters;
    bool plan;
    bool list_mutants;
    const char *mutant;
    const char *scenario;
};

static const char usage_text[] =
    "usage: avocado-sim --seed S [--trace]          one run; --trace prints every event, and what happened how often\n"
    "       avocado-sim --seeds N [--from S]        N runs; from 1000 on, a kind of fault that never happened is an error\n"
    "       avocado-sim --seed S --plan             prints the seed's plan: what a scenario's file holds\n"
    "       avocado-sim --scenario FILE [--trace]   one run by the plan in FILE\n"
    "       avocado-sim --mutant NAME [--seeds N]   runs a build with one rule broken; exit 1: it was caught\n"
    "       avocado-sim --list-mutants\n"
    "exit: 0 clean, 1 a rule was broken (printed with its seed), 2 usage, or a batch that proves nothing\n";

/* Decimal, all of it, below 2^64. */
static bool number_read(const char *text, uint64_t *number) {
    char *end = NULL;
    errno = 0;
    *number = text == NULL || *text < '0' || *text > '9' ? 0 : strtoull(text, &end, 10);
    return end != NULL && *end == 0 && errno == 0;
}

static bool options_read(struct options *options, char **arguments) {
    bool one = false;
    bool from = false;
    for (char **argument = arguments; *argument != NULL; argument++) {
        const char *next = argument[1];
        bool takes_value = true;
        if (strcmp(*argument, "--seed") == 0 && number_read(next, &options->from)) {
            one = true;
        } else if (strcmp(*argument, "--from") == 0 && number_read(next, &options->from)) {
            from = true;
        } else if (strcmp(*argument, "--mutant") == 0 && next != NULL) {
            options->mutant = next;
        } else if (strcmp(*argument, "--scenario") == 0 && next != NULL) {
            options->scenario = next;
        } else if (!(strcmp(*argument, "--seeds") == 0 && number_read(next, &options->count) && options->count > 0)) {
            takes_value = false;
            options->trace |= strcmp(*argument, "--trace") == 0;
            options->plan |= strcmp(*argument, "--plan") == 0;
            options->list_mutants |= strcmp(*argument, "--list-mutants") == 0;
            if (strcmp(*argument, "--trace") != 0 && strcmp(*argument, "--plan") != 0 && strcmp(*argument, "--list-mutants") != 0) {
                return false;
            }
        }
        argument += takes_value;
    }
    bool many = options->count > 0;
    options->count = one ? 1 : options->count;
    int ways =
        one + (many && options->mutant == NULL) + (options->mutant != NULL) + options->list_mutants + (options->scenario != NULL);
    bool traced = one || options->scenario != NULL;
    return ways == 1 && (many || !from) && !(options->trace && !traced) && !(options->plan && (!one || options->trace));
}

static void counters_print(FILE *to, const struct avo_counters *counters) {
    for (uint32_t i = 0; i < AVO_COUNTER_COUNT; i++) {
        fprintf(to, "%12" PRIu64 " %s\n", counters->of[i], avo_counter_text((enum avo_counter)i));
    }
}

static int plan_print(uint64_t seed) {
    struct avo_scenario scenario = {.seed = seed, .plan = avo_sim_plan(seed)};
    avo_scenario_write(&scenario, stdout);
    return EXIT_CLEAN;
}

static int scenario_run(const struct options *options) {
    struct avo_scenario scenario;
    char why[128] = "cannot be read";
    FILE *from = fopen(options->scenario, "r");
    bool read = from != NULL && avo_scenario_read(&scenario, from, why);
    if (from != NULL) {
        fclose(from);
    }
    if (!read) {
        fprintf(stderr, "avocado-sim: %s: %s\n", options->scenario, why);
        return EXIT_USAGE;
    }
    struct avo_report report = {.seed = scenario.seed, .trace = options->trace ? stdout : NULL};
    avo_sim_run(&report, &(struct avo_sim_setup){.plan = &scenario.plan});
    if (report.violated) {
        printf("%s: %s: %s\n", options->scenario, report.rule, report.what);
        return EXIT_VIOLATION;
    }
    if (options->trace) {
        counters_print(stdout, &report.counters);
    }
    return EXIT_CLEAN;
}

static int seeds_run(const struct options *options, struct avo_pages *pages) {
    struct avo_counters all = {0};
    struct avo_sim_setup setup = {.pages = pages};
    for (uint64_t i = 0; i < options->count; i++) {
        struct avo_report report = {.seed = options->from + i, .trace = options->trace ? stdout : NULL};
        avo_sim_run(&report, &setup);
        avo_counters_merge(&all, &report.counters);
        if (report.violated) {
            printf("seed %" PRIu64 ": %s: %s\n", report.seed, report.rule, report.what);
            return EXIT_VIOLATION;
        }
    }
    if (options->trace || options->count > 1) {
        counters_print(stdout, &all);
    }
    enum avo_counter missing = avo_counters_vacuous(&all);
    if (options->count >= AVO_BATCH_SEEDS && missing != AVO_COUNTER_COUNT) {
        fprintf(stderr, "avocado-sim: vacuous: %s: none in %" PRIu64 " seeds\n", avo_counter_text(missing), options->count);
        return EXIT_USAGE;
    }
    return EXIT_CLEAN;
}

static void panic_print(const char *file, int line, const char *promise) {
    fflush(stdout);
    fprintf(stderr, "avocado-sim: broken promise at %s:%d: %s\n", file, line, promise);
}

static int run(int argument_count, char **arguments) {
    struct options options = {0};
    if (argument_count == 2 && strcmp(arguments[1], "--help") == 0) {
        fputs(usage_text, stdout);
        return EXIT_CLEAN;
    }
    if (argument_count < 2 || !options_read(&options, arguments + 1)) {
        fputs(usage_text, stderr);
        return EXIT_USAGE;
    }
    if (options.list_mutants) {
        return avo_mutants_list(stdout) ? EXIT_CLEAN : EXIT_USAGE;
    }
    if (options.mutant != NULL) {
        return avo_mutant_run(options.mutant, options.count);
    }
    if (sodium_init() < 0) {
        fputs("avocado-sim: libsodium does not start\n", stderr);
        return EXIT_USAGE;
    }
    avo_panic_hook = panic_print;
    if (options.plan) {
        return plan_print(options.from);
    }
    if (options.scenario != NULL) {
        return scenario_run(&options);
    }
    struct avo_pages pages = {0};
    int status = seeds_run(&options, &pages);
    avo_pages_destroy(&pages);
    return status;
}

/* What was found must have arrived: a reader that is gone is an error, and no signal that ends the run. */
int main(int argument_count, char **arguments) {
    (void)signal(SIGPIPE, SIG_IGN);
    int status = run(argument_count, arguments);
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        fputs("avocado-sim: cannot write what it found: check where standard output goes\n", stderr);
        return EXIT_USAGE;
    }
    return status;
}
