/* Certificate chains against pinned roots, at an injected time, with revocation; internal to attest/. */
#ifndef AVO_ATTEST_X509_CHAIN_H
#define AVO_ATTEST_X509_CHAIN_H

#include "attest/verify/roots.h"
#include "attest/x509/cert.h"

#define AVO_CRLS_MAX 2
#define AVO_PATH_MAX 4 /* certificates of a path */

struct avo_chain_input {
    const char *what;  /* the chain's name in reasons, e.g. "PCK certificate chain" */
    const char *renew; /* the next step when something expired */
    X509 *leaf;
    const struct avo_certs *others; /* intermediates and roots, in any order, and perhaps more; may hold the leaf too */
    X509_CRL *crl[AVO_CRLS_MAX];    /* NULL where there is none */
    bool check_revocation;          /* a CRL for every certificate of the chain is then required */
    int64_t now_unix_s;
    const struct avo_roots *roots;
};

/* A path that was verified: code that needs an issuer takes it from here, never by its name or place. */
struct avo_path {
    X509 *cert[AVO_PATH_MAX]; /* leaf first, root last; borrowed from the input */
    uint32_t count;
    const struct avo_root *root;
};

/* Verifies leaf -> ... -> a self-signed certificate whose key is a pinned root. X.509 by OpenSSL's X509_STORE with the time
 * injected. Two different certificates of one subject name are refused: which of them issued what would be anyone's choice.
 * AVO_EAUTH, AVO_ESTALE (a validity window) or AVO_EDENIED (revoked) with a reason. */
AVO_MUST_USE enum avo_error avo_chain_verify(const struct avo_chain_input *input, struct avo_path *path, struct avo_reason *reason);

/* One CRL, owned: whole, which a delta CRL is not, nor one for some certificates or reasons only. `what` names it in the reason;
 * AVO_EFORMAT. */
AVO_MUST_USE enum avo_error avo_crl_load(struct avo_slice der, const char *what, X509_CRL **crl, struct avo_reason *reason);

/* `crl` is by `issuer`, by name and signature, current, and does not list `subject`, which `issuer` issued. Both are of a path that
 * was verified. For vendors that publish no CRL for the last link. */
AVO_MUST_USE enum avo_error avo_crl_check(X509_CRL *crl, X509 *subject, X509 *issuer, int64_t now_unix_s,
                                          struct avo_reason *reason);

#endif
