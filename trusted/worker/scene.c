#include "trusted/worker/scene.h"
#include <sodium.h>

#define RING_SLOTS 512
#define HOST_US 1700000000000000ULL

static const struct avo_region_layout layout = {1, {RING_SLOTS, 1600 - AVO_RING_SLOT_HEADER_BYTES}, 4096, 256 << 10};

static struct avo_member member(struct scene *scene, uint8_t slot, uint32_t incarnation) {
    struct avo_member made = {.slot = slot,
                              .role = AVO_ROLE_VOTING,
                              .incarnation = incarnation,
                              .address = {.port = (uint16_t)(7000 + slot)},
                              .tee = AVO_TEE_SGX,
                              .simulated = true};
    memcpy(made.channel_public_key, scene->keys[slot].public, sizeof made.channel_public_key);
    return made;
}

struct avo_view scene_view(struct scene *scene, uint32_t epoch) {
    struct avo_view view = {.cluster_id = {4},
                            .epoch = epoch,
                            .slot_count = MEMBERS,
                            .member_count = MEMBERS,
                            .policy_version = 1,
                            .worker_count = 1,
                            .mtu_bytes = AVO_MTU_DEFAULT_BYTES,
                            .value_max_bytes = 4096};
    for (uint8_t slot = 0; slot < MEMBERS; slot++) {
        view.members[slot] = member(scene, slot, 1);
    }
    return view;
}

struct avo_worker *scene_worker_make(struct scene *scene) {
    avo_arena_end(scene->memory, AVO_BUDGET_WORKER_MIN_BYTES);
    memset(scene->memory, 0, AVO_BUDGET_WORKER_MIN_BYTES);
    struct avo_arena arena = avo_arena(scene->memory, AVO_BUDGET_WORKER_MIN_BYTES);
    struct avo_worker_config config = {.door = avo_region_worker(scene->region, &layout, 0),
                                       .compare_us = 3600000000, /* never, in the time of a test */
                                       .identity = &scene->identity,
                                       .random = &scene->prng.random,
                                       .aead = AVO_AEAD_BEST,
                                       .from_steward = &scene->to_worker,
                                       .to_steward = &scene->to_steward};
    return avo_worker_create(&arena, &config);
}

int scene_setup(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    scene->prng = avo_prng(testing_seed());
    scene->host_us = HOST_US;
    scene->region = aligned_alloc(AVO_CACHE_LINE_BYTES, avo_region_bytes(&layout));
    scene->memory = aligned_alloc(AVO_CACHE_LINE_BYTES, AVO_BUDGET_WORKER_MIN_BYTES);
    memset(scene->region, 0, avo_region_bytes(&layout));
    avo_region_format(scene->region, &layout);
    crypto_sign_keypair(scene->identity.cas_sign_public, scene->sign_secret);
    for (uint8_t slot = 0; slot < MEMBERS; slot++) {
        avo_key_pair_make(&scene->keys[slot], &scene->prng.random);
    }
    scene->identity.channel_key = scene->keys[0];
    scene->identity.view = scene_view(scene, 1);
    avo_view_sign(&scene->identity.view, scene->sign_secret, &scene->identity.signed_view);
    scene->host = avo_region_worker(scene->region, &layout, 0);
    scene->worker = scene_worker_make(scene);
    assert_non_null(scene->worker);
    *state = scene;
    return 0;
}

int scene_teardown(void **state) {
    struct scene *scene = *state;
    free(scene->region);
    free(scene->memory);
    free(scene);
    return 0;
}

void scene_poll(struct scene *scene) {
    scene->host_us += 2000;
    (void)avo_worker_poll(scene->worker, scene->host_us);
}

void scene_hand(struct scene *scene, const struct avo_view *view) {
    struct avo_letter letter = {.kind = AVO_LETTER_VIEW};
    avo_view_sign(view, scene->sign_secret, &letter.signed_view);
    assert_true(avo_mailbox_post(&scene->to_worker, &letter));
    scene_poll(scene);
    assert_null(avo_mailbox_next(&scene->to_worker));
}

uint32_t scene_told(struct scene *scene) {
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

void scene_push(struct scene *scene, const uint8_t *packet, size_t packet_bytes) {
    struct avo_address from = {.port = 9};
    assert_true(avo_ring_push(&scene->host.inbound, &from, avo_slice(packet, packet_bytes)));
    avo_ring_publish(&scene->host.inbound);
    scene_poll(scene);
}
