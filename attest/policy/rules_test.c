/* Which measurements a rule lets through, per role; and SGX reports inside newer quote formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/testing/checks.h"
#include "attest/verify/parse.h"

static struct test_scene scene;

static int set_up(void **state) {
    (void)state;
    assert_true(test_scene_sgx(&scene));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    test_scene_close(&scene);
    return 0;
}

/* Newer quoting enclaves wrap SGX reports in versions 4 and 5 too. */
static void accepts_sgx_in_newer_formats(void **state) {
    (void)state;
    uint8_t body[AVO_SGX_REPORT_BYTES];
    struct avo_sgx_report report = test_sgx_report();
    avo_sgx_report_encode(&report, body);
    for (uint16_t version = 4; version <= 5; version++) {
        struct avo_sim_quote_request request = {.version = version, .body_type = 1, .body = AVO_SLICE_OF(body)};
        struct avo_buffer out = {scene.evidence, 0, sizeof scene.evidence};
        assert_int_equal(avo_sim_quote(scene.platform, &request, &out), AVO_OK);
        scene.evidence_length = out.length;
        test_verify(&scene);
        test_accepted(&scene);
        assert_int_equal(scene.result.claims.tee, AVO_TEE_SGX);
        assert_int_equal(scene.result.claims.format_version, version);
    }
}

static struct avo_policy_rule *only_rule(void) {
    memset(scene.policy.role, 0, sizeof scene.policy.role);
    scene.policy.role[AVO_ATTESTED_ROLE_NODE].rule_count = 1;
    scene.policy.role[AVO_ATTESTED_ROLE_NODE].rule[0] = (struct avo_policy_rule){.tee = AVO_TEE_SGX, .line = 9};
    return &scene.policy.role[AVO_ATTESTED_ROLE_NODE].rule[0];
}

static void refused_by_rules(void) {
    test_verify(&scene);
    assert_true(scene.result.valid);
    test_refused_for(&scene, "no rule of role any");
}

static void accepted_by_rule(void) {
    test_verify(&scene);
    test_accepted(&scene);
    assert_non_null(strstr(scene.result.reason.text, "policy line 9 for role node"));
}

static void compares_everything_that_is_given(void **state) {
    (void)state;
    struct avo_policy_rule *rule = only_rule();
    rule->measurement.given = true;
    memset(rule->measurement.bytes, 0xAA, 32);
    accepted_by_rule();
    rule->has_product = true;
    rule->product = 4;
    refused_by_rules();
    rule->product = 3;
    rule->minimum_svn = 3;
    refused_by_rules();
    rule->minimum_svn = 2;
    accepted_by_rule();
    rule->signer.given = true;
    refused_by_rules();
    memset(rule->signer.bytes, 0xBB, 32);
    accepted_by_rule();
    rule->measurement.bytes[31] ^= 1;
    refused_by_rules();
}

static void a_signer_needs_its_product(void **state) {
    (void)state;
    struct avo_policy_rule *rule = only_rule();
    rule->signer.given = rule->has_product = true;
    memset(rule->signer.bytes, 0xBB, 32);
    refused_by_rules();
    rule->product = 3;
    accepted_by_rule();
    rule->minimum_svn = 3;
    refused_by_rules();
}

static void fields_nobody_expects_are_zero(void **state) {
    (void)state;
    struct avo_policy_rule *rule = only_rule();
    struct avo_sgx_report report = test_sgx_report();
    rule->measurement.given = true;
    memset(rule->measurement.bytes, 0xAA, 32);
    report.config_id[0] = 1;
    assert_true(test_quote_sgx(&scene, &report));
    refused_by_rules();
    rule->config_id.given = true;
    rule->config_id.bytes[0] = 1;
    accepted_by_rule();
    report.isv_family_id[15] = 1;
    assert_true(test_quote_sgx(&scene, &report));
    refused_by_rules();
}

static void roles_are_separate(void **state) {
    (void)state;
    struct avo_evidence evidence;
    struct avo_sim_collateral collateral;
    struct avo_reason reason;
    struct avo_policy_rule *rule = only_rule();
    rule->measurement.given = true;
    memset(rule->measurement.bytes, 0xAA, 32);
    assert_int_equal(avo_evidence_parse(avo_slice(scene.evidence, scene.evidence_length), &evidence, &reason), AVO_OK);
    assert_int_equal(avo_sim_collateral_make(scene.platform, &scene.statement, &collateral), AVO_OK);
    for (enum avo_attested_role role = AVO_ATTESTED_ROLE_ANY; role < AVO_ATTESTED_ROLE_COUNT; role++) {
        struct avo_attest_input input = {&evidence, &collateral.view, scene.now_unix_s, &scene.roots, &scene.policy, role, NULL};
        avo_attest_verify(&input, &scene.result);
        assert_int_equal(scene.result.accepted, role == AVO_ATTESTED_ROLE_NODE || role == AVO_ATTESTED_ROLE_ANY);
    }
    avo_sim_collateral_free(&collateral);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(accepts_sgx_in_newer_formats), CASE(compares_everything_that_is_given),
        CASE(a_signer_needs_its_product),   CASE(fields_nobody_expects_are_zero),
        CASE(roles_are_separate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
