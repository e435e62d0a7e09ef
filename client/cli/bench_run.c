/* The loop of a bench: each client submits `pipeline` requests, waits for all, submits the next (as redis-benchmark -P does). */
#include "client/cli/bench.h"
#include "client/cli/sample.h"
#include "client/io/clock.h"
#include "client/io/explain.h"
#include <sys/epoll.h>

#define EVENTS_MAX 256

static struct avo_step step_next(struct avo_bench *bench) {
    if (bench->preloading) {
        return (struct avo_step){.read = false, .key = bench->workload.next_key++};
    }
    return avo_workload_next(&bench->workload);
}

static bool more(const struct avo_bench *bench, uint64_t now_us) {
    if (bench->preloading) {
        return bench->workload.next_key < bench->settings.keys && bench->errors == 0;
    }
    return now_us < bench->end_us;
}

static void submit_one(struct avo_bench_client *client, uint64_t tag, uint64_t now_us) {
    struct avo_bench *bench = client->bench;
    struct avo_bench_operation *operation = &client->operations[tag];
    struct avo_step step = step_next(bench);
    operation->read = step.read;
    operation->number = step.key;
    operation->started_us = now_us;
    avo_sample_key(operation->key, step.key);
    struct avo_client_request request = {.call = step.read ? AVO_CLIENT_GET : AVO_CLIENT_PUT,
                                         .at_least_once = true,
                                         .key = AVO_SLICE_OF(operation->key),
                                         .deadline_us = now_us + (uint64_t)(bench->settings.timeout_s * 1000000),
                                         .tag = tag};
    if (!step.read) {
        avo_sample_value(operation->value, bench->settings.value_bytes, step.key, ++client->sequence);
        request.value = avo_slice(operation->value, bench->settings.value_bytes);
    }
    enum avo_error error = avo_client_core_submit(client->link.core, &request, now_us);
    operation->under_way = error == AVO_OK;
    client->under_way += error == AVO_OK;
    if (error != AVO_OK) {
        bench->errors++;
        bench->last_error = error;
        avo_explain_refused(&bench->last_why, error, &request, &bench->profile->view);
    }
}

static void submit_batch(struct avo_bench_client *client) {
    uint64_t now_us = avo_clock_us();
    for (uint64_t tag = 0; tag < client->bench->settings.pipeline && more(client->bench, now_us); tag++) {
        submit_one(client, tag, now_us);
    }
}

/* Workload d reads only keys whose insert was answered: those below the oldest insert that is under way. */
static void keys_visible(struct avo_bench *bench) {
    uint64_t oldest = bench->workload.next_key;
    for (uint64_t c = 0; c < bench->settings.clients; c++) {
        const struct avo_bench_client *client = &bench->clients[c];
        for (uint64_t o = 0; client->under_way > 0 && o < bench->settings.pipeline; o++) {
            const struct avo_bench_operation *operation = &client->operations[o];
            bool older = operation->under_way && !operation->read && operation->number < oldest;
            oldest = older ? operation->number : oldest;
        }
    }
    bench->workload.key_count = oldest;
}

static void on_error(struct avo_bench *bench, const struct avo_bench_operation *operation,
                     const struct avo_client_completion *completion) {
    if (completion->status == AVO_ENOTFOUND && operation->read) {
        bench->wrong++; /* every key that is read was written before */
        return;
    }
    bench->errors++;
    bench->last_error = completion->status;
    avo_explain(&bench->last_why, completion, AVO_SLICE_OF(operation->key));
}

static void on_done(void *context, const struct avo_client_completion *completion) {
    struct avo_bench_client *client = context;
    struct avo_bench *bench = client->bench;
    struct avo_bench_operation *operation = &client->operations[completion->tag];
    uint64_t now_us = avo_clock_us();
    operation->under_way = false;
    client->under_way--;
    bench->ended++;
    if (completion->status != AVO_OK) {
        on_error(bench, operation, completion);
    } else if (operation->read && !avo_sample_check(completion->value, bench->settings.value_bytes, operation->number)) {
        bench->wrong++;
    } else if (bench->preloading || now_us <= bench->end_us) {
        bench->ops++;
        avo_histogram_add(&bench->latency_us, now_us - operation->started_us);
    }
    if (bench->workload.inserts && !bench->preloading && !operation->read) {
        keys_visible(bench);
    }
}

static void client_turn(struct avo_bench_client *client, struct avo_udp_batch *batch) {
    struct avo_link_sink sink = {.context = client, .done = on_done};
    avo_link_receive(&client->link, batch, &sink);
    if (client->under_way == 0) {
        submit_batch(client);
    }
    avo_link_send(&client->link, batch);
}

static uint64_t under_way(const struct avo_bench *bench) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < bench->settings.clients; i++) {
        sum += bench->clients[i].under_way;
    }
    return sum;
}

static void progress(struct avo_bench *bench, uint64_t now_us, uint64_t started_us) {
    if (bench->preloading) {
        avo_progress_show(&bench->progress, bench->ended, bench->ended);
    } else {
        avo_progress_show(&bench->progress, now_us - started_us, bench->ended);
    }
}

static void loop(struct avo_bench *bench) {
    struct epoll_event events[EVENTS_MAX];
    uint64_t started_us = avo_clock_us();
    uint64_t tick_us = 0;
    for (;;) {
        int ready = epoll_wait(bench->epoll, events, EVENTS_MAX, AVO_CLIENT_TICK_US / 1000);
        for (int i = 0; i < ready; i++) {
            client_turn(events[i].data.ptr, &bench->batch);
        }
        uint64_t now_us = avo_clock_us();
        if (now_us < tick_us) {
            continue;
        }
        tick_us = now_us + AVO_CLIENT_TICK_US;
        progress(bench, now_us, started_us);
        for (uint64_t i = 0; i < bench->settings.clients; i++) {
            client_turn(&bench->clients[i], &bench->batch);
        }
        if (!more(bench, now_us) && under_way(bench) == 0) {
            return;
        }
    }
}

enum avo_error avo_bench_preload(struct avo_bench *bench) {
    uint64_t next_key = bench->workload.next_key;
    bench->preloading = true;
    bench->workload.next_key = 0;
    bench->progress = avo_progress(bench->settings.keys);
    loop(bench);
    avo_progress_end(&bench->progress);
    bench->preloading = false;
    bench->workload.next_key = next_key;
    enum avo_error error = bench->errors > 0 ? bench->last_error : AVO_OK;
    bench->latency_us = (struct avo_histogram){0};
    bench->ended = bench->ops = bench->errors = bench->wrong = 0;
    return error;
}

void avo_bench_run(struct avo_bench *bench) {
    uint64_t length_us = (uint64_t)(bench->settings.seconds * 1000000);
    bench->progress = avo_progress(length_us);
    bench->end_us = avo_clock_us() + length_us;
    loop(bench);
    avo_progress_end(&bench->progress);
}
