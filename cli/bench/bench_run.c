/* The loop of a bench: the keys first, then warm-up and workload. */
#include "cli/base/signals.h"
#include "cli/bench/bench.h"
#include "client/io/clock.h"
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define EVENTS_MAX 256
#define LAST_ANSWERS_US 500000 /* after a signal */

static void client_turn(struct avo_bench_client *client) {
    struct avo_link_sink sink = {.context = client, .done = avo_bench_done};
    avo_link_receive(&client->link, &client->bench->batch, &sink);
    avo_bench_submit(client, avo_clock_us());
    avo_link_send(&client->link, &client->bench->batch);
}

static uint64_t under_way(const struct avo_bench *bench) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < bench->settings.clients; i++) {
        sum += bench->clients[i].under_way;
    }
    return sum;
}

static uint64_t cpu_us(void) {
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* What is measured ends now. */
static void on_signal(struct avo_bench *bench, uint64_t now_us) {
    if (avo_signals_take(bench->signals) == 0) {
        return;
    }
    bench->interrupted = true;
    bench->interrupted_us = now_us;
    bench->end_us = now_us < bench->end_us ? now_us : bench->end_us;
}

static void mark(struct avo_bench *bench, uint64_t now_us) {
    if (bench->preloading) {
        return;
    }
    if (!bench->begun && now_us >= bench->begin_us) {
        bench->begun = true;
        bench->cpu_begin_us = cpu_us();
        bench->interval_start_us = bench->begin_us;
    }
    if (bench->begun && !bench->finished && now_us >= bench->end_us) {
        bench->finished = true;
        bench->figures.cpu_us = cpu_us() - bench->cpu_begin_us;
    }
    avo_bench_interval(bench, now_us);
}

static void progress(struct avo_bench *bench, uint64_t now_us) {
    if (bench->preloading) {
        avo_progress_show(&bench->progress, bench->figures.ended, bench->figures.ended);
    } else {
        avo_progress_show(&bench->progress, now_us - bench->start_us, bench->figures.ended);
    }
}

static int wait(struct avo_bench *bench, struct epoll_event *events, uint64_t until_us) {
    uint64_t now_us = avo_clock_us();
    uint64_t wait_us = until_us > now_us ? until_us - now_us : 0;
    struct timespec wait = {.tv_sec = (time_t)(wait_us / 1000000), .tv_nsec = (long)(wait_us % 1000000 * 1000)};
    return epoll_pwait2(bench->epoll, events, EVENTS_MAX, &wait, NULL);
}

/* Is there nothing more to do, or nothing more to wait for? */
static bool over(const struct avo_bench *bench, uint64_t now_us) {
    if (avo_bench_more(bench, now_us)) {
        return false;
    }
    return under_way(bench) == 0 || (bench->interrupted && now_us >= bench->interrupted_us + LAST_ANSWERS_US);
}

static void loop(struct avo_bench *bench) {
    struct epoll_event events[EVENTS_MAX];
    uint64_t tick_us = 0;
    for (;;) {
        uint64_t due_us = avo_bench_pace(bench, avo_clock_us());
        int ready = wait(bench, events, due_us < tick_us ? due_us : tick_us);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr != NULL) {
                client_turn(events[i].data.ptr);
            } else {
                on_signal(bench, avo_clock_us());
            }
        }
        uint64_t now_us = avo_clock_us();
        mark(bench, now_us);
        if (now_us < tick_us) {
            continue;
        }
        tick_us = now_us + AVO_CLIENT_TICK_US;
        progress(bench, now_us);
        for (uint64_t i = 0; i < bench->settings.clients; i++) {
            client_turn(&bench->clients[i]);
        }
        if (over(bench, now_us)) {
            return;
        }
    }
}

enum avo_error avo_bench_preload(struct avo_bench *bench) {
    uint64_t next_key = bench->workload.next_key;
    bench->preloading = true;
    bench->workload.next_key = 0;
    bench->progress = avo_progress(bench->settings.keys, "keys written");
    loop(bench);
    avo_progress_end(&bench->progress);
    bench->preloading = false;
    bench->workload.next_key = next_key;
    enum avo_error error = bench->figures.errors > 0 ? bench->last_error : AVO_OK;
    bench->figures = (struct avo_bench_figures){0};
    return error;
}

void avo_bench_run(struct avo_bench *bench) {
    const struct avo_bench_settings *settings = &bench->settings;
    bench->insert_failed = UINT64_MAX;
    bench->start_us = avo_clock_us();
    bench->begin_us = bench->start_us + (uint64_t)(settings->warm_up_s * 1e6);
    bench->end_us = bench->begin_us + (uint64_t)(settings->seconds * 1e6);
    bench->progress = avo_progress(settings->report_s > 0 ? 0 : bench->end_us - bench->start_us, "operations");
    bench->progress.shown = bench->progress.shown && settings->report_s <= 0; /* the reports say it */
    loop(bench);
    avo_progress_end(&bench->progress);
    for (uint64_t i = 0; i < settings->clients; i++) {
        avo_bench_give_up(&bench->clients[i]);
    }
}

double avo_bench_seconds(const struct avo_bench *bench) {
    return bench->end_us > bench->begin_us ? (double)(bench->end_us - bench->begin_us) / 1e6 : 0;
}
