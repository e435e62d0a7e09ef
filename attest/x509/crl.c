#include "attest/x509/chain.h"
#include "attest/x509/clock.h"
#include <openssl/err.h>

static X509_CRL *from_der(struct avo_slice der) {
    const unsigned char *at = der.data;
    if (der.length == 0 || der.length > LONG_MAX) {
        return NULL;
    }
    X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)der.length);
    if (crl != NULL && at != der.data + der.length) {
        X509_CRL_free(crl);
        crl = NULL;
    }
    ERR_clear_error();
    return crl;
}

enum avo_error avo_crl_load(struct avo_slice der, const char *what, X509_CRL **crl, struct avo_reason *reason) {
    *crl = from_der(der);
    if (*crl == NULL) {
        return avo_reason_set(reason, AVO_EFORMAT, "%s: missing, or not one CRL in DER; fetch fresh collateral", what);
    }
    /* RFC 5280 marks as critical what narrows a list: the base of a delta CRL, a scope. Vendors' lists have neither. */
    if (X509_CRL_get_ext_by_critical(*crl, 1, -1) >= 0 || X509_CRL_get_ext_by_NID(*crl, NID_delta_crl, -1) >= 0) {
        X509_CRL_free(*crl);
        *crl = NULL;
        return avo_reason_set(reason, AVO_EFORMAT, "%s: a delta CRL, or one for some certificates only; fetch the whole list",
                              what);
    }
    return AVO_OK;
}

static enum avo_error check_window(X509_CRL *crl, const char *name, int64_t now_unix_s, struct avo_reason *reason) {
    int64_t from_s = 0;
    int64_t until_s = 0;
    char date[AVO_DATE_BYTES];
    if (!avo_asn1_time(X509_CRL_get0_lastUpdate(crl), &from_s) || !avo_asn1_time(X509_CRL_get0_nextUpdate(crl), &until_s)) {
        return avo_reason_set(reason, AVO_EFORMAT, "CRL of \"%s\": without dates; fetch it again", name);
    }
    if (now_unix_s < from_s || now_unix_s > until_s) {
        avo_date_format(now_unix_s < from_s ? from_s : until_s, date);
        return avo_reason_set(reason, AVO_ESTALE, "CRL of \"%s\": %s %s; fetch fresh collateral", name,
                              now_unix_s < from_s ? "not valid before" : "expired", date);
    }
    return AVO_OK;
}

static enum avo_error check_issuer(X509_CRL *crl, X509 *issuer, const char *name, struct avo_reason *reason) {
    if (!avo_name_equal(X509_CRL_get_issuer(crl), X509_get_subject_name(issuer))) {
        char found[AVO_COMMON_NAME_BYTES];
        avo_name_common(X509_CRL_get_issuer(crl), found, sizeof found);
        return avo_reason_set(reason, AVO_EAUTH, "CRL: by \"%s\" instead of \"%s\"; fetch that one", found, name);
    }
    bool verified = X509_CRL_verify(crl, avo_cert_key(issuer)) == 1;
    ERR_clear_error();
    return verified ? AVO_OK : avo_reason_set(reason, AVO_EAUTH, "CRL: not signed by \"%s\"; fetch it again", name);
}

enum avo_error avo_crl_check(X509_CRL *crl, X509 *subject, X509 *issuer, int64_t now_unix_s, struct avo_reason *reason) {
    char name[AVO_COMMON_NAME_BYTES];
    X509_REVOKED *entry = NULL;
    avo_cert_common_name(issuer, name, sizeof name);
    enum avo_error error = check_issuer(crl, issuer, name, reason);
    error = error != AVO_OK ? error : check_window(crl, name, now_unix_s, reason);
    if (error != AVO_OK) {
        return error;
    }
    if (X509_CRL_get0_by_cert(crl, &entry, subject) != 0) {
        avo_cert_common_name(subject, name, sizeof name);
        return avo_reason_set(reason, AVO_EDENIED, "CRL: \"%s\" is revoked; do not trust this platform any more", name);
    }
    return AVO_OK;
}
