#include "trusted/worker/worker_state.h"

static uint64_t lesser(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static void paths_tell(const struct avo_worker *worker, struct avo_figures *stats) {
    stats->mtu_to_nodes = worker->outbox.packet_bytes + AVO_UDP_OVERHEAD_BYTES;
    stats->mtu_to_clients = stats->mtu_to_nodes;
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        const struct avo_peer *peer = &worker->peers[slot];
        stats->mtu_to_nodes = peer->present ? lesser(stats->mtu_to_nodes, avo_path_mtu(&peer->path)) : stats->mtu_to_nodes;
    }
    for (uint32_t i = 0; i < worker->sessions.capacity; i++) {
        const struct avo_session *session = &worker->sessions.sessions[i];
        stats->mtu_to_clients =
            session->number != 0 ? lesser(stats->mtu_to_clients, avo_path_mtu(&session->path)) : stats->mtu_to_clients;
    }
}

static void conditions_tell(const struct avo_worker *worker, struct avo_figures *stats) {
    stats->silent_nodes = worker->silent_nodes;
    for (unsigned i = 0; i < AVO_CONDITION_COUNT; i++) {
        bool holds = (worker->conditions >> i & 1) != 0;
        uint64_t age_s = 1 + (worker->now_us - worker->condition_since_us[i]) / 1000000;
        avo_figures_age_set(stats, (enum avo_condition)i, holds ? age_s : 0);
    }
}

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
    stats->tampered_recently = stats->tampered - worker->tampered_marks[0];
    paths_tell(worker, stats);
    conditions_tell(worker, stats);
    stats->secret_memory = worker->config.secret_memory;
}
