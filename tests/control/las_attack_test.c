/* What a host, a stranger, another machine or a genuine program of another kind may try around a LAS [DESIGN 11.3]. */
#include "protocol/view/signature.h"
#include "tests/control/las_scene.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

/* A running cluster's beginning: the policy, and the LAS of m1 registered. */
static struct scene *begin(void **state) {
    struct scene *scene = *state;
    scene_upload(scene);
    machine_start(&scene->world, &scene->m1, scene->tee1, 8);
    assert_true(avo_las_registered(scene->m1.las));
    return scene;
}

static void make_body(const struct scene *scene, const struct node *node, bool debug, uint8_t report[AVO_LOCAL_REPORT_BYTES]) {
    const uint8_t target[32] = {MEASUREMENT_LAS};
    sim_tee_report(scene->tee1, node->measurement, debug, target, node->steward->report_data, report);
}

/* A voucher by a key of the attacker's, over a body of the attacker's making. */
static void forge(const struct scene *scene, const struct node *node, const uint8_t *secret, uint8_t voucher[AVO_VOUCHER_BYTES]) {
    uint8_t report[AVO_LOCAL_REPORT_BYTES];
    make_body(scene, node, false, report);
    avo_voucher_make(report, secret, voucher);
}

static void a_key_that_no_las_proved_is_refused(void **state) {
    struct scene *scene = begin(state);
    uint8_t public[32], secret[64], voucher[AVO_VOUCHER_BYTES];
    const uint8_t seed[32] = {5};
    (void)crypto_sign_seed_keypair(public, secret, seed);
    node_connect(&scene->world, &scene->nodes[0], 0, 0);
    forge(scene, &scene->nodes[0], secret, voucher);
    scene_refused(scene, 0, AVO_SLICE_OF(voucher), "is not registered");
}

static void the_name_of_a_registered_las_is_not_its_signature(void **state) {
    struct scene *scene = begin(state);
    uint8_t public[32], secret[64], voucher[AVO_VOUCHER_BYTES];
    const uint8_t seed[32] = {5};
    (void)crypto_sign_seed_keypair(public, secret, seed);
    memcpy(secret + 32, avo_las_sign_public_key(scene->m1.las), 32);
    node_connect(&scene->world, &scene->nodes[0], 0, 0);
    forge(scene, &scene->nodes[0], secret, voucher);
    scene_refused(scene, 0, AVO_SLICE_OF(voucher), "not signed by the LAS it names");
}

/* The LAS's own key, but in the signing domain of views. */
static void a_signature_of_another_domain_is_refused(void **state) {
    struct scene *scene = begin(state);
    uint8_t report[AVO_LOCAL_REPORT_BYTES], voucher[AVO_VOUCHER_BYTES];
    node_connect(&scene->world, &scene->nodes[0], 0, 0);
    make_body(scene, &scene->nodes[0], false, report);
    machine_sign(&scene->m1, report, "avocado view chosen v2", voucher);
    scene_refused(scene, 0, AVO_SLICE_OF(voucher), "not signed by the LAS it names");
}

static void no_byte_of_a_voucher_may_change(void **state) {
    struct scene *scene = begin(state);
    struct avo_vouch vouch;
    for (size_t at = 0; at < AVO_VOUCHER_BYTES; at += 13) {
        memset(&vouch, 0, sizeof vouch);
        node_connect(&scene->world, &scene->nodes[0], 0, (uint32_t)(at % 4));
        assert_int_equal(machine_vouch(&scene->world, &scene->m1, scene->tee1, &scene->nodes[0], &vouch), AVO_VOUCH_DONE);
        vouch.voucher[at] ^= 4;
        scene_refused(scene, 0, AVO_SLICE_OF(vouch.voucher), at < 32 ? "is not registered" : "not signed by the LAS it names");
        node_free(&scene->nodes[0]);
        scene->nodes[0].steward = NULL;
    }
}

/* A genuine voucher for a genuine enclave, given on the attacker's own connection. */
static void a_voucher_for_another_enclave_is_refused(void **state) {
    struct scene *scene = begin(state);
    struct avo_vouch vouch = {0};
    node_connect(&scene->world, &scene->nodes[0], 0, 0);
    node_connect(&scene->world, &scene->nodes[1], 1, 1);
    assert_int_equal(machine_vouch(&scene->world, &scene->m1, scene->tee1, &scene->nodes[0], &vouch), AVO_VOUCH_DONE);
    scene_refused(scene, 1, AVO_SLICE_OF(vouch.voucher), "not bound to this session");
    assert_int_equal(node_prove_by(&scene->world, &scene->nodes[0], AVO_EVIDENCE_BY_LAS, AVO_SLICE_OF(vouch.voucher)),
                     AVO_STEWARD_WAITING);
}

/* The same enclave on its next connection has another nonce, another handshake and another key. */
static void a_replayed_voucher_is_refused(void **state) {
    struct scene *scene = begin(state);
    struct avo_vouch vouch = {0};
    node_connect(&scene->world, &scene->nodes[0], 0, 0);
    assert_int_equal(machine_vouch(&scene->world, &scene->m1, scene->tee1, &scene->nodes[0], &vouch), AVO_VOUCH_DONE);
    assert_int_equal(node_prove_by(&scene->world, &scene->nodes[0], AVO_EVIDENCE_BY_LAS, AVO_SLICE_OF(vouch.voucher)),
                     AVO_STEWARD_WAITING);
    world_disconnect(&scene->world, 0);
    node_free(&scene->nodes[0]);
    node_connect(&scene->world, &scene->nodes[0], 0, 1);
    scene_refused(scene, 0, AVO_SLICE_OF(vouch.voucher), "not bound to this session");
}

/* The report data a LAS's voucher carries, with one part of the binding another. */
static void expect_part_bound(struct scene *scene, uint32_t connection, void (*change)(struct avo_binding *binding)) {
    struct avo_vouch vouch = {0};
    struct node *node = &scene->nodes[0];
    node_connect(&scene->world, node, 0, connection);
    struct avo_steward *steward = node->steward;
    struct avo_binding binding = {.tee = AVO_TEE_SGX, .role = AVO_ATTESTED_ROLE_NODE};
    memcpy(binding.nonce, steward->nonce, sizeof binding.nonce);
    memcpy(binding.channel_key, steward->identity.channel_key.public, sizeof binding.channel_key);
    memcpy(binding.cas_key, node->launch.cas_public_key, sizeof binding.cas_key);
    memcpy(binding.handshake_hash, steward->stream.handshake_hash, sizeof binding.handshake_hash);
    memcpy(binding.configuration_hash, steward->configuration_hash, sizeof binding.configuration_hash);
    change(&binding);
    avo_binding_report_data(&binding, steward->report_data);
    assert_int_equal(machine_vouch(&scene->world, &scene->m1, scene->tee1, node, &vouch), AVO_VOUCH_DONE);
    scene_refused(scene, 0, AVO_SLICE_OF(vouch.voucher), "not bound to this session");
    node_free(node);
    node->steward = NULL;
}

static void other_role(struct avo_binding *binding) {
    binding->role = AVO_ATTESTED_ROLE_LAS;
}
static void other_nonce(struct avo_binding *binding) {
    binding->nonce[0] ^= 1;
}
static void other_key(struct avo_binding *binding) {
    binding->channel_key[0] ^= 1;
}
static void other_cas(struct avo_binding *binding) {
    binding->cas_key[0] ^= 1;
}
static void other_handshake(struct avo_binding *binding) {
    binding->handshake_hash[0] ^= 1;
}
static void other_configuration(struct avo_binding *binding) {
    binding->configuration_hash[0] ^= 1;
}

static void every_part_of_the_binding_counts(void **state) {
    struct scene *scene = begin(state);
    void (*const changes[])(struct avo_binding *) = {other_role, other_nonce,     other_key,
                                                     other_cas,  other_handshake, other_configuration};
    for (uint32_t i = 0; i < AVO_COUNT(changes); i++) {
        expect_part_bound(scene, i, changes[i]);
    }
}

/* The LAS saw no such program: it gives no voucher, and says why. */
static void expect_no_voucher(struct scene *scene, const uint8_t report[AVO_LOCAL_REPORT_BYTES]) {
    uint8_t bytes[AVO_LOCAL_MAX_BYTES];
    struct avo_writer writer = avo_writer(bytes, sizeof bytes);
    struct avo_local_message message;
    struct avo_slice answer;
    struct avo_text text;
    avo_local_write(&writer, AVO_LOCAL_REPORT, 77, avo_slice(report, AVO_LOCAL_REPORT_BYTES));
    assert_true(machine_ask(&scene->world, &scene->m1, 3, avo_writer_slice(&writer), &answer));
    assert_int_equal(avo_local_read(answer, &message), AVO_OK);
    assert_int_equal(message.type, AVO_LOCAL_REFUSED);
    assert_int_equal(message.id, 77);
    avo_local_refused_text(&message, &text);
    printf("    %s\n", text.bytes);
    assert_non_null(strstr(text.bytes, "report: its MAC does not verify"));
    assert_int_equal(scene->m1.vouched, 0);
}

static void a_las_vouches_for_nothing_it_did_not_see(void **state) {
    struct scene *scene = begin(state);
    const uint8_t las[32] = {MEASUREMENT_LAS}, other[32] = {MEASUREMENT_NODE}, report_data[AVO_BINDING_BYTES] = {1};
    uint8_t report[AVO_LOCAL_REPORT_BYTES];
    sim_tee_report(scene->tee2, MEASUREMENT_NODE, false, las, report_data, report); /* a genuine one of another machine */
    expect_no_voucher(scene, report);
    sim_tee_report(scene->tee1, MEASUREMENT_NODE, false, other, report_data, report); /* for another program */
    expect_no_voucher(scene, report);
    sim_tee_report(scene->tee1, MEASUREMENT_NODE, false, las, report_data, report);
    for (size_t at = 0; at < sizeof report; at += 7) { /* a forged one */
        report[at] ^= 0x80;
        expect_no_voucher(scene, report);
        report[at] ^= 0x80;
    }
}

static void garbage_to_a_las_is_dropped(void **state) {
    struct scene *scene = begin(state);
    uint8_t bytes[AVO_LOCAL_MAX_BYTES] = {AVO_WIRE_VERSION, AVO_LOCAL_REPORT};
    struct avo_local_message message;
    struct avo_slice answer;
    for (size_t length = 0; length < sizeof bytes; length++) {
        if (length != AVO_LOCAL_HEADER_BYTES + AVO_LOCAL_REPORT_BYTES) {
            assert_false(machine_ask(&scene->world, &scene->m1, 0, avo_slice(bytes, length), &answer));
        }
    }
    bytes[0] = AVO_WIRE_VERSION + 2;
    assert_true(machine_ask(&scene->world, &scene->m1, 0, AVO_SLICE_OF(bytes), &answer));
    assert_int_equal(avo_local_read(answer, &message), AVO_OK);
    assert_int_equal(message.type, AVO_LOCAL_REFUSED);
    assert_int_equal(scene_join(scene, 0, 0, &scene->m1), AVO_STEWARD_WAITING);
}

static void a_las_vouches_for_the_slots_of_its_machine_only(void **state) {
    struct scene *scene = begin(state);
    struct avo_vouch vouch = {0};
    node_connect(&scene->world, &scene->nodes[2], 2, 2); /* pinned to m2, started on m1 */
    assert_int_equal(machine_vouch(&scene->world, &scene->m1, scene->tee1, &scene->nodes[2], &vouch), AVO_VOUCH_DONE);
    scene_refused(scene, 2, AVO_SLICE_OF(vouch.voucher), "the policy pins it to machine m2, but it runs on machine m1");
    machine_start(&scene->world, &scene->m2, scene->tee2, 9);
    assert_int_equal(scene_join(scene, 2, 0, &scene->m2), AVO_STEWARD_WAITING);
}

static void a_debug_enclave_is_refused(void **state) {
    struct scene *scene = begin(state);
    uint8_t report[AVO_LOCAL_REPORT_BYTES], voucher[AVO_VOUCHER_BYTES];
    node_connect(&scene->world, &scene->nodes[0], 0, 0);
    make_body(scene, &scene->nodes[0], true, report);
    machine_sign(&scene->m1, report, "avocado las voucher v1", voucher); /* as the LAS itself would: the MAC is right */
    scene_refused(scene, 0, AVO_SLICE_OF(voucher), "runs in debug mode");
}

static void a_measurement_that_no_rule_names_is_refused(void **state) {
    struct scene *scene = begin(state);
    struct avo_vouch vouch = {0};
    node_connect(&scene->world, &scene->nodes[0], 0, 0);
    scene->nodes[0].measurement = 0x3f;
    assert_int_equal(machine_vouch(&scene->world, &scene->m1, scene->tee1, &scene->nodes[0], &vouch), AVO_VOUCH_DONE);
    scene_refused(scene, 0, AVO_SLICE_OF(vouch.voucher), "measurement 3f0000");
}

static void expect_las_refused(struct scene *scene, struct sim_tee *tee, uint8_t measurement, const char *why) {
    struct machine machine = {.forge_key = false};
    struct avo_vouch vouch = {0};
    machine_start_measured(&scene->world, &machine, tee, 9, measurement);
    printf("    %s\n", machine.ended.bytes);
    assert_non_null(strstr(machine.ended.bytes, why));
    assert_false(avo_las_registered(machine.las));
    assert_true(scene->world.closed[9]);
    node_connect(&scene->world, &scene->nodes[0], 0, 0);
    assert_int_equal(machine_vouch(&scene->world, &machine, tee, &scene->nodes[0], &vouch), AVO_VOUCH_ASKED_TARGET);
    machine_free(&machine);
}

static void a_las_on_a_machine_that_the_policy_does_not_name_is_refused(void **state) {
    struct scene *scene = *state;
    scene_upload(scene);
    expect_las_refused(scene, scene->tee3, MEASUREMENT_LAS, "is no machine of the policy: add it to las.machines");
}

static void a_node_that_says_it_is_a_las_is_refused(void **state) {
    struct scene *scene = *state;
    scene_upload(scene);
    expect_las_refused(scene, scene->tee1, MEASUREMENT_NODE, "is not in the policy: add it to roles.las.accept");
}

/* A genuine LAS's evidence beside a key that it is not bound to. */
static void a_las_proves_the_very_key_it_signs_with(void **state) {
    struct scene *scene = *state;
    scene_upload(scene);
    scene->m1.forge_key = true;
    machine_start(&scene->world, &scene->m1, scene->tee1, 8);
    assert_non_null(strstr(scene->m1.ended.bytes, "not bound to this session"));
}

static void a_policy_without_las_takes_none(void **state) {
    struct scene *scene = *state;
    sim_tee_policy(scene->tee1, scene->owner_key.public, MEASUREMENT_NODE, MEASUREMENT_CAS, scene->policy);
    scene_upload(scene);
    expect_las_refused(scene, scene->tee1, MEASUREMENT_LAS, "roles.las.accept");
}

static void quote_of(struct scene *scene, struct sim_tee *tee, const struct node *node, struct avo_buffer *quote) {
    quote->length = 0;
    sim_tee_attest(tee, node->measurement, node->steward->report_data, quote);
    (void)scene;
}

static void a_voucher_is_no_quote_and_a_quote_no_voucher(void **state) {
    struct scene *scene = begin(state);
    struct avo_vouch vouch = {0};
    uint8_t memory[AVO_EVIDENCE_MAX_BYTES];
    struct avo_buffer quote = {memory, 0, sizeof memory};
    node_connect(&scene->world, &scene->nodes[0], 0, 0);
    assert_int_equal(machine_vouch(&scene->world, &scene->m1, scene->tee1, &scene->nodes[0], &vouch), AVO_VOUCH_DONE);
    assert_int_equal(node_prove_with(&scene->world, &scene->nodes[0], AVO_SLICE_OF(vouch.voucher)), AVO_STEWARD_FAILED);
    assert_null(strstr(scene->nodes[0].steward->reason.bytes, "voucher")); /* its bytes were read as a vendor's */
    node_connect(&scene->world, &scene->nodes[1], 1, 1);
    quote_of(scene, scene->tee1, &scene->nodes[1], &quote);
    scene_refused(scene, 1, avo_buffer_slice(&quote), "voucher: malformed");
}

static void a_quote_does_where_the_policy_leaves_the_choice(void **state) {
    struct scene *scene = begin(state);
    uint8_t memory[AVO_EVIDENCE_MAX_BYTES];
    struct avo_buffer quote = {memory, 0, sizeof memory};
    node_connect(&scene->world, &scene->nodes[0], 0, 0);
    quote_of(scene, scene->tee1, &scene->nodes[0], &quote);
    assert_int_equal(node_prove_with(&scene->world, &scene->nodes[0], avo_buffer_slice(&quote)), AVO_STEWARD_WAITING);
    node_connect(&scene->world, &scene->nodes[2], 2, 2);
    quote_of(scene, scene->tee1, &scene->nodes[2], &quote); /* on another chip than the one it is pinned to */
    assert_int_equal(node_prove_with(&scene->world, &scene->nodes[2], avo_buffer_slice(&quote)), AVO_STEWARD_FAILED);
    assert_non_null(strstr(scene->nodes[2].steward->reason.bytes, "the policy pins it to machine m2, but it runs on machine m1"));
}

static void a_quote_is_refused_where_a_las_is_wanted(void **state) {
    struct scene *scene = begin(state);
    uint8_t memory[AVO_EVIDENCE_MAX_BYTES];
    struct avo_buffer quote = {memory, 0, sizeof memory};
    uint32_t before = scene_verifications(scene);
    node_connect(&scene->world, &scene->nodes[0], 0, 0);
    quote_of(scene, scene->tee1, &scene->nodes[0], &quote);
    assert_int_equal(node_prove_with(&scene->world, &scene->nodes[0], avo_buffer_slice(&quote)), AVO_STEWARD_FAILED);
    assert_non_null(strstr(scene->nodes[0].steward->reason.bytes, "wants a LAS's voucher"));
    assert_int_equal(scene_verifications(scene), before);
}

int main(void) {
#define LAS_TEST(test) cmocka_unit_test_setup_teardown(test, scene_open, scene_close)
#define FREE_TEST(test) cmocka_unit_test_setup_teardown(test, scene_open_free, scene_close)
    const struct CMUnitTest tests[] = {
        LAS_TEST(a_key_that_no_las_proved_is_refused),
        LAS_TEST(the_name_of_a_registered_las_is_not_its_signature),
        LAS_TEST(a_signature_of_another_domain_is_refused),
        LAS_TEST(no_byte_of_a_voucher_may_change),
        LAS_TEST(a_voucher_for_another_enclave_is_refused),
        LAS_TEST(a_replayed_voucher_is_refused),
        LAS_TEST(every_part_of_the_binding_counts),
        LAS_TEST(a_las_vouches_for_nothing_it_did_not_see),
        LAS_TEST(garbage_to_a_las_is_dropped),
        LAS_TEST(a_las_vouches_for_the_slots_of_its_machine_only),
        LAS_TEST(a_debug_enclave_is_refused),
        LAS_TEST(a_measurement_that_no_rule_names_is_refused),
        LAS_TEST(a_las_on_a_machine_that_the_policy_does_not_name_is_refused),
        LAS_TEST(a_node_that_says_it_is_a_las_is_refused),
        LAS_TEST(a_las_proves_the_very_key_it_signs_with),
        LAS_TEST(a_policy_without_las_takes_none),
        FREE_TEST(a_voucher_is_no_quote_and_a_quote_no_voucher),
        FREE_TEST(a_quote_does_where_the_policy_leaves_the_choice),
        LAS_TEST(a_quote_is_refused_where_a_las_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
