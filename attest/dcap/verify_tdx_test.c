/* TDX quotes of versions 4 and 5: module identity, relaunch, attributes, measurements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/dcap/tcb_level.h"
#include "attest/testing/checks.h"

static struct test_scene scene;

static int set_up(void **state) {
    (void)state;
    assert_true(test_scene_tdx(&scene, 5, true));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    test_scene_close(&scene);
    return 0;
}

static void sign(uint16_t version, const struct avo_td_report *report) {
    assert_true(test_quote_td(&scene, version, report));
    test_verify(&scene);
}

static void accepts_every_version(void **state) {
    (void)state;
    struct avo_td_report td10 = avo_sim_td_report_default(false);
    struct avo_td_report td15 = avo_sim_td_report_default(true);
    sign(4, &td10);
    test_accepted(&scene);
    assert_int_equal(scene.result.claims.format_version, 4);
    sign(5, &td10);
    test_accepted(&scene);
    sign(5, &td15);
    test_accepted(&scene);
    assert_int_equal(scene.result.claims.module_status, AVO_TCB_UP_TO_DATE);
    assert_int_equal(scene.result.claims.measurement_bytes, 48);
}

static void refuses_sgx_collateral(void **state) {
    (void)state;
    scene.statement.tdx = false;
    test_verify(&scene);
    test_refused_for(&scene, "TCB info: for SGX");
}

static void an_old_module_makes_it_out_of_date(void **state) {
    (void)state;
    struct avo_td_report report = avo_sim_td_report_default(false);
    report.tee_tcb_svn[0] = 4;
    sign(5, &report);
    assert_true(scene.result.valid);
    assert_int_equal(scene.result.status, AVO_TCB_OUT_OF_DATE);
    assert_string_equal(scene.result.advisory[0], "INTEL-SA-00002");
    report.tee_tcb_svn[0] = 0;
    sign(5, &report);
    test_refused_for(&scene, "older than every level");
}

/* The platform was updated under a running TD: only a relaunch is needed. */
static void advises_a_relaunch(void **state) {
    (void)state;
    struct avo_td_report report = avo_sim_td_report_default(true);
    report.tee_tcb_svn[0] = 4;
    sign(5, &report);
    assert_int_equal(scene.result.status, AVO_TCB_TD_RELAUNCH_ADVISED);
    test_refused_for(&scene, "TDRelaunchAdvised");
    scene.statement.status = AVO_TCB_CONFIGURATION_NEEDED;
    test_verify(&scene);
    assert_int_equal(scene.result.status, AVO_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED);
    scene.statement.status = AVO_TCB_UP_TO_DATE;
    report.tee_tcb_svn2[0] = 4;
    sign(5, &report);
    assert_int_equal(scene.result.status, AVO_TCB_OUT_OF_DATE);
    report.tee_tcb_svn2[0] = 5;
    scene.statement.qe_svn_needed = 9;
    sign(5, &report);
    assert_int_equal(scene.result.status, AVO_TCB_OUT_OF_DATE);
}

/* TEE_TCB_SVN2 is evaluated as TEE_TCB_SVN is: what Intel does not describe is refused, however good the module at the start was.
 */
static void refuses_an_unknown_module_that_runs_now(void **state) {
    (void)state;
    static const struct {
        uint8_t svn2[16];
        const char *phrase;
    } bad[] = {
        {{0}, "TEE_TCB_SVN2: it is zero"},
        {{5, 1, 1}, "TEE_TCB_SVN2 (the TDX module that runs now): TCB level: TcbNotSupported"},
        {{5, 0, 1}, "TEE_TCB_SVN2 (the TDX module that runs now): TCB level: TcbNotSupported"},
        {{4, 0, 2}, "TEE_TCB_SVN2 (the TDX module that runs now): TCB level: TcbNotSupported"},
        {{5, 3, 2}, "TEE_TCB_SVN2 (the TDX module that runs now): TDX module identity: the TCB info describes no module TDX_03"},
        {{0, 1, 2}, "TEE_TCB_SVN2 (the TDX module that runs now): TDX module identity: TcbNotSupported"}};
    for (size_t i = 0; i < AVO_COUNT(bad); i++) {
        struct avo_td_report report = avo_sim_td_report_default(true);
        memcpy(report.tee_tcb_svn2, bad[i].svn2, sizeof report.tee_tcb_svn2);
        sign(5, &report);
        assert_false(scene.result.valid);
        assert_false(scene.result.claims.has_current);
        assert_int_equal(scene.result.status, AVO_TCB_NOT_SUPPORTED);
        test_refused_for(&scene, bad[i].phrase);
    }
}

/* The status stays the one of the start, as Intel has it; the claim, and the policy, tell of what runs now. */
static void tells_of_a_revoked_module_that_runs_now(void **state) {
    (void)state;
    struct avo_td_report report = avo_sim_td_report_default(true);
    test_verify(&scene);
    assert_true(scene.result.claims.has_current);
    assert_int_equal(scene.result.claims.current_status, AVO_TCB_UP_TO_DATE);
    report.tee_tcb_svn2[0] = 4;
    sign(5, &report);
    assert_int_equal(scene.result.status, AVO_TCB_UP_TO_DATE);
    assert_int_equal(scene.result.claims.current_status, AVO_TCB_OUT_OF_DATE);
    test_refused_for(&scene, "INTEL-SA-00002"); /* applies now, and the policy does not list it */
    (void)snprintf(scene.policy.advisory[0], AVO_ADVISORY_BYTES, "INTEL-SA-00002");
    scene.policy.advisory_count = 1;
    test_verify(&scene);
    test_accepted(&scene);
    scene.statement.revoke_old_module = true;
    test_verify(&scene);
    assert_true(scene.result.valid);
    assert_int_equal(scene.result.status, AVO_TCB_UP_TO_DATE);
    assert_int_equal(scene.result.claims.current_status, AVO_TCB_REVOKED);
    assert_int_equal(scene.result.claims.module_status, AVO_TCB_UP_TO_DATE);
    test_refused_for(&scene, "the TDX module that runs now is Revoked");
    report.tee_tcb_svn[0] = 4; /* and the one at the start too */
    sign(5, &report);
    assert_int_equal(scene.result.status, AVO_TCB_REVOKED);
}

/* TEE_TCB_SVN2 of module version 0 counts from byte 0. */
static void compares_the_module_that_runs_now_from_the_right_byte(void **state) {
    (void)state;
    struct avo_td_report report = avo_sim_td_report_default(true);
    report.tee_tcb_svn2[1] = 0;
    sign(5, &report);
    test_accepted(&scene);
    scene.statement.module_svn_needed = 3;
    report.tee_tcb_svn2[0] = 3;
    report.tee_tcb_svn2[1] = 1;
    sign(5, &report);
    test_accepted(&scene);
}

/* Module 1.x: bytes 0 and 1 are the module's own affair; a module 0 is compared from byte 0. */
static void compares_tdx_components_from_the_right_byte(void **state) {
    (void)state;
    struct avo_td_report report = avo_sim_td_report_default(false);
    report.tee_tcb_svn[0] = 3;
    scene.statement.module_svn_needed = 3;
    sign(4, &report);
    test_accepted(&scene); /* the level asks for 5 in byte 0, which does not count */
    report.tee_tcb_svn[1] = 0;
    sign(4, &report);
    test_refused_for(&scene, "TcbNotSupported");
    report.tee_tcb_svn[0] = 5;
    sign(4, &report);
    test_accepted(&scene);
    assert_false(scene.result.claims.has_module);
    report.tee_tcb_svn[2] = 1;
    sign(4, &report);
    test_refused_for(&scene, "TDX module and SEAM loader");
}

static void refuses_an_unknown_or_foreign_module(void **state) {
    (void)state;
    struct avo_td_report report = avo_sim_td_report_default(false);
    report.tee_tcb_svn[1] = 3;
    sign(4, &report);
    test_refused_for(&scene, "no module TDX_03");
    report = avo_sim_td_report_default(false);
    report.mr_signer_seam[0] = 1;
    sign(4, &report);
    test_refused_for(&scene, "MRSIGNERSEAM");
    report = avo_sim_td_report_default(false);
    report.seam_attributes[7] = 1;
    sign(4, &report);
    test_refused_for(&scene, "SEAMATTRIBUTES");
}

static void refuses_bad_attributes(void **state) {
    (void)state;
    static const struct {
        unsigned bit;
        const char *phrase;
    } bad[] = {{0, "debug"},       {5, "debug"},     {28, "SEPT_VE_DISABLE"}, {27, "tdx.allow_lass"},
               {29, "migratable"}, {40, "reserved"}, {63, "PERFMON"}};
    for (size_t i = 0; i < AVO_COUNT(bad); i++) {
        struct avo_td_report report = avo_sim_td_report_default(true);
        report.td_attributes ^= UINT64_C(1) << bad[i].bit;
        sign(5, &report);
        assert_true(scene.result.valid);
        test_refused_for(&scene, bad[i].phrase);
    }
    struct avo_td_report report = avo_sim_td_report_default(true);
    report.td_attributes |= UINT64_C(1) << 27;
    scene.policy.tdx.allow_lass = true;
    sign(5, &report);
    test_accepted(&scene);
    report.td_attributes = 0;
    scene.policy.tdx.require_sept_ve_disable = false;
    sign(5, &report);
    test_accepted(&scene);
}

/* What the PCK certificate says of the packages holds for guests as it does for enclaves. */
static void packages_are_asked_about(void **state) {
    (void)state;
    struct avo_sim_options options = scene.platform->options;
    struct avo_td_report report = avo_sim_td_report_default(true);
    options.smt_enabled = true;
    avo_sim_platform_free(scene.platform);
    scene.platform = avo_sim_platform_create(&options);
    assert_non_null(scene.platform);
    struct avo_reason reason;
    assert_int_equal(avo_sim_root_pem(scene.platform, scene.policy.simulated_root, sizeof scene.policy.simulated_root), AVO_OK);
    assert_int_equal(avo_policy_roots(&scene.policy, &scene.roots, &reason), AVO_OK);
    sign(5, &report);
    test_accepted(&scene);
    assert_true(scene.result.claims.smt_enabled);
    scene.policy.tdx.allow_smt = false;
    test_verify(&scene);
    test_refused_for(&scene, "tdx.allow_smt");
}

static void compares_what_a_rule_gives(void **state) {
    (void)state;
    struct avo_policy_rule *rule = &scene.policy.role[AVO_ATTESTED_ROLE_NODE].rule[0];
    struct avo_td_report report = avo_sim_td_report_default(true);
    memset(scene.policy.role, 0, sizeof scene.policy.role);
    scene.policy.role[AVO_ATTESTED_ROLE_NODE].rule_count = 1;
    *rule = (struct avo_policy_rule){.tee = AVO_TEE_TDX, .line = 7, .measurement = {.given = true}};
    memset(rule->measurement.bytes, 0x7D, 48);
    sign(5, &report);
    test_accepted(&scene);
    rule->rtmr[3].given = true;
    sign(5, &report);
    test_refused_for(&scene, "no rule of role any");
    memset(rule->rtmr[3].bytes, 0x17, 48);
    sign(5, &report);
    test_accepted(&scene);
    report.mr_service_td[0] = 1; /* nobody expects one */
    sign(5, &report);
    test_refused_for(&scene, "no rule of role any");
    rule->mr_service_td.given = true;
    rule->mr_service_td.bytes[0] = 1;
    sign(5, &report);
    test_accepted(&scene);
    rule->tee = AVO_TEE_SGX; /* a hash of one TEE is never another's */
    sign(5, &report);
    test_refused_for(&scene, "no rule of role any");
}

/* Every kind of pair, as Intel's library has it (TDRelaunchCheck.cpp). */
static void a_relaunch_follows_from_both_statuses(void **state) {
    (void)state;
    static const struct {
        enum avo_tcb_status launch, current, expected;
    } cases[] = {
        {AVO_TCB_OUT_OF_DATE, AVO_TCB_UP_TO_DATE, AVO_TCB_TD_RELAUNCH_ADVISED},
        {AVO_TCB_OUT_OF_DATE, AVO_TCB_SW_HARDENING_NEEDED, AVO_TCB_TD_RELAUNCH_ADVISED},
        {AVO_TCB_OUT_OF_DATE, AVO_TCB_CONFIGURATION_NEEDED, AVO_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED},
        {AVO_TCB_OUT_OF_DATE, AVO_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED, AVO_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED},
        {AVO_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED, AVO_TCB_UP_TO_DATE, AVO_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED},
        {AVO_TCB_OUT_OF_DATE, AVO_TCB_OUT_OF_DATE, AVO_TCB_OUT_OF_DATE},
        {AVO_TCB_OUT_OF_DATE, AVO_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED, AVO_TCB_OUT_OF_DATE},
        {AVO_TCB_OUT_OF_DATE, AVO_TCB_REVOKED, AVO_TCB_OUT_OF_DATE},
        {AVO_TCB_UP_TO_DATE, AVO_TCB_OUT_OF_DATE, AVO_TCB_UP_TO_DATE},
        {AVO_TCB_UP_TO_DATE, AVO_TCB_UP_TO_DATE, AVO_TCB_UP_TO_DATE},
        {AVO_TCB_SW_HARDENING_NEEDED, AVO_TCB_UP_TO_DATE, AVO_TCB_SW_HARDENING_NEEDED},
        {AVO_TCB_REVOKED, AVO_TCB_UP_TO_DATE, AVO_TCB_REVOKED},
    };
    for (size_t i = 0; i < AVO_COUNT(cases); i++) {
        assert_int_equal(avo_td_relaunch(cases[i].launch, cases[i].current), cases[i].expected);
    }
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(accepts_every_version),
        CASE(refuses_sgx_collateral),
        CASE(an_old_module_makes_it_out_of_date),
        CASE(advises_a_relaunch),
        CASE(a_relaunch_follows_from_both_statuses),
        CASE(refuses_an_unknown_module_that_runs_now),
        CASE(tells_of_a_revoked_module_that_runs_now),
        CASE(compares_the_module_that_runs_now_from_the_right_byte),
        CASE(compares_tdx_components_from_the_right_byte),
        CASE(refuses_an_unknown_or_foreign_module),
        CASE(refuses_bad_attributes),
        CASE(packages_are_asked_about),
        CASE(compares_what_a_rule_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
