/* A simulated Intel platform: the keys, certificates and collateral that a real one has, under a root of its own.
 *
 * The bytes are those of real hardware (SGX report, DCAP quote v3, PCK certificate, TCB info v3, CRLs); only the root differs,
 * and a policy must name and allow it. Holds private keys: keep it in the simulated CPU and in tests.
 */
#ifndef AVO_ATTEST_SIM_PLATFORM_H
#define AVO_ATTEST_SIM_PLATFORM_H

#include "attest/verify/evidence.h"
#include <openssl/evp.h>
#include <openssl/x509.h>

#define AVO_SIM_STATE_BYTES_MAX 16384
#define AVO_SIM_QUOTE_BYTES_MAX 8192
#define AVO_SIM_COLLATERAL_DAYS 30

/* What the platform says about itself. avo_sim_options_default() describes one that is up to date. */
struct avo_sim_options {
    int64_t now_unix_s; /* certificates are valid from a day before; 20 years */
    uint8_t fmspc[6];
    uint8_t pce_id[2];
    uint8_t ppid[16];
    uint8_t component_svn[16];
    uint16_t pce_svn;
    uint16_t qe_svn;
    uint8_t qe_mr_signer[32];
    uint8_t qe_product_id;
    bool smt_enabled;
};

struct avo_sim_options avo_sim_options_default(int64_t now_unix_s);

struct avo_sim_platform {
    struct avo_sim_options options;
    EVP_PKEY *root_key, *ca_key, *pck_key, *signing_key, *attestation_key; /* P-256 */
    X509 *root, *ca, *pck, *signing;
    uint8_t attestation_point[64]; /* x||y */
    uint8_t auth_data[32];
};

/* A fresh platform with random keys. Owned; NULL when OpenSSL fails. */
struct avo_sim_platform *avo_sim_platform_create(const struct avo_sim_options *options);
/* Another platform under the root of `platform`: keys, certificate and PPID of its own; collateral of one is good for both. Owned;
 * NULL when OpenSSL fails. */
struct avo_sim_platform *avo_sim_platform_sibling(const struct avo_sim_platform *platform);
/* The same, of another CPU family: collateral of one is not good for the other but for what the vendor signs for all. */
struct avo_sim_platform *avo_sim_platform_relative(const struct avo_sim_platform *platform, const uint8_t fmspc[6]);
void avo_sim_platform_free(struct avo_sim_platform *platform);

/* All secrets, for a file of mode 600. AVO_ESPACE when `out` is smaller than AVO_SIM_STATE_BYTES_MAX could need. */
AVO_MUST_USE enum avo_error avo_sim_platform_save(const struct avo_sim_platform *platform, struct avo_buffer *out);
/* The inverse. Owned; NULL when `state` does not parse. */
struct avo_sim_platform *avo_sim_platform_restore(struct avo_slice state);

/* The simulated root certificate as PEM, terminated: the policy's "simulated_root". */
AVO_MUST_USE enum avo_error avo_sim_root_pem(const struct avo_sim_platform *platform, char *out, size_t capacity);

/* A DCAP quote, version 3, over an SGX report body. The caller has checked the report's MAC, as a quoting enclave does. */
AVO_MUST_USE enum avo_error avo_sim_quote_v3(const struct avo_sim_platform *platform, const uint8_t report[AVO_SGX_REPORT_BYTES],
                                             struct avo_buffer *out);

#endif
