#include "trusted/worker/worker_state.h"

void avo_worker_stats(const struct avo_worker *worker, struct avo_figures *stats) {
    struct avo_figures replica;
    avo_store_stats(worker->store, stats);
    avo_replica_stats(worker->replica, &replica);
    avo_figures_add(stats, &replica);
    avo_figures_add(stats, &worker->stats);
    stats->enclave_bytes_used += worker->budget_bytes - stats->enclave_bytes_budget;
    stats->enclave_bytes_budget = worker->budget_bytes;
    stats->dropped += worker->outbox.dropped;
    stats->bad_packets += worker->door.inbound.lies + worker->door.outbound.lies;
    stats->packets_sent = worker->outbox.packets_sent;
    stats->sessions = worker->sessions.used_count;
    stats->secret_memory = worker->config.secret_memory;
}
