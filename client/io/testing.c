#include "client/io/testing.h"
#include "base/assert.h"
#include "client/io/clock.h"
#include "client/io/endpoint.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void view_make(struct avo_view *view, struct avo_random *random, uint8_t member_count) {
    *view = (struct avo_view){.epoch = 1,
                              .slot_count = member_count,
                              .member_count = member_count,
                              .policy_version = 1,
                              .worker_count = 1,
                              .mtu_bytes = 1500,
                              .value_max_bytes = AVO_VALUE_MAX_BYTES};
    avo_random_fill(random, view->cluster_id, sizeof view->cluster_id);
    for (uint8_t slot = 0; slot < member_count; slot++) {
        struct avo_member *member = &view->members[slot];
        *member = (struct avo_member){.slot = slot,
                                      .wire_highest = AVO_WIRE_VERSION,
                                      .role = AVO_ROLE_VOTING,
                                      .incarnation = 1,
                                      .tee = AVO_TEE_SGX,
                                      .simulated = true};
        avo_random_fill(random, member->channel_public_key, sizeof member->channel_public_key);
        AVO_ASSERT(avo_endpoint_read("127.0.0.1:7100", &member->address));
        member->address.port = (uint16_t)(member->address.port + slot);
    }
}

void avo_test_profile_sign(struct avo_test_profile *folder) {
    avo_view_sign(&folder->profile.view, folder->cas_sign_secret, &folder->profile.signed_view);
}

void avo_test_profile_make(struct avo_test_profile *folder, uint8_t member_count) {
    struct avo_random random = avo_system_random();
    struct avo_profile *profile = &folder->profile;
    *folder = (struct avo_test_profile){.dir = "/tmp/avocado-profile-XXXXXX"};
    AVO_ASSERT(sodium_init() >= 0 && mkdtemp(folder->dir) != NULL);
    (void)snprintf(folder->path, sizeof folder->path, "%s/p", folder->dir);
    (void)crypto_sign_keypair(profile->cas_sign_public, folder->cas_sign_secret);
    avo_random_fill(&random, profile->cas_public_key, sizeof profile->cas_public_key);
    avo_key_pair_make(&profile->key, &random);
    view_make(&profile->view, &random, member_count);
    memcpy(profile->cluster_id, profile->view.cluster_id, sizeof profile->cluster_id);
    avo_test_profile_sign(folder);
    struct avo_ticket ticket = {
        .rights = AVO_RIGHT_READ, .expires_s = 4000000000, .policy_version = 1, .name_length = 1, .name = "x"};
    memcpy(ticket.cluster_id, profile->cluster_id, sizeof ticket.cluster_id);
    memcpy(ticket.public_key, profile->key.public, sizeof ticket.public_key);
    profile->ticket_length = avo_ticket_sign(&ticket, folder->cas_sign_secret, profile->ticket_bytes);
    AVO_ASSERT(avo_endpoint_read("[::1]:7099", &profile->cas_address));
    memcpy(profile->mode, "process", 8);
    memcpy(profile->transport, "udp", 4);
}

void avo_test_profile_free(struct avo_test_profile *folder) {
    (void)unlink(folder->path);
    AVO_ASSERT(rmdir(folder->dir) == 0);
}
