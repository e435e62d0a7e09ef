/* Intel's certificates and CRLs in roles that Intel does not give them, though every signature is right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/testing/forge.h"
#include "attest/x509/chain.h"

static struct test_scene scene;
static struct avo_sim_collateral fresh;
static struct avo_collateral collateral;
static struct test_forge forge;

static int set_up(void **state) {
    (void)state;
    assert_true(test_scene_sgx(&scene));
    assert_int_equal(avo_sim_collateral_make(scene.platform, &scene.statement, &fresh), AVO_OK);
    collateral = fresh.view;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    avo_sim_collateral_free(&fresh);
    test_scene_close(&scene);
    test_forge_free(&forge);
    return 0;
}

#define CHAIN(...) TEST_CHAIN(&forge, __VA_ARGS__)

static X509 *certificate(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key, bool pck) {
    uint8_t extension[1024];
    struct avo_sim_cert_request request = {.common_name = name,
                                           .organization = "Avocado simulated CPU (not Intel)",
                                           .subject_key = key,
                                           .issuer = issuer,
                                           .issuer_key = issuer_key,
                                           .from_unix_s = TEST_NOW - TEST_DAY,
                                           .until_unix_s = TEST_NOW + 365 * TEST_DAY,
                                           .serial = 77,
                                           .digest = EVP_sha256()};
    if (pck) {
        size_t length = avo_sim_pck_extension(&scene.platform->options, extension);
        request.extension[0].oid = "1.2.840.113741.1.13.1";
        request.extension[0].content = avo_slice(extension, length);
    }
    X509 *cert = avo_sim_cert(&request);
    assert_non_null(cert);
    return cert;
}

#define CRL(...) test_forge_crl(&forge, (struct avo_sim_crl_request){.digest = EVP_sha256(), __VA_ARGS__})

static void refuses_tcb_signing_by_the_pck_ca(void **state) {
    (void)state;
    const struct avo_sim_platform *p = scene.platform;
    X509 *signing = certificate("Simulated SGX TCB Signing", p->signing_key, p->ca, p->ca_key, false);
    collateral.tcb_chain = CHAIN(signing, p->ca, p->root);
    test_verify_with(&scene, &collateral);
    test_refused_for(&scene, "is issued by \"Simulated SGX PCK Platform CA\" instead of the root");
    collateral.tcb_chain = fresh.view.tcb_chain;
    collateral.qe_chain = CHAIN(signing, p->ca, p->root);
    test_verify_with(&scene, &collateral);
    test_refused_for(&scene, "QE identity issuer chain");
    X509_free(signing);
}

/* However long a path is given, no more certificates of it are kept than a vendor's has. */
static void refuses_long_paths(void **state) {
    (void)state;
    const struct avo_sim_platform *p = scene.platform;
    X509 *cas[3] = {NULL};
    for (size_t i = 0; i < AVO_COUNT(cas); i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "Simulated CA %zu", i);
        const struct avo_sim_cert_request request = {.common_name = name,
                                                     .organization = "Avocado simulated CPU (not Intel)",
                                                     .subject_key = p->ca_key,
                                                     .issuer = i == 0 ? p->root : cas[i - 1],
                                                     .issuer_key = i == 0 ? p->root_key : p->ca_key,
                                                     .from_unix_s = TEST_NOW - TEST_DAY,
                                                     .until_unix_s = TEST_NOW + 365 * TEST_DAY,
                                                     .serial = 90 + (long)i,
                                                     .is_ca = true,
                                                     .digest = EVP_sha256()};
        cas[i] = avo_sim_cert(&request);
        assert_non_null(cas[i]);
    }
    X509 *signing = certificate("Simulated SGX TCB Signing", p->signing_key, cas[2], p->ca_key, false);
    struct avo_certs others = {.cert = {cas[0], cas[1], cas[2], p->root}, .count = 4};
    struct avo_chain_input input = {
        .what = "chain", .renew = "", .leaf = signing, .others = &others, .now_unix_s = TEST_NOW, .roots = &scene.roots};
    struct avo_path path;
    struct avo_reason reason;
    assert_int_equal(avo_chain_verify(&input, &path, &reason), AVO_EAUTH);
    assert_non_null(strstr(reason.text, "a path of 5 certificates"));
    assert_int_equal(path.count, 0);
    input.leaf = cas[2];
    assert_int_equal(avo_chain_verify(&input, &path, &reason), AVO_OK);
    assert_int_equal(path.count, 4);
    assert_ptr_equal(path.cert[0], cas[2]);
    assert_ptr_equal(path.cert[3], p->root);
    input.leaf = p->root;
    assert_int_equal(avo_chain_verify(&input, &path, &reason), AVO_EAUTH);
    X509_free(signing);
    for (size_t i = 0; i < AVO_COUNT(cas); i++) {
        X509_free(cas[i]);
    }
}

static void refuses_a_pck_by_the_root(void **state) {
    (void)state;
    struct avo_sim_platform *p = scene.platform;
    struct avo_sgx_report report = test_sgx_report();
    X509_free(p->pck);
    p->pck = certificate("Simulated SGX PCK Certificate", p->pck_key, p->root, p->root_key, true);
    assert_true(test_quote_sgx(&scene, &report));
    collateral.pck_crl = collateral.root_crl;
    test_verify_with(&scene, &collateral);
    test_refused_for(&scene, "the PCK certificate is issued by \"Simulated SGX Root CA\" instead of a PCK CA");
}

/* A CA of the root's under another name is not one of the two that issue PCK certificates. */
static void refuses_a_pck_by_another_ca(void **state) {
    (void)state;
    struct avo_sim_platform *p = scene.platform;
    struct avo_sgx_report report = test_sgx_report();
    struct avo_sim_cert_request request = {.common_name = "Simulated SGX Other CA",
                                           .organization = "Avocado simulated CPU (not Intel)",
                                           .subject_key = p->ca_key,
                                           .issuer = p->root,
                                           .issuer_key = p->root_key,
                                           .from_unix_s = TEST_NOW - TEST_DAY,
                                           .until_unix_s = TEST_NOW + 365 * TEST_DAY,
                                           .serial = 78,
                                           .is_ca = true,
                                           .digest = EVP_sha256()};
    X509_free(p->ca);
    p->ca = avo_sim_cert(&request);
    assert_non_null(p->ca);
    X509_free(p->pck);
    p->pck = certificate("Simulated SGX PCK Certificate", p->pck_key, p->ca, p->ca_key, true);
    assert_true(test_quote_sgx(&scene, &report));
    collateral.pck_crl = CRL(.issuer = p->ca, .issuer_key = p->ca_key);
    test_verify_with(&scene, &collateral);
    test_refused_for(&scene, "the PCK certificate is issued by \"Simulated SGX Other CA\" instead of a PCK CA");
}

static void refuses_two_signers_of_collateral(void **state) {
    (void)state;
    const struct avo_sim_platform *p = scene.platform;
    X509 *other = certificate("Made-up SGX TCB Signing", p->signing_key, p->root, p->root_key, false);
    X509 *same_name = certificate("Simulated SGX TCB Signing", p->signing_key, p->root, p->root_key, false);
    collateral.tcb_chain = CHAIN(other, p->signing, p->root);
    test_verify_with(&scene, &collateral);
    test_refused_for(&scene, "none, or several, of it are \"SGX TCB Signing\"");
    collateral.tcb_chain = CHAIN(same_name, p->signing, p->root);
    test_verify_with(&scene, &collateral);
    test_refused_for(&scene, "none, or several, of it are \"SGX TCB Signing\"");
    collateral.tcb_chain = CHAIN(p->signing, p->signing, p->root, p->root);
    test_verify_with(&scene, &collateral);
    test_accepted(&scene);
    X509_free(other);
    X509_free(same_name);
}

static void refuses_crls_that_are_not_whole(void **state) {
    (void)state;
    const struct avo_sim_platform *p = scene.platform;
    for (int partial = 0; partial < 2; partial++) {
        collateral.pck_crl = CRL(.issuer = p->ca, .issuer_key = p->ca_key, .delta = !partial, .partial = partial);
        test_verify_with(&scene, &collateral);
        test_refused_for(&scene, "PCK CRL: a delta CRL");
        collateral.pck_crl = fresh.view.pck_crl;
        collateral.root_crl = CRL(.issuer = p->root, .issuer_key = p->root_key, .delta = !partial, .partial = partial);
        test_verify_with(&scene, &collateral);
        test_refused_for(&scene, "root CRL: a delta CRL");
        collateral.root_crl = fresh.view.root_crl;
    }
    collateral.pck_crl = CRL(.issuer = p->ca, .issuer_key = p->ca_key);
    test_verify_with(&scene, &collateral);
    test_accepted(&scene);
}

/* Right name, wrong key: the CRL must be by the very CA of the path. */
static void refuses_a_crl_by_another_key(void **state) {
    (void)state;
    const struct avo_sim_platform *p = scene.platform;
    collateral.pck_crl = CRL(.issuer = p->ca, .issuer_key = p->signing_key);
    test_verify_with(&scene, &collateral);
    test_refused_for(&scene, "CRL signature failure");
    collateral.pck_crl = CRL(.issuer = p->root, .issuer_key = p->root_key);
    test_verify_with(&scene, &collateral);
    test_refused_for(&scene, "has no CRL by \"Simulated SGX PCK Platform CA\"");
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(refuses_tcb_signing_by_the_pck_ca), CASE(refuses_long_paths),
        CASE(refuses_a_pck_by_the_root),         CASE(refuses_a_pck_by_another_ca),
        CASE(refuses_two_signers_of_collateral), CASE(refuses_crls_that_are_not_whole),
        CASE(refuses_a_crl_by_another_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
