/* Raw ECDSA signatures as quotes, reports and collateral carry them; internal to attest/. */
#ifndef AVO_ATTEST_X509_ECDSA_H
#define AVO_ATTEST_X509_ECDSA_H

#include "base/bytes.h"
#include <openssl/evp.h>

/* r||s, big-endian, of half its length each; SHA-256 for a P-256 key, SHA-384 for a P-384 key. False for any other key. */
AVO_MUST_USE bool avo_ecdsa_verify(EVP_PKEY *key, struct avo_slice signature, struct avo_slice bytes);

/* Owned P-256 key from x||y, 64 bytes big-endian; NULL when the point is not on the curve. */
EVP_PKEY *avo_ecdsa_p256_key(struct avo_slice point);

#endif
