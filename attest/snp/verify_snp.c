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
    const struct avo_root *root;
};

static enum avo_error load(struct snp *snp) {
    const struct avo_collateral *collateral = snp->input->collateral;
    snp->leaf = avo_cert_from_any(collateral->vek);
    if (snp->leaf == NULL) {
        return avo_reason_set(snp->reason, AVO_EFORMAT, "VEK certificate: missing, or not a certificate in DER or PEM; " FETCH);
    }
    if (collateral->amd_crl.length > 0) {
        snp->crl = avo_crl_from_der(collateral->amd_crl);
        if (snp->crl == NULL) {
            return avo_reason_set(snp->reason, AVO_EFORMAT, "AMD CRL: not one CRL in DER; fetch it again");
        }
    }
    enum avo_error error = avo_certs_from_pem(collateral->vek_chain, "AMD certificate chain", &snp->chain, snp->reason);
    return error != AVO_OK ? error : avo_vek_from_cert(snp->leaf, &snp->vek, snp->reason);
}

static X509 *find_by_subject(const struct avo_certs *certs, X509_NAME *name) {
    for (uint32_t i = 0; i < certs->count; i++) {
        if (X509_NAME_cmp(X509_get_subject_name(certs->cert[i]), name) == 0) {
            return certs->cert[i];
        }
    }
    return NULL;
}

/* The ASK (for a VCEK) or ASVK (for a VLEK) of the leaf's product, issued by that product's ARK. */
static enum avo_error check_names(struct snp *snp, X509 **intermediate, X509 **ark) {
    char expected[AVO_COMMON_NAME_BYTES];
    char found[AVO_COMMON_NAME_BYTES] = "";
    const char *product = avo_snp_product_name(snp->vek.product);
    *intermediate = find_by_subject(&snp->chain, X509_get_issuer_name(snp->leaf));
    *ark = *intermediate == NULL ? NULL : find_by_subject(&snp->chain, X509_get_issuer_name(*intermediate));
    (void)snprintf(expected, sizeof expected, "%s%s", snp->vek.vlek ? "SEV-VLEK-" : "SEV-", product);
    if (*intermediate == NULL || *ark == NULL) {
        return avo_reason_set(snp->reason, AVO_EAUTH,
                              "AMD certificate chain: lacks the issuer of the %s (\"%s\", from ARK-%s); " FETCH,
                              snp->vek.vlek ? "VLEK" : "VCEK", expected, product);
    }
    avo_cert_common_name(*intermediate, found, sizeof found);
    if (strcmp(found, expected) != 0) {
        return avo_reason_set(snp->reason, AVO_EAUTH, "AMD certificate chain: the %s is issued by \"%s\" instead of \"%s\"; " FETCH,
                              snp->vek.vlek ? "VLEK" : "VCEK", found, expected);
    }
    (void)snprintf(expected, sizeof expected, "ARK-%s", product);
    avo_cert_common_name(*ark, found, sizeof found);
    if (strcmp(found, expected) != 0) {
        return avo_reason_set(snp->reason, AVO_EAUTH,
                              "AMD certificate chain: root \"%s\" is not of the certificate's product %s; " FETCH, found, product);
    }
    return AVO_OK;
}

/* AMD's CRL is by the ARK and about the ASK and ASVK; one by the ASK itself would be about the leaf. */
static enum avo_error check_crl(struct snp *snp, X509 *intermediate, X509 *ark) {
    bool by_intermediate = X509_NAME_cmp(X509_CRL_get_issuer(snp->crl), X509_get_subject_name(intermediate)) == 0;
    enum avo_error error = avo_crl_check(snp->crl, by_intermediate ? snp->leaf : intermediate, by_intermediate ? intermediate : ark,
                                         snp->input->now_unix_s, snp->reason);
    snp->result->claims.revocation_checked = error == AVO_OK;
    return error;
}

static enum avo_error verify_chain(struct snp *snp) {
    X509 *intermediate = NULL;
    X509 *ark = NULL;
    enum avo_error error = check_names(snp, &intermediate, &ark);
    struct avo_chain_input chain = {.what = snp->vek.vlek ? "VLEK certificate chain" : "VCEK certificate chain",
                                    .renew = FETCH,
                                    .leaf = snp->leaf,
                                    .others = &snp->chain,
                                    .now_unix_s = snp->input->now_unix_s,
                                    .roots = snp->input->roots};
    error = error != AVO_OK ? error : avo_chain_verify(&chain, &snp->root, snp->reason);
    if (error != AVO_OK) {
        return error;
    }
    avo_result_set_root(snp->result, snp->root);
    return snp->crl == NULL ? AVO_OK : check_crl(snp, intermediate, ark);
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
