/* Small pieces of a simulated vendor: keys, certificates, CRLs, raw signatures. Internal to attest/sim. */
#ifndef AVO_ATTEST_SIM_SIGN_H
#define AVO_ATTEST_SIM_SIGN_H

#include "avocado/error.h"
#include "base/bytes.h"
#include <openssl/evp.h>
#include <openssl/x509.h>

#define AVO_SIM_DAY_S INT64_C(86400)

struct avo_sim_cert_request {
    const char *common_name;
    const char *organization;
    EVP_PKEY *subject_key;
    X509 *issuer; /* NULL: self-signed */
    EVP_PKEY *issuer_key;
    int64_t from_unix_s, until_unix_s;
    long serial;
    bool is_ca;
    const EVP_MD *digest;
    bool rsa_pss; /* AMD signs with RSA-PSS */
    struct avo_sim_extension {
        const char *oid;
        struct avo_slice content;
    } extension[16]; /* the vendor's own; up to the first NULL oid */
};

/* Owned; NULL when OpenSSL fails. */
X509 *avo_sim_cert(const struct avo_sim_cert_request *request);
struct avo_sim_crl_request {
    X509 *issuer; /* whose name it carries */
    EVP_PKEY *issuer_key;
    const EVP_MD *digest;
    bool rsa_pss;
    int64_t from_unix_s, until_unix_s;
    const long *revoked; /* serials; negative ends the list */
    bool delta;          /* a list of changes to an earlier one */
    bool partial;        /* for certificates of users alone */
};

/* A CRL in DER; owned bytes from OPENSSL_malloc, NULL when OpenSSL fails. */
uint8_t *avo_sim_crl(const struct avo_sim_crl_request *request, size_t *length);
/* r||s, big-endian, of `half` bytes each. */
AVO_MUST_USE bool avo_sim_sign_raw(EVP_PKEY *key, const EVP_MD *digest, struct avo_slice bytes, uint8_t *out, size_t half);
/* x||y of a P-256 key. */
AVO_MUST_USE bool avo_sim_point(EVP_PKEY *key, uint8_t out[64]);
/* "YYYYMMDDHHMMSSZ" into an ASN.1 time. */
AVO_MUST_USE bool avo_sim_set_time(ASN1_TIME *time, int64_t unix_s);

/* The DER of Intel's SGX extension for this platform; `out` holds 1024 bytes. Returns its length. */
struct avo_sim_options;
size_t avo_sim_pck_extension(const struct avo_sim_options *options, uint8_t out[1024]);

#endif
