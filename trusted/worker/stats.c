#include "trusted/worker/worker_state.h"

void avo_worker_stats(const struct avo_worker *worker, struct avo_stats_reply *stats) {
    struct avo_store_stats store;
    struct avo_replica_stats replica;
    avo_store_stats(worker->store, &store);
    avo_replica_stats(worker->replica, &replica);
    *stats = worker->stats;
    stats->keys = store.keys;
    stats->tombstones = store.tombstones;
    stats->damaged = store.damaged;
    stats->damaged_now = store.damaged_now;
    stats->repaired = store.repaired;
    stats->enclave_bytes_used = worker->budget_bytes - store.enclave_bytes_budget + store.enclave_bytes_used;
    stats->enclave_bytes_budget = worker->budget_bytes;
    stats->host_bytes = store.host_bytes;
    stats->operations = replica.operations;
    stats->one_round_reads = replica.one_round_reads;
    stats->write_backs = replica.write_backs;
    stats->tampered += replica.tampered;
    stats->dropped += worker->outbox.dropped;
    stats->bad_packets += worker->door.inbound.lies + worker->door.outbound.lies;
    stats->packets_sent = worker->outbox.packets_sent;
    stats->sessions = worker->sessions.used_count;
    stats->secret_memory = (uint8_t)worker->config.secret_memory;
}
