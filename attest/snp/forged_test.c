/* AMD collateral made by its supplier: certificates under AMD's names, and CRLs that are not by the ARK of the path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/testing/forge.h"

static struct test_scene scene; /* the true vendor; its CRL revokes the ASK unless a test says otherwise */
static struct avo_sim_amd *forger;
static struct avo_collateral collateral;
static struct test_forge forge;

static void open_scene(bool revoke_ask) {
    struct avo_sim_amd_options options = avo_sim_amd_options_default(AVO_SNP_GENOA, TEST_NOW);
    options.revoke_ask = revoke_ask;
    assert_true(test_scene_snp(&scene, &options, 5));
    options.revoke_ask = false;
    forger = avo_sim_amd_create(&options);
    assert_non_null(forger);
    collateral = scene.amd->view;
}

static int set_up(void **state) {
    (void)state;
    open_scene(true);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    test_scene_close(&scene);
    avo_sim_amd_free(forger);
    forger = NULL;
    test_forge_free(&forge);
    return 0;
}

#define CHAIN(...) TEST_CHAIN(&forge, __VA_ARGS__)

#define CRL(...) test_forge_crl(&forge, (struct avo_sim_crl_request){.digest = EVP_sha384(), .rsa_pss = true, __VA_ARGS__})

/* A certificate "SEV-Genoa" that says it is by the true ARK, with another serial than the revoked one and the forger's key;
 * expired, so that a path is built past it. */
static X509 *made_up_ask(void) {
    const struct avo_sim_cert_request request = {.common_name = "SEV-Genoa",
                                                 .organization = "Avocado simulated AMD (not AMD)",
                                                 .subject_key = forger->ask_key,
                                                 .issuer = scene.amd->ark,
                                                 .issuer_key = forger->ark_key,
                                                 .from_unix_s = TEST_NOW - 3 * TEST_DAY,
                                                 .until_unix_s = TEST_NOW - TEST_DAY,
                                                 .serial = 99,
                                                 .is_ca = true,
                                                 .digest = EVP_sha384(),
                                                 .rsa_pss = true};
    X509 *cert = avo_sim_cert(&request);
    assert_non_null(cert);
    return cert;
}

static void verify_refused(const char *phrase) {
    test_verify_with(&scene, &collateral);
    assert_false(scene.result.claims.revocation_checked);
    test_refused_for(&scene, phrase);
}

static void a_revoked_ask_is_refused_as_given(void **state) {
    (void)state;
    test_verify_with(&scene, &collateral);
    test_refused_for(&scene, "\"SEV-Genoa\" is revoked");
}

/* Its empty CRL must not stand for the true one's. */
static void refuses_a_made_up_ark_put_first(void **state) {
    (void)state;
    collateral.vek_chain = CHAIN(forger->ark, scene.amd->ask, scene.amd->ark);
    collateral.amd_crl = forger->view.amd_crl;
    verify_refused("two different certificates named \"ARK-Genoa\"");
    collateral.vek_chain = CHAIN(scene.amd->ask, scene.amd->ark, forger->ark);
    verify_refused("two different certificates named \"ARK-Genoa\"");
    collateral.vek_chain = CHAIN(scene.amd->ask, scene.amd->ark);
    verify_refused("not signed by \"ARK-Genoa\"");
}

/* Neither hides the serial that is revoked. */
static void refuses_a_made_up_ask_before_the_revoked_one(void **state) {
    (void)state;
    X509 *ask = made_up_ask();
    collateral.vek_chain = CHAIN(ask, scene.amd->ask, scene.amd->ark);
    verify_refused("two different certificates named \"SEV-Genoa\"");
    collateral.vek_chain = CHAIN(scene.amd->ask, ask, scene.amd->ark);
    verify_refused("two different certificates named \"SEV-Genoa\"");
    collateral.vek_chain = CHAIN(ask, scene.amd->ark);
    verify_refused("\"SEV-Genoa\"");
    X509_free(ask);
}

/* AMD's list of revoked ASKs is the ARK's; one by an ASK, true or made up, says nothing about an ASK. */
static void refuses_a_crl_by_an_ask(void **state) {
    (void)state;
    X509 *ask = made_up_ask();
    collateral.vek_chain = CHAIN(ask, scene.amd->ask, scene.amd->ark);
    collateral.amd_crl = CRL(.issuer = ask, .issuer_key = forger->ask_key);
    verify_refused("two different certificates named \"SEV-Genoa\"");
    collateral.vek_chain = CHAIN(scene.amd->ask, scene.amd->ark);
    verify_refused("CRL: by \"SEV-Genoa\" instead of \"ARK-Genoa\"");
    collateral.amd_crl = CRL(.issuer = scene.amd->ask, .issuer_key = scene.amd->ask_key);
    verify_refused("CRL: by \"SEV-Genoa\" instead of \"ARK-Genoa\"");
    collateral.amd_crl = CRL(.issuer = scene.amd->ask, .issuer_key = scene.amd->ark_key);
    verify_refused("CRL: by \"SEV-Genoa\" instead of \"ARK-Genoa\"");
    X509_free(ask);
}

/* What lists changes, or some of the certificates, is silent about the ASK that it leaves out. */
static void refuses_a_crl_that_is_not_whole(void **state) {
    (void)state;
    collateral.amd_crl = CRL(.issuer = scene.amd->ark, .issuer_key = scene.amd->ark_key, .delta = true);
    verify_refused("AMD CRL: a delta CRL, or one for some certificates only");
    collateral.amd_crl = CRL(.issuer = scene.amd->ark, .issuer_key = scene.amd->ark_key, .partial = true);
    verify_refused("AMD CRL: a delta CRL, or one for some certificates only");
    collateral.amd_crl = CRL(.issuer = scene.amd->ark, .issuer_key = scene.amd->ark_key);
    test_verify_with(&scene, &collateral);
    test_accepted(&scene);
    assert_true(scene.result.claims.revocation_checked);
}

static void the_same_certificate_twice_does_no_harm(void **state) {
    (void)state;
    test_scene_close(&scene);
    avo_sim_amd_free(forger);
    open_scene(false);
    collateral.vek_chain = CHAIN(scene.amd->ark, scene.amd->ask, scene.amd->ark, scene.amd->ask);
    test_verify_with(&scene, &collateral);
    test_accepted(&scene);
}

/* One chain.pem for both vendors and several products: the path decides, not who stands first. */
static void the_path_is_found_among_others(void **state) {
    (void)state;
    struct avo_sim_amd_options options = avo_sim_amd_options_default(AVO_SNP_TURIN, TEST_NOW);
    struct avo_sim_amd *turin = avo_sim_amd_create(&options);
    struct avo_reason reason;
    assert_non_null(turin);
    test_scene_close(&scene);
    avo_sim_amd_free(forger);
    open_scene(false);
    assert_int_equal(avo_roots_add(&scene.roots, turin->view.vek_chain, AVO_ROOT_GIVEN, &reason), AVO_EFORMAT); /* the ASK */
    assert_int_equal(avo_roots_add(&scene.roots, CHAIN(turin->ark), AVO_ROOT_GIVEN, &reason), AVO_OK);
    collateral.vek_chain = CHAIN(turin->ark, turin->ask, scene.amd->ark, scene.amd->ask);
    test_verify_with(&scene, &collateral);
    test_accepted(&scene);
    assert_string_equal(scene.result.claims.root, "ARK-Genoa");
    collateral.vek = turin->view.vek;
    verify_refused("CRL: by \"ARK-Genoa\" instead of \"ARK-Turin\"");
    collateral.amd_crl = turin->view.amd_crl;
    test_verify_with(&scene, &collateral);
    test_refused_for(&scene, "the certificate is for Turin");
    avo_sim_amd_free(turin);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(a_revoked_ask_is_refused_as_given),
        CASE(refuses_a_made_up_ark_put_first),
        CASE(refuses_a_made_up_ask_before_the_revoked_one),
        CASE(refuses_a_crl_by_an_ask),
        CASE(refuses_a_crl_that_is_not_whole),
        CASE(the_same_certificate_twice_does_no_harm),
        CASE(the_path_is_found_among_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
