/* The platform: its PCK certificate, up to the root, and what its extension says. */
#include "attest/dcap/dcap.h"
#include "attest/x509/chain.h"
#include <string.h>

enum avo_error avo_dcap_load_crls(struct avo_dcap *dcap) {
    dcap->root_crl = avo_crl_from_der(dcap->input->collateral->root_crl);
    dcap->pck_crl = avo_crl_from_der(dcap->input->collateral->pck_crl);
    if (dcap->root_crl == NULL || dcap->pck_crl == NULL) {
        return avo_reason_set(dcap->reason, AVO_EFORMAT, "%s CRL: missing, or not one CRL in DER; " AVO_DCAP_FETCH,
                              dcap->root_crl == NULL ? "root" : "PCK");
    }
    return AVO_OK;
}

/* A quote of certification type 1 brings no chain: the collateral must, for the same PPID. */
static enum avo_error load_pck_from_collateral(struct avo_dcap *dcap) {
    const struct avo_collateral *collateral = dcap->input->collateral;
    struct avo_slice pem = collateral->pck_chain.length > 0 ? collateral->pck_chain : collateral->tcb_chain;
    enum avo_error error = avo_certs_from_pem(pem, "PCK certificate chain", &dcap->pck_certs, dcap->reason);
    dcap->pck_leaf = error == AVO_OK ? avo_dcap_find(&dcap->pck_certs, "SGX PCK Certificate") : NULL;
    if (dcap->pck_leaf == NULL) {
        return avo_reason_set(dcap->reason, AVO_EFORMAT,
                              "PCK certificate chain: neither in the quote (type 1, PPID only) nor among "
                              "the collateral; fetch the PCK certificate (pck_chain.pem)");
    }
    return AVO_OK;
}

enum avo_error avo_dcap_load_pck_chain(struct avo_dcap *dcap) {
    const struct avo_quote *quote = dcap->quote;
    if (quote->certification_type == 1) {
        return load_pck_from_collateral(dcap);
    }
    enum avo_error error =
        avo_certs_from_canonical_pem(quote->certification_data, "PCK certificate chain", &dcap->pck_certs, dcap->reason);
    if (error != AVO_OK) {
        return error;
    }
    dcap->pck_leaf = dcap->pck_certs.cert[0];
    char name[AVO_COMMON_NAME_BYTES];
    avo_cert_common_name(dcap->pck_leaf, name, sizeof name);
    if (dcap->pck_certs.count != 3 || strstr(name, "SGX PCK Certificate") == NULL) {
        return avo_reason_set(dcap->reason, AVO_EAUTH,
                              "PCK certificate chain: %u certificates of which the first is \"%s\", instead of "
                              "PCK, CA and root",
                              dcap->pck_certs.count, name);
    }
    return AVO_OK;
}

static bool same_name(X509_NAME *a, X509_NAME *b) {
    const unsigned char *a_der = NULL;
    const unsigned char *b_der = NULL;
    size_t a_length = 0;
    size_t b_length = 0;
    return X509_NAME_get0_der(a, &a_der, &a_length) == 1 && X509_NAME_get0_der(b, &b_der, &b_length) == 1 &&
           avo_slice_equal(avo_slice(a_der, a_length), avo_slice(b_der, b_length));
}

enum avo_error avo_dcap_verify_pck(struct avo_dcap *dcap) {
    if (!same_name(X509_CRL_get_issuer(dcap->pck_crl), X509_get_issuer_name(dcap->pck_leaf))) {
        return avo_reason_set(dcap->reason, AVO_EAUTH,
                              "PCK CRL: not issued by the CA that issued the PCK certificate (Processor and "
                              "Platform CA have different ones); fetch the other one");
    }
    enum avo_error error = avo_dcap_verify_chain(dcap, "PCK certificate chain", dcap->pck_leaf, &dcap->pck_certs);
    if (error == AVO_OK) {
        error = avo_pck_from_cert(dcap->pck_leaf, &dcap->pck, dcap->reason);
    }
    struct avo_slice ppid = dcap->quote->certification_data;
    if (error == AVO_OK && dcap->quote->certification_type == 1 &&
        (ppid.length < sizeof dcap->pck.ppid || memcmp(ppid.data, dcap->pck.ppid, sizeof dcap->pck.ppid) != 0)) {
        error =
            avo_reason_set(dcap->reason, AVO_EAUTH, "PCK certificate: for another platform than the quote's PPID; fetch that one");
    }
    return error;
}
