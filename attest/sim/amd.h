/* A simulated AMD vendor and chip, for tests: ARK, ASK or ASVK, VCEK or VLEK, SNP reports of every version, a CRL. */
#ifndef AVO_ATTEST_SIM_AMD_H
#define AVO_ATTEST_SIM_AMD_H

#include "attest/policy/policy.h"
#include "attest/verify/collateral.h"
#include "attest/verify/evidence.h"
#include <openssl/x509.h>

struct avo_sim_amd_options {
    enum avo_snp_product product;
    bool vlek;
    uint8_t tcb[8];      /* in the report's order of this product */
    uint8_t chip_id[64]; /* Turin: 8 bytes, then zeros; VLEK: zeros */
    int64_t now_unix_s;  /* certificates from a day before, for 7 years; the CRL for 30 days */
    bool revoke_ask;
    bool octet_hwid; /* HWID as an OCTET STRING instead of raw */
};

struct avo_sim_amd_options avo_sim_amd_options_default(enum avo_snp_product product, int64_t now_unix_s);

struct avo_sim_amd {
    struct avo_sim_amd_options options;
    EVP_PKEY *ark_key, *ask_key, *vek_key; /* RSA (2048 for speed), RSA, P-384 */
    X509 *ark, *ask, *vek;
    uint8_t bytes[16384]; /* what `view` points into */
    struct avo_collateral view;
};

/* Owned; NULL when OpenSSL fails. */
struct avo_sim_amd *avo_sim_amd_create(const struct avo_sim_amd_options *options);
/* Another chip of the same vendor and product: a certificate and key of its own, all else shared. Owned; NULL when OpenSSL fails.
 */
struct avo_sim_amd *avo_sim_amd_sibling(const struct avo_sim_amd *amd, const uint8_t chip_id[64]);
void avo_sim_amd_free(struct avo_sim_amd *amd);
/* The ARK as PEM, terminated. */
AVO_MUST_USE enum avo_error avo_sim_amd_root_pem(const struct avo_sim_amd *amd, char *out, size_t capacity);

/* A report that production accepts: no debug, VMPL 0, committed firmware. */
struct avo_snp_report avo_sim_amd_report_default(const struct avo_sim_amd *amd, uint32_t version);
/* Encodes and signs `report`. */
AVO_MUST_USE enum avo_error avo_sim_amd_report(const struct avo_sim_amd *amd, const struct avo_snp_report *report,
                                               uint8_t out[AVO_SNP_REPORT_BYTES]);

#endif
