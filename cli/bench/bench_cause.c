/* Why a bench with many clients fails: what a client meets (no answer, an outcome that is unknown) looks like the cluster's fault.
 */
#include "cli/bench/bench.h"
#include "client/io/figures.h"

#define FIGURES_TIMEOUT_US 2000000
#define MANY_CLIENTS 256
#define SPARE_PERCENT 5 /* sessions opened again for other reasons */

/* The nodes' own word for what they keep open. */
static uint64_t sessions_kept(struct avo_bench *bench, struct avo_link *link) {
    struct avo_cluster_figures figures;
    uint64_t sum = 0;
    avo_figures_ask(link, &bench->batch, &bench->profile->view, FIGURES_TIMEOUT_US, &figures);
    for (uint8_t i = 0; i < figures.count; i++) {
        sum += figures.nodes[i].totals.sessions;
    }
    return sum;
}

bool avo_bench_cause(struct avo_bench *bench, struct avo_link *link, struct avo_why *cause) {
    uint64_t clients = bench->settings.clients;
    uint64_t needed = clients * bench->profile->view.worker_count;
    uint64_t opened = avo_bench_sessions(bench);
    if (clients < MANY_CLIENTS) {
        return false;
    }
    if (opened < clients) {
        avo_why_set(
            cause,
            "only %llu of %llu clients had a session open by then: so many at once are too many for this machine or the nodes'; "
            "take fewer --clients, or a larger --timeout",
            (unsigned long long)opened, (unsigned long long)clients);
        return true;
    }
    if (opened <= needed + needed * SPARE_PERCENT / 100) {
        return false;
    }
    uint64_t kept = sessions_kept(bench, link);
    if (needed > kept) {
        avo_why_set(
            cause,
            "%llu clients need %llu sessions, and the nodes keep %llu at a time, so that others' were ended and opened again "
            "(%llu in all); take fewer --clients, or a cluster of more --nodes or --workers or a larger --budget",
            (unsigned long long)clients, (unsigned long long)needed, (unsigned long long)kept, (unsigned long long)opened);
    } else {
        avo_why_set(
            cause,
            "%llu clients went from node to node (%llu sessions for %llu): so many at once are too many for this machine or the "
            "nodes'; take fewer --clients, or a larger --timeout",
            (unsigned long long)clients, (unsigned long long)opened, (unsigned long long)needed);
    }
    return true;
}
