/* One bench from its clients to its exit code. */
#include "cli/bench/bench_measure.h"
#include "cli/base/cli.h"
#include "cli/base/signals.h"
#include "cli/bench/bench_report.h"
#include "client/io/figures.h"
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#define FIGURES_TIMEOUT_US 2000000
#define LAST_ERROR_BYTES (2 * AVO_WHY_BYTES + 16)

static uint64_t larger(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* Datagrams that all nodes sent so far; false when one of them does not say. */
static bool nodes_ask(struct avo_link *link, struct avo_bench *bench, uint64_t *datagrams, struct avo_bench_result *result) {
    struct avo_cluster_figures figures;
    bool all = true;
    *datagrams = 0;
    avo_figures_ask(link, &bench->batch, &bench->profile->view, FIGURES_TIMEOUT_US, &figures);
    for (uint8_t i = 0; i < figures.count; i++) {
        const struct avo_figures *node = &figures.nodes[i].totals;
        all = all && figures.nodes[i].serving;
        *datagrams += node->packets_sent;
        result->enclave_bytes_used = larger(result->enclave_bytes_used, node->enclave_bytes_used);
        result->enclave_bytes_budget = larger(result->enclave_bytes_budget, node->enclave_bytes_budget);
        result->host_bytes = larger(result->host_bytes, node->host_bytes);
    }
    return all;
}

static void measure(struct avo_bench *bench, struct avo_link *link, struct avo_bench_result *result) {
    uint64_t before;
    uint64_t after;
    bool told = nodes_ask(link, bench, &before, result);
    uint64_t clients = avo_bench_datagrams(bench);
    avo_bench_run(bench);
    clients = avo_bench_datagrams(bench) - clients;
    told = nodes_ask(link, bench, &after, result) && told;
    uint64_t ended = bench->figures.ended;
    result->datagrams_per_op = told && ended > 0 ? (double)(after - before + clients) / (double)ended : -1;
}

/* The last error, and what is behind it. */
static void last_error(struct avo_bench *bench, struct avo_link *link, char to[LAST_ERROR_BYTES]) {
    struct avo_why cause;
    bool known = avo_bench_cause(bench, link, &cause);
    (void)snprintf(to, LAST_ERROR_BYTES, "%s%s%s", bench->last_why.text, known ? "; the cause: " : "", known ? cause.text : "");
}

static int conclude(struct avo_bench *bench, struct avo_link *link) {
    const struct avo_bench_figures *figures = &bench->figures;
    char error[LAST_ERROR_BYTES];
    if (figures->wrong > 0) {
        avo_cli_say("bench: %llu answers were wrong, the first: %s; report this with --seed %llu",
                    (unsigned long long)figures->wrong, bench->first_wrong.text, (unsigned long long)bench->settings.seed);
        return AVO_EXIT_REFUSED;
    }
    if (figures->ops == 0 && figures->errors > 0) {
        last_error(bench, link, error);
        avo_cli_say("bench: no operation succeeded; the last error: %s", error);
        return AVO_EXIT_REFUSED;
    }
    if (figures->errors > 0) {
        last_error(bench, link, error);
        (void)fprintf(stderr, "avocado: bench: the last of %llu errors: %s\n", (unsigned long long)figures->errors, error);
    }
    return AVO_EXIT_DONE;
}

/* From here on a signal ends what is measured, not the process. */
static bool signals_catch(struct avo_bench *bench) {
    sigset_t signals;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    avo_signals_block(&signals);
    bench->signals = avo_signals_open(&signals);
    return bench->signals >= 0 && epoll_ctl(bench->epoll, EPOLL_CTL_ADD, bench->signals, &event) == 0;
}

static int run(struct avo_bench *bench, struct avo_link *link, bool json) {
    struct avo_bench_result result = {0};
    if (avo_bench_preload(bench) != AVO_OK) {
        char error[LAST_ERROR_BYTES];
        last_error(bench, link, error);
        avo_cli_say("bench: writing the keys first: %s", error);
        return AVO_EXIT_REFUSED;
    }
    if (!bench->interrupted) {
        measure(bench, link, &result);
    }
    if (avo_bench_seconds(bench) <= 0) {
        avo_cli_say("bench: interrupted before anything was measured; the keys were written");
        return AVO_EXIT_REFUSED;
    }
    avo_bench_print(bench, &result, json);
    return conclude(bench, link);
}

int avo_bench_measure(struct avo_bench *bench, bool json) {
    struct avo_why why;
    struct avo_link link = {0};
    if (avo_bench_open(bench, &why) != AVO_OK) {
        avo_cli_say("%s", why.text);
        return AVO_EXIT_REFUSED;
    }
    struct avo_link_config config = {.view = &bench->profile->view,
                                     .cas_sign_public = bench->profile->cas_sign_public,
                                     .key = &bench->profile->key,
                                     .signed_ticket = avo_slice(bench->profile->ticket_bytes, bench->profile->ticket_length),
                                     .aead = bench->engine.aead,
                                     .random = &bench->random,
                                     .operation_count = avo_figures_operation_count(&bench->profile->view)};
    if (avo_link_open(&link, &config) != AVO_OK || !signals_catch(bench)) {
        avo_cli_say("bench: no socket or memory; take fewer --clients");
        return AVO_EXIT_REFUSED;
    }
    int code = run(bench, &link, json);
    avo_link_close(&link);
    return code;
}
