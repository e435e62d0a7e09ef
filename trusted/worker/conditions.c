/* What somebody should look at: judged once a second by this worker's own figures. Its host reads it in the region and logs it;
 * STATS carries for how long each condition has held. A member that was not heard for a while is called, so that an idle cluster
 * knows as well who is gone. */
#include "trusted/worker/worker_state.h"

#define JUDGE_US 1000000
#define CALL_US 5000000    /* a member that was silent for so long is sent a probe, so often */
#define SILENT_US 16000000 /* three of them were not answered */

/* A worker's first turn counts as ten seconds: a member is missed from then on at the earliest. */
static uint64_t silent_us(const struct avo_worker *worker, const struct avo_peer *peer) {
    uint64_t since_us = peer->path.heard_us > worker->watched_us ? peer->path.heard_us : worker->watched_us;
    return worker->now_us - since_us;
}

static void peer_call(struct avo_worker *worker, struct avo_peer *peer) {
    if (avo_worker_has_room(worker) && silent_us(worker, peer) >= CALL_US && worker->now_us - peer->called_us >= CALL_US) {
        peer->called_us = worker->now_us;
        avo_outbox_probe(&worker->outbox, &peer->route, AVO_PATH_FLOOR_BYTES);
    }
}

static void peers_watch(struct avo_worker *worker) {
    worker->silent_nodes = 0;
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        struct avo_peer *peer = &worker->peers[slot];
        if (peer->present) {
            peer_call(worker, peer);
            worker->silent_nodes |= (uint64_t)(silent_us(worker, peer) >= SILENT_US) << slot;
        }
    }
}

static struct avo_levels levels_of(const struct avo_worker *worker, const struct avo_figures *figures) {
    struct avo_levels levels = avo_figures_levels(figures);
    levels.silent_nodes = worker->silent_nodes;
    levels.path_bytes = figures->mtu_to_nodes < figures->mtu_to_clients ? figures->mtu_to_nodes : figures->mtu_to_clients;
    levels.mtu_bytes = worker->outbox.packet_bytes + AVO_UDP_OVERHEAD_BYTES;
    return levels;
}

void avo_worker_judge(struct avo_worker *worker) {
    struct avo_figures figures;
    if (worker->now_us - worker->judged_us < JUDGE_US) {
        return;
    }
    worker->watched_us = worker->judged_us == 0 ? worker->now_us : worker->watched_us;
    worker->judged_us = worker->now_us;
    peers_watch(worker);
    avo_worker_stats(worker, &figures);
    struct avo_notice notice = {.levels = levels_of(worker, &figures)};
    uint32_t holding = avo_conditions_of(&notice.levels);
    for (unsigned i = 0; i < AVO_CONDITION_COUNT; i++) {
        if ((holding & ~worker->conditions & 1U << i) != 0) {
            worker->condition_since_us[i] = worker->now_us;
        }
    }
    worker->conditions = holding;
    notice.conditions = holding;
    avo_notice_post(worker->door.notice, &notice);
}
