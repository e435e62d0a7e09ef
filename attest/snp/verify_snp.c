/* AMD reports, step by step as docs/ATTESTATION.md tells it. Each step names itself when it fails. */
#include "attest/snp/verify_snp.h"
#include "attest/snp/vek.h"
#include "attest/x509/chain.h"
#include "attest/x509/ecdsa.h"
#include <stdio.h>
#include <string.h>

#define FETCH "fetch them from AMD's KDS for this chip and TCB"

struct snp {
    const struct avo_attest_input *input;
    const struct avo_snp_report *report;
    struct avo_attest_result *result;
    struct avo_reason *reason;
    X509 *leaf;
    struct avo_certs chain;
    X509_CRL *crl;
    struct avo_vek vek;
};

static enum avo_error load(struct snp *snp) {
    const struct avo_collateral *collateral = snp->input->collateral;
    snp->leaf = avo_cert_from_any(collateral->vek);
    if (snp->leaf == NULL) {
        return avo_reason_set(snp->reason, AVO_EFORMAT, "VEK certificate: missing, or not a certificate in DER or PEM; " FETCH);
    }
    enum avo_error error = AVO_OK;
    if (collateral->amd_crl.length > 0) {
        error = avo_crl_load(collateral->amd_crl, "AMD CRL", &snp->crl, snp->reason);
    }
    error = error != AVO_OK ? error : avo_certs_from_pem(collateral->vek_chain, "AMD certificate chain", &snp->chain, snp->reason);
    return error != AVO_OK ? error : avo_vek_from_cert(snp->leaf, &snp->vek, snp->reason);
}

/* The certificates of the path are named as AMD names the issuers of this product's keys: ASK (of a VCEK) or ASVK (of a VLEK), ARK.
 */
static enum avo_error check_names(struct snp *snp, const struct avo_path *path) {
    const char *product = avo_snp_product_name(snp->vek.product);
    const struct {
        const char *stem;
        X509 *cert;
    } issuers[] = {{snp->vek.vlek ? "SEV-VLEK-" : "SEV-", path->cert[1]}, {"ARK-", path->cert[2]}};
    if (path->count != 3) {
        return avo_reason_set(snp->reason, AVO_EAUTH, "AMD certificate chain: a path of %u certificates instead of 3; " FETCH,
                              path->count);
    }
    for (size_t i = 0; i < AVO_COUNT(issuers); i++) {
        char expected[AVO_COMMON_NAME_BYTES];
        char found[AVO_COMMON_NAME_BYTES];
        (void)snprintf(expected, sizeof expected, "%s%s", issuers[i].stem, product);
        avo_cert_common_name(issuers[i].cert, found, sizeof found);
        if (strcmp(found, expected) != 0) {
            return avo_reason_set(snp->reason, AVO_EAUTH,
                                  "AMD certificate chain: \"%s\" stands in it where a %s of product %s has \"%s\"; " FETCH, found,
                                  snp->vek.vlek ? "VLEK" : "VCEK", product, expected);
        }
    }
    return AVO_OK;
}

/* AMD's CRL is by the ARK and about the ASK and ASVK. There is none about the last link. */
static enum avo_error check_crl(struct snp *snp, const struct avo_path *path) {
    if (snp->crl == NULL) {
        return AVO_OK; /* the policy says whether it may be missing */
    }
    enum avo_error error = avo_crl_check(snp->crl, path->cert[1], path->cert[2], snp->input->now_unix_s, snp->reason);
    snp->result->claims.revocation_checked = error == AVO_OK;
    return error;
}

static enum avo_error verify_chain(struct snp *snp) {
    struct avo_path path;
    struct avo_chain_input chain = {.what = snp->vek.vlek ? "VLEK certificate chain" : "VCEK certificate chain",
                                    .renew = FETCH,
                                    .leaf = snp->leaf,
                                    .others = &snp->chain,
                                    .now_unix_s = snp->input->now_unix_s,
                                    .roots = snp->input->roots};
    enum avo_error error = avo_chain_verify(&chain, &path, snp->reason);
    error = error != AVO_OK ? error : check_names(snp, &path);
    if (error != AVO_OK) {
        return error;
    }
    avo_result_set_root(snp->result, path.root);
    return check_crl(snp, &path);
}

/* KEY_INFO: bit 0 author key, bit 1 masked chip key, bits 2-4 the signing key, nothing else. */
static enum avo_error check_signer(struct snp *snp) {
    uint32_t info = snp->report->key_info;
    uint32_t kind = info >> 2 & 7;
    if (info >> 5 != 0 || kind > 1) {
        return avo_reason_set(snp->reason, AVO_EFORMAT, "SNP report: key_info 0x%x names no VCEK or VLEK, or has reserved bits set",
                              info);
    }
    if ((kind == 1) != snp->vek.vlek) {
        return avo_reason_set(snp->reason, AVO_EAUTH,
                              "SNP report: key_info says it was signed by a %s, but the certificate is a %s; "
                              "fetch the other one",
                              kind == 1 ? "VLEK" : "VCEK", snp->vek.vlek ? "VLEK" : "VCEK");
    }
    return AVO_OK;
}

static bool chip_matches(const struct snp *snp) {
    uint8_t expected[64] = {0}; /* Turin's id fills 8 bytes, the rest is zero */
    memcpy(expected, snp->vek.chip_id, snp->vek.chip_id_bytes);
    return snp->vek.vlek || memcmp(expected, snp->report->chip_id, sizeof expected) == 0;
}

static enum avo_error check_platform(struct snp *snp) {
    const struct avo_snp_report *report = snp->report;
    enum avo_snp_product cpu = avo_snp_product_of_cpu(report->cpuid_family, report->cpuid_model);
    if (report->version >= 3 && cpu != snp->vek.product) {
        return avo_reason_set(
            snp->reason, AVO_EAUTH, "SNP report: CPU family 0x%x model 0x%x is %s, but the certificate is for %s; " FETCH,
            report->cpuid_family, report->cpuid_model, avo_snp_product_name(cpu), avo_snp_product_name(snp->vek.product));
    }
    if (memcmp(report->reported_tcb, snp->vek.tcb, sizeof snp->vek.tcb) != 0) {
        return avo_reason_set(snp->reason, AVO_EAUTH, "SNP report: its reported TCB is not the one of the certificate; " FETCH);
    }
    if (!chip_matches(snp)) {
        return avo_reason_set(snp->reason, AVO_EAUTH, "SNP report: its chip id is not the certificate's HWID; " FETCH);
    }
    return AVO_OK;
}

static enum avo_error verify_report(struct snp *snp) {
    uint8_t signature[96];
    memcpy(signature, snp->report->signature_r, 48);
    memcpy(signature + 48, snp->report->signature_s, 48);
    if (!avo_ecdsa_verify(avo_cert_key(snp->leaf), AVO_SLICE_OF(signature), snp->report->signed_bytes)) {
        return avo_reason_set(snp->reason, AVO_EAUTH,
                              "SNP report signature: does not verify under the %s; the report is altered, or the "
                              "certificate is another chip's or TCB's",
                              snp->vek.vlek ? "VLEK" : "VCEK");
    }
    return AVO_OK;
}

enum avo_error avo_snp_verify(const struct avo_attest_input *input, struct avo_attest_result *result) {
    static enum avo_error (*const steps[])(struct snp *) = {load, verify_chain, check_signer, check_platform, verify_report};
    struct snp snp = {.input = input, .report = &input->evidence->snp, .result = result, .reason = &result->reason};
    enum avo_error error = AVO_OK;
    for (size_t i = 0; i < AVO_COUNT(steps) && error == AVO_OK; i++) {
        error = steps[i](&snp);
    }
    result->claims.snp_product = snp.vek.product;
    result->claims.vlek = snp.vek.vlek;
    result->status = error == AVO_OK ? AVO_TCB_NOT_RATED : AVO_TCB_NOT_EVALUATED;
    X509_free(snp.leaf);
    avo_certs_free(&snp.chain);
    X509_CRL_free(snp.crl);
    return error;
}
