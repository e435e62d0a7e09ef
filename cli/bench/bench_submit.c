/* What a client of a bench begins, and when. Without a rate it submits `pipeline` requests, waits for all, submits the next (as
 * redis-benchmark -P does). With a rate, operation i is due i / rate after the start and belongs to client i mod clients: a late
 * answer delays none but those that find no free place in their client's pipeline, and their time runs from when they were due. */
#include "cli/bench/bench.h"
#include "cli/bench/sample.h"
#include "client/io/explain.h"

static bool paced(const struct avo_bench *bench) {
    return bench->settings.rate != 0 && !bench->preloading;
}

static uint64_t due_us(const struct avo_bench *bench, uint64_t number) {
    return bench->start_us + (uint64_t)((double)number * 1e6 / (double)bench->settings.rate);
}

bool avo_bench_more(const struct avo_bench *bench, uint64_t now_us) {
    if (bench->interrupted) {
        return false;
    }
    if (bench->preloading) {
        return bench->workload.next_key < bench->settings.keys && bench->figures.errors == 0;
    }
    return now_us < bench->end_us;
}

uint64_t avo_bench_pace(struct avo_bench *bench, uint64_t now_us) {
    if (!paced(bench) || !avo_bench_more(bench, now_us)) {
        return UINT64_MAX;
    }
    while (due_us(bench, bench->next_due) <= now_us) {
        struct avo_bench_client *client = &bench->clients[bench->next_due % bench->settings.clients];
        bench->next_due++;
        client->due++;
        if (client->idle_count > 0) {
            avo_bench_submit(client, now_us);
            avo_link_send(&client->link, &bench->batch);
        }
    }
    return due_us(bench, bench->next_due);
}

void avo_bench_give_up(struct avo_bench_client *client) {
    struct avo_bench *bench = client->bench;
    while (client->begun < client->due) {
        uint64_t was_due_us = due_us(bench, client->number + client->begun++ * bench->settings.clients);
        if (was_due_us >= bench->begin_us && was_due_us < bench->end_us) {
            bench->figures.not_begun++;
            avo_histogram_add(&bench->figures.latency_us, bench->end_us - was_due_us);
        }
    }
}

static struct avo_step step_next(struct avo_bench *bench) {
    if (bench->preloading) {
        return (struct avo_step){.read = false, .key = bench->workload.next_key++};
    }
    return avo_workload_next(&bench->workload);
}

static void refused(struct avo_bench_client *client, enum avo_error error, const struct avo_client_request *request) {
    struct avo_bench *bench = client->bench;
    struct avo_bench_operation *operation = &client->operations[request->tag];
    if (!operation->read) {
        avo_witness_end(&bench->witness, operation->number, &operation->write, error);
    }
    client->idle[client->idle_count++] = (uint32_t)request->tag;
    bench->figures.errors++;
    bench->figures.errors_by[error]++;
    bench->last_error = error;
    avo_explain_refused(&bench->last_why, error, request, &bench->profile->view);
}

void avo_bench_begin(struct avo_bench_client *client, uint32_t tag, uint64_t now_us) {
    struct avo_bench *bench = client->bench;
    struct avo_bench_operation *operation = &client->operations[tag];
    struct avo_client_request request = {.call = operation->read ? AVO_CLIENT_GET : AVO_CLIENT_PUT,
                                         .key = AVO_SLICE_OF(operation->key),
                                         .deadline_us = now_us + (uint64_t)bench->settings.timeout_ms * 1000,
                                         .tag = tag};
    if (operation->read) {
        operation->floor = avo_witness_floor(&bench->witness, operation->number);
    } else {
        operation->write = avo_witness_begin(&bench->witness, operation->number);
        avo_sample_value(operation->value, bench->settings.value_bytes, operation->number, operation->write.sequence);
        request.value = avo_slice(operation->value, bench->settings.value_bytes);
    }
    enum avo_error error = avo_client_core_submit(client->link.core, &request, now_us);
    operation->under_way = error == AVO_OK;
    client->under_way += error == AVO_OK;
    if (error != AVO_OK) {
        refused(client, error, &request);
    }
}

static void begin_next(struct avo_bench_client *client, uint64_t started_us, uint64_t now_us) {
    uint32_t tag = client->idle[--client->idle_count];
    struct avo_bench_operation *operation = &client->operations[tag];
    struct avo_step step = step_next(client->bench);
    operation->read = step.read;
    operation->tries = 0;
    operation->number = step.key;
    operation->started_us = started_us;
    avo_sample_key(operation->key, step.key);
    avo_bench_begin(client, tag, now_us);
}

void avo_bench_submit(struct avo_bench_client *client, uint64_t now_us) {
    const struct avo_bench *bench = client->bench;
    if (paced(bench)) {
        while (client->begun < client->due && client->idle_count > 0 && avo_bench_more(bench, now_us)) {
            uint64_t number = client->number + client->begun++ * bench->settings.clients;
            begin_next(client, due_us(bench, number), now_us);
        }
    } else if (client->under_way == 0) {
        uint64_t room = client->idle_count; /* what is refused at once is not tried again in this turn */
        for (uint64_t i = 0; i < room && avo_bench_more(bench, now_us); i++) {
            begin_next(client, now_us, now_us);
        }
    }
}
