/* The evidence formats: Intel SGX and TDX quotes (versions 3, 4, 5) and AMD SEV-SNP attestation reports (versions 2 to 5).
 *
 * Parsing checks shape and lengths only; nothing parsed here is to be believed before attest/verify/verify.h accepted it. Slices
 * borrow from the evidence bytes. Layouts: Intel SGX ECDSA QuoteGenReference, Intel TDX DCAP Quoting Library API, AMD 56860.
 */
#ifndef AVO_ATTEST_VERIFY_EVIDENCE_H
#define AVO_ATTEST_VERIFY_EVIDENCE_H

#include "attest/verify/reason.h"
#include "base/bytes.h"
#include "base/tee.h"

#define AVO_SGX_REPORT_BYTES 384
#define AVO_TD_REPORT_BYTES 584
#define AVO_TD_REPORT15_BYTES 648
#define AVO_SNP_REPORT_BYTES 1184
#define AVO_REPORT_DATA_BYTES 64
#define AVO_MEASUREMENT_BYTES_MAX 48

#define AVO_SGX_FLAG_INIT UINT64_C(0x01)
#define AVO_SGX_FLAG_DEBUG UINT64_C(0x02)
#define AVO_SGX_FLAG_MODE64 UINT64_C(0x04)
#define AVO_SGX_FLAG_PROVISION_KEY UINT64_C(0x10)
#define AVO_SGX_FLAG_EINITTOKEN_KEY UINT64_C(0x20)
#define AVO_SGX_FLAG_CET UINT64_C(0x40)
#define AVO_SGX_FLAG_KSS UINT64_C(0x80)

/* "sgx", "tdx", "snp" or "none". Static storage. */
const char *avo_tee_name(enum avo_tee tee);

/* SGX REPORTBODY (also the one of the quoting enclave inside every Intel quote). */
struct avo_sgx_report {
    uint8_t cpu_svn[16];
    uint32_t misc_select;
    uint8_t isv_ext_product_id[16];
    uint64_t flags; /* AVO_SGX_FLAG_* */
    uint64_t xfrm;
    uint8_t mr_enclave[32];
    uint8_t mr_signer[32];
    uint8_t config_id[64];
    uint16_t isv_product_id;
    uint16_t isv_svn;
    uint16_t config_svn;
    uint8_t isv_family_id[16];
    uint8_t report_data[AVO_REPORT_DATA_BYTES];
};

/* TDX TDREPORT body 1.0, and what 1.5 adds. */
struct avo_td_report {
    uint8_t tee_tcb_svn[16];
    uint8_t mr_seam[48];
    uint8_t mr_signer_seam[48];
    uint8_t seam_attributes[8];
    uint64_t td_attributes;
    uint64_t xfam;
    uint8_t mr_td[48];
    uint8_t mr_config_id[48];
    uint8_t mr_owner[48];
    uint8_t mr_owner_config[48];
    uint8_t rtmr[4][48];
    uint8_t report_data[AVO_REPORT_DATA_BYTES];
    bool has_15; /* the two fields below are there */
    uint8_t tee_tcb_svn2[16];
    uint8_t mr_service_td[48];
};

/* One Intel quote. */
struct avo_quote {
    uint16_t version;
    uint16_t attestation_key_type;
    uint32_t tee_type;
    uint16_t body_type; /* 1 SGX, 2 TD 1.0, 3 TD 1.5; for versions 3 and 4 derived from tee_type */
    uint8_t vendor_id[16];
    uint8_t user_data[20];
    struct avo_sgx_report sgx; /* when body_type is 1 */
    struct avo_td_report td;   /* when body_type is 2 or 3 */
    struct avo_slice signed_bytes;
    struct avo_slice signature;       /* 64, r||s big-endian, by attestation_key over signed_bytes */
    struct avo_slice attestation_key; /* 64, x||y */
    struct avo_slice qe_report_bytes; /* 384 */
    struct avo_sgx_report qe_report;
    struct avo_slice qe_signature; /* 64, by the PCK over qe_report_bytes */
    struct avo_slice auth_data;
    uint16_t certification_type; /* 5: PCK chain as PEM; 1: PPID in plain, the chain comes with the collateral */
    struct avo_slice certification_data;
    size_t zero_tail_bytes; /* padding after the signed structure; all zero */
};

/* One AMD SEV-SNP ATTESTATION_REPORT. */
struct avo_snp_report {
    uint32_t version;
    uint32_t guest_svn;
    uint64_t policy;
    uint8_t family_id[16];
    uint8_t image_id[16];
    uint32_t vmpl;
    uint32_t signature_algorithm;
    uint8_t current_tcb[8];
    uint64_t platform_info;
    uint32_t key_info;
    uint8_t report_data[AVO_REPORT_DATA_BYTES];
    uint8_t measurement[48];
    uint8_t host_data[32];
    uint8_t id_key_digest[48];
    uint8_t author_key_digest[48];
    uint8_t report_id[32];
    uint8_t report_id_ma[32];
    uint8_t reported_tcb[8];
    uint8_t cpuid_family, cpuid_model, cpuid_stepping; /* version 3 and later, else 0 */
    uint8_t chip_id[64];
    uint8_t committed_tcb[8];
    uint8_t current_build, current_minor, current_major;
    uint8_t committed_build, committed_minor, committed_major;
    uint8_t launch_tcb[8];
    uint64_t launch_mit_vector, current_mit_vector; /* version 5, else 0 */
    struct avo_slice signed_bytes;                  /* 0x2A0 */
    uint8_t signature_r[48], signature_s[48];       /* big-endian, turned around from the report's little-endian */
};

struct avo_evidence {
    enum avo_tee tee;
    struct avo_slice bytes;
    struct avo_quote quote;    /* when tee is SGX or TDX */
    struct avo_snp_report snp; /* when tee is SNP */
};

/* A report body of exactly AVO_SGX_REPORT_BYTES. Reserved bytes are not kept. */
AVO_MUST_USE enum avo_error avo_sgx_report_parse(struct avo_slice bytes, struct avo_sgx_report *report);
/* The inverse, reserved bytes zero. */
void avo_sgx_report_encode(const struct avo_sgx_report *report, uint8_t out[AVO_SGX_REPORT_BYTES]);
/* A TD report body of AVO_TD_REPORT_BYTES or AVO_TD_REPORT15_BYTES. */
AVO_MUST_USE enum avo_error avo_td_report_parse(struct avo_slice bytes, struct avo_td_report *report);
AVO_MUST_USE enum avo_error avo_quote_parse(struct avo_slice bytes, struct avo_quote *quote, struct avo_reason *reason);
/* Exactly AVO_SNP_REPORT_BYTES; every must-be-zero field is checked. */
AVO_MUST_USE enum avo_error avo_snp_report_parse(struct avo_slice bytes, struct avo_snp_report *report, struct avo_reason *reason);

#endif
