#include "attest/verify/ends.h"
#include "attest/dcap/qe_identity.h"
#include "attest/dcap/tcb_info.h"
#include "attest/x509/cert.h"
#include "attest/x509/chain.h"

/* The earlier of what was found so far and one more; 0 is no date. */
static void take(int64_t *ends_s, int64_t one_s) {
    *ends_s = *ends_s == 0 || (one_s != 0 && one_s < *ends_s) ? one_s : *ends_s;
}

static void take_cert(int64_t *ends_s, X509 *cert) {
    int64_t until_s = 0;
    if (cert != NULL && avo_asn1_time(X509_get0_notAfter(cert), &until_s)) {
        take(ends_s, until_s);
    }
}

static void take_pem(int64_t *ends_s, struct avo_slice pem) {
    struct avo_certs certs = {0};
    struct avo_reason reason;
    if (pem.length > 0 && avo_certs_from_pem(pem, "", &certs, &reason) == AVO_OK) {
        for (uint32_t i = 0; i < certs.count; i++) {
            take_cert(ends_s, certs.cert[i]);
        }
    }
    avo_certs_free(&certs);
}

static void take_crl(int64_t *ends_s, struct avo_slice der) {
    X509_CRL *crl = NULL;
    int64_t until_s = 0;
    struct avo_reason reason;
    if (der.length > 0 && avo_crl_load(der, "", &crl, &reason) == AVO_OK &&
        avo_asn1_time(X509_CRL_get0_nextUpdate(crl), &until_s)) {
        take(ends_s, until_s);
    }
    X509_CRL_free(crl);
}

static void take_tcb_info(int64_t *ends_s, const struct avo_collateral *collateral) {
    struct avo_signed_json json;
    struct avo_tcb_info info = {0};
    struct avo_reason reason;
    if (avo_collateral_split(collateral->tcb_info, collateral->tcb_info_signature, "tcbInfo", "", &json, &reason) == AVO_OK &&
        avo_tcb_info_parse(json.object, &info, &reason) == AVO_OK) {
        take(ends_s, info.next_update_s);
    }
    avo_tcb_info_free(&info);
}

static void take_qe_identity(int64_t *ends_s, const struct avo_collateral *collateral) {
    struct avo_signed_json json;
    struct avo_qe_identity identity = {0};
    struct avo_reason reason;
    if (avo_collateral_split(collateral->qe_identity, collateral->qe_identity_signature, "enclaveIdentity", "", &json, &reason) ==
            AVO_OK &&
        avo_qe_identity_parse(json.object, &identity, &reason) == AVO_OK) {
        take(ends_s, identity.next_update_s);
    }
    avo_qe_identity_free(&identity);
}

int64_t avo_collateral_ends(const struct avo_collateral *collateral) {
    int64_t ends_s = 0;
    take_tcb_info(&ends_s, collateral);
    take_qe_identity(&ends_s, collateral);
    take_pem(&ends_s, collateral->tcb_chain);
    take_pem(&ends_s, collateral->qe_chain);
    take_pem(&ends_s, collateral->pck_chain);
    take_pem(&ends_s, collateral->vek_chain);
    take_crl(&ends_s, collateral->root_crl);
    take_crl(&ends_s, collateral->pck_crl);
    take_crl(&ends_s, collateral->amd_crl);
    X509 *vek = collateral->vek.length > 0 ? avo_cert_from_any(collateral->vek) : NULL;
    take_cert(&ends_s, vek);
    X509_free(vek);
    return ends_s;
}

int64_t avo_evidence_ends(const struct avo_evidence *evidence) {
    int64_t ends_s = 0;
    if (evidence->tee != AVO_TEE_SNP && evidence->quote.certification_type != 1) {
        take_pem(&ends_s, evidence->quote.certification_data);
    }
    return ends_s;
}
