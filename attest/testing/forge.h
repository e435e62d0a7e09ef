/* Certificates' texts and CRLs that a vendor would not make; to be included after cmocka.h. */
#ifndef AVO_ATTEST_TEST_FORGE_H
#define AVO_ATTEST_TEST_FORGE_H

#include "attest/sim/sign.h"
#include "attest/testing/checks.h"
#include <openssl/bio.h>
#include <openssl/pem.h>

/* What was made, until test_forge_free. */
struct test_forge {
    uint8_t *made[16];
    size_t count;
};

static inline struct avo_slice test_forge_keep(struct test_forge *forge, uint8_t *bytes, size_t length) {
    assert_non_null(bytes);
    assert_true(forge->count < AVO_COUNT(forge->made));
    forge->made[forge->count++] = bytes;
    return avo_slice(bytes, length);
}

static inline void test_forge_free(struct test_forge *forge) {
    while (forge->count > 0) {
        OPENSSL_free(forge->made[--forge->count]);
    }
}

/* The certificates as one PEM text, in this order; NULL ends the list. */
static inline struct avo_slice test_forge_chain(struct test_forge *forge, X509 *const *certs) {
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    assert_non_null(bio);
    for (; *certs != NULL; certs++) {
        assert_int_equal(PEM_write_bio_X509(bio, *certs), 1);
    }
    size_t length = (size_t)BIO_get_mem_data(bio, &text);
    struct avo_slice chain = test_forge_keep(forge, OPENSSL_memdup(text, length), length);
    BIO_free(bio);
    return chain;
}

#define TEST_CHAIN(forge, ...) test_forge_chain(forge, (X509 *const[]){__VA_ARGS__, NULL})

/* Current, and empty unless `revoked` is given. */
static inline struct avo_slice test_forge_crl(struct test_forge *forge, struct avo_sim_crl_request request) {
    static const long nobody[] = {-1};
    size_t length = 0;
    request.from_unix_s = TEST_NOW;
    request.until_unix_s = TEST_NOW + 30 * TEST_DAY;
    request.revoked = request.revoked == NULL ? nobody : request.revoked;
    uint8_t *der = avo_sim_crl(&request, &length);
    return test_forge_keep(forge, der, length);
}

#endif
