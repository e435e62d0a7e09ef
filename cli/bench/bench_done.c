/* What an operation of a bench ended with: counted, timed, and, when it was a read, judged. */
#include "cli/bench/bench.h"
#include "client/io/clock.h"
#include "client/io/explain.h"

#define TRIES_MAX 3 /* of the keys that are written first */

/* Workload d reads only keys whose insert was answered: those below the oldest insert that is under way. */
static void keys_visible(struct avo_bench *bench) {
    uint64_t oldest = bench->workload.next_key < bench->insert_failed ? bench->workload.next_key : bench->insert_failed;
    for (uint64_t c = 0; c < bench->settings.clients; c++) {
        const struct avo_bench_client *client = &bench->clients[c];
        for (uint64_t o = 0; client->under_way > 0 && o < bench->settings.pipeline; o++) {
            const struct avo_bench_operation *operation = &client->operations[o];
            bool older = operation->under_way && !operation->read && operation->number < oldest;
            oldest = older ? operation->number : oldest;
        }
    }
    if (oldest > bench->workload.key_count) {
        avo_workload_grow(&bench->workload, oldest);
    }
}

static void wrong(struct avo_bench *bench, const struct avo_bench_operation *operation, uint64_t *kind, const char *what) {
    bench->figures.wrong++;
    *kind += 1;
    if (bench->first_wrong.text[0] == '\0') {
        avo_why_set(&bench->first_wrong, "get \"%.16s\": %s", (const char *)operation->key, what);
    }
}

/* Is it what the read may give? */
static bool judge(struct avo_bench *bench, const struct avo_bench_operation *operation, struct avo_slice value) {
    struct avo_bench_figures *figures = &bench->figures;
    switch (avo_witness_judge(&bench->witness, operation->number, value, bench->settings.value_bytes, operation->floor)) {
    case AVO_READ_RIGHT:
        return true;
    case AVO_READ_FOREIGN:
        figures->foreign++;
        return true;
    case AVO_READ_FORGED:
        wrong(bench, operation, &figures->forged, "a value that no bench wrote under it");
        return false;
    case AVO_READ_STALE:
        wrong(bench, operation, &figures->stale, "a value that an acknowledged write had replaced before the read began");
        return false;
    }
    return false;
}

static void fail(struct avo_bench *bench, const struct avo_bench_operation *operation,
                 const struct avo_client_completion *completion) {
    if (completion->status == AVO_ENOTFOUND && operation->read) { /* every key that is read was written before */
        wrong(bench, operation, &bench->figures.absent, "absent, although its write was acknowledged");
        return;
    }
    if (!operation->read && operation->number < bench->insert_failed) {
        bench->insert_failed = operation->number;
    }
    bench->figures.errors++;
    bench->figures.errors_by[completion->status]++;
    bench->last_error = completion->status;
    avo_explain(&bench->last_why, completion, AVO_SLICE_OF(operation->key));
}

/* Without a rate what ends in the measured time counts. With one, what was due in it does, however late it ends: else the slowest
 * would go unseen. */
static void count(struct avo_bench *bench, const struct avo_bench_operation *operation, uint64_t now_us) {
    struct avo_bench_figures *figures = &bench->figures;
    bool in_time = now_us >= bench->begin_us && now_us <= bench->end_us;
    bool due_in_time = operation->started_us >= bench->begin_us && operation->started_us < bench->end_us;
    uint64_t latency_us = now_us - operation->started_us;
    figures->ops += in_time;
    if (bench->settings.rate != 0 ? due_in_time : in_time) {
        avo_histogram_add(&figures->latency_us, latency_us);
        avo_histogram_add(&bench->interval_us, latency_us);
    }
}

void avo_bench_done(void *context, const struct avo_client_completion *completion) {
    struct avo_bench_client *client = context;
    struct avo_bench *bench = client->bench;
    struct avo_bench_operation *operation = &client->operations[completion->tag];
    uint64_t now_us = avo_clock_us();
    operation->under_way = false;
    client->under_way--;
    if (!operation->read) {
        avo_witness_end(&bench->witness, operation->number, &operation->write, completion->status);
    }
    if (bench->preloading && completion->status == AVO_EUNKNOWN && ++operation->tries < TRIES_MAX) {
        avo_bench_begin(client, (uint32_t)completion->tag, now_us);
        return;
    }
    client->idle[client->idle_count++] = (uint32_t)completion->tag;
    bench->figures.ended++;
    if (completion->status != AVO_OK) {
        fail(bench, operation, completion);
    } else if ((!operation->read || judge(bench, operation, completion->value)) && !bench->preloading) {
        count(bench, operation, now_us);
    }
    if (bench->workload.inserts && !bench->preloading && !operation->read) {
        keys_visible(bench);
    }
}
