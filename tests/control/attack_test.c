/* What a network, a host, a stranger or another genuine enclave may try against the CAS [DESIGN 2, 11.2]. */
#include "protocol/control/join.h"
#include "tests/control/testing.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OWNER 10
#define OTHER 11

struct fixture {
    struct world world;
    struct avo_key_pair owner_key;
    struct user owner;
    struct node node;
    struct node other;
    struct avo_text reason;
};

static int setup_without_policy(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct avo_prng random = avo_prng(21);
    avo_key_pair_make(&fixture->owner_key, &random.random);
    world_open(&fixture->world, 22, &fixture->owner_key);
    user_connect(&fixture->world, &fixture->owner, &fixture->owner_key, OWNER);
    *state = fixture;
    return 0;
}

static int setup(void **state) {
    int status = setup_without_policy(state);
    struct fixture *fixture = *state;
    assert_int_equal(user_attest(&fixture->world, &fixture->owner, &fixture->reason), AVO_OK);
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, "policy", &fixture->reason), AVO_OK);
    return status;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    struct node *nodes[] = {&fixture->node, &fixture->other};
    for (size_t i = 0; i < AVO_COUNT(nodes); i++) {
        if (nodes[i]->steward != NULL) {
            node_free(nodes[i]);
        }
    }
    user_free(&fixture->owner);
    world_close(&fixture->world);
    free(fixture);
    return 0;
}

static bool is_joined(struct fixture *fixture, uint8_t slot) {
    struct avo_genesis_status status;
    assert_int_equal(user_status(&fixture->world, &fixture->owner, &status, &fixture->reason), AVO_OK);
    return status.slots[slot].joined;
}

static void expect_refused(struct fixture *fixture, struct node *node, struct avo_slice evidence, const char *why) {
    assert_int_equal(node_prove_with(&fixture->world, node, evidence), AVO_STEWARD_FAILED);
    assert_non_null(strstr(node->steward->reason.bytes, why));
    assert_true(fixture->world.closed[node->connection]);
}

static void evidence_made_on_another_connection_is_refused(void **state) {
    struct fixture *fixture = *state;
    uint8_t evidence[EVIDENCE_BYTES];
    node_connect(&fixture->world, &fixture->node, 0, 0);
    node_connect(&fixture->world, &fixture->other, 0, 1); /* the attacker's connection, evidence of the first */
    evidence_make(evidence, MEASUREMENT_NODE, fixture->node.steward->report_data);
    expect_refused(fixture, &fixture->other, AVO_SLICE_OF(evidence), "slot 0: evidence: bound to something else");
    assert_false(is_joined(fixture, 0));
    assert_int_equal(node_prove_with(&fixture->world, &fixture->node, AVO_SLICE_OF(evidence)), AVO_STEWARD_WAITING);
    assert_true(is_joined(fixture, 0));
}

/* Recomputes the binding of the node's own connection with one part changed. */
static void expect_part_bound(struct fixture *fixture, uint32_t connection, void (*change)(struct avo_binding *binding)) {
    uint8_t report_data[AVO_BINDING_BYTES], evidence[EVIDENCE_BYTES];
    node_connect(&fixture->world, &fixture->node, 0, connection);
    const struct avo_steward *steward = fixture->node.steward;
    struct avo_binding binding = {.tee = AVO_TEE_SGX, .role = AVO_ATTESTED_ROLE_NODE};
    memcpy(binding.nonce, steward->nonce, sizeof binding.nonce);
    memcpy(binding.channel_key, steward->identity.channel_key.public, sizeof binding.channel_key);
    memcpy(binding.cas_key, fixture->node.launch.cas_public_key, sizeof binding.cas_key);
    memcpy(binding.handshake_hash, steward->stream.handshake_hash, sizeof binding.handshake_hash);
    memcpy(binding.configuration_hash, steward->configuration_hash, sizeof binding.configuration_hash);
    avo_binding_report_data(&binding, report_data);
    assert_memory_equal(report_data, steward->report_data, sizeof report_data); /* unchanged, it is what the enclave binds */
    change(&binding);
    avo_binding_report_data(&binding, report_data);
    evidence_make(evidence, MEASUREMENT_NODE, report_data);
    expect_refused(fixture, &fixture->node, AVO_SLICE_OF(evidence), "bound to something else");
    node_free(&fixture->node);
    fixture->node.steward = NULL;
}

static void other_tee(struct avo_binding *binding) {
    binding->tee = AVO_TEE_SNP;
}
static void other_role(struct avo_binding *binding) {
    binding->role = AVO_ATTESTED_ROLE_CAS;
}
static void other_nonce(struct avo_binding *binding) {
    binding->nonce[31] ^= 1;
}
static void other_channel_key(struct avo_binding *binding) {
    binding->channel_key[31] ^= 1;
}
static void other_cas(struct avo_binding *binding) {
    binding->cas_key[31] ^= 1;
}
static void other_handshake(struct avo_binding *binding) {
    binding->handshake_hash[31] ^= 1;
}
static void other_configuration(struct avo_binding *binding) {
    binding->configuration_hash[31] ^= 1;
}

static void every_part_of_the_binding_counts(void **state) {
    void (*const changes[])(struct avo_binding *) = {other_tee, other_role,      other_nonce,        other_channel_key,
                                                     other_cas, other_handshake, other_configuration};
    for (uint32_t i = 0; i < AVO_COUNT(changes); i++) {
        expect_part_bound(*state, i, changes[i]);
    }
    assert_false(is_joined(*state, 0));
}

static void evidence_of_another_kind_of_tee_than_said_is_refused(void **state) {
    struct fixture *fixture = *state;
    uint8_t evidence[EVIDENCE_BYTES];
    node_connect(&fixture->world, &fixture->node, 0, 0);
    evidence_make(evidence, MEASUREMENT_NODE, fixture->node.steward->report_data);
    evidence[0] = AVO_TEE_SNP;
    expect_refused(fixture, &fixture->node, AVO_SLICE_OF(evidence), "another kind of TEE");
}

static void a_nonce_is_good_for_one_join(void **state) {
    struct fixture *fixture = *state;
    node_connect(&fixture->world, &fixture->node, 0, 0);
    assert_int_equal(node_prove(&fixture->world, &fixture->node), AVO_STEWARD_WAITING);
    fixture->node.steward->phase = AVO_STEWARD_NEED_EVIDENCE; /* a replay on the same connection */
    (void)node_prove(&fixture->world, &fixture->node);
    assert_true(fixture->world.closed[0]);
    assert_false(is_joined(fixture, 0));
}

static void a_measurement_that_is_not_accepted_is_refused_by_name(void **state) {
    struct fixture *fixture = *state;
    struct avo_genesis_status status;
    node_connect(&fixture->world, &fixture->node, 1, 0);
    fixture->node.measurement = 0x66;
    assert_int_equal(node_prove(&fixture->world, &fixture->node), AVO_STEWARD_FAILED);
    assert_non_null(strstr(fixture->node.steward->reason.bytes, "slot 1: measurement is not in the policy"));
    assert_int_equal(user_status(&fixture->world, &fixture->owner, &status, &fixture->reason), AVO_OK);
    assert_non_null(strstr(status.slots[1].refusal.bytes, "slot 1: measurement is not in the policy"));
    assert_false(status.slots[1].joined);
}

static void a_taken_slot_stays_with_its_first_enclave(void **state) {
    struct fixture *fixture = *state;
    node_connect(&fixture->world, &fixture->node, 0, 0);
    assert_int_equal(node_prove(&fixture->world, &fixture->node), AVO_STEWARD_WAITING);
    node_connect(&fixture->world, &fixture->other, 0, 1);
    assert_int_equal(node_prove(&fixture->world, &fixture->other), AVO_STEWARD_FAILED);
    assert_non_null(strstr(fixture->other.steward->reason.bytes, "slot 0: taken"));
    assert_true(is_joined(fixture, 0));
    assert_false(fixture->world.closed[0]);
}

static void expect_launch_refused(struct fixture *fixture, const struct avo_launch *launch, uint32_t connection, const char *why) {
    node_connect_launched(&fixture->world, &fixture->other, launch, connection);
    assert_int_equal(node_prove(&fixture->world, &fixture->other), AVO_STEWARD_FAILED);
    assert_non_null(strstr(fixture->other.steward->reason.bytes, why));
    node_free(&fixture->other);
    fixture->other.steward = NULL;
}

static void a_launch_that_does_not_fit_the_policy_is_refused(void **state) {
    struct fixture *fixture = *state;
    node_connect(&fixture->world, &fixture->node, 0, 0);
    assert_int_equal(node_prove(&fixture->world, &fixture->node), AVO_STEWARD_WAITING);
    struct avo_launch launch = world_launch(&fixture->world, 3);
    expect_launch_refused(fixture, &launch, 1, "slot 3: the policy has slots 0 to 2");
    launch = world_launch(&fixture->world, 1);
    launch.layout.worker_count = 4;
    expect_launch_refused(fixture, &launch, 2, "runs 4 workers, the policy says 2");
    launch = world_launch(&fixture->world, 1);
    launch.layout.ring.datagram_bytes = 1400;
    expect_launch_refused(fixture, &launch, 3, "1400 bytes a datagram");
    launch = world_launch(&fixture->world, 1);
    launch.address.port = 65535;
    expect_launch_refused(fixture, &launch, 4, "port 65535");
    launch = world_launch(&fixture->world, 1);
    launch.address = fixture->node.launch.address;
    expect_launch_refused(fixture, &launch, 5, "the address of slot 0");
}

static void only_the_owner_named_by_the_policy_uploads_it_and_once(void **state) {
    struct fixture *fixture = *state;
    struct avo_key_pair key;
    struct user stranger;
    world_key(&fixture->world, &key);
    user_connect(&fixture->world, &stranger, &key, OTHER);
    assert_int_equal(user_attest(&fixture->world, &stranger, &fixture->reason), AVO_OK);
    assert_int_equal(user_upload(&fixture->world, &stranger, "policy", &fixture->reason), AVO_EDENIED);
    assert_non_null(strstr(fixture->reason.bytes, "owner"));
    assert_int_equal(user_attest(&fixture->world, &fixture->owner, &fixture->reason), AVO_OK);
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, "polity", &fixture->reason), AVO_EFORMAT);
    assert_non_null(strstr(fixture->reason.bytes, "policy.json:3"));
    fixture->world.policy.worker_count = 0;
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, "policy", &fixture->reason), AVO_EINVAL);
    fixture->world.policy.worker_count = 2;
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, "policy", &fixture->reason), AVO_OK);
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, "policy", &fixture->reason), AVO_EDENIED);
    struct avo_genesis_status status;
    struct avo_view view;
    uint8_t hash[AVO_HASH_BYTES] = {0};
    assert_int_equal(user_status(&fixture->world, &stranger, &status, &fixture->reason), AVO_EDENIED);
    assert_int_equal(user_approve(&fixture->world, &stranger, hash, &view, &fixture->reason), AVO_EDENIED);
    assert_non_null(strstr(fixture->reason.bytes, "only the policy's owner"));
    user_free(&stranger);
}

static void nothing_is_uploaded_to_a_cas_that_has_not_proven_itself(void **state) {
    struct fixture *fixture = *state;
    struct avo_view view;
    uint8_t hash[AVO_HASH_BYTES] = {0};
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, "policy", &fixture->reason), AVO_EDENIED);
    assert_int_equal(user_approve(&fixture->world, &fixture->owner, hash, &view, &fixture->reason), AVO_EDENIED);
    fixture->world.cas_measurement = 0x66; /* another program answers under the key */
    assert_int_equal(user_attest(&fixture->world, &fixture->owner, &fixture->reason), AVO_EDENIED);
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, "policy", &fixture->reason), AVO_EDENIED);
    fixture->world.cas_measurement = MEASUREMENT_CAS;
    fixture->world.relay = true; /* evidence made for the last request, replayed or relayed */
    assert_int_equal(user_attest(&fixture->world, &fixture->owner, &fixture->reason), AVO_EAUTH);
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, "policy", &fixture->reason), AVO_EDENIED);
    fixture->world.relay = false;
    assert_int_equal(user_attest(&fixture->world, &fixture->owner, &fixture->reason), AVO_OK);
    assert_int_equal(user_upload(&fixture->world, &fixture->owner, "policy", &fixture->reason), AVO_OK);
}

/* The CAS's own evidence, reflected by an enclave's host into a JOIN. */
static void evidence_of_the_cas_does_not_admit_a_node(void **state) {
    struct fixture *fixture = *state;
    uint8_t evidence[EVIDENCE_BYTES];
    assert_int_equal(user_attest(&fixture->world, &fixture->owner, &fixture->reason), AVO_OK);
    node_connect(&fixture->world, &fixture->node, 0, 0);
    evidence_make(evidence, MEASUREMENT_NODE, fixture->world.relayed_report_data);
    expect_refused(fixture, &fixture->node, AVO_SLICE_OF(evidence), "bound to something else");
}

static void an_enclave_launched_for_another_cas_does_not_talk_to_this_one(void **state) {
    struct fixture *fixture = *state;
    struct avo_key_pair other_cas_key;
    struct avo_launch launch = world_launch(&fixture->world, 0);
    world_key(&fixture->world, &other_cas_key);
    memcpy(launch.cas_public_key, other_cas_key.public, sizeof launch.cas_public_key);
    node_connect_launched(&fixture->world, &fixture->node, &launch, 0);
    assert_true(fixture->world.closed[0]);
    assert_int_equal(fixture->node.steward->phase, AVO_STEWARD_TALKING);
    assert_int_equal(node_step(&fixture->node, (struct avo_steward_event){.type = AVO_STEWARD_CLOSED}), AVO_STEWARD_FAILED);
}

static void a_user_cannot_become_an_enclave_nor_an_enclave_a_user(void **state) {
    struct fixture *fixture = *state;
    uint8_t request[256];
    struct avo_writer writer = avo_writer(request, sizeof request);
    struct avo_join_request join = {.wire_highest = AVO_WIRE_VERSION, .tee = AVO_TEE_SGX, .evidence = avo_slice_string("x")};
    avo_join_request_write(&writer, &join);
    assert_int_equal(avo_secure_stream_write(&fixture->owner.dialog->stream, avo_writer_slice(&writer), &fixture->owner.out.bytes),
                     AVO_OK);
    (void)user_call(&fixture->world, &fixture->owner);
    assert_true(fixture->world.closed[OWNER]);

    node_connect(&fixture->world, &fixture->node, 0, 0);
    assert_int_equal(node_prove(&fixture->world, &fixture->node), AVO_STEWARD_WAITING);
    uint8_t status[1] = {AVO_CONTROL_STATUS_REQUEST};
    assert_int_equal(avo_secure_stream_write(&fixture->node.steward->stream, AVO_SLICE_OF(status), &fixture->node.out.bytes),
                     AVO_OK);
    world_send(&fixture->world, 0, avo_buffer_slice(&fixture->node.out.bytes));
    assert_true(fixture->world.closed[0]);
}

static void two_requests_at_once_end_the_connection(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(avo_dialog_ask_status(fixture->owner.dialog, &fixture->owner.out.bytes), AVO_OK);
    assert_int_equal(avo_dialog_ask_status(fixture->owner.dialog, &fixture->owner.out.bytes), AVO_OK);
    (void)user_call(&fixture->world, &fixture->owner);
    assert_true(fixture->world.closed[OWNER]);
}

/* Every request type with every length of garbage behind it, on fresh authenticated connections. */
static void malformed_requests_change_nothing(void **state) {
    struct fixture *fixture = *state;
    struct avo_prng random = avo_prng(23);
    node_connect(&fixture->world, &fixture->node, 0, 0);
    assert_int_equal(node_prove(&fixture->world, &fixture->node), AVO_STEWARD_WAITING);
    for (uint32_t i = 0; i < 2000; i++) {
        struct user user;
        uint8_t message[200];
        size_t length = 1 + avo_prng_below(&random, sizeof message - 1);
        avo_random_fill(&random.random, message, length);
        message[0] = (uint8_t)(i % 20);
        user_connect(&fixture->world, &user, &fixture->owner_key, OTHER);
        assert_int_equal(avo_secure_stream_write(&user.dialog->stream, avo_slice(message, length), &user.out.bytes), AVO_OK);
        (void)user_call(&fixture->world, &user);
        user_free(&user);
    }
    assert_true(is_joined(fixture, 0));
    assert_int_equal(fixture->world.persisted, 0);
}

static void garbage_and_silence_end_a_connection(void **state) {
    struct fixture *fixture = *state;
    uint8_t garbage[300];
    struct avo_prng random = avo_prng(24);
    avo_random_fill(&random.random, garbage, sizeof garbage);
    world_connect(&fixture->world, 0);
    world_send(&fixture->world, 0, AVO_SLICE_OF(garbage));
    assert_true(fixture->world.closed[0]);
    world_connect(&fixture->world, 1); /* connects and says nothing */
    node_connect(&fixture->world, &fixture->node, 0, 2);
    assert_int_equal(node_prove(&fixture->world, &fixture->node), AVO_STEWARD_WAITING);
    world_tick(&fixture->world, AVO_CAS_HANDSHAKE_TIMEOUT_US + 1);
    assert_true(fixture->world.closed[1]);
    assert_false(fixture->world.closed[OWNER]);
    world_tick(&fixture->world, AVO_CAS_IDLE_TIMEOUT_US + 1);
    assert_true(fixture->world.closed[OWNER]);
    assert_false(fixture->world.closed[2]); /* a joined enclave waits as long as it takes */
}

/* One bit of one frame, anywhere in a JOIN. */
static void a_changed_frame_ends_the_connection(void **state) {
    struct fixture *fixture = *state;
    uint8_t evidence[EVIDENCE_BYTES];
    node_connect(&fixture->world, &fixture->node, 0, 0);
    evidence_make(evidence, MEASUREMENT_NODE, fixture->node.steward->report_data);
    node_ask(&fixture->node, AVO_EVIDENCE_BY_VENDOR, AVO_SLICE_OF(evidence));
    fixture->node.out.memory[fixture->node.out.bytes.length / 2] ^= 1;
    world_send(&fixture->world, 0, avo_buffer_slice(&fixture->node.out.bytes));
    assert_true(fixture->world.closed[0]);
    assert_false(is_joined(fixture, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(evidence_made_on_another_connection_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(every_part_of_the_binding_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(evidence_of_another_kind_of_tee_than_said_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_nonce_is_good_for_one_join, setup, teardown),
        cmocka_unit_test_setup_teardown(a_measurement_that_is_not_accepted_is_refused_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(a_taken_slot_stays_with_its_first_enclave, setup, teardown),
        cmocka_unit_test_setup_teardown(a_launch_that_does_not_fit_the_policy_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(only_the_owner_named_by_the_policy_uploads_it_and_once, setup_without_policy, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_uploaded_to_a_cas_that_has_not_proven_itself, setup_without_policy, teardown),
        cmocka_unit_test_setup_teardown(evidence_of_the_cas_does_not_admit_a_node, setup, teardown),
        cmocka_unit_test_setup_teardown(an_enclave_launched_for_another_cas_does_not_talk_to_this_one, setup, teardown),
        cmocka_unit_test_setup_teardown(a_user_cannot_become_an_enclave_nor_an_enclave_a_user, setup, teardown),
        cmocka_unit_test_setup_teardown(two_requests_at_once_end_the_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(malformed_requests_change_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(garbage_and_silence_end_a_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(a_changed_frame_ends_the_connection, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
