#include "tests/control/choice_scene.h"
#include "base/testing.h"
#include <stdlib.h>
#include <string.h>

static void form(struct choice_scene *scene) {
    struct world *world = &scene->worlds[0];
    struct user owner;
    struct avo_text reason;
    struct avo_genesis_status status;
    struct avo_view view;
    uint8_t hash[AVO_HASH_BYTES];
    user_connect(world, &owner, &scene->owner_key, CHOICE_OWNER);
    assert_int_equal(user_attest(world, &owner, &reason), AVO_OK);
    assert_int_equal(user_upload(world, &owner, "policy", &reason), AVO_OK);
    for (uint8_t slot = 0; slot < scene->node_count; slot++) {
        assert_int_equal(choice_start(scene, 0, slot), slot);
    }
    assert_int_equal(user_status(world, &owner, &status, &reason), AVO_OK);
    avo_view_hash(&status.view, hash);
    assert_int_equal(user_approve(world, &owner, hash, &view, &reason), AVO_OK);
    user_free(&owner);
    world_disconnect(world, CHOICE_OWNER);
    choice_settle(scene, 0);
}

struct choice_scene *choice_make(uint8_t node_count) {
    struct choice_scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    struct avo_prng random = avo_prng(21);
    avo_key_pair_make(&scene->owner_key, &random.random);
    world_open(&scene->worlds[0], 22, &scene->owner_key);
    scene->worlds[0].policy.slot_count = node_count;
    scene->node_count = node_count;
    form(scene);
    return scene;
}

void choice_free(struct choice_scene *scene) {
    for (uint32_t i = 0; i < scene->start_count; i++) {
        node_free(&scene->nodes[i]);
    }
    for (uint32_t i = 0; i < 2; i++) {
        if (scene->worlds[i].cas != NULL) {
            world_close(&scene->worlds[i]);
        }
    }
    free(scene);
}

void choice_restart(struct choice_scene *scene, uint32_t index, struct avo_slice state) {
    struct world *world = &scene->worlds[index];
    struct avo_text reason;
    for (uint32_t i = 0; i < scene->start_count; i++) {
        if (scene->at[i] == index) {
            choice_leave(scene, i);
        }
    }
    avo_copy(world->state, sizeof world->state, state);
    world->state_length = state.length;
    assert_int_equal(world_restart(world, &reason), AVO_OK);
}

void choice_copy(struct choice_scene *scene) {
    const struct world *first = &scene->worlds[0];
    world_open(&scene->worlds[1], 23, &scene->owner_key);
    scene->worlds[1].policy = first->policy;
    choice_restart(scene, 1, avo_slice(first->state, first->state_length));
}

static uint32_t free_connection(const struct choice_scene *scene, uint32_t index) {
    for (uint32_t connection = 0; connection < CHOICE_OWNER; connection++) {
        bool taken = false;
        for (uint32_t i = 0; i < scene->start_count; i++) {
            taken |= scene->at[i] == index && scene->nodes[i].connection == connection;
        }
        if (!taken) {
            return connection;
        }
    }
    fail();
    return 0;
}

uint32_t choice_start(struct choice_scene *scene, uint32_t index, uint8_t slot) {
    uint32_t connection = free_connection(scene, index);
    uint32_t start = scene->start_count++;
    assert_true(start < CHOICE_STARTS_MAX);
    scene->at[start] = index;
    node_connect(&scene->worlds[index], &scene->nodes[start], slot, connection);
    (void)node_prove(&scene->worlds[index], &scene->nodes[start]);
    return start;
}

void choice_leave(struct choice_scene *scene, uint32_t start) {
    if (scene->at[start] != CHOICE_NOWHERE) {
        world_disconnect(&scene->worlds[scene->at[start]], scene->nodes[start].connection);
        (void)node_step(&scene->nodes[start], (struct avo_steward_event){.type = AVO_STEWARD_CLOSED});
    }
    scene->at[start] = CHOICE_NOWHERE;
}

void choice_dial(struct choice_scene *scene, uint32_t index, uint32_t start) {
    choice_leave(scene, start);
    uint32_t connection = free_connection(scene, index);
    scene->at[start] = index;
    node_dial(&scene->worlds[index], &scene->nodes[start], connection);
}

/* What the CAS closed is over for the enclave too, once it has read what came before. */
bool choice_pass(struct choice_scene *scene, uint32_t start) {
    struct node *node = &scene->nodes[start];
    if (scene->at[start] == CHOICE_NOWHERE || node->ended.length > 0) {
        return false;
    }
    struct world *world = &scene->worlds[scene->at[start]];
    bool passed = node_exchange(world, node);
    if (!passed && world->closed[node->connection]) {
        choice_leave(scene, start);
    }
    choice_note(scene);
    return passed;
}

void choice_settle(struct choice_scene *scene, uint32_t index) {
    for (bool more = true; more;) {
        more = false;
        for (uint32_t i = 0; i < scene->start_count; i++) {
            more |= scene->at[i] == index && choice_pass(scene, i);
        }
    }
}

void choice_tick(struct choice_scene *scene, uint32_t index, uint64_t us) {
    world_tick(&scene->worlds[index], us);
    choice_note(scene);
}

static void note(struct choice_scene *scene, const struct avo_view *view) {
    uint8_t hash[AVO_HASH_BYTES];
    assert_true(view->epoch < CHOICE_EPOCHS_MAX);
    avo_view_hash(view, hash);
    if (scene->signed_seen[view->epoch]) {
        assert_memory_equal(scene->signed_hash[view->epoch], hash, sizeof hash);
    }
    scene->signed_seen[view->epoch] = true;
    memcpy(scene->signed_hash[view->epoch], hash, sizeof hash);
}

void choice_note(struct choice_scene *scene) {
    for (uint32_t i = 0; i < 2; i++) {
        const struct avo_cas *cas = scene->worlds[i].cas;
        if (cas != NULL && cas->phase == AVO_CAS_FORMED) {
            note(scene, &cas->view);
        }
        if (cas != NULL && cas->chosen.length > 0) {
            note(scene, &cas->chosen_view);
        }
    }
    for (uint32_t i = 0; i < scene->start_count; i++) {
        if (scene->nodes[i].steward->phase == AVO_STEWARD_MEMBER) {
            note(scene, &scene->nodes[i].steward->view);
        }
    }
}

const struct avo_view *choice_view(const struct choice_scene *scene, uint32_t start) {
    assert_int_equal(scene->nodes[start].steward->phase, AVO_STEWARD_MEMBER);
    return &scene->nodes[start].steward->view;
}
