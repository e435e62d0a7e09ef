#include "attest/verify/classify.h"
#include "attest/x509/cert.h"
#include "attest/x509/chain.h"
#include <jansson.h>
#include <string.h>

static struct avo_slice *classify_json(struct avo_slice bytes, struct avo_collateral *view) {
    json_t *root = json_loadb((const char *)bytes.data, bytes.length, 0, NULL);
    struct avo_slice *found = json_object_get(root, "tcbInfo") != NULL           ? &view->tcb_info
                              : json_object_get(root, "enclaveIdentity") != NULL ? &view->qe_identity
                                                                                 : NULL;
    json_decref(root);
    return found;
}

static bool starts(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

/* A certificate's own part: a VEK is one alone, a chain is known by one that stands in no other. */
static struct avo_slice *classify_cert(X509 *cert, struct avo_collateral *view) {
    char name[AVO_COMMON_NAME_BYTES];
    avo_cert_common_name(cert, name, sizeof name);
    if (strcmp(name, "SEV-VCEK") == 0 || strcmp(name, "SEV-VLEK") == 0) {
        return &view->vek;
    }
    if (starts(name, "ARK-") || starts(name, "SEV-")) {
        return &view->vek_chain;
    }
    if (strstr(name, "SGX PCK Certificate") != NULL) {
        return &view->pck_chain;
    }
    return strstr(name, "SGX TCB Signing") != NULL ? &view->tcb_chain : NULL;
}

static struct avo_slice *classify_pem(struct avo_slice bytes, struct avo_collateral *view) {
    struct avo_certs certs;
    struct avo_reason ignored;
    struct avo_slice *found = NULL;
    if (avo_certs_from_pem(bytes, "", &certs, &ignored) != AVO_OK) {
        return NULL;
    }
    for (uint32_t i = 0; i < certs.count && found == NULL; i++) {
        found = classify_cert(certs.cert[i], view);
    }
    avo_certs_free(&certs);
    return found;
}

static struct avo_slice *classify_crl(X509_CRL *crl, struct avo_collateral *view) {
    char name[AVO_COMMON_NAME_BYTES];
    avo_name_common(X509_CRL_get_issuer(crl), name, sizeof name);
    if (starts(name, "ARK-") || starts(name, "SEV-")) {
        return &view->amd_crl;
    }
    return strstr(name, "Root CA") != NULL ? &view->root_crl : strstr(name, "PCK") != NULL ? &view->pck_crl : NULL;
}

static struct avo_slice *classify_der(struct avo_slice bytes, struct avo_collateral *view) {
    X509_CRL *crl = NULL;
    struct avo_reason ignored;
    struct avo_slice *found = NULL;
    if (avo_crl_load(bytes, "", &crl, &ignored) == AVO_OK) {
        found = classify_crl(crl, view);
        X509_CRL_free(crl);
        return found;
    }
    X509 *cert = avo_cert_from_der(bytes);
    found = cert == NULL ? NULL : classify_cert(cert, view);
    X509_free(cert);
    return found == &view->vek ? found : NULL; /* chains are PEM */
}

struct avo_slice *avo_collateral_classify(struct avo_slice bytes, struct avo_collateral *view) {
    if (bytes.length > 0 && bytes.data[0] == 0x30) { /* a DER sequence */
        return classify_der(bytes, view);
    }
    struct avo_slice *found = classify_json(bytes, view);
    return found != NULL ? found : classify_pem(bytes, view);
}
