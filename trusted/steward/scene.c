#include "trusted/steward/scene.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 51

struct scene *scene_make(void) {
    struct scene *scene = aligned_alloc(AVO_CACHE_LINE_BYTES, sizeof *scene);
    assert_non_null(scene);
    memset(scene, 0, sizeof *scene);
    printf("seed %d\n", SEED);
    scene->random = avo_prng(SEED);
    scene->arena = avo_arena(scene->memory, sizeof scene->memory);
    scene->aead = avo_aead_create(&scene->arena, AVO_AEAD_BEST);
    avo_key_pair_make(&scene->cas_key, &scene->random.random);
    uint8_t seed[32] = {SEED};
    (void)crypto_sign_seed_keypair(scene->sign_public, scene->sign_secret, seed);
    memcpy(scene->hello.cas_sign_public, scene->sign_public, 32);
    scene->hello.nonce[0] = 7;
    scene->hello.wire_version = AVO_WIRE_VERSION;
    scene->launch = (struct avo_launch){.address = {.ip = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1}, .port = 7000},
                                        .layout = {.worker_count = SCENE_WORKERS,
                                                   .ring = {.slot_count = 64, .datagram_bytes = 1472},
                                                   .stream_bytes = 65536,
                                                   .slab_bytes = 1 << 20},
                                        .budget_bytes = 16 << 20};
    memcpy(scene->launch.cas_public_key, scene->cas_key.public, 32);
    struct avo_steward_config config = {&scene->launch, AVO_TEE_SGX, scene->aead, &scene->random.random};
    scene->steward = avo_steward_create(&scene->arena, &config);
    assert_non_null(scene->steward);
    scene->out = (struct avo_buffer){scene->out_memory, 0, sizeof scene->out_memory};
    scene->reply = (struct avo_buffer){scene->reply_memory, 0, sizeof scene->reply_memory};
    return scene;
}

void scene_free(struct scene *scene) {
    free(scene);
}

static void note(struct scene *scene, const struct avo_steward_effect *effect) {
    static const char *const names[] = {"SEND", "REOPEN", "ASK_LAS", "MAKE_EVIDENCE", "MAKE_REPORT", "JOINED",
                                        "HAND", "SAY",    "END"};
    char line[AVO_TEXT_MAX_BYTES + 64];
    struct avo_view view;
    int length = snprintf(line, sizeof line, "%s", names[effect->type]);
    if (effect->type == AVO_STEWARD_HAND) {
        assert_int_equal(avo_view_verify(avo_slice(effect->view->bytes, effect->view->length), scene->sign_public, &view), AVO_OK);
        length += snprintf(line + length, sizeof line - (size_t)length, " %u %u", effect->worker, view.epoch);
    } else if (effect->type == AVO_STEWARD_END) {
        length += snprintf(line + length, sizeof line - (size_t)length, " %d", (int)effect->status);
    }
    if (effect->text != NULL) {
        (void)snprintf(line + length, sizeof line - (size_t)length, " %s", effect->text);
    }
    size_t used = strlen(scene->trace);
    (void)snprintf(scene->trace + used, sizeof scene->trace - used, "%s\n", line);
}

enum avo_steward_phase scene_step(struct scene *scene, struct avo_steward_event event) {
    avo_steward_step(scene->steward, &event, &scene->effects);
    for (uint32_t i = 0; i < scene->effects.count; i++) {
        const struct avo_steward_effect *effect = &scene->effects.effects[i];
        note(scene, effect);
        if (effect->type == AVO_STEWARD_SEND) {
            avo_copy(scene->out.data + scene->out.length, scene->out.capacity - scene->out.length, effect->bytes);
            scene->out.length += effect->bytes.length;
        }
    }
    return scene->steward->phase;
}

const char *scene_trace(struct scene *scene) {
    static char taken[sizeof scene->trace];
    memcpy(taken, scene->trace, sizeof taken);
    scene->trace[0] = '\0';
    return taken;
}

void scene_open(struct scene *scene) {
    scene->out.length = 0;
    scene->reply.length = 0;
    avo_secure_stream_respond(&scene->cas, scene->aead, &scene->cas_key, avo_slice_string(AVO_CONTROL_PROLOGUE));
    (void)scene_step(scene, (struct avo_steward_event){.type = AVO_STEWARD_OPENED});
}

enum avo_error scene_hear(struct scene *scene) {
    struct avo_slice in = avo_buffer_slice(&scene->out);
    enum avo_error error = AVO_OK;
    while (in.length > 0 && error == AVO_OK) {
        struct avo_slice message = AVO_SLICE_EMPTY;
        error = avo_secure_stream_read(&scene->cas, &scene->random.random, &in, &scene->reply, &message);
        scene->heard = message.length > 0 ? message : scene->heard;
    }
    scene->out.length = 0;
    return error;
}

enum avo_steward_phase scene_deliver(struct scene *scene) {
    struct avo_slice bytes = avo_buffer_slice(&scene->reply);
    enum avo_steward_phase phase = scene_step(scene, (struct avo_steward_event){.type = AVO_STEWARD_BYTES, .bytes = bytes});
    scene->reply.length = 0;
    return phase;
}

void scene_say(struct scene *scene, struct avo_slice message) {
    assert_int_equal(avo_secure_stream_write(&scene->cas, message, &scene->reply), AVO_OK);
}

void scene_say_hello(struct scene *scene) {
    uint8_t bytes[128];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    avo_hello_write(&writer, &scene->hello);
    scene_say(scene, avo_writer_slice(&writer));
}

void scene_say_wait(struct scene *scene) {
    uint8_t wait[1] = {AVO_CONTROL_WAIT};
    scene_say(scene, AVO_SLICE_OF(wait));
}

struct avo_view scene_view(const struct scene *scene) {
    struct avo_view view = {.cluster_id = {1},
                            .epoch = 1,
                            .slot_count = 1,
                            .member_count = 1,
                            .policy_version = 1,
                            .worker_count = SCENE_WORKERS,
                            .mtu_bytes = 1500,
                            .value_max_bytes = 1024};
    view.members[0] = (struct avo_member){.wire_highest = AVO_WIRE_VERSION,
                                          .role = AVO_ROLE_VOTING,
                                          .incarnation = 1,
                                          .tee = AVO_TEE_SGX,
                                          .address = scene->launch.address};
    memcpy(view.members[0].channel_public_key, scene->steward->identity.channel_key.public, 32);
    return view;
}

void scene_say_joined_signed(struct scene *scene, const struct avo_signed_view *signed_view) {
    uint8_t bytes[64 + AVO_VIEW_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    struct avo_joined joined = {.cluster_secret = {0x5e}, .signed_view = avo_slice(signed_view->bytes, signed_view->length)};
    avo_joined_write(&writer, &joined);
    scene_say(scene, avo_writer_slice(&writer));
}

void scene_say_joined(struct scene *scene, const struct avo_view *view) {
    struct avo_signed_view signed_view;
    avo_view_sign(view, scene->sign_secret, &signed_view);
    scene_say_joined_signed(scene, &signed_view);
}

void scene_say_view(struct scene *scene, const struct avo_view *view) {
    uint8_t bytes[64 + AVO_VIEW_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    struct avo_signed_view signed_view;
    avo_view_sign(view, scene->sign_secret, &signed_view);
    avo_control_bytes_write(&writer, AVO_CONTROL_VIEW, avo_slice(signed_view.bytes, signed_view.length));
    scene_say(scene, avo_writer_slice(&writer));
}

void scene_greet(struct scene *scene) {
    scene_open(scene);
    assert_int_equal(scene_hear(scene), AVO_OK);
    scene_say_hello(scene);
    assert_int_equal(scene_deliver(scene), AVO_STEWARD_NEED_EVIDENCE);
    assert_int_equal(scene_hear(scene), AVO_OK);
}

void scene_prove(struct scene *scene) {
    scene_greet(scene);
    struct avo_steward_event event = {.type = AVO_STEWARD_EVIDENCE, .bytes = avo_slice_string(SCENE_EVIDENCE)};
    assert_int_equal(scene_step(scene, event), AVO_STEWARD_TALKING);
    assert_int_equal(scene_hear(scene), AVO_OK);
}

void scene_wait(struct scene *scene) {
    scene_prove(scene);
    scene_say_wait(scene);
    assert_int_equal(scene_deliver(scene), AVO_STEWARD_WAITING);
}

void scene_join(struct scene *scene) {
    scene_wait(scene);
    struct avo_view view = scene_view(scene);
    scene_say_joined(scene, &view);
    assert_int_equal(scene_deliver(scene), AVO_STEWARD_MEMBER);
}
