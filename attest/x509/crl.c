#include "attest/x509/chain.h"
#include "attest/x509/clock.h"
#include <openssl/err.h>

X509_CRL *avo_crl_from_der(struct avo_slice der) {
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

enum avo_error avo_crl_check(X509_CRL *crl, X509 *subject, X509 *issuer, int64_t now_unix_s, struct avo_reason *reason) {
    int64_t from_s = 0;
    int64_t until_s = 0;
    char date[AVO_DATE_BYTES];
    char name[AVO_COMMON_NAME_BYTES];
    X509_REVOKED *entry = NULL;
    avo_cert_common_name(issuer, name, sizeof name);
    bool verified = X509_CRL_verify(crl, avo_cert_key(issuer)) == 1;
    ERR_clear_error();
    if (!verified || !avo_asn1_time(X509_CRL_get0_lastUpdate(crl), &from_s) ||
        !avo_asn1_time(X509_CRL_get0_nextUpdate(crl), &until_s)) {
        return avo_reason_set(reason, AVO_EAUTH, "CRL: not signed by \"%s\", or without dates; fetch it again", name);
    }
    if (now_unix_s < from_s || now_unix_s > until_s) {
        avo_date_format(now_unix_s < from_s ? from_s : until_s, date);
        return avo_reason_set(reason, AVO_ESTALE, "CRL of \"%s\": %s %s; fetch fresh collateral", name,
                              now_unix_s < from_s ? "not valid before" : "expired", date);
    }
    if (X509_CRL_get0_by_cert(crl, &entry, subject) != 0) {
        avo_cert_common_name(subject, name, sizeof name);
        return avo_reason_set(reason, AVO_EDENIED, "CRL: \"%s\" is revoked; do not trust this platform any more", name);
    }
    return AVO_OK;
}
