/* Channels to the other members. A view is the key exchange: an incarnation is a key, made when a view first lists it and wiped
 * when one no longer does [DESIGN 7]. */
#include "trusted/worker/worker_state.h"
#include <string.h>

static void peer_close(struct avo_worker *worker, uint8_t slot) {
    struct avo_peer *peer = &worker->peers[slot];
    if (peer->present) {
        avo_outbox_forget(&worker->outbox, &peer->batch);
        avo_transfers_close(worker->transfers, slot);
        avo_channel_wipe(&peer->channel);
        peer->present = false;
    }
}

static bool peer_open(struct avo_worker *worker, const struct avo_view *view, const struct avo_member *own,
                      const struct avo_member *member) {
    struct avo_peer *peer = &worker->peers[member->slot];
    struct avo_channel_ends ends = {.own_secret = worker->config.identity->channel_key.secret,
                                    .cluster_id = view->cluster_id,
                                    .own = own,
                                    .peer = member,
                                    .worker = worker->config.index};
    *peer = (struct avo_peer){.batch = AVO_POOL_NONE, .route = {.channel = &peer->channel, .path = &peer->path}};
    avo_path_init(&peer->path, worker->outbox.packet_bytes, worker->now_us);
    peer->present = avo_channel_open_peer(&peer->channel, worker->aead, worker->config.limits, &ends) == AVO_OK;
    return peer->present;
}

/* This incarnation, if `view` lists it: one that left a view has no peers, and never returns [DESIGN 6]. */
static const struct avo_member *own_member(const struct avo_worker *worker, const struct avo_view *view) {
    const struct avo_member *own = avo_view_member(view, worker->config.slot);
    const struct avo_member *joined = avo_view_member(&worker->config.identity->view, worker->config.slot);
    return own != NULL && joined != NULL && avo_member_same_start(own, joined) ? own : NULL;
}

static bool peer_adopt(struct avo_worker *worker, const struct avo_view *view, const struct avo_member *own, uint8_t slot) {
    const struct avo_member *before = avo_view_member(&worker->view, slot);
    const struct avo_member *member = own != NULL && slot != own->slot ? avo_view_member(view, slot) : NULL;
    if (member == NULL || before == NULL || !avo_member_same_start(member, before)) {
        peer_close(worker, slot);
    }
    return member == NULL || worker->peers[slot].present || peer_open(worker, view, own, member);
}

static void routes_follow(struct avo_worker *worker) {
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        struct avo_peer *peer = &worker->peers[slot];
        if (peer->present) {
            peer->route.address = avo_member_address(avo_view_member(&worker->view, slot), worker->config.index);
            peer->route.header = avo_worker_header(worker, AVO_PACKET_PEER, slot, 0);
        }
    }
}

/* What was cut in the former version is not read in this one: its operation sends it again, as it does in any other view [V3]. */
static void version_follow(struct avo_worker *worker, uint8_t wire_version) {
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT && wire_version != worker->wire_version; slot++) {
        if (worker->peers[slot].present) {
            avo_transfers_close(worker->transfers, slot);
        }
    }
    worker->wire_version = wire_version;
}

bool avo_worker_peers_adopt(struct avo_worker *worker, const struct avo_view *view) {
    const struct avo_member *own = own_member(worker, view);
    uint8_t hash[AVO_HASH_BYTES];
    bool opened = true;
    for (uint8_t slot = 0; slot < AVO_SLOT_MAX_COUNT; slot++) {
        opened &= peer_adopt(worker, view, own, slot);
    }
    avo_view_hash(view, hash);
    memcpy(worker->view_hash, hash, sizeof worker->view_hash);
    worker->view = *view;
    version_follow(worker, avo_view_wire(view));
    routes_follow(worker);
    return opened;
}
