/* SGX quotes of a generated platform: what is accepted, and that every single fault is refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/testing/checks.h"
#include "attest/verify/parse.h"
#include <stdlib.h>

static struct test_scene scene;
static struct test_scene other; /* a second platform under its own root */

static int set_up(void **state) {
    (void)state;
    assert_true(test_scene_sgx(&scene));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    test_scene_close(&scene);
    test_scene_close(&other);
    return 0;
}

static void accepts_what_is_up_to_date(void **state) {
    (void)state;
    test_verify(&scene);
    test_accepted(&scene);
    assert_true(scene.result.claims.simulated);
    assert_int_equal(scene.result.status, AVO_TCB_UP_TO_DATE);
    assert_int_equal(scene.result.advisory_count, 0);
    assert_int_equal(scene.result.claims.measurement[31], 0xAA);
    assert_int_equal(scene.result.claims.product, 3);
    assert_memory_equal(scene.result.claims.fmspc, scene.platform->options.fmspc, 6);
}

static void a_restored_platform_makes_quotes_that_verify(void **state) {
    (void)state;
    uint8_t bytes[AVO_SIM_STATE_BYTES_MAX];
    struct avo_buffer saved = {bytes, 0, sizeof bytes};
    struct avo_sgx_report report = test_sgx_report();
    assert_int_equal(avo_sim_platform_save(scene.platform, &saved), AVO_OK);
    avo_sim_platform_free(scene.platform);
    scene.platform = avo_sim_platform_restore(avo_buffer_slice(&saved));
    assert_non_null(scene.platform);
    assert_true(test_quote_sgx(&scene, &report));
    test_verify(&scene);
    test_accepted(&scene);
    assert_null(avo_sim_platform_restore(avo_slice(bytes, saved.length - 1)));
}

static void refuses_a_simulated_root_by_default(void **state) {
    (void)state;
    scene.policy.allow_simulated_root = false;
    test_verify(&scene);
    assert_true(scene.result.valid);
    test_refused_for(&scene, "simulated");
    scene.roots = avo_roots_vendor();
    test_verify(&scene);
    assert_false(scene.result.valid);
    test_refused_for(&scene, "does not end in a root");
}

static void refuses_what_is_revoked(void **state) {
    (void)state;
    scene.statement.revoke_pck = true;
    test_verify(&scene);
    test_refused_for(&scene, "\"Simulated SGX PCK Certificate\" is revoked");
    scene.statement.revoke_pck = false;
    scene.statement.revoke_ca = true;
    test_verify(&scene);
    test_refused_for(&scene, "\"Simulated SGX PCK Platform CA\" is revoked");
    scene.statement.revoke_ca = false;
    scene.statement.revoke_signing = true;
    test_verify(&scene);
    test_refused_for(&scene, "\"Simulated SGX TCB Signing\" is revoked");
}

static void refuses_collateral_of_another_cpu_family(void **state) {
    (void)state;
    scene.statement.wrong_fmspc = true;
    test_verify(&scene);
    test_refused_for(&scene, "another CPU family");
}

static void refuses_collateral_of_another_tee(void **state) {
    (void)state;
    scene.statement.tdx = true;
    test_verify(&scene);
    test_refused_for(&scene, "TCB info: for TDX");
}

static void refuses_outside_of_every_window(void **state) {
    (void)state;
    int64_t end = TEST_NOW + AVO_SIM_COLLATERAL_DAYS * TEST_DAY;
    scene.now_unix_s = end - 1; /* OpenSSL takes a CRL as expired in the second of its nextUpdate */
    test_verify(&scene);
    test_accepted(&scene);
    scene.now_unix_s = end + 1;
    test_verify(&scene);
    test_refused_for(&scene, "expired");
    scene.now_unix_s = TEST_NOW;
    test_verify(&scene);
    test_accepted(&scene);
    scene.now_unix_s = TEST_NOW - 1;
    test_verify(&scene);
    test_refused_for(&scene, "not valid before");
    scene.now_unix_s = TEST_NOW + 21 * 365 * TEST_DAY;
    test_verify(&scene);
    test_refused_for(&scene, "expired");
}

/* Pieces of two issues of the collateral, so that one alone is out of its window. */
static void refuses_each_piece_outside_of_its_window(void **state) {
    (void)state;
    struct avo_sim_collateral fresh;
    struct avo_sim_collateral old;
    struct avo_sim_statement statement = scene.statement;
    assert_int_equal(avo_sim_collateral_make(scene.platform, &statement, &fresh), AVO_OK);
    statement.issue_unix_s -= 60 * TEST_DAY;
    assert_int_equal(avo_sim_collateral_make(scene.platform, &statement, &old), AVO_OK);
    struct avo_collateral mixed = fresh.view;
    mixed.tcb_info = old.view.tcb_info;
    test_verify_with(&scene, &mixed);
    test_refused_for(&scene, "TCB info: expired");
    mixed = fresh.view;
    mixed.qe_identity = old.view.qe_identity;
    test_verify_with(&scene, &mixed);
    test_refused_for(&scene, "QE identity: expired");
    mixed = fresh.view;
    mixed.root_crl = old.view.root_crl;
    test_verify_with(&scene, &mixed);
    test_refused_for(&scene, "the CRL of \"Simulated SGX Root CA\" expired");
    mixed = fresh.view;
    mixed.pck_crl = old.view.pck_crl;
    test_verify_with(&scene, &mixed);
    test_refused_for(&scene, "the CRL of \"Simulated SGX PCK Platform CA\" expired");
    avo_sim_collateral_free(&fresh);
    avo_sim_collateral_free(&old);
}

static void reports_status_and_advisories(void **state) {
    (void)state;
    scene.statement.status = AVO_TCB_SW_HARDENING_NEEDED;
    scene.statement.advisory = "INTEL-SA-00615";
    test_verify(&scene);
    assert_true(scene.result.valid);
    assert_int_equal(scene.result.status, AVO_TCB_SW_HARDENING_NEEDED);
    test_refused_for(&scene, "tcb_statuses");
    scene.policy.tcb_statuses |= 1u << AVO_TCB_SW_HARDENING_NEEDED;
    test_verify(&scene);
    test_refused_for(&scene, "INTEL-SA-00615");
    (void)snprintf(scene.policy.advisory[scene.policy.advisory_count++], AVO_ADVISORY_BYTES, "INTEL-SA-00615");
    test_verify(&scene);
    test_accepted(&scene);
}

static void never_accepts_revoked_or_unsupported(void **state) {
    (void)state;
    scene.policy.tcb_statuses = UINT32_MAX;
    scene.statement.status = AVO_TCB_REVOKED;
    test_verify(&scene);
    test_refused_for(&scene, "Revoked");
    scene.statement.component_needed = 1;
    test_verify(&scene);
    test_refused_for(&scene, "TcbNotSupported");
    assert_int_equal(scene.result.status, AVO_TCB_NOT_SUPPORTED);
}

static void an_old_quoting_enclave_makes_it_out_of_date(void **state) {
    (void)state;
    scene.statement.qe_svn_needed = 9;
    test_verify(&scene);
    assert_true(scene.result.valid);
    assert_int_equal(scene.result.status, AVO_TCB_OUT_OF_DATE);
    assert_string_equal(scene.result.advisory[0], "INTEL-SA-00003");
    scene.statement.status = AVO_TCB_CONFIGURATION_NEEDED;
    test_verify(&scene);
    assert_int_equal(scene.result.status, AVO_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED);
}

static void refuses_another_quoting_enclave(void **state) {
    (void)state;
    scene.platform->options.qe_mr_signer[0] ^= 1; /* the collateral now describes another than the one that signed */
    test_verify(&scene);
    test_refused_for(&scene, "MRSIGNER");
    scene.platform->options.qe_mr_signer[0] ^= 1;
    scene.platform->options.qe_product_id++;
    test_verify(&scene);
    test_refused_for(&scene, "ISVPRODID");
}

static void refuses_old_collateral_by_number(void **state) {
    (void)state;
    scene.policy.minimum_tcb_evaluation_number = 18;
    test_verify(&scene);
    test_accepted(&scene);
    scene.policy.minimum_tcb_evaluation_number = 19;
    test_verify(&scene);
    test_refused_for(&scene, "evaluation number 18");
}

static void refuses_unlisted_chips(void **state) {
    (void)state;
    scene.policy.chip_count = 1;
    scene.policy.chip[0].length = 16;
    test_verify(&scene);
    test_refused_for(&scene, "chip");
    memcpy(scene.policy.chip[0].bytes, scene.platform->options.ppid, 16);
    test_verify(&scene);
    test_accepted(&scene);
}

static void refuses_bad_attributes(void **state) {
    (void)state;
    static const uint64_t bad[] = {AVO_SGX_FLAG_DEBUG, AVO_SGX_FLAG_PROVISION_KEY, AVO_SGX_FLAG_EINITTOKEN_KEY,
                                   AVO_SGX_FLAG_INIT,  AVO_SGX_FLAG_MODE64,        UINT64_C(1) << 40};
    for (size_t i = 0; i < AVO_COUNT(bad); i++) {
        struct avo_sgx_report report = test_sgx_report();
        report.flags ^= bad[i];
        assert_true(test_quote_sgx(&scene, &report));
        test_verify(&scene);
        assert_true(scene.result.valid);
        test_refused_for(&scene, bad[i] == AVO_SGX_FLAG_DEBUG ? "debug" : "attributes");
    }
}

/* Refused unless a switch allows it; the exceptions' page of control-flow protection goes with it. */
static void cet_needs_its_switch(void **state) {
    (void)state;
    for (int misc = 0; misc < 2; misc++) {
        struct avo_sgx_report report = test_sgx_report();
        report.flags |= misc ? 0 : AVO_SGX_FLAG_CET;
        report.misc_select = misc ? 3 : 1;
        scene.policy.sgx.allow_cet = false;
        assert_true(test_quote_sgx(&scene, &report));
        test_verify(&scene);
        test_refused_for(&scene, "sgx.allow_cet");
        scene.policy.sgx.allow_cet = true;
        test_verify(&scene);
        test_accepted(&scene);
        report.misc_select = 4;
        assert_true(test_quote_sgx(&scene, &report));
        test_verify(&scene);
        test_refused_for(&scene, "MISCSELECT");
    }
}

static void checks_the_report_data(void **state) {
    (void)state;
    struct avo_evidence evidence;
    struct avo_sim_collateral collateral;
    struct avo_reason reason;
    uint8_t expected[64];
    memset(expected, 0xCC, sizeof expected);
    assert_int_equal(avo_evidence_parse(avo_slice(scene.evidence, scene.evidence_length), &evidence, &reason), AVO_OK);
    assert_int_equal(avo_sim_collateral_make(scene.platform, &scene.statement, &collateral), AVO_OK);
    struct avo_attest_input input = {&evidence,     &collateral.view,       scene.now_unix_s, &scene.roots,
                                     &scene.policy, AVO_ATTESTED_ROLE_NODE, expected};
    avo_attest_verify(&input, &scene.result);
    test_accepted(&scene);
    expected[63] ^= 1;
    avo_attest_verify(&input, &scene.result);
    test_refused_for(&scene, "not bound to this session");
    avo_sim_collateral_free(&collateral);
}

static void refuses_a_mix_of_two_platforms(void **state) {
    (void)state;
    struct avo_sim_collateral collateral;
    assert_true(test_scene_sgx(&other));
    other.policy = scene.policy;
    /* the other platform is trusted too: what must fail is the mix, not the root */
    struct avo_reason reason;
    char pem[4096];
    assert_int_equal(avo_sim_root_pem(other.platform, pem, sizeof pem), AVO_OK);
    assert_int_equal(avo_roots_add(&scene.roots, avo_slice_string(pem), AVO_ROOT_SIMULATED, &reason), AVO_OK);
    assert_int_equal(avo_sim_collateral_make(other.platform, &other.statement, &collateral), AVO_OK);
    test_verify_with(&scene, &collateral.view);
    test_refused_for(&scene, "PCK");
    avo_sim_collateral_free(&collateral);
    assert_int_equal(scene.evidence_length / 64, other.evidence_length / 64);
    size_t chain = 436 + 128 + 384 + 64 + 2 + 32;
    uint8_t saved[AVO_SIM_QUOTE_BYTES_MAX];
    memcpy(saved, scene.evidence, sizeof saved);
    memcpy(scene.evidence + 436 + 128, other.evidence + 436 + 128, 384 + 64); /* QE report and its signature */
    test_verify(&scene);
    test_refused_for(&scene, "does not vouch for this attestation key");
    memcpy(scene.evidence, saved, sizeof saved);
    scene.evidence[436 + 128 + 20] ^= 1; /* a reserved byte of the QE report */
    test_verify(&scene);
    test_refused_for(&scene, "not signed by the platform's PCK");
    memcpy(scene.evidence, saved, sizeof saved);
    memcpy(scene.evidence + 436 + 64, other.evidence + 436 + 64, 64); /* attestation key */
    test_verify(&scene);
    test_refused_for(&scene, "does not vouch for this attestation key");
    memcpy(scene.evidence, saved, sizeof saved);
    if (scene.evidence_length == other.evidence_length) {
        memcpy(scene.evidence + chain, other.evidence + chain, scene.evidence_length - chain);
        test_verify(&scene);
        test_refused_for(&scene, "PCK");
    }
}

/* The same JSON with one space more is not what was signed. */
static void refuses_reformatted_json(void **state) {
    (void)state;
    struct avo_sim_collateral collateral;
    assert_int_equal(avo_sim_collateral_make(scene.platform, &scene.statement, &collateral), AVO_OK);
    for (int which = 0; which < 2; which++) {
        struct avo_collateral changed = collateral.view;
        struct avo_slice *text = which == 0 ? &changed.tcb_info : &changed.qe_identity;
        uint8_t *longer = malloc(text->length + 1);
        assert_non_null(longer);
        size_t comma = (size_t)((const uint8_t *)memchr(text->data, ',', text->length) - text->data);
        memcpy(longer, text->data, comma);
        longer[comma] = ' ';
        memcpy(longer + comma + 1, text->data + comma, text->length - comma);
        *text = avo_slice(longer, text->length + 1);
        test_verify_with(&scene, &changed);
        test_refused_for(&scene, "signature does not verify over the bytes as given");
        free(longer);
    }
    avo_sim_collateral_free(&collateral);
}

static void refuses_each_missing_piece(void **state) {
    (void)state;
    struct avo_sim_collateral collateral;
    assert_int_equal(avo_sim_collateral_make(scene.platform, &scene.statement, &collateral), AVO_OK);
    struct avo_slice *const pieces[] = {&collateral.view.tcb_info, &collateral.view.qe_identity, &collateral.view.tcb_chain,
                                        &collateral.view.root_crl, &collateral.view.pck_crl};
    for (size_t i = 0; i < AVO_COUNT(pieces); i++) {
        struct avo_slice kept = *pieces[i];
        *pieces[i] = AVO_SLICE_EMPTY;
        test_verify_with(&scene, &collateral.view);
        test_refused_for(&scene, ":");
        assert_false(scene.result.valid);
        *pieces[i] = kept;
    }
    test_verify_with(&scene, &collateral.view);
    test_accepted(&scene);
    avo_sim_collateral_free(&collateral);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(accepts_what_is_up_to_date),
        CASE(a_restored_platform_makes_quotes_that_verify),
        CASE(refuses_a_simulated_root_by_default),
        CASE(refuses_what_is_revoked),
        CASE(refuses_collateral_of_another_cpu_family),
        CASE(refuses_collateral_of_another_tee),
        CASE(refuses_outside_of_every_window),
        CASE(refuses_each_piece_outside_of_its_window),
        CASE(reports_status_and_advisories),
        CASE(never_accepts_revoked_or_unsupported),
        CASE(an_old_quoting_enclave_makes_it_out_of_date),
        CASE(refuses_another_quoting_enclave),
        CASE(refuses_old_collateral_by_number),
        CASE(refuses_unlisted_chips),
        CASE(refuses_bad_attributes),
        CASE(cet_needs_its_switch),
        CASE(checks_the_report_data),
        CASE(refuses_a_mix_of_two_platforms),
        CASE(refuses_reformatted_json),
        CASE(refuses_each_missing_piece),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
