#include "trusted/worker/worker.h"
#include "base/assert.h"
#include "trusted/worker/budget.h"
#include "trusted/worker/worker_state.h"
#include <string.h>

#define TICK_US 1000
#define PACKETS_PER_POLL 256
#define HELLOS_PER_POLL 8
#define REFUSALS_PER_POLL 32
#define IDLE_AFTER_US 50000
#define SCRUB_PER_TICK 16
#define TOMBSTONE_PERCENT 25
#define PACK_PER_MS 64 /* values moved together, when memory is short: a twentieth of the time at most */
#define PACK_MS_MAX 20
#define RECENT_US 300000000 /* half of what counts as recent at most */
#define CLOCK_STEP_MAX_US 10000000

struct avo_packet_header avo_worker_header(const struct avo_worker *worker, enum avo_packet_kind kind, uint8_t destination,
                                           uint32_t session) {
    struct avo_packet_header header = {
        .wire_version = AVO_WIRE_VERSION,
        .kind = kind,
        .source = worker->config.slot,
        .destination = destination,
        .worker = worker->config.index,
        .session = session,
        .epoch = worker->config.identity->view.epoch,
    };
    memcpy(header.view_hash, worker->view_hash, sizeof header.view_hash);
    return header;
}

void avo_worker_end_session(struct avo_worker *worker, struct avo_session *session) {
    if (session->number == 0) {
        return;
    }
    avo_outbox_forget(&worker->outbox, &session->batch);
    avo_transfers_close(worker->transfers, AVO_TRANSFER_CHANNEL_SESSION + avo_session_index(&worker->sessions, session));
    avo_session_end(&worker->sessions, session);
}

static bool peers_create(struct avo_worker *worker) {
    const struct avo_identity *identity = worker->config.identity;
    const struct avo_member *own = avo_view_member(&identity->view, worker->config.slot);
    if (own == NULL) {
        return false;
    }
    for (uint8_t i = 0; i < identity->view.member_count; i++) {
        const struct avo_member *member = &identity->view.members[i];
        struct avo_peer *peer = &worker->peers[member->slot];
        if (member->slot == own->slot) {
            continue;
        }
        struct avo_channel_ends ends = {.own_secret = identity->channel_key.secret,
                                        .cluster_id = identity->view.cluster_id,
                                        .own = own,
                                        .peer = member,
                                        .worker = worker->config.index};
        if (avo_channel_open_peer(&peer->channel, worker->aead, worker->config.limits, &ends) != AVO_OK) {
            return false;
        }
        peer->present = true;
        peer->batch = AVO_POOL_NONE;
        avo_path_init(&peer->path, worker->outbox.packet_bytes, worker->now_us);
        peer->route.channel = &peer->channel;
        peer->route.path = &peer->path;
        peer->route.address = avo_member_address(member, worker->config.index);
        peer->route.header = avo_worker_header(worker, AVO_PACKET_PEER, member->slot, 0);
    }
    return true;
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
    };
    worker->replica = avo_replica_create(arena, &config);
    return worker->replica != NULL;
}

/* The store comes last and takes what is left: `scratch_bytes` are kept for the replica, which is made over it. */
static bool store_create(struct avo_worker *worker, struct avo_arena *arena, uint32_t operation_count) {
    uint64_t replica_bytes = AVO_VALUE_MAX_BYTES + operation_count * 512ULL + 256 * 1024;
    struct avo_store_config config = {
        .slabs = worker->door.slabs,
        .slab_bytes = worker->door.slab_bytes,
        .tombstone_percent = TOMBSTONE_PERCENT,
        .pin_max_count = operation_count,
        .aead = worker->aead,
        .random = worker->config.random,
    };
    uint64_t left_bytes = avo_arena_left_bytes(arena);
    uint64_t others_bytes = replica_bytes + avo_store_arena_bytes(&config) + AVO_CACHE_LINE_BYTES; /* the store's own scratch too */
    if (left_bytes <= others_bytes) {
        return false;
    }
    config.enclave_bytes = left_bytes - others_bytes;
    worker->store = avo_store_create(arena, &config);
    return worker->store != NULL;
}

static void adopt_view(struct avo_worker *worker) {
    struct avo_event event = {.type = AVO_EVENT_VIEW, .now_us = worker->now_us, .view = &worker->config.identity->view};
    avo_worker_step(worker, &event);
}

struct avo_worker *avo_worker_create(struct avo_arena *arena, const struct avo_worker_config *config) {
    const struct avo_view *view = &config->identity->view;
    size_t packet_bytes = view->mtu_bytes - AVO_UDP_OVERHEAD_BYTES;
    struct avo_budget budget = avo_budget(avo_arena_left_bytes(arena), view->value_max_bytes, packet_bytes);
    struct avo_worker *worker = avo_arena_take(arena, 1, sizeof *worker);
    if (worker == NULL || config->door.inbound.shape.datagram_bytes < packet_bytes ||
        config->door.outbound.shape.slot_count < AVO_LAUNCH_RING_SLOTS_MIN) {
        return NULL;
    }
    worker->budget_bytes = arena->capacity_bytes;
    worker->config = *config;
    worker->door = config->door;
    uint8_t view_hash[AVO_HASH_BYTES];
    avo_view_hash(view, view_hash);
    memcpy(worker->view_hash, view_hash, sizeof worker->view_hash);
    worker->aead = avo_aead_create(arena, config->aead);
    worker->packet = avo_arena_take(arena, 1, config->door.inbound.shape.datagram_bytes);
    bool created = worker->aead != NULL && worker->packet != NULL &&
                   avo_outbox_create(&worker->outbox, arena, &worker->door.outbound, budget.batch_count, packet_bytes) &&
                   avo_sessions_create(&worker->sessions, arena, budget.session_count, config->random) &&
                   transfers_create(worker, arena, &budget) && peers_create(worker) &&
                   store_create(worker, arena, budget.operation_count) && replica_create(worker, arena, budget.operation_count);
    if (!created) {
        return NULL;
    }
    adopt_view(worker);
    return worker;
}

/* Takes in what waits, as long as there is room for what it may give rise to: loss inside the door would be our own doing. */
static uint32_t receive_all(struct avo_worker *worker) {
    uint32_t received = 0;
    uint32_t room_needed = worker->outbox.batches.count + AVO_EFFECTS_MAX;
    AVO_ASSERT(room_needed < AVO_LAUNCH_RING_SLOTS_MIN);
    while (received < PACKETS_PER_POLL && avo_ring_room(&worker->door.outbound) > room_needed &&
           avo_ring_waits(&worker->door.inbound)) {
        struct avo_address from;
        uint32_t packet_bytes = avo_ring_pop(&worker->door.inbound, &from, worker->packet);
        if (packet_bytes > 0) {
            avo_worker_receive(worker, &from, packet_bytes);
        }
        received++;
    }
    return received;
}

/* Keys that were replaced die even where nothing arrives any more. */
static void channels_age(struct avo_worker *worker) {
    if (worker->now_us - worker->aged_us < AVO_CHANNEL_AGE_US) {
        return;
    }
    worker->aged_us = worker->now_us;
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        avo_channel_age(&worker->peers[slot].channel);
    }
    for (uint32_t i = 0; i < worker->sessions.capacity; i++) {
        avo_channel_age(&worker->sessions.sessions[i].channel);
    }
}

/* A share of the time that passed goes to bringing free host memory together, while somebody wants it. */
static void pack(struct avo_worker *worker, uint64_t passed_ms) {
    uint32_t counted_ms = passed_ms < PACK_MS_MAX ? (uint32_t)passed_ms : PACK_MS_MAX;
    worker->pack_left = avo_store_pack(worker->store, counted_ms * PACK_PER_MS);
}

/* What was counted so far, now and then, so that it can be told what came since. */
static void marks_set(struct avo_worker *worker) {
    if (worker->now_us - worker->marked_us >= RECENT_US) {
        struct avo_figures now;
        avo_worker_stats(worker, &now);
        worker->tampered_marks[0] = worker->tampered_marks[1];
        worker->tampered_marks[1] = now.tampered;
        worker->marked_us = worker->now_us;
    }
}

static void tick(struct avo_worker *worker) {
    if (worker->now_us - worker->ticked_us < TICK_US) {
        return;
    }
    uint64_t passed_ms = (worker->now_us - worker->ticked_us) / 1000;
    worker->ticked_us = worker->now_us;
    channels_age(worker);
    marks_set(worker);
    pack(worker, passed_ms);
    avo_transfers_tick(worker->transfers, worker->now_us);
    struct avo_event event = {.type = AVO_EVENT_TICK, .now_us = worker->now_us};
    do {
        avo_worker_step(worker, &event);
    } while (worker->effects.more && avo_ring_room(&worker->door.outbound) > AVO_EFFECTS_MAX);
}

/* Time is what the host's clock went forward, a step a poll at most [B3]: a clock that was set to anything and back again neither
 * stops it for good nor makes deadlines wrap. */
static void clock_follow(struct avo_worker *worker, uint64_t host_us) {
    uint64_t passed_us = host_us > worker->host_us ? host_us - worker->host_us : 0;
    worker->now_us += passed_us < CLOCK_STEP_MAX_US ? passed_us : CLOCK_STEP_MAX_US;
    worker->host_us = host_us;
}

uint32_t avo_worker_poll(struct avo_worker *worker, uint64_t host_us) {
    clock_follow(worker, host_us);
    worker->hellos_left = HELLOS_PER_POLL;
    worker->refusals_left = REFUSALS_PER_POLL;
    uint64_t sent_before = worker->outbox.packets_sent;
    uint32_t received = receive_all(worker);
    tick(worker);
    avo_worker_emit_transfers(worker);
    avo_outbox_flush(&worker->outbox);
    uint32_t done = received + (uint32_t)(worker->outbox.packets_sent - sent_before);
    if (done > 0) {
        worker->worked_us = worker->now_us;
    } else {
        avo_ring_consumed_retell(&worker->door.inbound);
        avo_ring_produced_retell(&worker->door.outbound);
    }
    return done;
}

bool avo_worker_idle(const struct avo_worker *worker) {
    return avo_replica_busy_count(worker->replica) == 0 && worker->pack_left == 0 &&
           worker->now_us - worker->worked_us > IDLE_AFTER_US;
}

static uint64_t lesser(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static void paths_tell(const struct avo_worker *worker, struct avo_figures *stats) {
    stats->mtu_to_nodes = worker->config.identity->view.mtu_bytes;
    stats->mtu_to_clients = worker->config.identity->view.mtu_bytes;
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
    stats->secret_memory = worker->config.secret_memory;
}
