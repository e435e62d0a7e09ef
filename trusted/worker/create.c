/* A worker's parts, carved from its share of the budget [B5]. */
#include "base/secret.h"
#include "trusted/worker/budget.h"
#include "trusted/worker/worker_state.h"

#define SCRUB_PER_TICK 16
#define TOMBSTONE_PERCENT 25

static struct avo_rtt *rtt_of(void *owner, uint32_t channel) {
    struct avo_worker *worker = owner;
    bool of_peer = channel < AVO_TRANSFER_CHANNEL_SESSION;
    return of_peer ? &worker->peers[channel].path.rtt : &worker->sessions.sessions[channel - AVO_TRANSFER_CHANNEL_SESSION].path.rtt;
}

static bool transfers_create(struct avo_worker *worker, struct avo_arena *arena, const struct avo_budget *budget) {
    if (!avo_blobs_create(&worker->operation_blobs, arena, &budget->operation_blobs) ||
        !avo_blobs_create(&worker->incoming_blobs, arena, &budget->incoming_blobs) ||
        !avo_blobs_create(&worker->outgoing_blobs, arena, &budget->outgoing_blobs)) {
        return false;
    }
    struct avo_transfers_config config = {
        .outgoing_max_count = budget->outgoing_count,
        .incoming_max_count = budget->incoming_count,
        .outgoing_blobs = &worker->outgoing_blobs,
        .incoming_blobs = &worker->incoming_blobs,
        .user_blobs = &worker->operation_blobs,
        .rtt_of = rtt_of,
        .owner = worker,
    };
    worker->transfers = avo_transfers_create(arena, &config);
    return worker->transfers != NULL;
}

static bool replica_create(struct avo_worker *worker, struct avo_arena *arena, uint32_t operation_count) {
    struct avo_replica_config config = {
        .slot = worker->config.slot,
        .worker = worker->config.index,
        .store = worker->store,
        .blobs = &worker->operation_blobs,
        .operation_count = operation_count,
        .hedge_us = AVO_HEDGE_US,
        .resend_us = AVO_RESEND_US,
        .scrub_per_tick = SCRUB_PER_TICK,
        .compare_us = worker->config.compare_us != 0 ? worker->config.compare_us : AVO_COMPARE_US,
    };
    worker->replica = avo_replica_create(arena, &config);
    return worker->replica != NULL;
}

/* The store comes last and takes what is left: `scratch_bytes` are kept for the replica, which is made over it. */
static bool store_create(struct avo_worker *worker, struct avo_arena *arena, uint32_t operation_count) {
    uint8_t secret[AVO_STORE_SECRET_BYTES];
    uint64_t replica_bytes = AVO_VALUE_MAX_BYTES + operation_count * 512ULL + 256 * 1024;
    struct avo_store_config config = {
        .slabs = worker->door.slabs,
        .slab_bytes = worker->door.slab_bytes,
        .tombstone_percent = TOMBSTONE_PERCENT,
        .pin_max_count = operation_count,
        .aead = worker->aead,
        .random = worker->config.random,
        .secret = secret,
    };
    uint64_t left_bytes = avo_arena_left_bytes(arena);
    uint64_t others_bytes = replica_bytes + avo_store_arena_bytes(&config) + AVO_CACHE_LINE_BYTES; /* the store's own scratch too */
    if (left_bytes <= others_bytes) {
        return false;
    }
    config.enclave_bytes = left_bytes - others_bytes;
    avo_worker_secrets_make(worker, worker->key_secret, secret);
    worker->store = avo_store_create(arena, &config);
    avo_secret_wipe(secret, sizeof secret);
    return worker->store != NULL;
}

static void serve(struct avo_worker *worker) {
    struct avo_event event = {.type = AVO_EVENT_VIEW, .now_us = worker->now_us, .view = &worker->view};
    worker->told_epoch = worker->view.epoch;
    avo_worker_step(worker, &event);
}

struct avo_worker *avo_worker_create(struct avo_arena *arena, const struct avo_worker_config *config) {
    const struct avo_view *view = &config->identity->view;
    size_t packet_bytes = view->mtu_bytes - AVO_UDP_OVERHEAD_BYTES;
    struct avo_budget budget = avo_budget(avo_arena_left_bytes(arena), view->value_max_bytes, packet_bytes);
    struct avo_worker *worker = avo_arena_take(arena, 1, sizeof *worker);
    if (worker == NULL || avo_view_member(view, config->slot) == NULL || config->door.inbound.shape.datagram_bytes < packet_bytes ||
        config->door.outbound.shape.slot_count < AVO_LAUNCH_RING_SLOTS_MIN) {
        return NULL;
    }
    worker->budget_bytes = arena->capacity_bytes;
    worker->config = *config;
    worker->door = config->door;
    worker->signed_view = config->identity->signed_view;
    worker->aead = avo_aead_create(arena, config->aead);
    worker->packet = avo_arena_take(arena, 1, config->door.inbound.shape.datagram_bytes);
    bool created = worker->aead != NULL && worker->packet != NULL &&
                   avo_outbox_create(&worker->outbox, arena, &worker->door.outbound, budget.batch_count, packet_bytes) &&
                   avo_sessions_create(&worker->sessions, arena, budget.session_count, config->random) &&
                   transfers_create(worker, arena, &budget) && avo_worker_peers_adopt(worker, view) &&
                   store_create(worker, arena, budget.operation_count) && replica_create(worker, arena, budget.operation_count);
    if (!created) {
        return NULL;
    }
    serve(worker);
    return worker;
}
