#include "tests/control/las_scene.h"
#include "cas/policy_file.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int open_scene(void **state, bool required) {
    static const uint8_t measurements[] = {MEASUREMENT_NODE, MEASUREMENT_CAS, MEASUREMENT_LAS};
    struct scene *scene = calloc(1, sizeof *scene);
    struct avo_prng random = avo_prng(61);
    avo_key_pair_make(&scene->owner_key, &random.random);
    world_open(&scene->world, 62, &scene->owner_key);
    (void)snprintf(scene->folder, sizeof scene->folder, "%s", "/tmp/avocado-las-test.XXXXXX");
    assert_non_null(mkdtemp(scene->folder));
    scene->tee1 = sim_tee_open(WORLD_NOW_S, scene->folder);
    scene->tee2 = sim_tee_sibling(scene->tee1);
    scene->tee3 = sim_tee_sibling(scene->tee1);
    avo_attest_plug_init(&scene->plug, scene->folder);
    scene->world.tee = scene->tee1;
    scene->world.tee_attest = sim_tee_attest;
    scene->world.verifier = scene->plug.verifier;
    scene->world.policy_reader = avo_cas_policy_file("policy.json");
    sim_tee_policy_las(scene->tee1, scene->tee2, scene->owner_key.public, measurements, required, scene->policy);
    user_connect(&scene->world, &scene->owner, &scene->owner_key, SCENE_OWNER);
    *state = scene;
    return 0;
}

int scene_open(void **state) {
    return open_scene(state, true);
}

int scene_open_free(void **state) {
    return open_scene(state, false);
}

int scene_close(void **state) {
    struct scene *scene = *state;
    for (uint8_t i = 0; i < SCENE_NODES; i++) {
        if (scene->nodes[i].steward != NULL) {
            node_free(&scene->nodes[i]);
        }
    }
    machine_free(&scene->m1);
    machine_free(&scene->m2);
    user_free(&scene->owner);
    world_close(&scene->world);
    sim_tee_close(scene->tee1);
    sim_tee_close(scene->tee2);
    sim_tee_close(scene->tee3);
    sim_tee_folder_remove(scene->folder);
    free(scene);
    return 0;
}

void scene_upload(struct scene *scene) {
    struct avo_attested attested;
    assert_int_equal(avo_dialog_ask_evidence(scene->owner.dialog, &scene->owner.out.bytes), AVO_OK);
    assert_int_equal(avo_dialog_evidence_check(scene->owner.dialog, user_call(&scene->world, &scene->owner), &scene->plug.verifier,
                                               avo_slice_string(scene->policy), WORLD_NOW_S, &attested, &scene->reason),
                     AVO_OK);
    assert_int_equal(user_upload(&scene->world, &scene->owner, scene->policy, &scene->reason), AVO_OK);
}

uint32_t scene_verifications(struct scene *scene) {
    struct avo_genesis_status status;
    if (scene->world.closed[SCENE_OWNER]) { /* it was idle for too long */
        user_free(&scene->owner);
        user_connect(&scene->world, &scene->owner, &scene->owner_key, SCENE_OWNER);
    }
    assert_int_equal(user_status(&scene->world, &scene->owner, &status, &scene->reason), AVO_OK);
    return status.vendor_verifications;
}

enum avo_steward_phase scene_join(struct scene *scene, uint8_t slot, uint32_t connection, struct machine *machine) {
    struct avo_vouch vouch = {0};
    struct node *node = &scene->nodes[slot];
    if (node->steward != NULL) {
        node_free(node);
    }
    node_connect(&scene->world, node, slot, connection);
    if (machine_vouch(&scene->world, machine, machine->tee, node, &vouch) != AVO_VOUCH_DONE) {
        return AVO_STEWARD_TALKING;
    }
    return node_prove_by(&scene->world, node, AVO_EVIDENCE_BY_LAS, AVO_SLICE_OF(vouch.voucher));
}

void scene_refused(struct scene *scene, uint8_t slot, struct avo_slice voucher, const char *why) {
    struct node *node = &scene->nodes[slot];
    struct avo_genesis_status status;
    assert_int_equal(node_prove_by(&scene->world, node, AVO_EVIDENCE_BY_LAS, voucher), AVO_STEWARD_FAILED);
    printf("    %s\n", node->steward->reason.bytes);
    assert_non_null(strstr(node->steward->reason.bytes, why));
    assert_true(scene->world.closed[node->connection]);
    assert_int_equal(user_status(&scene->world, &scene->owner, &status, &scene->reason), AVO_OK);
    assert_false(status.slots[slot].joined);
    assert_non_null(strstr(status.slots[slot].refusal.bytes, why));
}
