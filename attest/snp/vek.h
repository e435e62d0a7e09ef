/* What AMD writes about a chip into its VCEK or VLEK certificate (extensions 1.3.6.1.4.1.3704.1.x). Internal to attest/. */
#ifndef AVO_ATTEST_SNP_VEK_H
#define AVO_ATTEST_SNP_VEK_H

#include "attest/policy/policy.h"
#include "attest/x509/cert.h"

struct avo_vek {
    bool vlek;
    enum avo_snp_product product;
    uint8_t tcb[8]; /* in the order of a report's TCB_VERSION of this product */
    uint8_t chip_id[64];
    size_t chip_id_bytes; /* 64; Turin 8; VLEK 0 */
};

/* "Milan", "Genoa", "Turin" or "unknown". Static storage. */
const char *avo_snp_product_name(enum avo_snp_product product);
/* A name that starts with a product's, as in "Milan-B0". */
enum avo_snp_product avo_snp_product_parse(struct avo_slice name);
/* By CPUID family and model as a report of version 3 and later has them. */
enum avo_snp_product avo_snp_product_of_cpu(uint8_t family, uint8_t model);

AVO_MUST_USE enum avo_error avo_vek_from_cert(X509 *cert, struct avo_vek *vek, struct avo_reason *reason);

/* TCB_VERSION taken apart: bootloader, tee, snp, microcode, fmc (0 before Turin). */
void avo_snp_tcb_parts(enum avo_snp_product product, const uint8_t tcb[8], uint8_t parts[5]);

#endif
