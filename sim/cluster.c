#include "sim/cluster.h"
#include <sodium.h>
#include <string.h>

#define POLICY_VERSION 1
#define NEVER_EXPIRES_S (1ULL << 40)

static void view_fill(struct avo_view *view, const struct avo_cluster *cluster, struct avo_world *world) {
    const struct avo_plan *plan = &world->plan;
    avo_random_fill(&world->prng.random, view->cluster_id, sizeof view->cluster_id);
    view->epoch = 1;
    view->slot_count = plan->slot_count;
    view->member_count = plan->slot_count;
    view->policy_version = POLICY_VERSION;
    view->worker_count = plan->worker_count;
    view->mtu_bytes = plan->mtu_bytes;
    view->value_max_bytes = plan->value_max_bytes;
    for (uint8_t slot = 0; slot < plan->slot_count; slot++) {
        struct avo_member *member = &view->members[slot];
        *member = (struct avo_member){.slot = slot,
                                      .wire_highest = AVO_WIRE_VERSION,
                                      .role = AVO_ROLE_VOTING,
                                      .incarnation = 1,
                                      .address = avo_node_address(slot, 0),
                                      .tee = AVO_TEE_SGX,
                                      .simulated = true};
        memcpy(member->channel_public_key, cluster->identities[slot].channel_key.public, AVO_PUBLIC_KEY_BYTES);
    }
}

/* The CAS signs it, and everybody takes it up as a node does. */
static bool view_adopt(struct avo_cluster *cluster, const struct avo_view *view,
                       const uint8_t cas_sign_public[AVO_PUBLIC_KEY_BYTES], const uint8_t secret[AVO_CLUSTER_SECRET_BYTES]) {
    struct avo_signed_view signed_view;
    avo_view_sign(view, cluster->cas_sign_secret, &signed_view);
    if (avo_view_verify(avo_slice(signed_view.bytes, signed_view.length), cas_sign_public, &cluster->view) != AVO_OK) {
        return false;
    }
    for (uint8_t slot = 0; slot < view->slot_count; slot++) {
        struct avo_identity *identity = &cluster->identities[slot];
        memcpy(identity->cas_sign_public, cas_sign_public, sizeof identity->cas_sign_public);
        memcpy(identity->cluster_secret, secret, sizeof identity->cluster_secret);
        identity->view = cluster->view;
    }
    return true;
}

bool avo_cluster_make(struct avo_cluster *cluster, struct avo_world *world) {
    uint8_t seed[32];
    uint8_t cas_sign_public[AVO_PUBLIC_KEY_BYTES];
    uint8_t secret[AVO_CLUSTER_SECRET_BYTES];
    avo_random_fill(&world->prng.random, seed, sizeof seed);
    avo_random_fill(&world->prng.random, secret, sizeof secret);
    crypto_sign_seed_keypair(cas_sign_public, cluster->cas_sign_secret, seed);
    for (uint8_t slot = 0; slot < world->plan.slot_count; slot++) {
        avo_key_pair_make(&cluster->identities[slot].channel_key, &world->prng.random);
    }
    struct avo_view view = {0};
    view_fill(&view, cluster, world);
    return view_adopt(cluster, &view, cas_sign_public, secret);
}

void avo_cluster_show_views(struct avo_cluster *cluster) {
    for (uint8_t slot = 0; slot < cluster->view.slot_count; slot++) {
        avo_view_sign(&cluster->view, cluster->cas_sign_secret, &cluster->identities[slot].signed_view);
    }
}

bool avo_cluster_make_again(struct avo_cluster *cluster, struct avo_world *world, const struct avo_cluster *past,
                            const struct avo_cluster_again *again) {
    const struct avo_identity *old = &past->identities[0];
    struct avo_view view = past->view;
    *cluster = *past;
    view.epoch = again->epoch;
    if (again->other_id) {
        avo_random_fill(&world->prng.random, view.cluster_id, sizeof view.cluster_id);
    }
    for (uint8_t slot = 0; slot < view.slot_count; slot++) {
        struct avo_key_pair *key = &cluster->identities[slot].channel_key;
        if (!again->same_keys) {
            avo_key_pair_make(key, &world->prng.random);
        }
        view.members[slot].incarnation = again->epoch;
        memcpy(view.members[slot].channel_public_key, key->public, sizeof key->public);
    }
    return view_adopt(cluster, &view, old->cas_sign_public, old->cluster_secret);
}

size_t avo_cluster_ticket(const struct avo_cluster *cluster, const uint8_t public_key[AVO_PUBLIC_KEY_BYTES], uint8_t *to) {
    struct avo_ticket ticket = {.rights = AVO_RIGHT_READ | AVO_RIGHT_WRITE,
                                .expires_s = NEVER_EXPIRES_S,
                                .policy_version = POLICY_VERSION,
                                .name_length = 3,
                                .name = "sim"};
    memcpy(ticket.cluster_id, cluster->view.cluster_id, sizeof ticket.cluster_id);
    memcpy(ticket.public_key, public_key, sizeof ticket.public_key);
    return avo_ticket_sign(&ticket, cluster->cas_sign_secret, to);
}
