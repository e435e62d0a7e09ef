/* Intel quotes of a generated platform: what is accepted, and that every single fault is refused by name. */
#include "attest/sim/collateral.h"
#include "attest/sim/quote.h"
#include "attest/verify.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1751328000) /* 2025-07-01 */
#define DAY INT64_C(86400)

struct scene {
    struct avo_sim_platform *platform;
    struct avo_policy policy;
    struct avo_roots roots;
    struct avo_sim_statement statement;
    uint8_t quote[AVO_SIM_QUOTE_BYTES_MAX];
    size_t quote_length;
    struct avo_attest_result result;
    int64_t now_unix_s;
};

static struct scene scene;

static struct avo_sgx_report sgx_report(void) {
    struct avo_sgx_report report = {.flags = AVO_SGX_FLAG_INIT | AVO_SGX_FLAG_MODE64, .xfrm = 7, .isv_product_id = 3, .isv_svn = 2};
    memset(report.mr_enclave, 0xAA, sizeof report.mr_enclave);
    memset(report.mr_signer, 0xBB, sizeof report.mr_signer);
    memset(report.report_data, 0xCC, sizeof report.report_data);
    return report;
}

static void quote_sgx(const struct avo_sgx_report *report) {
    uint8_t body[AVO_SGX_REPORT_BYTES];
    struct avo_buffer out = {scene.quote, 0, sizeof scene.quote};
    avo_sgx_report_encode(report, body);
    assert_int_equal(avo_sim_quote_v3(scene.platform, body, &out), AVO_OK);
    scene.quote_length = out.length;
}

static void quote_td(uint16_t version, const uint8_t *body, size_t length) {
    struct avo_sim_quote_request request = {version, length == AVO_TD_REPORT15_BYTES ? 3 : 2, avo_slice(body, length)};
    struct avo_buffer out = {scene.quote, 0, sizeof scene.quote};
    assert_int_equal(avo_sim_quote(scene.platform, &request, &out), AVO_OK);
    scene.quote_length = out.length;
}

static int set_up(void **state) {
    struct avo_sim_options options = avo_sim_options_default(NOW);
    struct avo_reason reason;
    (void)state;
    memset(&scene, 0, sizeof scene);
    scene.platform = avo_sim_platform_create(&options);
    assert_non_null(scene.platform);
    scene.policy = avo_policy_default_production();
    scene.policy.allow_simulated_root = true;
    assert_int_equal(avo_sim_root_pem(scene.platform, scene.policy.simulated_root, sizeof scene.policy.simulated_root), AVO_OK);
    assert_int_equal(avo_policy_roots(&scene.policy, &scene.roots, &reason), AVO_OK);
    scene.statement = avo_sim_statement_default(NOW);
    scene.now_unix_s = NOW + DAY;
    struct avo_sgx_report report = sgx_report();
    quote_sgx(&report);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    avo_sim_platform_free(scene.platform);
    return 0;
}

/* Parses and verifies the scene's quote; the reason is printed, so that a failing test explains itself. */
static void verify_with(const struct avo_collateral *collateral) {
    struct avo_evidence evidence;
    memset(&scene.result, 0, sizeof scene.result);
    if (avo_evidence_parse(avo_slice(scene.quote, scene.quote_length), &evidence, &scene.result.reason) != AVO_OK) {
        scene.result.error = AVO_EFORMAT;
    } else {
        struct avo_attest_input input = {&evidence, collateral, scene.now_unix_s, &scene.roots, &scene.policy, AVO_ROLE_ANY, NULL};
        avo_attest_verify(&input, &scene.result);
    }
    printf("    %s\n", scene.result.reason.text);
}

static void verify(void) {
    struct avo_sim_collateral collateral;
    assert_int_equal(avo_sim_collateral_make(scene.platform, &scene.statement, &collateral), AVO_OK);
    verify_with(&collateral.view);
    avo_sim_collateral_free(&collateral);
}

static void refused_for(const char *phrase) {
    assert_false(scene.result.accepted);
    assert_int_not_equal(scene.result.error, AVO_OK);
    assert_non_null(strstr(scene.result.reason.text, phrase));
}

static void accepts_what_is_up_to_date(void **state) {
    (void)state;
    verify();
    assert_true(scene.result.valid);
    assert_true(scene.result.accepted);
    assert_true(scene.result.claims.simulated);
    assert_int_equal(scene.result.status, AVO_TCB_UP_TO_DATE);
    assert_int_equal(scene.result.claims.measurement[0], 0xAA);
    assert_int_equal(scene.result.claims.product, 3);
}

static void refuses_a_simulated_root_by_default(void **state) {
    (void)state;
    scene.policy.allow_simulated_root = false;
    verify();
    assert_true(scene.result.valid);
    refused_for("simulated");
    scene.roots = avo_roots_vendor();
    verify();
    assert_false(scene.result.valid);
    refused_for("does not end in a root");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(accepts_what_is_up_to_date, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_a_simulated_root_by_default, set_up, tear_down),
    };
    (void)quote_td;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
