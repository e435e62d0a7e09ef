/* Certificate chains against pinned roots, at an injected time, with revocation; internal to attest/. */
#ifndef AVO_ATTEST_X509_CHAIN_H
#define AVO_ATTEST_X509_CHAIN_H

#include "attest/verify/roots.h"
#include "attest/x509/cert.h"

#define AVO_CRLS_MAX 2

struct avo_chain_input {
    const char *what;  /* the chain's name in reasons, e.g. "PCK certificate chain" */
    const char *renew; /* the next step when something expired */
    X509 *leaf;
    const struct avo_certs *others; /* intermediates and the root, in any order; may hold the leaf too */
    X509_CRL *crl[AVO_CRLS_MAX];    /* NULL where there is none */
    bool check_revocation;          /* a CRL for every certificate of the chain is then required */
    int64_t now_unix_s;
    const struct avo_roots *roots;
};

/* Verifies leaf -> ... -> a self-signed certificate whose key is a pinned root; `*root` says which. X.509 by OpenSSL's
 * X509_STORE with the time injected. AVO_EAUTH, AVO_ESTALE (a validity window) or AVO_EDENIED (revoked) with a reason. */
AVO_MUST_USE enum avo_error avo_chain_verify(const struct avo_chain_input *input, const struct avo_root **root,
                                             struct avo_reason *reason);

/* Owned; NULL unless `der` is exactly one CRL. */
X509_CRL *avo_crl_from_der(struct avo_slice der);

/* `crl` is signed by `issuer`, current, and does not list `subject`. For vendors that publish no CRL for the last link. */
AVO_MUST_USE enum avo_error avo_crl_check(X509_CRL *crl, X509 *subject, X509 *issuer, int64_t now_unix_s,
                                          struct avo_reason *reason);

#endif
