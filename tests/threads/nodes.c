#include "tests/threads/nodes.h"
#include "client/io/clock.h"
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PORT 24000
#define VALUE_MAX_BYTES 65536

/* An address of this process's own in 127/8, so that runs side by side do not meet. */
static struct avo_address node_address(uint8_t slot) {
    uint32_t pid = (uint32_t)getpid();
    return (struct avo_address){.ip = {[10] = 0xff,
                                       [11] = 0xff,
                                       [12] = 127,
                                       [13] = (uint8_t)(64 + (pid >> 16)),
                                       [14] = (uint8_t)(pid >> 8),
                                       [15] = (uint8_t)pid},
                                .port = (uint16_t)(PORT + slot * AVO_NODE_WORKERS)};
}

static void view_make(struct avo_nodes *nodes, struct avo_view *view) {
    *view = (struct avo_view){.epoch = 1,
                              .slot_count = AVO_NODES_COUNT,
                              .member_count = AVO_NODES_COUNT,
                              .policy_version = 1,
                              .worker_count = AVO_NODE_WORKERS,
                              .mtu_bytes = AVO_MTU_DEFAULT_BYTES,
                              .value_max_bytes = VALUE_MAX_BYTES};
    avo_random_fill(&nodes->random, view->cluster_id, sizeof view->cluster_id);
    for (uint8_t slot = 0; slot < AVO_NODES_COUNT; slot++) {
        avo_key_pair_make(&nodes->identities[slot].channel_key, &nodes->random);
        view->members[slot] = (struct avo_member){.slot = slot,
                                                  .wire_highest = AVO_WIRE_VERSION,
                                                  .role = AVO_ROLE_VOTING,
                                                  .incarnation = 1,
                                                  .address = node_address(slot),
                                                  .tee = AVO_TEE_SGX,
                                                  .simulated = true};
        memcpy(view->members[slot].channel_public_key, nodes->identities[slot].channel_key.public, AVO_PUBLIC_KEY_BYTES);
    }
}

static void profile_make(struct avo_nodes *nodes, const struct avo_view *view) {
    struct avo_profile *profile = &nodes->profile;
    struct avo_ticket ticket = {
        .rights = AVO_RIGHT_READ | AVO_RIGHT_WRITE, .expires_s = 1ULL << 40, .policy_version = 1, .name_length = 4, .name = "test"};
    profile->view = *view;
    avo_view_sign(view, nodes->cas_sign_secret, &profile->signed_view);
    avo_key_pair_make(&profile->key, &nodes->random);
    memcpy(profile->cluster_id, view->cluster_id, sizeof profile->cluster_id);
    memcpy(ticket.cluster_id, view->cluster_id, sizeof ticket.cluster_id);
    memcpy(ticket.public_key, profile->key.public, sizeof ticket.public_key);
    profile->ticket = ticket;
    profile->ticket_length = avo_ticket_sign(&ticket, nodes->cas_sign_secret, profile->ticket_bytes);
}

static bool identities_make(struct avo_nodes *nodes) {
    struct avo_view view;
    uint8_t secret[AVO_CLUSTER_SECRET_BYTES];
    if (sodium_init() < 0) {
        return false;
    }
    nodes->random = avo_system_random();
    crypto_sign_keypair(nodes->profile.cas_sign_public, nodes->cas_sign_secret);
    avo_random_fill(&nodes->random, secret, sizeof secret);
    view_make(nodes, &view);
    profile_make(nodes, &view);
    for (uint8_t slot = 0; slot < AVO_NODES_COUNT; slot++) {
        struct avo_identity *identity = &nodes->identities[slot];
        memcpy(identity->cas_sign_public, nodes->profile.cas_sign_public, sizeof identity->cas_sign_public);
        memcpy(identity->cluster_secret, secret, sizeof secret);
        identity->view = view;
        nodes->nodes[slot] = (struct avo_node){.slot = slot, .address = node_address(slot), .identity = identity};
    }
    return true;
}

bool avo_nodes_start(struct avo_nodes *nodes) {
    pthread_t threads[AVO_NODES_COUNT];
    bool started = identities_make(nodes);
    for (uint8_t slot = 0; started && slot < AVO_NODES_COUNT; slot++) {
        started = pthread_create(&threads[slot], NULL, avo_node_start, &nodes->nodes[slot]) == 0;
    }
    for (uint8_t slot = 0; started && slot < AVO_NODES_COUNT; slot++) {
        pthread_join(threads[slot], NULL);
        if (nodes->nodes[slot].why[0] != '\0') {
            (void)fprintf(stderr, "%s\n", nodes->nodes[slot].why);
            return false;
        }
    }
    return started;
}
