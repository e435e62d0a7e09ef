/* The same flow with real formats: the simulated platform's DCAP quotes, the policy file, the production verifier. */
#include "cas/policy_file.h"
#include "tests/control/sim_tee.h"
#include "tests/control/testing.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NODES 3
#define OWNER 10

struct fixture {
    struct world world;
    struct avo_key_pair owner_key;
    struct user owner;
    struct node nodes[NODES];
    struct avo_text reason;
    char folder[64];
    struct sim_tee *tee;
    struct avo_attest_plug plug;
    char policy[SIM_POLICY_BYTES];
};

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct avo_prng random = avo_prng(31);
    avo_key_pair_make(&fixture->owner_key, &random.random);
    world_open(&fixture->world, 32, &fixture->owner_key);
    (void)snprintf(fixture->folder, sizeof fixture->folder, "%s", "/tmp/avocado-cas-test.XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    fixture->tee = sim_tee_open(WORLD_NOW_S, fixture->folder);
    avo_attest_plug_init(&fixture->plug, fixture->folder);
    fixture->world.tee = fixture->tee;
    fixture->world.tee_attest = sim_tee_attest;
    fixture->world.verifier = fixture->plug.verifier;
    fixture->world.policy_reader = avo_cas_policy_file("policy.json");
    sim_tee_policy(fixture->tee, fixture->owner_key.public, MEASUREMENT_NODE, MEASUREMENT_CAS, fixture->policy);
    user_connect(&fixture->world, &fixture->owner, &fixture->owner_key, OWNER);
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    for (uint8_t i = 0; i < NODES; i++) {
        if (fixture->nodes[i].steward != NULL) {
            node_free(&fixture->nodes[i]);
        }
    }
    user_free(&fixture->owner);
    world_close(&fixture->world);
    sim_tee_close(fixture->tee);
    sim_tee_folder_remove(fixture->folder);
    free(fixture);
    return 0;
}

/* The owner verifies the CAS under the policy that it is about to upload. */
static enum avo_error attest(struct fixture *fixture) {
    struct avo_attested attested;
    avo_text_clear(&fixture->reason);
    assert_int_equal(avo_dialog_ask_evidence(fixture->owner.dialog, &fixture->owner.out.bytes), AVO_OK);
    return avo_dialog_evidence_check(fixture->owner.dialog, user_call(&fixture->world, &fixture->owner), &fixture->plug.verifier,
                                     avo_slice_string(fixture->policy), WORLD_NOW_S, &attested, &fixture->reason);
}

static void a_cluster_forms_from_quotes(void **state) {
    struct fixture *fixture = *state;
    struct avo_genesis_status status;
    struct avo_view view;
    uint8_t hash[AVO_HASH_BYTES];
    assert_int_equal(attest(fixture), AVO_OK);
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, fixture->policy, &fixture->reason), AVO_OK);
    for (uint8_t i = 0; i < NODES; i++) {
        node_connect(&fixture->world, &fixture->nodes[i], i, i);
        assert_int_equal(node_prove(&fixture->world, &fixture->nodes[i]), AVO_STEWARD_WAITING);
    }
    assert_int_equal(user_status(&fixture->world, &fixture->owner, &status, &fixture->reason), AVO_OK);
    avo_view_hash(&status.view, hash);
    assert_int_equal(user_approve(&fixture->world, &fixture->owner, hash, &view, &fixture->reason), AVO_OK);
    assert_int_equal(node_pump(&fixture->world, &fixture->nodes[2]), AVO_STEWARD_MEMBER);
    assert_int_equal(view.mtu_bytes, 1400);
    assert_int_equal(view.members[2].tee, AVO_TEE_SGX);
    assert_true(view.members[2].simulated);
    assert_int_equal(view.members[2].measurement[0], MEASUREMENT_NODE);
}

static void a_foreign_measurement_is_named(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(attest(fixture), AVO_OK);
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, fixture->policy, &fixture->reason), AVO_OK);
    node_connect(&fixture->world, &fixture->nodes[1], 1, 1);
    fixture->nodes[1].measurement = 0x3f;
    assert_int_equal(node_prove(&fixture->world, &fixture->nodes[1]), AVO_STEWARD_FAILED);
    assert_non_null(strstr(fixture->nodes[1].steward->reason.bytes, "slot 1: measurement 3f0000"));
    assert_non_null(strstr(fixture->nodes[1].steward->reason.bytes, "add it to roles.node.accept"));
}

static void a_quote_for_other_report_data_is_refused(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(attest(fixture), AVO_OK);
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, fixture->policy, &fixture->reason), AVO_OK);
    node_connect(&fixture->world, &fixture->nodes[0], 0, 0);
    fixture->nodes[0].steward->report_data[63] ^= 1; /* the last of the 64 bytes */
    assert_int_equal(node_prove(&fixture->world, &fixture->nodes[0]), AVO_STEWARD_FAILED);
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, "{}", &fixture->reason), AVO_EDENIED);
}

static void a_cas_of_another_measurement_or_root_gets_nothing(void **state) {
    struct fixture *fixture = *state;
    fixture->world.cas_measurement = MEASUREMENT_NODE; /* a genuine enclave, but not a CAS */
    assert_int_not_equal(attest(fixture), AVO_OK);
    assert_non_null(strstr(fixture->reason.bytes, "roles.cas.accept"));
    fixture->world.cas_measurement = MEASUREMENT_CAS;
    char other_folder[] = "/tmp/avocado-cas-test.XXXXXX";
    assert_non_null(mkdtemp(other_folder));
    struct sim_tee *other = sim_tee_open(WORLD_NOW_S, other_folder); /* a platform under another root */
    fixture->world.tee = other;
    assert_int_not_equal(attest(fixture), AVO_OK);
    sim_tee_close(other);
    sim_tee_folder_remove(other_folder);
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, fixture->policy, &fixture->reason), AVO_EDENIED);
}

static void a_policy_that_does_not_parse_is_named(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(attest(fixture), AVO_OK);
    assert_int_not_equal(user_upload(&fixture->world, &fixture->owner, "{\"version\": 1, \"nods\": 3}", &fixture->reason), AVO_OK);
    assert_non_null(strstr(fixture->reason.bytes, "nods"));
    struct avo_genesis_status status;
    assert_int_equal(user_status(&fixture->world, &fixture->owner, &status, &fixture->reason), AVO_OK);
    assert_int_equal(status.phase, AVO_GENESIS_NO_POLICY);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_cluster_forms_from_quotes, setup, teardown),
        cmocka_unit_test_setup_teardown(a_foreign_measurement_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_quote_for_other_report_data_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cas_of_another_measurement_or_root_gets_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_policy_that_does_not_parse_is_named, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
