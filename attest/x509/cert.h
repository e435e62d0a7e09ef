/* X.509 certificates by OpenSSL, in the few ways the verifiers need; internal to attest/. */
#ifndef AVO_ATTEST_X509_CERT_H
#define AVO_ATTEST_X509_CERT_H

#include "attest/verify/reason.h"
#include "base/bytes.h"
#include <openssl/x509.h>

#define AVO_CERTS_MAX 16 /* of one PEM text: both vendors and every product of one */
#define AVO_COMMON_NAME_BYTES 64

/* Owned certificates in the order they were read. avo_certs_free also for an empty one. */
struct avo_certs {
    X509 *cert[AVO_CERTS_MAX];
    uint32_t count;
};

/* All certificates of a PEM text. `what` names it in the reason. AVO_EFULL for more than AVO_CERTS_MAX: none is passed over. */
AVO_MUST_USE enum avo_error avo_certs_from_pem(struct avo_slice pem, const char *what, struct avo_certs *certs,
                                               struct avo_reason *reason);
/* The same, and the text equals its canonical re-encoding up to a last line feed and trailing NULs: so that no byte of
 * evidence can change without notice. */
AVO_MUST_USE enum avo_error avo_certs_from_canonical_pem(struct avo_slice pem, const char *what, struct avo_certs *certs,
                                                         struct avo_reason *reason);
void avo_certs_free(struct avo_certs *certs);

/* Owned; NULL unless `der` is exactly one certificate. */
X509 *avo_cert_from_der(struct avo_slice der);
/* Owned; one certificate in DER, or the only one of a PEM text. NULL otherwise. */
X509 *avo_cert_from_any(struct avo_slice bytes);

bool avo_cert_is_self_issued(X509 *cert);
/* Byte for byte, as the certificates have them. */
bool avo_name_equal(const X509_NAME *a, const X509_NAME *b);
/* The subject's last common name, terminated and cut to `capacity`; "" without one. */
void avo_cert_common_name(X509 *cert, char *out, size_t capacity);
/* The same of any name. Bytes that do not print become '?'. */
void avo_name_common(X509_NAME *name, char *out, size_t capacity);
/* SHA-384 of the DER SubjectPublicKeyInfo. */
AVO_MUST_USE bool avo_cert_key_hash(X509 *cert, uint8_t out[48]);
/* An ECDSA signature in DER over `bytes` does not occur: signatures are raw, see ecdsa.h. Borrowed key, NULL if unreadable. */
EVP_PKEY *avo_cert_key(X509 *cert);
/* The content of the extension with this OID when it occurs exactly once; the extension's OCTET STRING content. */
AVO_MUST_USE bool avo_cert_extension(X509 *cert, const char *oid, struct avo_slice *content);
AVO_MUST_USE bool avo_cert_has_extension(X509 *cert, const char *oid);
/* Seconds since 1970 of a certificate or CRL date; false when unreadable. */
AVO_MUST_USE bool avo_asn1_time(const ASN1_TIME *time, int64_t *unix_s);

#endif
