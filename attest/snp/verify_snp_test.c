/* SNP reports of a generated vendor: every product, version and signing key, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/testing/checks.h"

static struct test_scene scene;

static int tear_down(void **state) {
    (void)state;
    test_scene_close(&scene);
    return 0;
}

static void open_scene(enum avo_snp_product product, uint32_t version) {
    struct avo_sim_amd_options options = avo_sim_amd_options_default(product, TEST_NOW);
    assert_true(test_scene_snp(&scene, &options, version));
}

static int set_up_genoa(void **state) {
    (void)state;
    open_scene(AVO_SNP_GENOA, 5);
    return 0;
}

static void sign(const struct avo_snp_report *report) {
    assert_true(test_report_snp(&scene, report));
    test_verify(&scene);
}

static void accepts_every_product_and_version(void **state) {
    (void)state;
    static const uint32_t versions[] = {2, 3, 5};
    for (enum avo_snp_product product = AVO_SNP_MILAN; product <= AVO_SNP_TURIN; product++) {
        open_scene(product, 2);
        for (size_t i = 0; i < AVO_COUNT(versions); i++) {
            struct avo_snp_report report = avo_sim_amd_report_default(scene.amd, versions[i]);
            report.launch_mit_vector = report.current_mit_vector = versions[i] == 5 ? 3 : 0;
            sign(&report);
            test_accepted(&scene);
            assert_int_equal(scene.result.claims.snp_product, product);
            assert_int_equal(scene.result.status, AVO_TCB_NOT_RATED);
            assert_true(scene.result.claims.revocation_checked);
        }
        test_scene_close(&scene);
    }
}

static void accepts_a_vlek_unless_the_policy_does_not(void **state) {
    (void)state;
    struct avo_sim_amd_options options = avo_sim_amd_options_default(AVO_SNP_GENOA, TEST_NOW);
    options.vlek = true;
    assert_true(test_scene_snp(&scene, &options, 3));
    test_verify(&scene);
    test_accepted(&scene);
    assert_true(scene.result.claims.vlek);
    scene.policy.snp.of[AVO_SNP_GENOA].allow_vlek = false;
    test_verify(&scene);
    test_refused_for(&scene, "VLEK");
    struct avo_snp_report report = avo_sim_amd_report_default(scene.amd, 3);
    report.key_info = 0; /* says VCEK */
    sign(&report);
    test_refused_for(&scene, "key_info");
}

static void accepts_hwid_in_both_encodings(void **state) {
    (void)state;
    struct avo_sim_amd_options options = avo_sim_amd_options_default(AVO_SNP_GENOA, TEST_NOW);
    options.octet_hwid = true;
    assert_true(test_scene_snp(&scene, &options, 3));
    test_verify(&scene);
    test_accepted(&scene);
}

static void refuses_milan_by_default(void **state) {
    (void)state;
    open_scene(AVO_SNP_MILAN, 3);
    scene.policy.snp.products = avo_policy_default_production().snp.products;
    test_verify(&scene);
    assert_true(scene.result.valid);
    test_refused_for(&scene, "Milan");
}

static void refuses_a_revoked_ask(void **state) {
    (void)state;
    struct avo_sim_amd_options options = avo_sim_amd_options_default(AVO_SNP_TURIN, TEST_NOW);
    options.revoke_ask = true;
    assert_true(test_scene_snp(&scene, &options, 3));
    test_verify(&scene);
    test_refused_for(&scene, "\"SEV-Turin\" is revoked");
}

static void refuses_outside_of_every_window(void **state) {
    (void)state;
    scene.now_unix_s = TEST_NOW + 31 * TEST_DAY;
    test_verify(&scene);
    test_refused_for(&scene, "CRL of \"ARK-Genoa\": expired");
    scene.amd->view.amd_crl = AVO_SLICE_EMPTY;
    test_verify(&scene);
    test_refused_for(&scene, "require_crl"); /* by default */
    assert_true(scene.result.valid);
    scene.policy.snp.of[AVO_SNP_GENOA].require_crl = false;
    test_verify(&scene);
    test_accepted(&scene);
    assert_false(scene.result.claims.revocation_checked);
    scene.now_unix_s = TEST_NOW + 8 * 365 * TEST_DAY;
    test_verify(&scene);
    test_refused_for(&scene, "\" expired 2032-06-29");
    scene.now_unix_s = TEST_NOW - 2 * TEST_DAY;
    test_verify(&scene);
    test_refused_for(&scene, "\" is not valid before 2025-06-30");
}

static void refuses_a_report_that_is_not_the_certificates(void **state) {
    (void)state;
    struct avo_snp_report report = avo_sim_amd_report_default(scene.amd, 3);
    report.chip_id[5] ^= 1;
    sign(&report);
    test_refused_for(&scene, "HWID");
    report = avo_sim_amd_report_default(scene.amd, 3);
    report.reported_tcb[7]++;
    sign(&report);
    test_refused_for(&scene, "reported TCB");
    report = avo_sim_amd_report_default(scene.amd, 3);
    report.cpuid_model = 0x01;
    sign(&report);
    test_refused_for(&scene, "is Milan, but the certificate is for Genoa");
    report = avo_sim_amd_report_default(scene.amd, 3);
    report.key_info = 1u << 5;
    sign(&report);
    test_refused_for(&scene, "key_info");
    report = avo_sim_amd_report_default(scene.amd, 3);
    sign(&report);
    scene.evidence[0x50] ^= 1;
    test_verify(&scene);
    test_refused_for(&scene, "SNP report signature");
}

static void refuses_unlisted_chips(void **state) {
    (void)state;
    scene.policy.chip_count = 1;
    scene.policy.chip[0].length = 64;
    test_verify(&scene);
    test_refused_for(&scene, "chip: not on the policy's list");
    memset(scene.policy.chip[0].bytes, 0xC1, 64);
    test_verify(&scene);
    test_accepted(&scene);
    scene.policy.chip[0].length = 16; /* a PPID is no chip id that starts alike */
    test_verify(&scene);
    test_refused_for(&scene, "chip: not on the policy's list");
}

static void turin_chip_id_has_eight_bytes(void **state) {
    (void)state;
    open_scene(AVO_SNP_TURIN, 3);
    struct avo_snp_report report = avo_sim_amd_report_default(scene.amd, 3);
    report.chip_id[8] = 1;
    sign(&report);
    test_refused_for(&scene, "HWID");
}

static void refuses_what_must_be_zero(void **state) {
    (void)state;
    static const size_t offsets[] = {0x4C,  0x18B,      0x19F,      0x1EB,      0x1EF, 0x208,
                                     0x29F, 0x2A0 + 48, 0x2A0 + 71, 0x2E8 + 48, 0x330, 0x49F};
    for (size_t i = 0; i < AVO_COUNT(offsets); i++) {
        scene.evidence[offsets[i]] ^= 1;
        test_verify(&scene);
        test_refused_for(&scene, "must be zero");
        scene.evidence[offsets[i]] ^= 1;
    }
    test_verify(&scene);
    test_accepted(&scene);
}

struct guest_case {
    uint64_t flip;
    const char *phrase;
};

static void applies_the_guest_policy(void **state) {
    (void)state;
    static const struct guest_case cases[] = {{UINT64_C(1) << 19, "debug"},
                                              {UINT64_C(1) << 18, "migration agent"},
                                              {UINT64_C(1) << 17, "reserved"},
                                              {UINT64_C(1) << 26, "reserved"}};
    for (size_t i = 0; i < AVO_COUNT(cases); i++) {
        struct avo_snp_report report = avo_sim_amd_report_default(scene.amd, 5);
        report.policy ^= cases[i].flip;
        sign(&report);
        assert_true(scene.result.valid);
        test_refused_for(&scene, cases[i].phrase);
    }
    scene.policy.snp.of[AVO_SNP_GENOA].allow_smt = false;
    struct avo_snp_report report = avo_sim_amd_report_default(scene.amd, 5);
    sign(&report);
    test_refused_for(&scene, "allow_smt");
}

static void applies_level_and_firmware(void **state) {
    (void)state;
    static const uint8_t minimum[5] = {3, 0, 20, 209, 0};
    struct avo_snp_report report = avo_sim_amd_report_default(scene.amd, 5);
    report.vmpl = 1;
    sign(&report);
    test_refused_for(&scene, "VMPL");
    report = avo_sim_amd_report_default(scene.amd, 5);
    report.committed_tcb[7]--;
    sign(&report);
    test_refused_for(&scene, "allow_provisional_firmware");
    scene.policy.snp.of[AVO_SNP_GENOA].has_minimum_tcb = true;
    memcpy(scene.policy.snp.of[AVO_SNP_GENOA].minimum_tcb, minimum, sizeof minimum);
    scene.policy.snp.of[AVO_SNP_GENOA].allow_provisional_firmware = true;
    sign(&report);
    test_refused_for(&scene, "minimum_tcb"); /* reported reaches it, committed does not */
    report = avo_sim_amd_report_default(scene.amd, 5);
    sign(&report);
    test_accepted(&scene);
    assert_int_equal(scene.result.status, AVO_TCB_UP_TO_DATE);
    scene.policy.snp.of[AVO_SNP_TURIN].minimum_tcb[2] = 21; /* another product's floor */
    scene.policy.snp.of[AVO_SNP_TURIN].has_minimum_tcb = true;
    sign(&report);
    test_accepted(&scene);
    scene.policy.snp.of[AVO_SNP_GENOA].required_mitigations = 1;
    sign(&report);
    test_refused_for(&scene, "required_mitigations");
    scene.policy.snp.of[AVO_SNP_GENOA].required_mitigations = 0;
    scene.policy.snp.of[AVO_SNP_GENOA].require_alias_check = true;
    sign(&report);
    test_refused_for(&scene, "alias check");
}

/* Everything that a rule names must be so in the report; a guest without an ID key has a signer of zeros. */
static void compares_what_a_rule_names(void **state) {
    (void)state;
    struct avo_policy_rule *rule = &scene.policy.role[AVO_ATTESTED_ROLE_NODE].rule[0];
    struct avo_snp_report report = avo_sim_amd_report_default(scene.amd, 5);
    memset(report.id_key_digest, 0x1D, sizeof report.id_key_digest);
    memset(report.family_id, 0xFA, sizeof report.family_id);
    memset(report.image_id, 0x1A, sizeof report.image_id);
    memset(scene.policy.role, 0, sizeof scene.policy.role);
    scene.policy.role[AVO_ATTESTED_ROLE_NODE].rule_count = 1;
    *rule = (struct avo_policy_rule){.tee = AVO_TEE_SNP, .line = 3, .signer = {.given = true}, .minimum_svn = 1};
    memset(rule->signer.bytes, 0x1D, 48);
    sign(&report);
    test_accepted(&scene);
    struct avo_policy_hash *const ids[] = {&rule->family_id, &rule->image_id};
    for (size_t i = 0; i < AVO_COUNT(ids); i++) {
        ids[i]->given = true;
        test_verify(&scene);
        test_refused_for(&scene, "no rule of role any");
        memset(ids[i]->bytes, i == 0 ? 0xFA : 0x1A, 16);
        test_verify(&scene);
        test_accepted(&scene);
    }
    rule->minimum_svn = 2;
    test_verify(&scene);
    test_refused_for(&scene, "no rule of role any");
    rule->minimum_svn = 0;
    memset(rule->signer.bytes, 0, 48); /* "none" */
    test_verify(&scene);
    test_refused_for(&scene, "no rule of role any");
    memset(report.id_key_digest, 0, sizeof report.id_key_digest);
    sign(&report);
    test_accepted(&scene);
}

#define CASE(function) cmocka_unit_test_teardown(function, tear_down)
#define GENOA(function) cmocka_unit_test_setup_teardown(function, set_up_genoa, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(accepts_every_product_and_version),
        CASE(accepts_a_vlek_unless_the_policy_does_not),
        CASE(accepts_hwid_in_both_encodings),
        CASE(refuses_milan_by_default),
        CASE(refuses_a_revoked_ask),
        GENOA(refuses_outside_of_every_window),
        GENOA(refuses_a_report_that_is_not_the_certificates),
        CASE(turin_chip_id_has_eight_bytes),
        GENOA(refuses_what_must_be_zero),
        GENOA(applies_the_guest_policy),
        GENOA(refuses_unlisted_chips),
        GENOA(applies_level_and_firmware),
        GENOA(compares_what_a_rule_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
