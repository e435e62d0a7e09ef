/* The platform: its PCK certificate, up to the root, and what its extension says. */
#include "attest/dcap/dcap.h"
#include "attest/x509/chain.h"
#include <string.h>

enum avo_error avo_dcap_load_crls(struct avo_dcap *dcap) {
    const struct avo_collateral *collateral = dcap->input->collateral;
    enum avo_error error = avo_crl_load(collateral->root_crl, "root CRL", &dcap->root_crl, dcap->reason);
    return error != AVO_OK ? error : avo_crl_load(collateral->pck_crl, "PCK CRL", &dcap->pck_crl, dcap->reason);
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

/* Intel fixes who issues what: the root issues CAs, one of its two PCK CAs issues PCK certificates. */
static enum avo_error check_issuers(struct avo_dcap *dcap, const struct avo_path *path) {
    char name[AVO_COMMON_NAME_BYTES];
    avo_cert_common_name(path->cert[1], name, sizeof name);
    bool by_ca = path->count == 3 && (strstr(name, "SGX PCK Processor CA") != NULL || strstr(name, "SGX PCK Platform CA") != NULL);
    if (!by_ca) {
        return avo_reason_set(dcap->reason, AVO_EAUTH,
                              "PCK certificate chain: the PCK certificate is issued by \"%s\" instead of a PCK CA of the root; do "
                              "not trust this quote",
                              name);
    }
    return AVO_OK;
}

enum avo_error avo_dcap_verify_pck(struct avo_dcap *dcap) {
    struct avo_path path;
    enum avo_error error = avo_dcap_verify_chain(dcap, "PCK certificate chain", dcap->pck_leaf, &dcap->pck_certs, &path);
    error = error != AVO_OK ? error : check_issuers(dcap, &path);
    error = error != AVO_OK ? error : avo_pck_from_cert(dcap->pck_leaf, &dcap->pck, dcap->reason);
    struct avo_slice ppid = dcap->quote->certification_data;
    if (error == AVO_OK && dcap->quote->certification_type == 1 &&
        (ppid.length < sizeof dcap->pck.ppid || memcmp(ppid.data, dcap->pck.ppid, sizeof dcap->pck.ppid) != 0)) {
        error =
            avo_reason_set(dcap->reason, AVO_EAUTH, "PCK certificate: for another platform than the quote's PPID; fetch that one");
    }
    return error;
}
