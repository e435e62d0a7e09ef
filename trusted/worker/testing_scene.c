#include "trusted/worker/testing_scene.h"
#include <sodium.h>

const struct avo_region_layout scene_layout = {1, {SCENE_RING_SLOTS, 1600 - AVO_RING_SLOT_HEADER_BYTES}, 4096, 256 << 10};

struct avo_member worker_scene_member(const struct worker_scene *scene, uint8_t slot, uint32_t incarnation) {
    struct avo_member made = {.slot = slot,
                              .wire_highest = AVO_WIRE_VERSION,
                              .role = AVO_ROLE_VOTING,
                              .incarnation = incarnation,
                              .address = {.port = (uint16_t)(7000 + slot)},
                              .tee = AVO_TEE_SGX,
                              .simulated = true};
    memcpy(made.channel_public_key, scene->keys[slot].public, sizeof made.channel_public_key);
    return made;
}

struct avo_view worker_scene_view(const struct worker_scene *scene, uint32_t epoch) {
    struct avo_view view = {.cluster_id = {4},
                            .epoch = epoch,
                            .slot_count = scene->member_count,
                            .member_count = scene->member_count,
                            .policy_version = 1,
                            .worker_count = 1,
                            .mtu_bytes = AVO_MTU_DEFAULT_BYTES,
                            .value_max_bytes = 4096};
    for (uint8_t slot = 0; slot < scene->member_count; slot++) {
        view.members[slot] = worker_scene_member(scene, slot, 1);
    }
    return view;
}

struct avo_worker *worker_scene_worker(struct worker_scene *scene) {
    avo_arena_end(scene->memory, AVO_BUDGET_WORKER_MIN_BYTES);
    memset(scene->memory, 0, AVO_BUDGET_WORKER_MIN_BYTES);
    struct avo_arena arena = avo_arena(scene->memory, AVO_BUDGET_WORKER_MIN_BYTES);
    struct avo_worker_config config = {.door = avo_region_worker(scene->region, &scene_layout, 0),
                                       .compare_us = 3600000000, /* never, in the time of a test */
                                       .identity = &scene->identity,
                                       .random = &scene->prng.random,
                                       .aead = AVO_AEAD_BEST,
                                       .from_steward = &scene->to_worker,
                                       .to_steward = &scene->to_steward};
    return avo_worker_create(&arena, &config);
}

void worker_scene_open(struct worker_scene *scene, uint8_t member_count) {
    memset(scene, 0, sizeof *scene);
    scene->prng = avo_prng(testing_seed());
    scene->host_us = SCENE_TIME_US;
    scene->member_count = member_count;
    scene->region = aligned_alloc(AVO_CACHE_LINE_BYTES, avo_region_bytes(&scene_layout));
    scene->memory = aligned_alloc(AVO_CACHE_LINE_BYTES, AVO_BUDGET_WORKER_MIN_BYTES);
    memset(scene->region, 0, avo_region_bytes(&scene_layout));
    avo_region_format(scene->region, &scene_layout);
    crypto_sign_keypair(scene->identity.cas_sign_public, scene->sign_secret);
    for (uint8_t slot = 0; slot < member_count; slot++) {
        avo_key_pair_make(&scene->keys[slot], &scene->prng.random);
    }
    scene->identity.channel_key = scene->keys[0];
    scene->identity.view = worker_scene_view(scene, 1);
    avo_view_sign(&scene->identity.view, scene->sign_secret, &scene->identity.signed_view);
    scene->host = avo_region_worker(scene->region, &scene_layout, 0);
    scene->worker = worker_scene_worker(scene);
    assert_non_null(scene->worker);
}

void worker_scene_close(struct worker_scene *scene) {
    free(scene->region);
    free(scene->memory);
}

void worker_scene_poll(struct worker_scene *scene, uint64_t later_us) {
    scene->host_us += later_us;
    (void)avo_worker_poll(scene->worker, scene->host_us);
}

uint32_t worker_scene_drain(struct worker_scene *scene) {
    struct avo_ring_end *ring = &scene->host.outbound;
    (void)avo_ring_waits(ring);
    uint32_t count = (uint32_t)(ring->peer_index - ring->own_index);
    avo_ring_release(ring, count);
    return count;
}

int worker_scene_setup(void **state) {
    struct worker_scene *scene = calloc(1, sizeof *scene);
    worker_scene_open(scene, SCENE_MEMBERS_MAX);
    *state = scene;
    return 0;
}

int worker_scene_teardown(void **state) {
    worker_scene_close(*state);
    free(*state);
    return 0;
}

void worker_scene_hand(struct worker_scene *scene, const struct avo_view *view) {
    struct avo_letter letter = {.kind = AVO_LETTER_VIEW};
    avo_view_sign(view, scene->sign_secret, &letter.signed_view);
    assert_true(avo_mailbox_post(&scene->to_worker, &letter));
    worker_scene_poll(scene, SCENE_TURN_US);
    assert_null(avo_mailbox_next(&scene->to_worker));
}

uint32_t worker_scene_told(struct worker_scene *scene) {
    const struct avo_letter *letter = avo_mailbox_next(&scene->to_steward);
    if (letter == NULL) {
        return 0;
    }
    assert_int_equal(letter->kind, AVO_LETTER_ADOPTED);
    uint32_t epoch = letter->epoch;
    avo_mailbox_release(&scene->to_steward);
    assert_null(avo_mailbox_next(&scene->to_steward));
    return epoch;
}

void worker_scene_push(struct worker_scene *scene, const uint8_t *packet, size_t packet_bytes) {
    struct avo_address from = {.port = 9};
    assert_true(avo_ring_push(&scene->host.inbound, &from, avo_slice(packet, packet_bytes)));
    avo_ring_publish(&scene->host.inbound);
    worker_scene_poll(scene, SCENE_TURN_US);
}
