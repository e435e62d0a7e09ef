/* The small parsers: dates, DER, PCK extension, signed JSON, canonical PEM, quote lengths, and vendors' samples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/dcap/pck.h"
#include "attest/dcap/qe_identity.h"
#include "attest/sim/sign.h"
#include "attest/snp/vek.h"
#include "attest/testing/checks.h"
#include "attest/testing/vectors.h"
#include "attest/verify/bundle.h"
#include "attest/verify/load.h"
#include "attest/verify/parse.h"
#include "attest/x509/chain.h"
#include "attest/x509/clock.h"
#include "attest/x509/der.h"
#include <dirent.h>
#include <stdlib.h>

static const char *vectors;
static struct test_scene scene;

static void dates_are_rfc3339(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "2025",
                                      "2025-07-01",
                                      "2025-07-01T00:00:00",
                                      "2025-13-01T00:00:00Z",
                                      "2025-06-31T00:00:00Z",
                                      "2025-07-01T24:00:00Z",
                                      "2025-07-01T00:00:00Zx",
                                      "2025-07-01T00:00:00+0200",
                                      "2025-07-01T00:00:00.Z"};
    char text[AVO_DATE_BYTES];
    int64_t unix_s = 0;
    assert_int_equal(avo_date_parse(avo_slice_string("2025-07-01T00:00:00Z"), &unix_s), AVO_OK);
    assert_int_equal(unix_s, 1751328000);
    avo_date_format(unix_s, text);
    assert_string_equal(text, "2025-07-01T00:00:00Z");
    assert_int_equal(avo_date_parse(avo_slice_string("2025-07-01T02:30:00.123+02:30"), &unix_s), AVO_OK);
    assert_int_equal(unix_s, 1751328000);
    for (size_t i = 0; i < AVO_COUNT(bad); i++) {
        assert_int_equal(avo_date_parse(avo_slice_string(bad[i]), &unix_s), AVO_EFORMAT);
    }
}

static bool number_is(const char *bytes, size_t length, uint32_t value) {
    struct avo_reader reader = avo_reader(avo_slice(bytes, length));
    uint32_t read = avo_der_read_number(&reader, AVO_DER_INTEGER, 70000);
    return avo_reader_done(&reader) && read == value;
}

static void der_is_strict(void **state) {
    (void)state;
    assert_true(number_is("\x02\x01\x05", 3, 5));
    assert_true(number_is("\x02\x02\x00\x80", 4, 128));
    assert_false(number_is("\x02\x02\x00\x05", 4, 5));          /* padded */
    assert_false(number_is("\x02\x81\x01\x05", 4, 5));          /* long length for a short one */
    assert_false(number_is("\x02\x01\x80", 3, 128));            /* negative */
    assert_false(number_is("\x02\x00", 2, 0));                  /* empty */
    assert_false(number_is("\x03\x01\x05", 3, 5));              /* another tag */
    assert_false(number_is("\x02\x02\x05", 3, 5));              /* beyond the end */
    assert_false(number_is("\x02\x03\x02\x00\x00", 5, 131072)); /* beyond the maximum */
}

static void pck_extension_must_be_whole(void **state) {
    (void)state;
    struct avo_sim_options options = avo_sim_options_default(TEST_NOW);
    struct avo_pck pck;
    uint8_t bytes[1024];
    options.smt_enabled = true;
    size_t length = avo_sim_pck_extension(&options, bytes);
    assert_int_equal(avo_pck_parse(avo_slice(bytes, length), &pck), AVO_OK);
    assert_memory_equal(pck.fmspc, options.fmspc, 6);
    assert_memory_equal(pck.component_svn, options.component_svn, 16);
    assert_int_equal(pck.pce_svn, 13);
    assert_true(pck.smt_enabled);
    assert_true(pck.has_platform);
    for (size_t i = 0; i < length; i++) {
        assert_int_equal(avo_pck_parse(avo_slice(bytes, i), &pck), AVO_EFORMAT);
    }
    bytes[length] = 0;
    assert_int_equal(avo_pck_parse(avo_slice(bytes, length + 1), &pck), AVO_EFORMAT);
}

struct split_case {
    const char *text;
    bool splits;
};

static void signed_json_is_taken_raw(void **state) {
    (void)state;
#define SIGNATURE "\"signature\":\"" HEX64 HEX64 "\""
#define HEX64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
    static const struct split_case cases[] = {
        {"{\"tcbInfo\":{ \"a\" : 1 }," SIGNATURE "}", true},
        {" {" SIGNATURE ", \"tcbInfo\" :{ \"a\" : 1 } } ", true},
        {"{\"tcbInfo\":{ \"a\" : 1 }}", false},
        {"{" SIGNATURE "}", false},
        {"{\"tcbInfo\":{ \"a\" : 1 }," SIGNATURE ",}", false},
        {"{\"tcbInfo\":{ \"a\" : 1 }," SIGNATURE "} x", false},
        {"{\"tcbInfo\":{ \"a\" : 1 },\"tcbInfo\":{ \"a\" : 1 }," SIGNATURE "}", false},
        {"{\"tcbInfo\":{ \"a\" : 1 }," SIGNATURE ",\"more\":1}", false},
        {"{\"tcbInfo\":7," SIGNATURE "}", false},
        {"{\"tcbInfo\":{ \"a\" : 1 },\"signature\":\"00\"}", false},
        {"{\"tcbInfo\":{ \"a\" : 1, \"a\" : 1 }," SIGNATURE "}", false},
        {"", false},
        {"[]", false},
    };
    for (size_t i = 0; i < AVO_COUNT(cases); i++) {
        struct avo_signed_json json;
        struct avo_reason reason;
        enum avo_error error =
            avo_collateral_split(avo_slice_string(cases[i].text), AVO_SLICE_EMPTY, "tcbInfo", "TCB info", &json, &reason);
        assert_int_equal(error == AVO_OK, cases[i].splits);
        if (cases[i].splits) {
            assert_true(avo_slice_equal(json.object, avo_slice_string("{ \"a\" : 1 }")));
            assert_int_equal(json.signature[63], 0xFF);
        }
    }
}

static void a_bundle_comes_back_as_it_was(void **state) {
    (void)state;
    struct avo_sim_collateral made;
    struct avo_collateral_owned read;
    struct avo_reason reason;
    assert_true(test_scene_sgx(&scene));
    assert_int_equal(avo_sim_collateral_make(scene.platform, &scene.statement, &made), AVO_OK);
    char *text = avo_collateral_to_json(&made.view, &reason);
    assert_non_null(text);
    assert_int_equal(avo_collateral_from_json(avo_slice_string(text), &read, &reason), AVO_OK);
    test_verify_with(&scene, &read.view);
    test_accepted(&scene);
    assert_true(avo_slice_equal(read.view.root_crl, made.view.root_crl));
    free(text);
    avo_collateral_free(&read);
    avo_sim_collateral_free(&made);
    test_scene_close(&scene);
}

/* The certification data of the scene's quote, which ends with a NUL. */
static struct avo_slice chain_of_scene(void) {
    struct avo_evidence evidence;
    struct avo_reason reason;
    assert_int_equal(avo_evidence_parse(avo_slice(scene.evidence, scene.evidence_length), &evidence, &reason), AVO_OK);
    return evidence.quote.certification_data;
}

static void pem_must_be_canonical(void **state) {
    (void)state;
    struct avo_certs certs;
    struct avo_certs original;
    struct avo_reason reason;
    assert_true(test_scene_sgx(&scene));
    struct avo_slice chain = chain_of_scene();
    assert_int_equal(avo_certs_from_canonical_pem(chain, "chain", &original, &reason), AVO_OK);
    assert_int_equal(original.count, 3);
    uint8_t *copy = malloc(chain.length + 1);
    assert_non_null(copy);
    for (size_t i = 0; i + 1 < chain.length; i++) {
        for (unsigned bit = i % 4; bit < 8; bit += 4) {
            memcpy(copy, chain.data, chain.length);
            copy[i] ^= (uint8_t)(1u << bit);
            enum avo_error error = avo_certs_from_canonical_pem(avo_slice(copy, chain.length), "chain", &certs, &reason);
            if (error == AVO_OK) { /* another certificate then, in canonical form: for the signatures to refuse */
                assert_false(certs.count == original.count && X509_cmp(certs.cert[0], original.cert[0]) == 0 &&
                             X509_cmp(certs.cert[1], original.cert[1]) == 0 && X509_cmp(certs.cert[2], original.cert[2]) == 0);
                avo_certs_free(&certs);
            }
        }
    }
    memcpy(copy, chain.data, chain.length);
    memmove(copy + 1, copy, chain.length);
    copy[0] = '\n';
    assert_int_equal(avo_certs_from_canonical_pem(avo_slice(copy, chain.length + 1), "chain", &certs, &reason), AVO_EFORMAT);
    free(copy);
    avo_certs_free(&original);
    test_scene_close(&scene);
}

/* Two bits of every byte (all of them over four bytes in a row), through the whole verifier; and every shorter length. */
static void no_bit_and_no_length_of_a_quote_is_free(void **state) {
    (void)state;
    struct avo_sim_collateral collateral;
    assert_true(test_scene_sgx(&scene));
    assert_int_equal(avo_sim_collateral_make(scene.platform, &scene.statement, &collateral), AVO_OK);
    size_t length = scene.evidence_length;
    for (size_t i = 0; i < length; i++) {
        for (unsigned bit = i % 4; bit < 8; bit += 4) {
            scene.evidence[i] ^= (uint8_t)(1u << bit);
            test_verify_with(&scene, &collateral.view);
            assert_false(scene.result.valid);
            scene.evidence[i] ^= (uint8_t)(1u << bit);
        }
    }
    for (scene.evidence_length = 0; scene.evidence_length < length; scene.evidence_length++) {
        test_verify_with(&scene, &collateral.view);
        assert_false(scene.result.valid);
    }
    scene.evidence[length] = 0;
    scene.evidence_length = length + 1;
    test_verify_with(&scene, &collateral.view);
    test_accepted(&scene); /* zero padding is legal */
    scene.evidence[length] = 1;
    test_verify_with(&scene, &collateral.view);
    test_refused_for(&scene, "quote tail");
    avo_sim_collateral_free(&collateral);
    test_scene_close(&scene);
}

static struct avo_buffer read_vector(const char *name) {
    char path[4096];
    struct avo_buffer bytes;
    struct avo_reason reason;
    (void)snprintf(path, sizeof path, "%s/%s", vectors, name);
    assert_int_equal(avo_file_read(path, &bytes, &reason), AVO_OK);
    return bytes;
}

/* Open Enclave's schema negatives: each file without one member. Their signatures are placeholders. */
static void incomplete_qe_identities_are_refused(void **state) {
    (void)state;
    char path[4096];
    size_t missing = 0;
    (void)snprintf(path, sizeof path, "%s/openenclave/qeidentity_v2", vectors);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char name[300];
        struct avo_signed_json json;
        struct avo_qe_identity identity = {0};
        struct avo_reason reason = {""};
        if (strstr(entry->d_name, ".json") == NULL || strstr(entry->d_name, "qve") != NULL) {
            continue;
        }
        (void)snprintf(name, sizeof name, "openenclave/qeidentity_v2/%s", entry->d_name);
        struct avo_buffer text = read_vector(name);
        enum avo_error error =
            avo_collateral_split(avo_buffer_slice(&text), AVO_SLICE_EMPTY, "enclaveIdentity", "QE identity", &json, &reason);
        error = error != AVO_OK ? error : avo_qe_identity_parse(json.object, &identity, &reason);
        bool bad = strstr(entry->d_name, "_missing_") != NULL;
        printf("    %s: %s\n", entry->d_name, error == AVO_OK ? "parses" : reason.text);
        assert_int_equal(error != AVO_OK, bad);
        missing += bad;
        avo_qe_identity_free(&identity);
        free(text.data);
    }
    (void)closedir(folder);
    assert_int_equal(missing, 17);
}

/* Intel's own sample: a PKI of its own, TCB info version 2, the PCK certificate beside the quote. */
static void intels_sample_verifies_under_its_own_root(void **state) {
    (void)state;
    struct avo_buffer quote = read_vector("intel-qvl-sgx/quote.dat");
    struct avo_buffer tcb = read_vector("intel-qvl-sgx/tcbInfo.json");
    struct avo_buffer qe = read_vector("intel-qvl-sgx/qeIdentity.json");
    struct avo_buffer chain = read_vector("intel-qvl-sgx/tcbSignChain.pem");
    struct avo_buffer root_crl = read_vector("intel-qvl-sgx/rootCaCrl.der");
    struct avo_buffer pck_crl = read_vector("intel-qvl-sgx/intermediateCaCrl.der");
    struct avo_buffer root = read_vector("intel-qvl-sgx/trustedRootCaCert.pem");
    struct avo_buffer leaf = read_vector("intel-qvl-sgx/pckCert.pem");
    struct avo_buffer issuers = read_vector("intel-qvl-sgx/pckSignChain.pem");
    char pck[8192];
    (void)snprintf(pck, sizeof pck, "%s%s", (const char *)leaf.data, (const char *)issuers.data);
    struct avo_collateral collateral = {.tcb_info = avo_buffer_slice(&tcb),
                                        .qe_identity = avo_buffer_slice(&qe),
                                        .tcb_chain = avo_buffer_slice(&chain),
                                        .root_crl = avo_buffer_slice(&root_crl),
                                        .pck_crl = avo_buffer_slice(&pck_crl),
                                        .pck_chain = avo_slice_string(pck)};
    struct avo_reason reason;
    memset(&scene, 0, sizeof scene);
    memcpy(scene.evidence, quote.data, quote.length);
    scene.evidence_length = quote.length;
    scene.policy = avo_policy_default_production();
    scene.roots = avo_roots_vendor();
    scene.now_unix_s = INT64_C(1704067200); /* 2024-01-01 */
    test_verify_with(&scene, &collateral);
    assert_false(scene.result.valid);
    assert_int_equal(avo_roots_add(&scene.roots, avo_buffer_slice(&root), AVO_ROOT_GIVEN, &reason), AVO_OK);
    test_verify_with(&scene, &collateral);
    assert_true(scene.result.valid);
    assert_int_equal(scene.result.status, AVO_TCB_UP_TO_DATE);
    test_refused_for(&scene, "attributes"); /* the sample's report is all zero, so not even initialised */
    scene.now_unix_s = INT64_C(1788998400); /* 2026-09-10 */
    test_verify_with(&scene, &collateral);
    test_refused_for(&scene, "expired 2026-09-05");
    struct avo_buffer *const all[] = {&quote, &tcb, &qe, &chain, &root_crl, &pck_crl, &root, &leaf, &issuers};
    for (size_t i = 0; i < AVO_COUNT(all); i++) {
        free(all[i]->data);
    }
}

/* There is no Turin report among the vectors, but its certificate. */
static void a_real_turin_certificate_is_read(void **state) {
    (void)state;
    struct avo_buffer der = read_vector("virtee-sev/vcek_turin.der");
    X509 *cert = avo_cert_from_der(avo_buffer_slice(&der));
    struct avo_vek vek;
    struct avo_reason reason;
    struct avo_slice absent;
    assert_non_null(cert);
    assert_int_equal(avo_vek_from_cert(cert, &vek, &reason), AVO_OK);
    assert_int_equal(vek.product, AVO_SNP_TURIN);
    assert_int_equal(vek.chip_id_bytes, 8);
    assert_false(vek.vlek);
    assert_false(avo_cert_extension(cert, "1.3.6.1.4.1.3704.1.3.4", &absent));
    struct avo_buffer pem = read_vector("virtee-sev/cert_chain_turin");
    struct avo_certs chain;
    struct avo_roots roots = avo_roots_vendor();
    struct avo_path path;
    assert_int_equal(avo_certs_from_pem(avo_buffer_slice(&pem), "chain", &chain, &reason), AVO_OK);
    struct avo_chain_input input = {.what = "chain", .renew = "", .leaf = cert, .others = &chain, .roots = &roots};
    input.now_unix_s = TEST_NOW;
    assert_int_equal(avo_chain_verify(&input, &path, &reason), AVO_OK);
    assert_string_equal(path.root->name, "AMD ARK-Turin");
    assert_int_equal(path.count, 3);
    input.now_unix_s = TEST_NOW + 7 * 366 * TEST_DAY;
    assert_int_equal(avo_chain_verify(&input, &path, &reason), AVO_ESTALE);
    avo_certs_free(&chain);
    free(pem.data);
    X509_free(cert);
    free(der.data);
}

static void a_nonzero_tail_is_refused(void **state) {
    (void)state;
    struct avo_buffer quote = read_vector("go-tdx-guest/tdx_prod_quote_SPR_E4.dat");
    struct avo_evidence evidence;
    struct avo_reason reason;
    assert_int_equal(avo_evidence_parse(avo_buffer_slice(&quote), &evidence, &reason), AVO_EFORMAT);
    assert_non_null(strstr(reason.text, "quote tail"));
    free(quote.data);
}

static const struct CMUnitTest own_tests[] = {
    cmocka_unit_test(dates_are_rfc3339),
    cmocka_unit_test(der_is_strict),
    cmocka_unit_test(pck_extension_must_be_whole),
    cmocka_unit_test(signed_json_is_taken_raw),
    cmocka_unit_test(a_bundle_comes_back_as_it_was),
    cmocka_unit_test(pem_must_be_canonical),
    cmocka_unit_test(no_bit_and_no_length_of_a_quote_is_free),
};

static const struct CMUnitTest vector_tests[] = {
    cmocka_unit_test(incomplete_qe_identities_are_refused),
    cmocka_unit_test(intels_sample_verifies_under_its_own_root),
    cmocka_unit_test(a_real_turin_certificate_is_read),
    cmocka_unit_test(a_nonzero_tail_is_refused),
};

/* With the argument "published": those that need vectors, and nothing else. */
int main(int argc, char **argv) {
    if (argc == 1) {
        return cmocka_run_group_tests_name("parse", own_tests, NULL, NULL);
    }
    assert_string_equal(argv[1], "published");
    vectors = test_vectors();
    return vectors == NULL ? TEST_SKIPPED : cmocka_run_group_tests_name("parse_vectors", vector_tests, NULL, NULL);
}
